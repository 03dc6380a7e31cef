"""Who may scrape, what they get, and that the counters of worker processes are among it."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

import analytics.services
from devnet.places import ROOT
from tests.factories.analytics import SENT, live
from tests.factories.back_office import Office
from transactions.models import Transaction
from wallet_project import metrics

pytestmark = pytest.mark.django_db

TOKEN = "planted-metrics-token"


def samples(text: bytes) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.7"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=198.51.100.7"}, 403),
        ({"REMOTE_ADDR": "198.51.100.7"}, 403),
        ({"REMOTE_ADDR": ""}, 403),
        ({"REMOTE_ADDR": "198.51.100.7", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, 200),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "1.2.3.4", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, 200),
        ({"REMOTE_ADDR": "198.51.100.7", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}x"}, 403),
        ({"REMOTE_ADDR": "198.51.100.7", "HTTP_AUTHORIZATION": "Bearer "}, 403),
        ({"REMOTE_ADDR": "198.51.100.7", "HTTP_AUTHORIZATION": TOKEN}, 403),
        ({"REMOTE_ADDR": "198.51.100.7", "HTTP_AUTHORIZATION": "Bearer pläñted"}, 403),
    ],
)
def test_who_may_scrape(settings: Any, headers: Any, status: int) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = Client().get("/metrics", **headers)
    assert answer.status_code == status
    assert (b"holdfast_queue_depth" in answer.content) is (status == 200)


def test_without_a_token_configured_no_token_is_right(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    answer = Client().get("/metrics", REMOTE_ADDR="198.51.100.7", HTTP_AUTHORIZATION="Bearer ")
    assert answer.status_code == 403


def test_how_the_work_goes_is_among_the_figures(office: Office) -> None:
    Transaction.objects.filter(pk=office.past.send.pk).update(next_look_at=office.past.send.created_at)
    with CaptureQueriesContext(connections["default"]) as asked:
        found = samples(metrics.scrape())
    assert len(asked.captured_queries) <= 8
    assert found[("holdfast_core_answers",)] == 1
    assert found[("holdfast_queue_depth",)] == 1
    assert 110 < found[("holdfast_oldest_waiting_seconds",)] < 600
    assert found[("holdfast_transactions_open", "bitcoin", "balance_reserved", "", "send")] == 1
    assert found[("holdfast_block_lag", "bitcoin")] == 30
    assert found[("holdfast_network_halted", "ethereum")] == 1
    assert found[("holdfast_network_halted", "bitcoin")] == 0
    assert found[("holdfast_endpoint_well", "node.example:8332", "bitcoin")] == 1
    assert found[("holdfast_provider_breaker_open", "quote", "moonpay")] == 0
    assert found[("holdfast_live_events_pending",)] > 0
    for name in ("core", "kyc", "rates", "audit"):
        assert found[("holdfast_database_connections", name, "active")] >= 1
        assert found[("holdfast_database_connections_max", name)] >= 10


@pytest.mark.django_db(transaction=True)
def test_what_is_summed_up_is_read_from_one_row() -> None:
    later = timezone.now()
    live(SENT, now=later, fee="0.00001000")
    while analytics.services.consume():
        pass
    assert ("holdfast_figures_age_seconds",) not in samples(metrics.scrape())  # nobody has looked yet
    analytics.services.measure(now=later - timedelta(seconds=30))
    with CaptureQueriesContext(connections["rates"]) as asked:
        found = samples(metrics.scrape())
    assert len([query for query in asked.captured_queries if "analytics_" in query["sql"]]) == 1
    assert not [query for query in asked.captured_queries if "transaction_summary" in query["sql"]]
    assert 30 <= found[("holdfast_figures_age_seconds",)] < 90
    assert found[("holdfast_summary_transactions_total", "", "bitcoin", "completed", "send")] == 1
    assert found[("holdfast_transaction_seconds_bucket", "60.0", "send")] == 0
    assert found[("holdfast_transaction_seconds_bucket", "120.0", "send")] == 1
    assert found[("holdfast_transaction_seconds_bucket", "+Inf", "send")] == 1
    assert found[("holdfast_transaction_seconds_sum", "send")] == 62
    assert found[("holdfast_confirmation_seconds_count", "bitcoin", "send")] == 1
    assert found[("holdfast_reader_behind_events", "analytics")] == 0
    assert found[("holdfast_fees_total", "BTC", "send")] == 0.00001
    assert found[("holdfast_poisoned_events", "notifications")] == 0
    assert found[("holdfast_bells_waiting", "celery")] >= 0


def test_a_core_database_that_is_gone_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def gone(**_: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("transactions.queries.operations.look", gone)
    found = samples(metrics.scrape())
    assert found[("holdfast_core_answers",)] == 0
    assert ("holdfast_queue_depth",) not in found
    assert any(name == "python_info" for name, *_ in found)


def test_a_move_is_counted_when_it_is_committed(office: Office, django_capture_on_commit_callbacks: Any) -> None:
    from transactions.models import Status
    from transactions.services import lifecycle

    key = ("holdfast_transactions_moved_total", "bitcoin", "provider_selected", "send")
    before = samples(metrics.scrape()).get(key, 0)
    with django_capture_on_commit_callbacks() as callbacks:
        lifecycle.move(office.past.send, Status.PROVIDER_SELECTED, now=office.past.send.created_at)
    assert samples(metrics.scrape()).get(key, 0) == before
    for callback in callbacks:
        callback()
    assert samples(metrics.scrape())[key] == before + 1


WORKER = """
import os
import re
import django
django.setup()
from chains.endpoints import _rpc_errors, _rpc_seconds
_rpc_seconds.labels("bitcoin", "node:1").observe(0.2)
if os.fork() == 0:  # as a worker's pool does
    _rpc_seconds.labels("bitcoin", "node:1").observe(0.3)
    _rpc_errors.labels("bitcoin", "node:1", "timeout").inc()
    os._exit(0)
os.wait()
"""


def test_counters_of_other_processes_are_added_up(settings: Any, tmp_path: Path) -> None:
    for folder in (tmp_path / "web", tmp_path / "worker-1"):
        environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
        subprocess.run([sys.executable, "-c", WORKER], cwd=ROOT, env=environment, check=True, timeout=60)
    settings.METRICS_FOLDER = str(tmp_path)
    found = samples(metrics.scrape())
    assert found[("holdfast_rpc_seconds_count", "node:1", "bitcoin")] == 4
    assert found[("holdfast_rpc_seconds_sum", "node:1", "bitcoin")] == pytest.approx(1.0)
    assert found[("holdfast_rpc_errors_total", "node:1", "timeout", "bitcoin")] == 2
    assert ("holdfast_queue_depth",) in found
