"""Which Python set-up builds on: the one it was started with, unless another is clearly faster."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def setup_script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import setup as script  # type: ignore[import-not-found, unused-ignore]

    assert isinstance(script, ModuleType)
    return script


def test_it_takes_another_only_if_that_is_clearly_faster(
    setup_script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup_script, "_can_install", lambda path: path.startswith("/usr/bin"))
    other = "/usr/bin/python{}.{}".format(*sys.version_info)
    for seconds, wanted in ((0.05, other), (0.09, sys.executable), (0.2, sys.executable)):
        times = {sys.executable: 0.1, other: seconds}
        monkeypatch.setattr(setup_script, "_time", times.__getitem__)
        assert setup_script._fastest_python() == wanted


def test_it_measures_processor_time_and_asks_whether_packages_can_be_installed(setup_script: ModuleType) -> None:
    assert 0 < setup_script._time(sys.executable) < 60
    assert not setup_script._can_install("/nowhere/python")
