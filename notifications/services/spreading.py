"""
By which ways one notification goes out: those its reader wants, as often as anybody may be told by each.

What is over a limit is not lost in silence: mails are gathered and told in one, and a text or push message that is not
sent stands among the deliveries with its reason. It is in the inbox, and as a rule in a mail, anyway.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import User
from kit import jobs
from kit.ids import new_id
from notifications import queries
from notifications.models import Delivery, Notification
from notifications.policy import GATHER_WINDOW, PUNCTUAL, Kind, Pace, Way, next_summary

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def spread(notification: Notification, *, person: User, wanted: Mapping[tuple[Kind, Way], bool], now: datetime) -> None:
    """Make the deliveries of a notification, in the caller's transaction."""
    kind = Kind(notification.kind)
    if wanted[kind, Way.EMAIL] and (person.email_verified_at or kind is Kind.SECURITY):
        _by_mail(notification, kind, now=now)
    if wanted[kind, Way.SMS] and queries.phone(user_id=person.pk):
        _deliver(notification, now=now, channel=Way.SMS, too_many=over_text_limit(user_id=person.pk, now=now))
    if wanted[kind, Way.PUSH]:
        _by_push(notification, now=now)
    if wanted[kind, Way.WEBHOOK]:
        for endpoint in queries.endpoints(user_id=person.pk).filter(is_enabled=True):
            _deliver(notification, now=now, channel=Way.WEBHOOK, endpoint=endpoint)


def over_text_limit(*, user_id: str, now: datetime) -> str:
    """Return why this person can be sent no text message now; empty: they can."""
    for most, since, whose, words in (
        (settings.NOTIFICATION_SMS_PER_HOUR, HOUR, user_id, "to one person in an hour"),
        (settings.NOTIFICATION_SMS_PER_DAY, DAY, user_id, "to one person in a day"),
        (settings.NOTIFICATION_SMS_TOTAL_PER_DAY, DAY, "", "to all people in a day"),
    ):
        if queries.texts(user_id=whose, since=now - since, most=most) >= most:
            return f"Beyond the {most} text messages {words}."
    return ""


def _by_mail(notification: Notification, kind: Kind, *, now: datetime) -> None:
    """Have it mailed at once; or with others, where its reader wants summaries or this kind came too often of late."""
    pace = Pace.AT_ONCE if kind in PUNCTUAL else queries.paces(user_id=notification.user_id)[kind]
    if pace is not Pace.AT_ONCE:
        at = next_summary(pace, now=now, hour=settings.NOTIFICATION_SUMMARY_HOUR)
        _gather(notification, at, now=now)
        return
    most = settings.NOTIFICATION_MAILS_PER_HOUR
    recent = queries.recent_mails(user_id=notification.user_id, kind=kind, now=now, window=GATHER_WINDOW, most=most)
    if recent < most:
        _deliver(notification, now=now, channel=Way.EMAIL)
        return
    gathered = Delivery.objects.filter(
        user_id=notification.user_id, kind=kind, channel=Way.EMAIL, status=Delivery.Status.GATHERED
    )
    first = gathered.filter(next_try_at__gt=now).order_by("next_try_at").first()
    _gather(notification, first.next_try_at if first and first.next_try_at else now + GATHER_WINDOW, now=now)


def _gather(notification: Notification, at: datetime, *, now: datetime) -> None:
    _make(notification, now=now, channel=Way.EMAIL, status=Delivery.Status.GATHERED, next_try_at=at)


def _by_push(notification: Notification, *, now: datetime) -> None:
    most = settings.NOTIFICATION_PUSHES_PER_HOUR
    for subscription in queries.push_subscriptions(user_id=notification.user_id):
        is_over = queries.pushes(subscription=subscription, since=now - HOUR, most=most) >= most
        too_many = f"Beyond the {most} push messages to one browser in an hour." if is_over else ""
        _deliver(notification, now=now, channel=Way.PUSH, subscription=subscription, too_many=too_many)


def _deliver(notification: Notification, *, now: datetime, too_many: str = "", **fields: Any) -> None:
    """Have it delivered at once, or write down why it is not."""
    if too_many:
        _make(notification, now=now, status=Delivery.Status.FAILED, reason=too_many, **fields)
        return
    delivery = _make(notification, now=now, next_try_at=now, **fields)
    jobs.enqueue("notifications.deliver", delivery_id=delivery.pk)


def _make(notification: Notification, *, now: datetime, **fields: Any) -> Delivery:
    return Delivery.objects.create(
        id=new_id("dlv"),
        notification=notification,
        user_id=notification.user_id,
        kind=notification.kind,
        created_at=now,
        updated_at=now,
        **fields,
    )
