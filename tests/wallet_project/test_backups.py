"""Backups: which servers, what is refused, and what is forgotten."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from devnet.services import find_postgres
from tests.factories.backups import need_programs, passable_folder, user_name
from wallet_project.backups.errors import BackupFailed, BinariesMissing, RestoreFailed
from wallet_project.backups.restoring import restore
from wallet_project.backups.servers import program, servers
from wallet_project.backups.taking import Base, list_bases, take


@pytest.fixture
def folder(settings: Any) -> Iterator[Path]:
    need_programs()
    with passable_folder() as made:
        settings.BACKUP_FOLDER = str(made / "backups")
        settings.POSTGRES_BINARIES = str(find_postgres())
        yield made


def test_databases_are_grouped_by_server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [sorted(each.databases) for each in servers()] == [["audit", "default", "kyc", "rates"]]
    for alias in ("audit", "rates"):
        monkeypatch.setitem(settings.DATABASES[alias], "HOST", "record.example.org")
    found = {each.host: sorted(each.databases) for each in servers()}
    assert found == {"127.0.0.1": ["default", "kyc"], "record.example.org": ["audit", "rates"]}


def test_the_password_is_in_no_command(settings: Any) -> None:
    settings.BACKUP_USER, settings.BACKUP_PASSWORD = "holdfast_backup", "it's a \\secret"
    server = servers()[0]
    assert "secret" not in server.address
    assert "user='holdfast_backup'" in server.address
    assert server.environment["PGPASSWORD"] == "it's a \\secret"


def test_keys_never_lie_among_backups(settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_FOLDER = str(tmp_path)
    settings.KEY_FILE = str(tmp_path / "deep" / "keys.json")
    with pytest.raises(BackupFailed, match="key file"):
        take(servers()[0], keep=1)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_must_be_named(settings: Any) -> None:
    settings.BACKUP_FOLDER = ""
    with pytest.raises(BackupFailed, match="BACKUP_FOLDER"):
        take(servers()[0], keep=1)


def test_programs_of_another_version_are_not_taken(settings: Any) -> None:
    need_programs()
    settings.POSTGRES_BINARIES = str(find_postgres())
    with pytest.raises(BinariesMissing):
        program("pg_basebackup", major=9)


@pytest.mark.django_db
def test_what_is_older_is_forgotten_with_its_wal(folder: Path) -> None:
    server = servers()[0]
    first = take(server, keep=1)
    wal = server.folder / "wal"
    wal.mkdir()
    before, history = wal / f"00000001{int(first.segment[8:], 16) - 1:016X}", wal / "00000002.history"
    needed = wal / f"{first.segment[:8]}{'F' * 16}"
    for each in (before, history, needed):
        each.touch()
    second = take(server, keep=1)
    assert list_bases(server) == [second]
    assert not Path(first.folder).exists()
    assert sorted(wal.iterdir()) == sorted([history, needed])
    assert (second.begun < second.until, second.bytes > 1_000_000) == (True, True)
    assert Path(second.folder).stat().st_mode & 0o077 == 0

    # A copy of which a byte was lost is no backup, and costs no earlier one.
    broken = next(each for each in (second.data / "base").rglob("*") if each.is_file() and each.stat().st_size > 8192)
    with broken.open("r+b") as file:
        file.write(b"\xff\xff")
    from wallet_project.backups import taking

    with pytest.raises(BackupFailed, match="checksum"):
        taking._verify(server, second.major, second.data)

    into = folder / "into"
    with pytest.raises(RestoreFailed, match="no base backup from before"):
        restore(server, to=second.until - timedelta(seconds=1), into=into, user=user_name())
    (into / server.name).mkdir(parents=True)
    (into / server.name / "something").touch()
    with pytest.raises(RestoreFailed, match="is not empty"):
        restore(server, to=None, into=into, user=user_name())
    assert [each.name for each in (into / server.name).iterdir()] == ["something"]

    # What PostgreSQL would pass over in silence: it ends at the first file that it misses.
    number = int(second.segment[8:], 16)
    for segment in (number, number + 2):
        (wal / f"{second.segment[:8]}{segment:016X}").write_bytes(bytes(1 << 20))
    needed.unlink()
    with pytest.raises(RestoreFailed, match=f"lacks …{number + 1:016X}"):
        restore(server, to=None, into=folder / "whole", user=user_name())
    assert not (folder / "whole").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to say whose the files shall be")
def test_postgres_does_not_run_as_root(settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_FOLDER = str(tmp_path / "backups")
    server = servers()[0]
    at = datetime(2026, 11, 21, tzinfo=UTC)
    note(server.folder / "base" / "one", at)
    for user, said in (("", "name its user"), ("nobody-of-this-name", "no user")):
        with pytest.raises(RestoreFailed, match=said):
            restore(server, to=None, into=tmp_path / "into", user=user)
    assert not (tmp_path / "into").exists()


def note(folder: Path, at: datetime) -> None:
    from wallet_project.backups.taking import NOTE, _write_note

    folder.mkdir(parents=True)
    _write_note(folder / NOTE, Base(str(folder), at, at, 15, "0" * 24, 1, 1.0))
