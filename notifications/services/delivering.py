"""
Delivering, in order: take a delivery, send it while nothing is locked, write down how it went.

The row is the queue. Whoever takes one has it for a minute; if they die, it is sent again: a person may be told twice
under the same id, never not at all.
"""

import time
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any, NamedTuple
from zlib import crc32

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from prometheus_client import Counter

from events.services import gather, move, record
from kit import jobs
from kit.errors import NotFound
from kit.locks import one_at_a_time
from kit.states import Flow, IllegalMove
from notifications import queries
from notifications.base import DeliveryFailed, Letter, Receipt, Target
from notifications.errors import PushKeyRefused
from notifications.models import Attempt, Delivery, Endpoint, Notification, PushSubscription
from notifications.policy import PUNCTUAL, REPORT_AFTER, SHOWN_IN_GATHERED, URGENT, Way, retry_after
from notifications.registry import CHANNELS
from notifications.services.endpoints import secrets_of
from notifications.services.phones import refuse_phone
from notifications.services.pushing import SESSION_ENDED, forget_browser, is_over, signing_key
from notifications.services.words import frame_of

FLOW = Flow({"waiting": ["sent", "failed"], "gathered": ["sent", "failed"], "sent": ["waiting"], "failed": ["waiting"]})
LEASE = timedelta(minutes=1)
"""Longer than any channel takes."""

MOST_GATHERED = 500
BUSY_SECONDS = 5
"""So much later a webhook is looked at again where as many as may be are on their way already."""

_tries = Counter("holdfast_deliveries", "Tries to deliver a notification.", ["channel", "outcome"])


class Outcome(NamedTuple):
    """How a try went: the other side's answer or what was wrong, and how long it took."""

    receipt: Receipt | None
    failure: DeliveryFailed | None
    milliseconds: int


def deliver(*, delivery_id: str, now: datetime) -> bool:
    """Send what is due, if nobody else is at it; return whether it was taken by the other side."""
    found = Delivery.objects.filter(pk=delivery_id).values_list("channel", "endpoint_id", "subscription_id").first()
    place = found and (found[1] or found[2])
    if not found or not place:
        return _deliver(delivery_id, now=now)
    # The workers that wait for people's own addresses are those that move money: few may, and one for each address.
    lane = crc32(place.encode()) % settings.WEBHOOKS_AT_ONCE
    with one_at_a_time(f"notifications.{found[0]}:{lane}") as is_free:
        if is_free:
            return _deliver(delivery_id, now=now)
    later = now + timedelta(seconds=BUSY_SECONDS)
    Delivery.objects.filter(pk=delivery_id, next_try_at__lte=now).update(next_try_at=later)
    return False


def replay(*, endpoint: Endpoint, delivery_id: str, actor: str, now: datetime) -> Delivery:
    """
    Send a webhook once more, under its original id and with all its tries anew.

    :raises NotFound: if this endpoint has no such delivery
    :raises IllegalMove: if it is waiting to be sent anyway
    """
    delivery = Delivery.objects.select_related("notification").filter(pk=delivery_id, endpoint=endpoint).first()
    if delivery is None:
        raise NotFound("There is no such delivery.")
    return send_again(delivery=delivery, actor=actor, now=now)


def send_again(*, delivery: Delivery, actor: str, now: datetime) -> Delivery:
    """
    Send something once more by the same channel, under its original id and with all its tries anew.

    What was given up may have been taken all the same: a text message is looked for first. What was sent is sent anew.

    :raises IllegalMove: if it is waiting to be sent anyway
    """
    asked_at = delivery.asked_at if delivery.status == Delivery.Status.FAILED else None
    with transaction.atomic():
        move(
            delivery,
            "waiting",
            flow=FLOW,
            actor=actor,
            now=now,
            user_id=delivery.user_id,
            next_try_at=now,
            asked_at=asked_at,
            report_at=None,
            tries=0,
            reason="",
        )
        jobs.enqueue("notifications.deliver", delivery_id=delivery.pk)
    return delivery


