"""What the record's tests share."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories.audit import use_key


@pytest.fixture
def public_key(settings: Any, tmp_path: Path) -> str:
    """A process that may sign; the value is the key auditors hold."""
    return use_key(settings, tmp_path)
