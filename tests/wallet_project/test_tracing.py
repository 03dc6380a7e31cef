"""One send from its request through workers to the nodes: one trace at a real receiver, one id in every line."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from accounts.models import User
from kit import tracing
from tests.factories.accounts import make_api_client
from tests.factories.http_servers import HttpServer, http_server, say
from tests.factories.world import STRANGERS, World, living_world
from transactions import tasks
from transactions.models import Transaction
from wallet_project import tracing as our_tracing
from wallet_project.logging import make_formatter

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

MEMO = "planted memo"
REQUEST_ID = "request-0123456789"


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> Iterator[World]:
    with living_world(settings, tmp_path) as made:
        yield made


@pytest.fixture
def receiver(settings: Any) -> Iterator[HttpServer]:
    """A collector of traces, with tracing switched on as in a process that has it in its environment."""
    with http_server(say(200, b"", Content_Type="application/x-protobuf")) as server:
        settings.TRACES_ENDPOINT = server.url
        settings.TRACES_HEADERS = {"x-api-key": "planted-collector-key"}
        at = settings.MIDDLEWARE.index("wallet_project.middleware.RequestLogMiddleware") + 1
        ours = "wallet_project.tracing.TracingMiddleware"
        settings.MIDDLEWARE = [*settings.MIDDLEWARE[:at], ours, *settings.MIDDLEWARE[at:]]
        our_tracing.ensure_started.cache_clear()
        yield server
        tracing.stop()
        our_tracing.ensure_started.cache_clear()


def request(world: World, owner: User) -> Transaction:
    """Ask for a send over the API."""
    asked = {
        "type": "send",
        "wallet_id": world.wallet(owner, "bitcoin").pk,
        "asset": "BTC",
        "amount": "0.0123",
        "to": STRANGERS["bitcoin"],
        "memo": MEMO,
    }
    headers = {"Idempotency-Key": "trace-1", "X-Request-ID": REQUEST_ID}
    answer = make_api_client(owner).post("/api/v1/transactions", asked, format="json", headers=headers)
    assert answer.status_code == 201, answer.content
    return Transaction.objects.get(pk=answer.json()["id"])


def send(world: World, owner: User) -> Transaction:
    """Send over the API, and let workers do what they are rung for until it is over."""
    sent = request(world, owner)
    for _ in range(6):
        Transaction.objects.filter(pk=sent.pk, next_look_at__isnull=False).update(next_look_at=timezone.now())
        sent.steps.update(wake_at=None)
        tasks.advance(sent.pk)
        world.mine("bitcoin")
        world.scan("bitcoin")
        sent.refresh_from_db()
        if sent.status == "completed":
            return sent
    raise AssertionError(f"{sent.status} {sent.sub_status}")


def spans_of(server: HttpServer) -> list[Any]:
    """Return every span that was received, with its resource's attributes."""
    found = []
    for method, path, headers, body in server.requests:
        assert (method, path) == ("POST", "/v1/traces")
        assert headers["x-api-key"] == "planted-collector-key"
        request = ExportTraceServiceRequest.FromString(body)
        for resource_spans in request.resource_spans:
            for scope_spans in resource_spans.scope_spans:
                found += [(span, resource_spans.resource) for span in scope_spans.spans]
    return found


def test_a_send_is_one_trace_from_request_to_node(world: World, receiver: HttpServer) -> None:
    owner = world.rich("bitcoin", "0.5")
    our_tracing.ensure_started()
    sent = send(world, owner)
    Client().get("/health/live")
    tracing.stop()
    received = spans_of(receiver)
    about_it = [span for span, _ in received if span.trace_id == tracing.trace_of(sent.pk).to_bytes(16)]
    by_id = {span.span_id: span for span in about_it}
    names = {span.name for span in about_it}
    assert {"opened send", "request POST", "advance", "ask signed", "step signed"} <= names, names
    assert {"step broadcast", "rpc sendrawtransaction", "rpc getrawtransaction", "step confirmed"} <= names, names

    (first,) = [span for span in about_it if not span.parent_span_id]
    assert first.name == "opened send"
    for span in about_it:
        assert span is first or span.parent_span_id in by_id, span.name

    def path(span: Any) -> list[str]:
        above = by_id.get(span.parent_span_id)
        return [*(path(above) if above else []), span.name]

    request = next(span for span in about_it if span.name == "request POST")
    assert path(request) == ["opened send", "request POST"]
    assert path(next(span for span in about_it if span.name == "rpc sendrawtransaction"))[:2] == [
        "opened send",
        "advance",
    ]
    shown = {item.key: item.value.string_value or item.value.int_value for item in request.attributes}
    assert shown == {
        "http.request.method": "POST",
        "http.route": "api/v1/transactions",
        "http.response.status_code": 201,
        "request.id": REQUEST_ID,
        "transaction.id": sent.pk,
    }
    assert all(0 < span.start_time_unix_nano <= span.end_time_unix_nano for span in about_it)
    assert not [span for span, _ in received if "health" in str(span)]


def test_nothing_private_or_secret_leaves_with_a_trace(world: World, receiver: HttpServer) -> None:
    owner = world.rich("bitcoin", "0.5")
    our_tracing.ensure_started()
    sent = send(world, owner)
    tracing.stop()
    everything = b"".join(body for *_, body in receiver.requests)
    assert len(spans_of(receiver)) > 10
    urls = [url for network in world.settings.NETWORKS.values() for url in network.rpc_urls]
    passwords = [url.split("@")[0].rpartition(":")[2] for url in urls if "@" in url]
    addresses = [STRANGERS["bitcoin"], world.wallet(owner, "bitcoin").pk, sent.txid]
    private = [owner.email, owner.pk, MEMO, "0.0123", "1230000", *passwords, *addresses, "planted-collector-key"]
    assert [word for word in private if word.encode() in everything] == []
    resources = {
        json.dumps({a.key: a.value.string_value for a in resource.attributes}) for _, resource in spans_of(receiver)
    }
    assert [sorted(json.loads(each)) for each in resources] == [["holdfast.role", "service.name", "service.version"]]


def test_a_receiver_that_is_gone_keeps_nobody_waiting(world: World, settings: Any) -> None:
    settings.TRACES_ENDPOINT = "http://127.0.0.1:1"
    our_tracing.ensure_started.cache_clear()
    owner = world.rich("bitcoin", "0.5")
    our_tracing.ensure_started()
    try:
        assert send(world, owner).status == "completed"
    finally:
        tracing.stop()
        our_tracing.ensure_started.cache_clear()


@contextmanager
def written() -> Iterator[list[dict[str, Any]]]:
    """Keep every line of the log, as it is in production."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(make_formatter("json"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    lines: list[dict[str, Any]] = []
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        lines += [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_line_of_a_send_names_it_from_request_to_node(world: World) -> None:
    owner = world.rich("bitcoin", "0.5")
    with written() as lines:
        sent = request(world, owner)
        world.node("bitcoin", "devnet_fault", "drop", "getrawtransaction", 1)
        tasks.advance(sent.pk)
    by_event = {line["event"]: line for line in lines}
    asked = by_event["request_finished"]
    assert (asked["transaction_id"], asked["request_id"]) == (sent.pk, REQUEST_ID)
    assert by_event["node_failed"]["transaction_id"] == sent.pk
    assert by_event["node_failed"]["kind"] == "broken"
    of_it = [line for line in lines if line.get("transaction_id")]
    assert {line["transaction_id"] for line in of_it} == {sent.pk}
    assert [word for word in (MEMO, "0.0123", STRANGERS["bitcoin"]) if word in json.dumps(lines)] == []
