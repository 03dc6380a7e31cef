from pathlib import Path
from typing import Any

import pytest

from tests.factories.custody import make_vaults


@pytest.fixture
def key_file(settings: Any, tmp_path: Path, db: None) -> Path:
    """Vaults for every network, in a process that can sign."""
    return make_vaults(settings, tmp_path)
