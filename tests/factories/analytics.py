"""Lives of transactions as the events tell them, for tests that look at sums and not at money."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from analytics import services
from analytics.models import ActivePerson, EventCount, OpenTransaction, ShownPrice, TransactionSummary
from events.services import Live, record
from transactions.models import Transaction
from wallets.models import Wallet

SENT = (
    ("initiated", 0),
    ("balance_reserved", 0),
    ("provider_selected", 1),
    ("provider_processing", 1),
    ("blockchain_pending", 2),
    ("blockchain_confirmed", 62),
    ("balance_updated", 62),
    ("completed", 62),
)
TRANSFERRED = (("initiated", 0), ("balance_reserved", 0), ("completed", 0))
CANCELLED = (("initiated", 0), ("balance_reserved", 0), ("compensating", 30), ("failed", 30))
_numbers = count(1)


def live(
    statuses: Sequence[tuple[str, float]],
    *,
    now: datetime,
    type: str = "send",
    network: str = "bitcoin",
    asset: str = "BTC",
    amount_minor: int = 1_500_000,
    fee: str | None = None,
    fee_minor: int | None = None,
    user_id: str = "usr_1",
    failure_code: str = "",
    provider: str = "",
) -> str:
    """
    Record one life: statuses with the seconds after `now` at which they were come to; return the transaction's id.

    `fee` is what the last event's live message shows, as a decimal; None: it has none. `fee_minor`, of the asset, is
    what the last event says itself: then all are of version 2, and say the provider, too.
    """
    id_ = f"txn_{next(_numbers):026d}"
    subject = Transaction(id=id_)
    data = {"type": type, "network": network, "asset": asset, "amount_minor": str(amount_minor)}
    for place, (status, seconds) in enumerate(statuses):
        is_last = place == len(statuses) - 1
        more: dict[str, Any] = {"failure_code": failure_code if is_last else ""}
        if fee_minor is not None:
            more |= {"fee_asset": asset, "fee_minor": str(fee_minor) if is_last else None}
            more["provider"] = provider if place else ""
        shown = Live("transaction.updated", {"fee": {"asset": asset, "amount": fee}}) if is_last and fee else None
        with transaction.atomic():
            at = now + timedelta(seconds=seconds)
            known: dict[str, Any] = {"subject": subject, "actor": "system", "user_id": user_id, "now": at}
            if provider and place == 1 and fee_minor is None:
                record(type="flow.OnRampProviderSelected", data={"type": type, "provider": provider}, **known)
            record(type=f"transaction.{status}", data=data | more, live=shown, **known)
    return id_


def look(*, now: datetime, type: str = "send", user_id: str = "usr_1", asset: str = "BTC") -> None:
    """Record that somebody was shown a price."""
    data = {"type": type, "network": "bitcoin", "asset": asset}
    with transaction.atomic():
        wallet = Wallet(id="wal_00000000000000000000000000")
        record(type="preview.shown", subject=wallet, actor=user_id, user_id=user_id, now=now, data=data)


def consume_all(limit: int = 1_000) -> int:
    """Add up everything that has happened; return how many events that were."""
    taken = 0
    while found := services.consume(limit=limit):
        taken += found
    return taken


def sums(**wanted: Any) -> list[dict[str, Any]]:
    """Return the summary's rows without their ids, in an order of their own."""
    rows = TransactionSummary.objects.filter(**wanted).values()
    return sorted(({name: value for name, value in row.items() if name != "id"} for row in rows), key=str)


def everything() -> dict[str, Any]:
    """Return all that is kept, without ids that only number rows."""
    return {
        "sums": sums(),
        "open": list(OpenTransaction.objects.order_by("pk").values()),
        "shown": sorted(ShownPrice.objects.values_list("user_id", "type", "network", "asset", "at")),
        "people": sorted(ActivePerson.objects.values_list("day", "type", "user_id")),
        "events": sorted(EventCount.objects.values_list("day", "type", "events")),
    }
