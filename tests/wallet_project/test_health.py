"""Whether the probes tell the truth, in time, without a secret."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

import assets.queries
from chains.models import Cursor, Endpoint
from events.models import Event, Pending
from tests.factories.silent import closed_port, silent_server
from wallet_project import health

READY = {
    *("database.core", "database.kyc", "database.rates", "database.audit", "redis", "relay", "worker"),
    *("network.bitcoin", "network.ethereum"),
}
transactional = pytest.mark.django_db(transaction=True)


@pytest.fixture
def networks(transactional_db: None, settings: Any) -> Iterator[None]:
    """Both networks read to their heads by a worker that has just reported."""
    assets.queries.forget()
    health.forget()
    urls = ("http://user:planted-rpc-password@127.0.0.1:1",)
    used = ("bitcoin", "ethereum")
    settings.NETWORKS = {
        code: replace(config, rpc_urls=urls if code in used else ()) for code, config in settings.NETWORKS.items()
    }
    now = timezone.now()
    for network in used:
        Cursor.objects.create(network=network, height=100, hash="aa", updated_at=now)
        Endpoint.objects.create(
            network=network, name="node.example:8332", last_ok_at=now, highest_block=101, reported_at=now
        )
    yield
    health.forget()


def ask() -> tuple[int, dict[str, Any]]:
    health.forget()
    answer = Client().get("/health/ready")
    assert "planted" not in answer.content.decode()
    return answer.status_code, answer.json()


def unwell() -> dict[str, str]:
    status, body = ask()
    bad = {name: check["detail"] for name, check in body["checks"].items() if not check["ok"]}
    assert (status, body["status"]) == ((503, "not_ready") if bad else (200, "ready"))
    return bad


def test_a_process_that_answers_is_alive_whatever_else_is_down() -> None:
    answer = Client().get("/health/live")  # this test may use no database: it would fail
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})
    assert "no-store" in answer["Cache-Control"]
    assert Client().post("/health/live").status_code == 405


@transactional
def test_ready_names_every_dependency(networks: None) -> None:
    status, body = ask()
    assert (status, body["status"]) == (200, "ready")
    assert set(body["checks"]) == READY
    assert {check["detail"] for check in body["checks"].values()} == {"ok"}


@transactional
def test_a_network_without_endpoints_is_no_dependency(networks: None, settings: Any) -> None:
    settings.NETWORKS = {code: replace(config, rpc_urls=()) for code, config in settings.NETWORKS.items()}
    _, body = ask()
    assert set(body["checks"]) == {name for name in READY if not name.startswith("network.")}


def halt() -> None:
    Cursor.objects.filter(network="bitcoin").update(halted_at=timezone.now(), halted_reason="a deep reorg")


def fall_behind() -> None:
    Endpoint.objects.filter(network="ethereum").update(highest_block=113)


def lose_nodes() -> None:
    Endpoint.objects.filter(network="ethereum").update(consecutive_failures=2)


def not_begin() -> None:
    Cursor.objects.filter(network="bitcoin").delete()


def fall_silent() -> None:
    Endpoint.objects.update(reported_at=timezone.now() - timedelta(seconds=61))


def leave_an_event() -> None:
    then = timezone.now() - timedelta(seconds=31)
    event = Event.objects.create(type="t", subject="s", actor="system", happened_at=then, user_id="usr_1")
    Pending.objects.create(event=event)


@transactional
@pytest.mark.parametrize(
    ("happens", "name", "detail"),
    [
        (halt, "network.bitcoin", "halted: a deep reorg"),
        (fall_behind, "network.ethereum", "13 blocks behind"),
        (lose_nodes, "network.ethereum", "none of 1 endpoints is well"),
        (not_begin, "network.bitcoin", "not started"),
        (fall_silent, "worker", "no worker has reported for 61 s"),
        (leave_an_event, "relay", "the oldest live event waits 31 s"),
    ],
)
def test_what_is_unwell_is_named(networks: None, happens: Callable[[], None], name: str, detail: str) -> None:
    happens()
    assert unwell() == {name: detail}


@transactional
def test_a_database_that_is_gone_is_named_and_the_others_are_well(
    networks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_database(monkeypatch, "rates", closed_port())
    assert unwell() == {"database.rates": "OperationalError"}


@transactional
def test_a_database_that_says_nothing_costs_two_seconds_once(networks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with silent_server() as port:
        move_database(monkeypatch, "audit", port)
        started = time.monotonic()
        found = unwell()
        assert set(found) == {"database.audit"}
        assert time.monotonic() - started < 2 * health.ANSWER_SECONDS


@transactional
def test_without_the_core_database_the_rest_is_unknown(networks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    port = closed_port()
    move_database(monkeypatch, "default", port)
    monkeypatch.setattr("transactions.queries.operations.look", gone)
    unknown = "unknown: the core database did not say"
    assert unwell() == {"database.core": "OperationalError"} | dict.fromkeys(
        ["network.bitcoin", "network.ethereum", "relay", "worker"], unknown
    )


@transactional
def test_redis_that_is_gone_is_named(networks: None, settings: Any) -> None:
    settings.REDIS_URL = f"redis://:planted@127.0.0.1:{closed_port()}"
    assert unwell() == {"redis": "ConnectionError"}


@transactional
def test_asking_in_a_loop_is_answered_from_memory(networks: None) -> None:
    assert ask()[0] == 200
    halt()
    assert Client().get("/health/ready").status_code == 200
    time.sleep(health.KEPT_SECONDS)
    assert Client().get("/health/ready").status_code == 503


def move_database(monkeypatch: pytest.MonkeyPatch, alias: str, port: int) -> None:
    """Let the probes look for this database at another port."""
    connection = connections[alias]
    place = connection.get_connection_params()
    monkeypatch.setattr(connection, "get_connection_params", lambda: {**place, "port": port})


def gone(**_: Any) -> None:
    from django.db import OperationalError

    raise OperationalError("planted: the server at 10.0.0.1 has gone")
