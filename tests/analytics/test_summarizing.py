"""Every event is added up once; what is kept can be made again, and is the same."""

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connections, transaction
from django.db.models import Sum

from analytics import services
from analytics.models import (
    ActivePerson,
    Cursor,
    EventCount,
    OpenTransaction,
    ShownPrice,
    Skipped,
    TransactionSummary,
)
from analytics.policy import no_buckets
from events.services import record
from events.stream import StreamBroken
from tests.factories.analytics import CANCELLED, SENT, TRANSFERRED, consume_all, everything, live, look, sums
from tests.factories.pages import make_past
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = datetime(2026, 11, 20, 12, tzinfo=UTC)


def buckets(**counts: int) -> list[int]:
    found = no_buckets()
    for place, count in counts.items():
        found[int(place.removeprefix("b"))] = count
    return found


def test_a_send_is_summed_up_by_hour_and_by_day(now: datetime) -> None:
    live(SENT, now=now, fee="0.00001234")
    live(SENT, now=now + timedelta(seconds=0.5), fee="0.00000006", user_id="usr_2")
    assert consume_all() == 16
    common = {"period": "1h", "starts_at": HOUR, "type": "send", "network": "bitcoin", "asset": "BTC", "provider": ""}
    opened = {
        **common,
        "fee_asset": "",
        "outcome": "opened",
        "cause": "",
        "transactions": 2,
        "amount_minor": 3_000_000,
        "fee_minor": 0,
        "overpaid_bps": 0,
        "milliseconds": 0,
        "buckets": no_buckets(),
        "confirmed": 0,
        "confirm_milliseconds": 0,
    }
    completed = {
        **opened,
        "fee_asset": "BTC",
        "outcome": "completed",
        "fee_minor": 1_240,
        "milliseconds": 124_000,
        "buckets": buckets(b6=2),
        "confirmed": 2,
        "confirm_milliseconds": 120_000,
    }
    assert sums(period="1h", outcome="opened") == [opened]
    assert sums(period="1h", outcome="completed") == [completed]
    day = {"period": "1d", "starts_at": HOUR.replace(hour=0)}
    assert sums(period="1d", outcome="completed") == [completed | day]
    assert TransactionSummary.objects.count() == 4
    assert not OpenTransaction.objects.exists()
    assert sorted(ActivePerson.objects.values_list("day", "type", "user_id")) == [
        (date(2026, 11, 20), "send", "usr_1"),
        (date(2026, 11, 20), "send", "usr_2"),
    ]
    assert EventCount.objects.get(type="transaction.completed").events == 2


def test_it_does_not_matter_how_the_events_are_cut_into_batches(now: datetime) -> None:
    for number in range(3):
        live(SENT, now=now + timedelta(minutes=40 * number), fee="0.00001234")
        live(CANCELLED, now=now, failure_code="cancelled")
        live(TRANSFERRED, now=now, type="transfer", network="ethereum", asset="ETH", amount_minor=10**30)
    live(SENT[:5], now=now)
    live((("initiated", 0), ("failed", 2)), now=now, type="on_ramp", provider="moonpay", failure_code="payment_failed")
    kept = []
    for limit in (1, 2, 7, 1_000):
        services.rebuild(limit=limit)
        kept.append(everything())
    assert kept[0] == kept[1] == kept[2] == kept[3]
    assert len(kept[0]["open"]) == 1
    assert kept[0]["open"][0]["pending_at"] == now + timedelta(seconds=2)


def test_failures_stand_by_cause_and_abandonment_is_none(now: datetime) -> None:
    live(CANCELLED, now=now, failure_code="cancelled")
    live(CANCELLED, now=now, failure_code="failed_on_network")
    live(CANCELLED, now=now, failure_code="failed_on_network")
    consume_all()
    found = TransactionSummary.objects.filter(period="1h").exclude(outcome="opened")
    assert sorted(found.values_list("outcome", "cause", "transactions", "milliseconds")) == [
        ("abandoned", "cancelled", 1, 30_000),
        ("failed", "failed_on_network", 2, 60_000),
    ]


def test_a_purchase_stands_under_the_company_it_ended_with(now: datetime) -> None:
    live(TRANSFERRED, now=now, type="on_ramp", provider="moonpay")
    consume_all(limit=2)
    assert TransactionSummary.objects.get(period="1h", outcome="completed").provider == "moonpay"
    assert TransactionSummary.objects.get(period="1h", outcome="opened").provider == ""


def test_the_fee_is_taken_from_the_event_whoever_paid_it(now: datetime) -> None:
    """None of these has a row: the event says it all, of the company's own movements as of people's."""
    own: dict[str, Any] = {"now": now, "user_id": "", "network": "ethereum", "asset": "ETH"}
    live(SENT, type="sweep", fee_minor=21_000, **own)
    live(SENT, type="sweep", fee_minor=42_000, **own)
    live((("initiated", 0), ("failed", 9)), type="top_up", fee_minor=7, failure_code="failed_on_network", **own)
    live(SENT, now=now, type="send", fee_minor=1_240)
    live(TRANSFERRED, now=now, type="transfer", fee_minor=0)
    consume_all()
    assert not Skipped.objects.exists()
    found = TransactionSummary.objects.filter(period="1d").exclude(outcome="opened")
    assert sorted(found.values_list("type", "outcome", "fee_asset", "fee_minor")) == [
        ("send", "completed", "BTC", 1_240),
        ("sweep", "completed", "ETH", 63_000),
        ("top_up", "failed", "ETH", 7),
        ("transfer", "completed", "", 0),
    ]


