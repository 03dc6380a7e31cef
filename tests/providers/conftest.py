from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories.providers import Rig, make_rig


@pytest.fixture
def rig(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with make_rig(settings, monkeypatch) as made:
        yield made
