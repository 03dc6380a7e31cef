"""A real worker process: what it logs carries the ids of who rang, nothing secret, and its counters can be scraped."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.db import connection

from devnet.places import ROOT, free_port, is_listening
from devnet.services import find_valkey
from tests.factories.back_office import RPC_PASSWORD, Office
from tests.factories.silent import closed_port
from tests.wallet_project.test_metrics import samples
from wallet_project import metrics

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST_ID = "request-0123456789"
WAIT_SECONDS = 60
RING = """
import sys
import django
import structlog
django.setup()
from kit.jobs import ring
structlog.contextvars.bind_contextvars(request_id=sys.argv[1])
ring("chains.refresh_fees")
ring("transactions.advance", transaction_id=sys.argv[2])
"""


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def environment(folder: Path, port: int) -> dict[str, str]:
    databases = {
        f"{name.upper()}_DATABASE_URL": _url(alias)
        for alias, name in {"default": "core", "kyc": "kyc", "rates": "rates", "audit": "audit"}.items()
    }
    node = f"http://user:{RPC_PASSWORD}@127.0.0.1:{closed_port()}"
    return {
        **os.environ,
        **databases,
        "DJANGO_SETTINGS_MODULE": "wallet_project.settings.dev",
        "REDIS_URL": f"redis://127.0.0.1:{port}",
        "LOG_FORMAT": "json",
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        "BITCOIN_RPC_URLS": node,
        "ETHEREUM_RPC_URLS": node,
        "KEY_PROVIDER": "none",
        "HOLDFAST_ROLE": "worker",
    }


def _url(alias: str) -> str:
    place = django_settings.DATABASES[alias]
    credentials = f"{place['USER']}:{quote(str(place['PASSWORD']), safe='')}" if place["PASSWORD"] else place["USER"]
    return f"postgres://{credentials}@{place['HOST']}:{place['PORT']}/{place['NAME']}"


def wait_for(log: Path, *words: str) -> str:
    deadline = time.monotonic() + WAIT_SECONDS
    text = ""
    while time.monotonic() < deadline:
        text = log.read_text()
        if all(word in text for word in words):
            return text
        time.sleep(0.2)
    raise AssertionError(f"not in the worker's log: {words}\n{text}")


def test_a_workers_log_and_counters(office: Office, tmp_path: Path, settings: Any) -> None:
    port = free_port()
    known = environment(tmp_path, port)
    office.past.send.attempts.update(status="dead")  # nothing is signed beside what may still land
    valkey = [str(find_valkey()), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    worker = [sys.executable, "-m", "celery", "-q", "-A", "wallet_project", "worker"]
    log = tmp_path / "worker.log"
    strangers = set(_backends())
    with running(valkey, known, tmp_path / "valkey.log"):
        while not is_listening(port):
            time.sleep(0.05)
        with running([*worker, "--concurrency", "1", "--without-gossip", "--without-mingle"], known, log):
            call = [sys.executable, "-c", RING, REQUEST_ID, office.past.send.pk]
            subprocess.run(call, cwd=ROOT, env=known, check=True, timeout=WAIT_SECONDS)
            text = wait_for(log, "fees_not_refreshed", "KEY_PROVIDER=none")
            settings.METRICS_FOLDER = str(tmp_path / "metrics")
            found = samples(metrics.scrape())
            _connections_are_kept_while_they_are_good(call, known, log, strangers)
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    fees = next(line for line in lines if line["event"] == "fees_not_refreshed")
    assert (fees["request_id"], fees["task"], fees["level"]) == (REQUEST_ID, "chains.refresh_fees", "warning")
    # A worker without keys cannot sign: what it says of that names the transaction.
    failed = next(line for line in lines if line["level"] == "error")
    assert (failed["request_id"], failed["transaction_id"]) == (REQUEST_ID, office.past.send.pk)
    assert (failed["task"], failed["level"]) == ("transactions.advance", "error")
    assert [secret for secret in office.secrets if secret in text] == []
    loud = [line for line in lines if line["level"] in {"warning", "error", "critical"}]
    known_loggers = {
        "chains.endpoints",
        "chains.tasks",
        "transactions.engine.run",
        "transactions.tasks",
        "celery.app.trace",
        "py.warnings",
    }  # the last: run as root, Celery disapproves
    assert {line["logger"] for line in loud} <= known_loggers
    assert [line for line in text.splitlines() if line and not line.startswith("{")] == []
    refused = [
        value for name, value in found.items() if name[0] == "holdfast_rpc_errors_total" and "connection" in name
    ]
    assert sum(refused) >= 2


def _connections_are_kept_while_they_are_good(
    call: list[str], known: dict[str, str], log: Path, strangers: set[int]
) -> None:
    """One connection serves task after task; one that the server has ended is replaced before it is used."""
    first = [pid for pid in _backends() if pid not in strangers]
    assert len(first) == 1
    _ring_and_wait(call, known, log)
    assert [pid for pid in _backends() if pid not in strangers] == first
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [first[0]])
    _ring_and_wait(call, known, log)
    second = [pid for pid in _backends() if pid not in strangers]
    assert len(second) == 1
    assert second != first
    assert "OperationalError" not in log.read_text()


def _backends() -> list[int]:
    """Return the server processes of everybody else's connections to this database, except those about to end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND query <> ''"
        )
        return [pid for (pid,) in cursor.fetchall()]


def _ring_and_wait(call: list[str], known: dict[str, str], log: Path) -> None:
    before = log.read_text().count("fees_not_refreshed")
    subprocess.run(call, cwd=ROOT, env=known, check=True, timeout=WAIT_SECONDS)
    deadline = time.monotonic() + WAIT_SECONDS
    while log.read_text().count("fees_not_refreshed") < before + 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert log.read_text().count("fees_not_refreshed") >= before + 2
