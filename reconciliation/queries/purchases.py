"""What we hold of purchases at payment companies, and what follows from what those say of them. Nothing asks here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from assets.models import Asset
from providers.base import RampStage, RampState
from providers.models import Webhook
from reconciliation.base import Found
from reconciliation.models import Case
from transactions.models import Deposit, Status, Step, Transaction

PATIENCE = timedelta(hours=2)
"""So long a company and we may be of different minds: one of the two learns everything later."""


@dataclass(frozen=True)
class Ordered:
    """One order at one company, as we have it; `is_current`: no other company has taken its place."""

    transaction: Transaction
    provider: str
    arrived_minor: int
    is_current: bool

    @property
    def operation_id(self) -> str:
        return f"{self.transaction.pk}-{self.provider}"


def ordered(*, since: datetime, with_waiting: bool) -> Iterator[Ordered]:
    """Yield the orders of purchases that changed since then, or are under way; also those at companies given up."""
    wanted = Q(updated_at__gte=since) | Q(next_look_at__isnull=False) if with_waiting else Q(updated_at__gte=since)
    bought = Transaction.objects.filter(wanted, type=Transaction.Type.ON_RAMP).select_related("asset")
    for transaction in bought.order_by("-id").iterator(chunk_size=500):
        opened = Step.objects.filter(transaction=transaction, name="ordered", state=Step.State.DONE).exists()
        companies = set(transaction.interactions.filter(outcome="succeeded").values_list("provider", flat=True))
        if opened:
            companies.add(transaction.provider)
        arrived = Deposit.objects.filter(
            transaction__parent=transaction, status__in=[Deposit.State.CONFIRMED, Deposit.State.FINAL]
        )
        arrived_minor = sum(arrived.values_list("amount_minor", flat=True))
        for provider in sorted(companies - {""}):
            yield Ordered(transaction, provider, arrived_minor, provider == transaction.provider)


def judge(order: Ordered, state: RampState, *, now: datetime) -> Found | None:
    """Return what a company's word and ours differ in, or None; what is young may still settle itself."""
    words = _words(order, state, is_young=now - order.transaction.updated_at < PATIENCE)
    if not words:
        return None
    transaction = order.transaction
    return Found(
        key=f"purchase:{transaction.pk}:{order.provider}",
        kind=Case.Kind.PURCHASE,
        network=transaction.network_id,
        asset=transaction.asset_id,
        summary=f"{order.provider} and purchase {transaction.pk}: {words}",
        evidence={
            "transaction": transaction.pk,
            "provider": order.provider,
            "operation_id": order.operation_id,
            "we_say": {
                "status": transaction.status,
                "txid": transaction.txid,
                "arrived_minor": str(order.arrived_minor),
                "source": f"{transaction.source_minor} {transaction.source_currency}",
                "updated_at": transaction.updated_at.isoformat(),
            },
            "they_say": {
                "stage": state.stage,
                "txid": state.crypto_txid,
                "crypto_amount": str(state.crypto_amount) if state.crypto_amount is not None else "",
                "order_id": state.order_id,
                "is_refund_due": state.is_refund_due,
                "version": state.version,
            },
        },
    )


def unknown_orders(*, now: datetime) -> Iterator[Found]:
    """Yield the orders that companies have reported for a while and that we know nothing of."""
    parked = Webhook.objects.filter(
        status=Webhook.Status.PARKED, received_at__lt=now - PATIENCE, provider__kind="on_ramp"
    )
    rows = parked.order_by("provider_id", "operation_id").values_list("provider_id", "operation_id").distinct()
    for provider, operation_id in rows[:100]:
        yield Found(
            key=f"purchase:{operation_id}:unknown",
            kind=Case.Kind.PURCHASE,
            summary=f"{provider} reports an order {operation_id} that we do not have.",
            evidence={"provider": provider, "operation_id": operation_id},
        )


def _words(order: Ordered, state: RampState, *, is_young: bool) -> str:
    completed = order.transaction.status == Status.COMPLETED
    failed = order.transaction.status == Status.FAILED
    if order.is_current and completed:
        return _completed(order, state, is_young=is_young)
    is_delivered = state.stage == RampStage.COMPLETED
    is_paid = state.stage in (RampStage.PAID, RampStage.DELIVERING)
    is_unknown = state.stage == RampStage.ABSENT
    contradictions = (
        (is_delivered and failed, "they say that it was delivered, and we hold it as failed."),
        (is_delivered and not completed, "they say that it was delivered, and nothing was credited."),
        (is_unknown and order.is_current and not failed, "they do not know it, and we wait for it."),
        (is_paid and not order.is_current, "they were paid, after another company took their place."),
        (failed and state.is_refund_due, "they owe the person their money, and we hold it as over."),
    )
    return "" if is_young else next((words for is_so, words in contradictions if is_so), "")


def _completed(order: Ordered, state: RampState, *, is_young: bool) -> str:
    if is_young and state.stage in (RampStage.PAID, RampStage.DELIVERING):
        return ""  # they wait for more blocks than we do
    if state.stage != RampStage.COMPLETED:
        return f"we hold it as completed, and they say {state.stage}."
    if state.crypto_txid and state.crypto_txid.lower() != order.transaction.txid.lower():
        return f"they paid with {state.crypto_txid}, and we credited {order.transaction.txid}."
    if state.crypto_amount is not None:
        said = to_minor(state.crypto_amount, order.transaction.asset)
        if said != order.arrived_minor:
            return f"they delivered {said} minor units of {order.transaction.asset_id}, and {order.arrived_minor} came."
    return ""


def to_minor(amount: Decimal, asset: Asset) -> int:
    """Return an amount in the asset's unit as whole minor units, what is beyond them cut off."""
    return int(amount.scaleb(asset.scale))
