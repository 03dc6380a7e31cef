"""
What became of messages that a company took: it reports it, or it is asked after a while.

A report is a bell: how the message stands is always looked up, so an old report and a forged one change nothing.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from notifications import queries
from notifications.models import Delivery, Phone
from notifications.policy import REPORT_AFTER
from notifications.services.phones import refuse_phone
from providers.base import Kind, MessageStage, MessageState
from providers.errors import ProviderRefused, ProviderUnavailable
from providers.models import Webhook
from providers.policy import Needs
from providers.services import call, eligible, inbox


def take_report(item: Webhook, *, now: datetime) -> str:
    """
    Take one report from the inbox; return the id of the delivery it rings for, or nothing.

    It is parked if nobody knows the message yet: reports may be faster than the answer to the sending.

    :raises IllegalMove: if another worker has taken it
    """
    delivery = Delivery.objects.filter(reference=item.operation_id).first()
    if delivery is None and not Phone.objects.filter(reference=item.operation_id).exists():
        inbox.park(item, "No message of ours is known by this.", now)
        return ""
    inbox.done(item, now)
    if delivery is None:
        return ""  # a code: whoever waits for it sees whether it came
    Delivery.objects.filter(pk=delivery.pk, report_at__isnull=False).update(report_at=now)
    return delivery.pk


def check_report(*, delivery_id: str, now: datetime) -> None:
    """Ask the company what became of a message, if it is time; a number that takes no messages is given up."""
    delivery = Delivery.objects.filter(pk=delivery_id, report_at__lte=now).first()
    if delivery is None:
        return
    later = REPORT_AFTER[delivery.reports] if delivery.reports < len(REPORT_AFTER) else None
    taken = Delivery.objects.filter(pk=delivery.pk, report_at=delivery.report_at).update(
        report_at=now + later if later else None, reports=F("reports") + 1
    )
    state = _ask(delivery, now=now) if taken else None
    if state is None:
        return
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk, reference=delivery.reference).update(
            report=state.stage.value,
            reason=f"Not delivered: error {state.error}." if state.stage is MessageStage.FAILED else "",
            **({"report_at": None} if state.stage.is_over else {}),
            updated_at=now,
        )
        phone = queries.phone(user_id=delivery.user_id)
        if state.is_number_bad and phone:
            refuse_phone(user_id=delivery.user_id, number=phone.number, now=now)


def _ask(delivery: Delivery, *, now: datetime) -> MessageState | None:
    """Return how the message stands at the company that knows it; None if nobody does, or none answers."""
    for provider in eligible(kind=Kind.MESSAGE, needs=Needs(operation="check_message"), now=now)[0]:
        try:
            state: MessageState = call(
                provider=provider,
                operation="check_message",
                operation_id=delivery.pk,
                ask=lambda adapter: adapter.check_message(delivery.reference),
                now=now,
                subject=f"notifications:{delivery.pk}",
            )
        except (ProviderUnavailable, ProviderRefused):
            continue
        if state.stage is not MessageStage.ABSENT:
            return state
    return None
