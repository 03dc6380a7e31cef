"""One devnet at a time; throwaway folders of killed runs are cleared; a lent command's exit code comes back."""

import os
from pathlib import Path

import pytest

from devnet import run


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run, "LOCK_FILE", tmp_path / "run" / "devnet.lock")
    monkeypatch.setattr(run, "ENVIRONMENT_FILE", tmp_path / "devnet.env")
    monkeypatch.setattr("devnet.run.tempfile.gettempdir", lambda: str(tmp_path))
    return tmp_path


def test_the_second_is_told_who_is_running(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = run._take_lock()
    assert first is not None
    run._write_lock(first, "http://127.0.0.1:8000")
    assert run._take_lock() is None
    assert capsys.readouterr().err == (
        f"It is already running: process {os.getpid()}, http://127.0.0.1:8000. Stop that one first.\n"
    )
    first.close()
    second = run._take_lock()
    assert second is not None
    second.close()


def test_folders_of_runs_that_were_killed_are_cleared(places: Path) -> None:
    left = places / f"{run.THROWAWAY_PREFIX}4000000-x"
    (left / "data").mkdir(parents=True)
    mine = places / f"{run.THROWAWAY_PREFIX}{os.getpid()}-y"
    mine.mkdir()
    made = run._throwaway_folder()
    try:
        assert not left.exists()
        assert mine.exists()
        assert made.stat().st_mode & 0o777 == 0o711
    finally:
        made.rmdir()


def test_the_environment_file_is_private_and_quoted(places: Path) -> None:
    run._write_environment({"REDIS_URL": "redis://:a$b'c@127.0.0.1:1"})
    file = run.ENVIRONMENT_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == "export REDIS_URL='redis://:a$b'\"'\"'c@127.0.0.1:1'\n"
