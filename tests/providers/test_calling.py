"""Calling a provider: what is written down, what trips the breaker, what never does, and what is kept secret."""

import json
import logging
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from kit.errors import NotFound
from providers.errors import ProviderRefused, ProviderUnavailable
from providers.models import Call, Health, Provider
from providers.services import call
from tests.factories.providers import KEY, MAIL

pytestmark = pytest.mark.django_db


def order(now, *, provider="alpha", operation="order", operation_id="txn_1:order", ask=None, subject="") -> Any:
    return call(
        provider=provider,
        operation=operation,
        operation_id=operation_id,
        ask=ask or (lambda adapter: adapter.order(operation_id)),
        now=now,
        subject=subject,
    )


def refused(now, **how) -> ProviderUnavailable:
    with pytest.raises(ProviderUnavailable) as refusal:
        order(now, **how)
    return refusal.value


def health(operation="order", provider="alpha"):
    return Health.objects.get(provider=provider, operation=operation)


def test_an_answer_is_returned_measured_and_written_down(rig, now):
    assert order(now, subject="transactions.transaction:txn_1") == "v-1"
    written = Call.objects.get()
    assert (written.provider_id, written.operation, written.operation_id) == ("alpha", "order", "txn_1:order")
    assert (written.outcome, written.error, written.has_left, written.reason) == ("answered", "", None, "")
    assert (written.subject, written.asked_at) == ("transactions.transaction:txn_1", now)
    (exchange,) = written.exchanges
    assert (exchange["method"], exchange["path"], exchange["status"]) == ("POST", "/orders", 200)
    assert exchange["answer"] == {"id": "v-1"}
    assert exchange["sent"] == {"id": "txn_1:order", "email": "[hidden]"}
    row = health()
    assert (row.failures, row.last_error, row.cooling_until, row.last_ok_at) == (0, "", None, now)
    assert (row.ok_weight, row.all_weight, row.weighed_at) == (1.0, 1.0, now)
    assert 0 < row.latency_ms < 500


def test_it_is_written_before_it_is_asked_and_no_transaction_is_open_meanwhile(rig, now):
    seen = []

    def ask(adapter):
        blocks: list[Any] = connection.atomic_blocks
        seen.append((Call.objects.get().outcome, [block for block in blocks if not block._from_testcase]))
        return adapter.order("x")

    order(now, ask=ask)
    assert seen == [("asked", [])]


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_nothing_is_asked(rig, now):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        order(now)
    assert rig.server.requests == []
    assert Call.objects.count() == 0


@pytest.mark.parametrize(
    ("status", "kind", "seconds", "has_left"),
    [
        (429, "rate_limited", 300, False),
        (402, "quota", 300, False),
        (403, "forbidden", 86_400, False),
        (500, "server", 120, True),
    ],
)
def test_no_answer_trips_the_breaker_for_as_long_as_its_kind_says(rig, now, status, kind, seconds, has_left):
    rig.answers(status)
    error = refused(now)
    assert (error.kind, error.has_left) == (kind, has_left)
    row = health()
    assert (row.failures, row.last_error, row.last_failed_at) == (1, kind, now)
    assert row.cooling_until == now + timedelta(seconds=seconds)
    assert (row.ok_weight, row.all_weight) == (0.0, 1.0)
    written = Call.objects.get()
    assert (written.outcome, written.error, written.has_left) == ("unavailable", kind, has_left)


def test_after_a_timeout_nobody_knows_whether_it_was_done(rig, now):
    rig.server.answer = lambda handler: time.sleep(1.5)
    error = refused(now)
    assert (error.kind, error.has_left) == ("timeout", True)
    assert Call.objects.get().has_left is True
    assert health().cooling_until == now + timedelta(seconds=180)


def test_a_dead_provider_is_known_not_to_have_done_anything(rig, now):
    error = refused(now, provider="beta")
    assert (error.kind, error.has_left) == ("connection", False)


def test_while_it_cools_down_it_is_not_asked(rig, now):
    rig.answers(500)
    refused(now)
    rig.answers(200)
    error = refused(now + timedelta(seconds=119))
    assert (error.kind, error.has_left, error.retry_after_seconds) == ("cooling", False, 1)
    assert len(rig.server.requests) == Call.objects.count() == 1
    assert order(now + timedelta(seconds=119), operation="other") == "v-1"  # a breaker per operation
    assert order(now + timedelta(seconds=120)) == "v-1"
    assert (health().failures, health().cooling_until) == (0, None)


