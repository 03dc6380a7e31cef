"""The databases come back as they were at a moment: books that agree, a record that proves itself, nothing later."""

import json
import os
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

import audit.verify
from audit.services import copy, seal
from chains.models import Cursor
from chains.queries import is_compared
from devnet.services import find_postgres
from ledger.services import post
from tests.factories.audit import make_events, use_key
from tests.factories.backups import (
    archiving,
    environment,
    manage,
    need_programs,
    passable_folder,
    running,
    user_name,
)
from tests.factories.ledger import make_account, make_funded, transfer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def folder() -> Iterator[Path]:
    need_programs()
    with passable_folder() as made:
        yield made
    with connection.cursor() as cursor:  # the slot would keep WAL for nobody
        cursor.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'holdfast_archive'"
        )


@pytest.fixture
def env(folder: Path, settings: Any, tmp_path: Path) -> dict[str, str]:
    """How this house's commands are run, in processes of their own."""
    return environment(BACKUP_FOLDER=str(folder / "backups"), POSTGRES_BINARIES=str(find_postgres()))


def restored(folder: Path, env: dict[str, str], name: str, *, to: datetime | None = None) -> Path:
    """Restore into a folder of this name and return where the server's data is."""
    arguments = ["--into", str(folder / name), *(["--user", user_name()] if user_name() else [])]
    if to:
        arguments += ["--to", to.isoformat()]
    result = manage("restore", *arguments, env=env)
    assert result.returncode == 0, result.stderr
    print(result.stdout)  # noqa: T201  # the measured figures
    return next((folder / name).glob("*/data"))


def server_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at


def pay(number: int, now: datetime) -> None:
    lines = transfer("wallet:payer:available", "wallet:payee:available", 1)
    post(key=f"payment:{number}", kind="transfer", lines=lines, now=now)


def keep_record(now: datetime, count: int) -> None:
    make_events(count, now=now)
    while copy().is_more:
        pass
    seal(now=now)


def asked(port: int, alias: str, question: str) -> Any:
    url = environment(port=port)["AUDIT_DATABASE_URL" if alias == "audit" else "CORE_DATABASE_URL"]
    with psycopg.connect(url) as made:
        row = made.execute(question).fetchone()
    assert row is not None
    return row[0]


def test_a_moment_comes_back_whole(
    folder: Path, env: dict[str, str], settings: Any, tmp_path: Path, now: datetime
) -> None:
    public_key = use_key(settings, tmp_path)
    make_funded(code="wallet:payer:available", minor=1_000, now=now)
    make_account(code="wallet:payee:available", now=now)
    keep_record(now, 7)
    Cursor.objects.create(network="bitcoin", height=1, hash="00", updated_at=now)
    with archiving(env):
        taken = manage("backup", "--keep", "1", env=env)
        assert taken.returncode == 0, taken.stderr
        assert (taken.stderr, "verified" in taken.stdout) == ("", True)
        pay(1, now)
        keep_record(now + timedelta(minutes=10), 5)
        moment = server_time()
        time.sleep(0.05)
        pay(2, now)
        keep_record(now + timedelta(minutes=20), 5)
        time.sleep(1)  # the archive is a stream: a second is ample

    with running(restored(folder, env, "then", to=moment)) as port:
        assert asked(port, "core", "SELECT count(*) FROM ledger_posting WHERE key LIKE 'payment:%'") == 1
        assert asked(port, "audit", "SELECT count(*) FROM audit_entry") == 12
        there = environment(port=port)
        books = manage("verify_ledger", env=there)
        assert (books.returncode, books.stderr) == (0, "")
        export = tmp_path / "record.jsonl"
        assert manage("export_audit", str(export), env=there).returncode == 0
        report = audit.verify.verify(export.read_text().splitlines(), public_keys=[public_key])
        assert (report.problems, report.last) == ([], 12)
        # The one order of events goes on where it stood: a dump would have begun it anew.
        look = "from audit.services import copy; from chains.queries import is_compared; "
        said = manage("shell", "-c", look + "print(copy(), is_compared('bitcoin'))", env=there)
        assert "Copied(entries=0, is_more=False) False" in said.stdout, said.stderr
        assert is_compared("bitcoin")  # nothing is signed there before it was compared; here nothing has changed


def test_what_is_lost_when_a_server_is_lost(folder: Path, env: dict[str, str], now: datetime) -> None:
    """The archive's writer dies with the server: what it had received by then comes back."""
    make_funded(code="wallet:payer:available", minor=1_000, now=now)
    make_account(code="wallet:payee:available", now=now)
    with archiving(env) as archive:
        assert manage("backup", env=env).returncode == 0
        committed: list[datetime] = []
        for number in range(200):
            pay(number, now)
            committed.append(server_time())
        os.killpg(archive.pid, signal.SIGKILL)
    late = ["--to", (committed[-1] + timedelta(days=1)).isoformat(), "--into", str(folder / "late")]
    refused = manage("restore", *late, *(["--user", user_name()] if user_name() else []), env=env)
    assert (refused.returncode, "The archive ends before that moment" in refused.stderr) == (1, True), refused.stderr
    started = time.monotonic()
    with running(restored(folder, env, "all")) as port:
        rto = time.monotonic() - started
        kept = asked(port, "core", "SELECT count(*) FROM ledger_posting WHERE key LIKE 'payment:%'")
        books = manage("verify_ledger", env=environment(port=port))
        assert (books.returncode, books.stderr) == (0, "")
    rpo = (committed[-1] - committed[kept - 1]).total_seconds()
    print(json.dumps({"committed": 200, "kept": kept, "rpo_seconds": rpo, "rto_seconds": round(rto, 1)}))  # noqa: T201
    assert kept >= 1
    assert rpo < 1
