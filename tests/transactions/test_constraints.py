"""What PostgreSQL itself refuses, whoever asks: the laws of money moves that no code can forget."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from tests.factories.engine import put_in
from tests.factories.pages import Past, make_past
from transactions.models import (
    STATUS_FLOW,
    Attempt,
    Coin,
    Deposit,
    IdempotencyRecord,
    Intervention,
    NonceLane,
    ProviderInteraction,
    RecoveryAttempt,
    Status,
    Step,
    Transaction,
    UserAction,
)

pytestmark = pytest.mark.django_db(databases="__all__")

SENDER = "0x00000000000000000000000000000000DeaDBeef"


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=timezone.now())


def attempt(of: Transaction, now: datetime, **changes: Any) -> Attempt:
    values = {
        "transaction": of,
        "number": 1,
        "network_id": "ethereum",
        "txid": "0xaa",
        "raw": b"\x01",
        "sender": SENDER,
        "nonce": 4,
        "replay_tokens": [f"{SENDER}:4"],
        "max_fee_minor": 1,
        "created_at": now,
        "updated_at": now,
    }
    return Attempt.objects.create(**{**values, **changes})


def refused_as(name: str, act: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


def copy(row: models.Model, **changes: Any) -> models.Model:
    """Write the same row a second time under another primary key."""
    again = type(row)._default_manager.get(pk=row.pk)
    again.pk = None if isinstance(row._meta.pk, models.AutoField) else f"{row.pk}x"
    again._state.adding = True
    for name, value in changes.items():
        setattr(again, name, value)
    again.save(force_insert=True)
    return again


def test_a_replay_token_belongs_to_one_attempt(past: Past, now: datetime) -> None:
    attempt(past.send, now)
    other = past.transfer
    refused_as("transactions_attempt_nonce", lambda: attempt(other, now, txid="0xbb"))
    refused_as("transactions_attempt_txid", lambda: attempt(other, now, nonce=5))
    refused_as("transactions_one_live_attempt", lambda: attempt(past.send, now, number=2, txid="0xbb", nonce=5))
    refused_as("transactions_attempt_number", lambda: attempt(past.send, now, txid="0xbb", nonce=5, status="dead"))
    attempt(other, now, txid="0xcc", nonce=5)
    refused_as("transactions_cancels_something", lambda: attempt(past.send, now, number=3, txid="0xdd", cancels=True))
    attempt(past.send, now, number=2, txid="0xbb", replaces=Attempt.objects.get(transaction=past.send))
    assert Attempt.objects.count() == 3


def test_a_repeat_is_the_same_row(past: Past, now: datetime) -> None:
    refused_as("transactions_transaction_key", lambda: copy(past.send, status=Status.INITIATED))
    landed = Deposit.objects.get(transaction=past.arriving)
    refused_as("transactions_deposit_unique", lambda: copy(landed, transaction=past.send))
    refused_as("transaction_id", lambda: copy(landed, index=9))
    step = Step.objects.filter(transaction=past.send).first()
    assert step is not None
    refused_as("transactions_step_unique", lambda: copy(step))
    coin = Coin.objects.first()
    assert coin is not None
    refused_as("transactions_coin_unique", lambda: copy(coin))
    lane = NonceLane.objects.create(network_id="ethereum", sender=SENDER)
    refused_as("transactions_noncelane_unique", lambda: copy(lane))
    record = IdempotencyRecord.objects.create(
        user=past.owner, key="k", route="r", body_hash=b"", status_code=201, response={}, created_at=now
    )
    refused_as("transactions_idempotency_unique", lambda: copy(record, route="other"))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"status": "confirmed"}, "deposit_credited_at_most_once"),
        ({"credits": 1}, "deposit_credited_at_most_once"),
        ({"credits": 2, "status": "final"}, "deposit_credited_at_most_once"),
        ({"owed_minor": 10**9}, "deposit_owed_within_amount"),
        ({"owed_minor": -1}, "deposit_owed_within_amount"),
        ({"amount_minor": 0}, "deposit_positive"),
    ],
)
def test_a_deposit_is_credited_at_most_once(past: Past, changes: dict[str, Any], name: str) -> None:
    refused_as(name, lambda: Deposit.objects.filter(transaction=past.arriving).update(**changes))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"amount_minor": 0}, "amount_positive"),
        ({"amount_minor": -1}, "amount_positive"),
        ({"fee_minor": 10**9}, "fee_within_ceiling"),
        ({"max_fee_minor": -1}, "max_fee_not_negative"),
        ({"source_minor": -1}, "source_not_negative"),
    ],
)
def test_a_transaction_keeps_its_bounds(past: Past, changes: dict[str, Any], name: str) -> None:
    refused_as(name, lambda: Transaction.objects.filter(pk=past.send.pk).update(**changes))


def test_what_has_failed_waits_for_nobody(past: Past, now: datetime) -> None:
    rows = Transaction.objects.filter(pk=past.send.pk)
    rows.update(status=Status.COMPENSATING)
    refused_as("failed_is_over", lambda: rows.update(status=Status.FAILED, next_look_at=now))
    rows.update(status=Status.FAILED, next_look_at=None)


@pytest.mark.parametrize("source", list(Status))
def test_postgresql_knows_the_table_of_moves_itself(past: Past, source: Status) -> None:
    """All pairs: what the table has is done, everything else is refused, whoever asks."""
    refused = 0
    for target in Status:
        with transaction.atomic():
            rows = Transaction.objects.filter(pk=put_in(past.send, source).pk)
            if target == source or target in STATUS_FLOW.moves[source]:
                assert rows.update(status=target) == 1
            else:
                refused_as(f"cannot go from {source} to {target}", lambda: rows.update(status=target))  # noqa: B023
                assert rows.get().status == source
                refused += 1
            transaction.set_rollback(True)
    assert refused == len(Status) - 1 - len(STATUS_FLOW.moves[source])


@pytest.mark.parametrize("type", list(Transaction.Type))
def test_a_transaction_begins_at_the_beginning(past: Past, type: Transaction.Type) -> None:
    for status in Status:
        begins = status == Status.INITIATED or (type == "deposit" and status == Status.BLOCKCHAIN_PENDING)
        with transaction.atomic():
            values = {"type": type, "status": status, "key": "another", "next_look_at": None}
            if begins:
                copy(past.send, **values)
            else:
                refused_as("cannot begin as", lambda: copy(past.send, **values))  # noqa: B023
            assert Transaction.objects.filter(key="another").exists() is begins
            transaction.set_rollback(True)


WAYS = [
    ("initiated,balance_reserved,provider_selected,provider_processing,balance_updated,completed", ""),
    ("initiated,failed", ""),
    ("initiated,completed", "cannot go from initiated to completed"),
    ("initiated,balance_reserved,completed", "cannot go from balance_reserved to completed"),
    ("initiated,balance_reserved,balance_reserved,completed", "cannot go from balance_reserved to balance_reserved"),
    ("balance_updated,completed", "cannot begin as balance_updated"),
    ("completed", "cannot begin as completed"),
    ("", "cannot begin as completed"),
    (",completed", "cannot go from  to completed"),
    ("initiated,balance_reserved", "cannot begin as completed"),  # it leads elsewhere
    ("initiated,nowhere,completed", "cannot go from initiated to nowhere"),
]


@pytest.mark.parametrize(("way", "refusal"), WAYS)
def test_a_transaction_may_be_written_where_an_allowed_way_has_led_it(past: Past, way: str, refusal: str) -> None:
    end = Status.FAILED if way.endswith("failed") else Status.COMPLETED
    values = {"status": end, "key": "another", "next_look_at": None, "is_final": False}
    with transaction.atomic():
        _say_way(way)
        if refusal:
            refused_as(refusal, lambda: copy(past.send, **values))
        else:
            copy(past.send, **values)
            refused_as("cannot begin as", lambda: copy(past.send, **values | {"key": "a third"}))  # it served one
        assert Transaction.objects.filter(key="another").exists() is (not refusal)
        assert not Transaction.objects.filter(key="a third").exists()


def _say_way(way: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('holdfast.way', %s, true)", [way])


def test_history_is_only_ever_added_to(past: Past, now: datetime) -> None:
    of_it: dict[str, Any] = {"transaction": past.send, "at": now}
    told: list[models.Model] = [
        RecoveryAttempt.objects.create(step="signed", number=1, treatment="temporary", code="x", reason="x", **of_it),
        ProviderInteraction.objects.create(
            step="paid", provider="moonpay", operation="quote", operation_id="x", outcome="unknown", **of_it
        ),
        UserAction.objects.create(type="cancelled", actor=past.owner.pk, **of_it),
    ]
    for row in told:
        rows = type(row)._default_manager.filter(pk=row.pk)
        refused_as("append-only: UPDATE refused", lambda: rows.update(at=now))  # noqa: B023
        refused_as("append-only: DELETE refused", rows.delete)
        assert rows.exists()


def test_no_transaction_is_ever_deleted(past: Past) -> None:
    bare = copy(past.send, status=Status.INITIATED, key="another")
    rows = Transaction.objects.filter(pk=bare.pk)
    refused_as("append-only: DELETE refused", lambda: rows._raw_delete(rows.db))
    assert Transaction.objects.filter(pk=bare.pk).exists()


@pytest.mark.parametrize("model", [Transaction, RecoveryAttempt, ProviderInteraction, UserAction])
def test_no_table_of_them_is_emptied_at_a_stroke(past: Past, model: type[models.Model]) -> None:
    def empty() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked would be in the way
            cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")

    refused_as("append-only: TRUNCATE refused", empty)
    assert Transaction.objects.filter(pk=past.send.pk).exists()


def test_force_takes_two_people(past: Past, now: datetime) -> None:
    values = {
        "transaction": past.send,
        "kind": "force",
        "step": "signed",
        "reason": "It is stuck.",
        "requested_by": "usr_a",
        "created_at": now,
        "updated_at": now,
    }

    def wanted(**changes: Any) -> Intervention:
        return Intervention.objects.create(**{**values, **changes})

    refused_as("force_needs_two", lambda: wanted(id="int_a", status="carried_out"))
    refused_as("two_people", lambda: wanted(id="int_a", approved_by="usr_a"))
    wanted(id="int_a")
    refused_as("one_wanted_intervention", lambda: wanted(id="int_b", requested_by="usr_b"))
    rows = Intervention.objects.filter(pk="int_a")
    refused_as("two_people", lambda: rows.update(status="carried_out", approved_by="usr_a"))
    assert rows.update(status="carried_out", approved_by="usr_b") == 1
