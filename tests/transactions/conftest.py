"""What the engine's tests share."""

from datetime import datetime

import pytest

from tests.factories.flows import Play


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Play:
    """Small flows, walked when the test says so."""
    return Play(monkeypatch, now)