def letter_of(notification: Notification, *, others: list[Notification] | None = None) -> Letter:
    """Return a notification as channels send it, with the titles of others that go along."""
    others = others or []
    return Letter(
        id=notification.pk,
        kind=notification.kind,
        topic=notification.topic,
        title=notification.title,
        text=notification.text,
        url=settings.PUBLIC_URL + notification.path,
        language=notification.language,
        happened_at=notification.happened_at,
        also=tuple(other.title for other in others[:SHOWN_IN_GATHERED]),
        more=max(len(others) - SHOWN_IN_GATHERED, 0),
        frame=frame_of(notification.language),
    )


def send(delivery: Delivery, together: list[Delivery], *, now: datetime) -> Outcome:
    """Send a delivery that was taken, with those that go along, while nothing is locked; never raises what fails."""
    began = time.monotonic()
    receipt, failure = _try(delivery, together, now=now)
    _tries.labels(delivery.channel, "failed" if failure else "sent").inc()
    return Outcome(receipt, failure, int((time.monotonic() - began) * 1000))


def attempt_of(delivery: Delivery, outcome: Outcome, *, now: datetime) -> Attempt:
    """Return how a try went, as it is written down."""
    receipt, failure, milliseconds = outcome
    return Attempt(
        delivery=delivery,
        is_ok=failure is None,
        status=failure.status if failure else receipt.status if receipt else None,
        reason=failure.reason[:200] if failure else "",
        milliseconds=milliseconds,
        at=now,
    )


