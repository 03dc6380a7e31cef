"""What is traced, under which ids, and that nothing is while it is off."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from devnet.places import ROOT
from kit import tracing
from kit.ids import new_id
from kit.tracing import Span


class Kept:
    """An exporter that keeps what it is given."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.is_stopped = False

    def send(self, span: Span) -> None:
        self.spans.append(span)

    def stop(self) -> None:
        self.is_stopped = True


@pytest.fixture
def kept() -> Iterator[Kept]:
    exporter = Kept()
    tracing.start(exporter)
    yield exporter
    tracing.stop()
    assert exporter.is_stopped


def test_off_it_does_nothing_at_all() -> None:
    assert tracing.root("request POST") is tracing.root("advance", transaction_id="txn_1") is tracing.span("rpc x")

    @tracing.rooted("advance", transaction_id=_never)
    def advance(id: str) -> str:
        return f"done {id}"

    @tracing.spanned(_never)
    def part(id: str) -> str:
        return f"part {id}"

    assert (advance("x"), part("x")) == ("done x", "part x")
    tracing.about("txn_1")
    tracing.opened("no id at all", "send")


def _never(*_: object) -> Any:
    raise AssertionError("nobody wants to know")


def test_off_nothing_of_it_is_imported_and_no_request_passes_through_it() -> None:
    # redis imports the SDK by itself where it is installed; what would send anything is ours to leave out.
    code = (
        "import django, sys; django.setup()\n"
        "from django.conf import settings\n"
        "import wallet_project.wsgi, wallet_project.celery, transactions.engine.run, wallet_project.urls\n"
        "assert not [name for name in sys.modules if name.startswith(('kit.otlp', 'opentelemetry.exporter'))]\n"
        "assert not [name for name in settings.MIDDLEWARE if 'Tracing' in name]\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True, timeout=600)


def test_one_trace_for_one_transaction_whoever_works_on_it(kept: Kept) -> None:
    id_ = new_id("txn")
    with tracing.root("request POST") as request:
        with tracing.span("provider quote", provider="moonpay"):
            pass
        tracing.about(id_)
        request.note(**{"http.response.status_code": 201})

    @tracing.rooted("advance", transaction_id=str)
    def advance(id: str) -> None:
        with tracing.span("ask signed"), tracing.span("rpc getblockcount", network="bitcoin"):
            pass

    advance(id_)
    by_name = {span.name: span for span in kept.spans}
    assert {span.trace_id for span in kept.spans} == {tracing.trace_of(id_)}
    first = tracing.trace_of(id_) & (2**64 - 1)
    assert by_name["request POST"].parent_id == by_name["advance"].parent_id == first
    assert by_name["provider quote"].parent_id == by_name["request POST"].id
    assert by_name["ask signed"].parent_id == by_name["advance"].id
    assert by_name["rpc getblockcount"].parent_id == by_name["ask signed"].id
    assert by_name["request POST"].attributes == {"http.response.status_code": 201, "transaction.id": id_}
    assert all(0 < span.started <= span.ended for span in kept.spans)
    assert len({span.id for span in kept.spans}) == 5 == len(kept.spans)


def test_trace_ids_are_the_ids_of_transactions() -> None:
    assert tracing.trace_of("txn_" + "0" * 25 + "z") == 31
    assert tracing.trace_of("txn_7" + "z" * 25) == 2**128 - 1
    one, other = new_id("txn"), new_id("txn")
    assert tracing.trace_of(one) != tracing.trace_of(other)


def test_a_failure_is_told_by_its_kind_alone(kept: Kept) -> None:
    with pytest.raises(ValueError, match="secret"), tracing.root("advance", transaction_id=new_id("txn")):
        raise ValueError("secret words")
    (span,) = kept.spans
    assert span.error == "ValueError"
    assert "secret" not in repr(span)


def test_a_part_without_a_root_is_of_no_interest(kept: Kept) -> None:
    with tracing.span("rpc getblockcount"):
        pass
    assert kept.spans == []


@pytest.mark.parametrize(("share", "traced"), [(0.0, ["advance"]), (1.0, ["request GET", "advance"])])
def test_of_requests_about_no_transaction_a_share_is_traced(share: float, traced: list[str]) -> None:
    exporter = Kept()
    tracing.start(exporter, share=share)
    with tracing.root("request GET"):
        pass
    with tracing.root("advance", transaction_id=new_id("txn")):
        pass
    tracing.stop()
    assert [span.name for span in exporter.spans] == traced


def test_roots_within_roots_are_parts_of_them(kept: Kept) -> None:
    outer, inner = new_id("txn"), new_id("txn")
    with tracing.root("advance", transaction_id=outer), tracing.root("react", transaction_id=inner):
        pass
    assert [(span.name, span.trace_id) for span in kept.spans] == [
        ("react", tracing.trace_of(outer)),
        ("advance", tracing.trace_of(outer)),
    ]


def test_attributes_can_be_added_by_whoever_knows_them(kept: Kept) -> None:
    @tracing.spanned(lambda node, **more: (f"rpc {node}", {"network": "bitcoin"}))
    def ask(node: str, **more: Any) -> None:
        pass

    with tracing.root("advance", transaction_id=new_id("txn")):
        ask("getblockcount", secret="planted")
    assert kept.spans[0].attributes == {"network": "bitcoin"}