def test_a_refusal_is_an_answer_and_never_trips_it(rig, now):
    rig.answers(422, b'{"message": "Amount too small"}')
    for number in range(20):
        with pytest.raises(ProviderRefused) as refusal:
            order(now, operation_id=f"txn_{number}")
        assert refusal.value.reason == "Amount too small"
    row = health()
    assert (row.failures, row.cooling_until, row.last_error) == (0, None, "")
    assert (row.ok_weight, row.all_weight) == (20.0, 20.0)
    assert list(Call.objects.values_list("outcome", "reason").distinct()) == [("refused", "Amount too small")]


def test_an_answer_without_sense_is_no_answer(rig, now):
    rig.answers(200, b'{"unexpected": "' + KEY.encode() + b'"}')
    error = refused(now)
    assert (error.kind, error.has_left) == ("broken", True)
    written = Call.objects.get()
    assert (written.outcome, written.error) == ("unavailable", "broken")
    assert written.reason.startswith("KeyError in order:")
    assert health().cooling_until == now + timedelta(seconds=120)


def test_our_own_mistake_is_raised_as_it_is_and_says_nothing_against_the_provider(rig, now):
    def ask(adapter):
        raise AssertionError(f"ours, about {KEY}")

    with pytest.raises(AssertionError):
        order(now, ask=ask)
    assert Health.objects.count() == 0
    written = Call.objects.get()
    assert (written.outcome, written.error) == ("crashed", "crashed")
    assert written.reason.startswith("AssertionError in ask:")


def test_when_all_are_down_each_is_tried_now_and_then(rig, now):
    rig.answers(500)
    refused(now)
    refused(now, provider="beta")
    assert refused(now + timedelta(seconds=29)).kind == "cooling"
    assert refused(now + timedelta(seconds=30)).kind == "server"
    assert refused(now + timedelta(seconds=59)).kind == "cooling"
    rig.answers(200)
    assert order(now + timedelta(seconds=60)) == "v-1"


def test_business_already_begun_is_asked_about_though_others_are_well(rig, now):
    """Nobody but the one company knows how its order stands: a ban of a day leaves no paid order alone for so long."""
    how = {"operation": "check_payment_status"}
    rig.answers(403)
    assert refused(now, **how).kind == "forbidden"
    assert health(**how).cooling_until == now + timedelta(days=1)
    assert refused(now + timedelta(seconds=29), **how).kind == "cooling"
    rig.answers(200)
    assert order(now + timedelta(seconds=30), **how) == "v-1"
    rig.answers(403)
    assert refused(now).kind == "forbidden"
    assert refused(now + timedelta(hours=23)).kind == "cooling"  # a new one goes to somebody else
    assert Call.objects.count() == len(rig.server.requests) == 3


def test_one_that_is_switched_off_is_asked_only_about_what_was_begun(rig, now):
    Provider.objects.filter(pk="alpha").update(is_enabled=False)
    error = refused(now)
    assert (error.kind, error.has_left) == ("disabled", False)
    assert (Call.objects.count(), rig.server.requests) == (0, [])
    assert order(now, operation="check_payment_status") == "v-1"


def test_one_that_is_not_set_up_or_unknown_is_not_asked(rig, now, settings):
    with pytest.raises(NotFound):
        order(now, provider="nobody")
    settings.PROVIDERS = {}
    assert refused(now).kind == "disabled"
    assert (Call.objects.count(), Health.objects.count(), rig.server.requests) == (0, 0, [])


def test_no_secret_is_in_rows_logs_or_errors(rig, now, caplog, capsys):
    said = json.dumps({"message": f"{KEY} of {MAIL} refused", "apiKey": KEY, "email": MAIL}).encode()
    told = []
    with caplog.at_level(logging.DEBUG):
        for number, status in enumerate([200, 422, 500, 403]):
            rig.answers(status, said)
            with pytest.raises((ProviderRefused, ProviderUnavailable)) as refusal:
                order(now + timedelta(days=2 * number), operation_id=f"txn_{number}")
            told.append(repr(refusal.value) + str(refusal.value.__dict__ if status != 422 else ""))
    assert Call.objects.count() == len(rig.server.requests) == 4
    assert all(KEY in str(headers) and MAIL in body.decode() for _, _, headers, body in rig.server.requests)
    printed = capsys.readouterr()
    kept = [*Call.objects.values_list(), *Health.objects.values_list(), *told, caplog.text, printed.out, printed.err]
    for secret in (KEY, KEY.replace("/", "%2F"), MAIL):
        assert secret not in str(kept)
    assert "[hidden] of [hidden] refused" in str(kept)