def test_the_company_is_taken_from_the_event(now: datetime) -> None:
    live(TRANSFERRED, now=now, type="on_ramp", provider="transak", fee_minor=0)
    live(TRANSFERRED[:2], now=now, type="on_ramp", provider="moonpay", fee_minor=0)
    consume_all(limit=2)
    assert TransactionSummary.objects.get(period="1h", outcome="completed").provider == "transak"
    assert OpenTransaction.objects.get().provider == "moonpay"


def unused() -> dict[tuple[str, str, datetime], int]:
    """How many prices nothing followed, by type, asset and the hour in which that was clear."""
    rows = TransactionSummary.objects.filter(period="1h", outcome="unused")
    return {(row.type, row.asset, row.starts_at): row.transactions for row in rows}


def test_a_price_that_was_shown_and_nothing_followed_counts_once(now: datetime) -> None:
    later = now + timedelta(hours=5)
    for minutes in (0, 10, 35):  # they look again and again, each time within half an hour
        look(now=now + timedelta(minutes=minutes))
    look(now=now, type="on_ramp")
    look(now=now, user_id="usr_2")
    live(SENT, now=now + timedelta(minutes=29), user_id="usr_2")  # in time
    look(now=now, user_id="usr_3")
    live(SENT, now=now + timedelta(minutes=31), user_id="usr_3")  # too late to be the same visit
    look(now=now, user_id="usr_4")
    live(TRANSFERRED, now=now + timedelta(minutes=1), user_id="usr_4", type="transfer")  # something else
    look(now=later, user_id="usr_5")
    look(now=later + timedelta(minutes=34), user_id="usr_6")  # nobody knows yet
    consume_all()
    found = {("send", "BTC", HOUR): 2, ("send", "BTC", HOUR + timedelta(hours=1)): 1, ("on_ramp", "BTC", HOUR): 1}
    assert unused() == found
    assert sorted(ShownPrice.objects.values_list("user_id", "type")) == [("usr_5", "send"), ("usr_6", "send")]
    look(now=later + timedelta(minutes=36), user_id="usr_7")
    consume_all()
    assert unused() == found | {("send", "BTC", HOUR + timedelta(hours=5)): 1}
    assert TransactionSummary.objects.filter(outcome="abandoned").count() == 0
    kept = everything()
    for limit in (1, 2, 7, 1_000):
        services.rebuild(limit=limit)
        assert everything() == kept


def test_real_movements_are_summed_up(now: datetime, settings: Any, tmp_path: Path) -> None:
    past = make_past(settings, tmp_path, now=now)
    consume_all()
    assert not Skipped.objects.exists()
    by_type = TransactionSummary.objects.filter(period="1d", outcome="completed").order_by().values_list("type")
    summed = {type_: figures for type_, *figures in by_type.annotate(Sum("transactions"), Sum("amount_minor"))}
    for type_ in ("transfer", "deposit"):
        rows = Transaction.objects.filter(type=type_, status="completed", user__isnull=False)
        assert summed.get(type_) == ([len(rows), sum(row.amount_minor for row in rows)] if rows else None)
    opened = OpenTransaction.objects.values_list("pk", flat=True)
    unfinished = Transaction.objects.exclude(status__in=["completed", "failed"])
    assert sorted(opened) == sorted(unfinished.values_list("pk", flat=True))
    assert past.send.pk in opened
    before = everything()
    assert services.rebuild() > 0
    assert everything() == before


def test_what_the_company_pays_itself_is_taken_from_the_row(now: datetime, settings: Any, tmp_path: Path) -> None:
    past = make_past(settings, tmp_path, now=now)
    own = past.send
    Transaction.objects.filter(pk=own.pk).update(max_fee_minor=500, fee_minor=77)
    with transaction.atomic():
        data = {"type": "send", "network": "bitcoin", "asset": "BTC", "amount_minor": "1000", "failure_code": ""}
        record(type="transaction.completed", subject=own, actor="system", now=now, data=data)
    consume_all()
    paid = TransactionSummary.objects.get(period="1h", type="send", outcome="completed")
    assert (paid.fee_asset, paid.fee_minor) == ("BTC", 77)


def test_an_event_that_cannot_be_read_holds_nobody_up(now: datetime) -> None:
    with transaction.atomic():
        bad = record(type="transaction.initiated", subject=Transaction(id="txn_bad"), actor="system", now=now, data={})
    live(TRANSFERRED, now=now, type="transfer")
    consume_all()
    (skipped,) = Skipped.objects.all()
    assert (skipped.event_id, skipped.type) == (bad.pk, "transaction.initiated")
    assert skipped.error.startswith("KeyError in _opened")
    assert TransactionSummary.objects.filter(period="1h", outcome="completed").count() == 1


def test_two_side_by_side_add_everything_up_once(now: datetime) -> None:
    for _ in range(20):
        live(TRANSFERRED, now=now, type="transfer")

    def work() -> None:
        try:
            for _ in range(40):
                services.consume(limit=7)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    consume_all()
    assert TransactionSummary.objects.get(period="1d", outcome="completed").transactions == 20
    assert EventCount.objects.get(type="transaction.completed").events == 20


def test_a_restored_core_database_is_noticed_and_nothing_is_added(now: datetime) -> None:
    live(SENT, now=now)
    consume_all()
    Cursor.objects.update(number=Cursor.objects.get().number + 1_000_000)
    before = everything()
    with pytest.raises(StreamBroken):
        services.consume()
    assert everything() == before
    call_command("rebuild_transaction_summary")
    assert everything() == before
    assert consume_all() == 0


def test_the_database_keeps_the_sums_apart(now: datetime) -> None:
    live(SENT, now=now)
    consume_all()
    row = TransactionSummary.objects.get(period="1h", outcome="completed")
    row.pk = None
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)
    with pytest.raises(IntegrityError):
        TransactionSummary.objects.filter(outcome="completed").update(cause="failed_on_network")