def end(delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
    """Write down what became of it, in the caller's transaction: sent, tried again later, or failed for good."""
    receipt, failure, _ = outcome
    facts = {"channel": delivery.channel, "notification": delivery.notification_id, "tries": delivery.tries}
    if failure is None:
        fields: dict[str, Any] = {"sent_at": now, "reason": ""}
        if receipt and receipt.reference:
            fields |= {"reference": receipt.reference, "report": "queued", "report_at": now + REPORT_AFTER[0]}
        _move(delivery, "sent", facts, now=now, **fields)
        return
    wait = None if failure.is_final else retry_after(delivery.tries, Way(delivery.channel))
    if wait is None:
        _move(delivery, "failed", facts, now=now, reason=failure.reason[:200])
        return
    Delivery.objects.filter(pk=delivery.pk, status=delivery.status).update(
        next_try_at=now + wait, reason=failure.reason[:200], updated_at=now
    )


def _deliver(delivery_id: str, *, now: datetime) -> bool:
    taken = Delivery.objects.filter(pk=delivery_id, next_try_at__lte=now).update(
        next_try_at=now + LEASE, tries=F("tries") + 1, asked_at=Coalesce(F("asked_at"), now), updated_at=now
    )
    if not taken:
        return False
    delivery = Delivery.objects.select_related("notification", "user", "endpoint", "subscription").get(pk=delivery_id)
    together = _together(delivery, now=now)
    outcome = send(delivery, together, now=now)
    with transaction.atomic(), gather():
        attempt_of(delivery, outcome, now=now).save()
        for each in together:
            end(each, outcome, now=now)
        if outcome.failure and outcome.failure.is_gone:
            _give_up(delivery, outcome.failure, now=now)
    return outcome.failure is None


def _together(delivery: Delivery, *, now: datetime) -> list[Delivery]:
    """Return what goes out at once: this one, and if it was gathered all that were gathered with it."""
    if delivery.status != Delivery.Status.GATHERED:
        return [delivery]
    with transaction.atomic():
        others = Delivery.objects.select_related("notification").select_for_update(
            no_key=True, skip_locked=True, of=("self",)
        )
        others = others.filter(
            user_id=delivery.user_id,
            channel=delivery.channel,
            status=Delivery.Status.GATHERED,
            next_try_at__lte=now,
        ).exclude(pk=delivery.pk)
        # What may never wait has words of its own around it, and goes with its own kind only.
        others = others.filter(kind=delivery.kind) if delivery.kind in PUNCTUAL else others.exclude(kind__in=PUNCTUAL)
        found = list(others.order_by("pk")[:MOST_GATHERED])
        Delivery.objects.filter(pk__in=[each.pk for each in found]).update(
            next_try_at=now + LEASE, tries=F("tries") + 1, asked_at=Coalesce(F("asked_at"), now)
        )
    for each in found:
        each.tries += 1
    return [delivery, *found]


def _try(
    delivery: Delivery, together: list[Delivery], *, now: datetime
) -> tuple[Receipt | None, DeliveryFailed | None]:
    try:
        letter = letter_of(delivery.notification, others=[each.notification for each in together[1:]])
        return CHANNELS.get(delivery.channel)().send(letter, _target(delivery, now=now), now=now), None
    except DeliveryFailed as failure:
        return None, failure


def _target(delivery: Delivery, *, now: datetime) -> Target:
    """:raises DeliveryFailed: for good, if nobody is to be told there any more"""
    if delivery.channel == Way.EMAIL:
        return Target(delivery.user.email)
    if delivery.channel == Way.SMS:
        phone = queries.phone(user_id=delivery.user_id)
        if phone is None:
            raise DeliveryFailed("There is no number any more.", is_final=True)
        before = delivery.asked_at if delivery.asked_at != now else None  # now: this is the first time
        return Target(phone.number, delivery=delivery.pk, asked_before=before)
    if delivery.subscription:
        return _browser(delivery, delivery.subscription)
    endpoint = delivery.endpoint
    assert endpoint is not None
    if endpoint.removed_at or not endpoint.is_enabled:
        raise DeliveryFailed("The endpoint was removed or switched off.", is_final=True)
    return Target(
        endpoint.url,
        secrets=secrets_of(endpoint, now=now),
        timeout_seconds=settings.WEBHOOK_TIMEOUT_SECONDS,
        may_be_near=settings.DEVNET,
    )


def _browser(delivery: Delivery, subscription: PushSubscription) -> Target:
    if subscription.removed_at:
        raise DeliveryFailed("The browser was removed.", is_final=True)
    if is_over(subscription):
        raise DeliveryFailed(SESSION_ENDED, is_gone=True)
    try:
        key = signing_key()
    except PushKeyRefused as refusal:
        raise DeliveryFailed(refusal.what_happened) from refusal
    mail = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return Target(
        subscription.url,
        secrets=(key,),
        timeout_seconds=settings.WEBHOOK_TIMEOUT_SECONDS,
        may_be_near=settings.DEVNET,
        keys={"p256dh": subscription.p256dh, "auth": subscription.auth},
        sender=settings.PUBLIC_URL if settings.PUBLIC_URL.startswith("https://") else f"mailto:{mail}",
        is_urgent=delivery.kind in URGENT,
    )


def _move(delivery: Delivery, to: str, facts: dict[str, Any], *, now: datetime, **fields: Any) -> None:
    with suppress(IllegalMove):  # a slow sender and the one after it both got through: it is told under one id
        move(
            delivery,
            to,
            flow=FLOW,
            actor="system",
            now=now,
            user_id=delivery.user_id,
            data=facts,
            next_try_at=None,
            **fields,
        )


def _give_up(delivery: Delivery, failure: DeliveryFailed, *, now: datetime) -> None:
    """Send nothing any more to where nobody is; whose it was is told, where they do not know it themselves."""
    if delivery.endpoint_id:
        _switch_off(delivery.endpoint_id, now=now)
    elif delivery.subscription:
        forget_browser(delivery.subscription, failure.reason, now=now)
    elif delivery.channel == Way.SMS and (phone := queries.phone(user_id=delivery.user_id)):
        refuse_phone(user_id=delivery.user_id, number=phone.number, now=now)


def _switch_off(endpoint_id: str, *, now: datetime) -> None:
    reason = "It answered 410: gone."
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    if endpoint.is_enabled:
        endpoint.is_enabled, endpoint.disabled_reason, endpoint.updated_at = False, reason, now
        endpoint.save(update_fields=["is_enabled", "disabled_reason", "updated_at"])
        record(
            type="webhook_endpoint.switched_off",
            subject=endpoint,
            actor="system",
            user_id=endpoint.user_id,
            now=now,
            data={"reason": reason},
        )
