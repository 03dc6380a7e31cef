"""
By which ways one notification goes out: those its reader wants, as often as anybody may be told by each.

What is over a limit is not lost in silence: mails are gathered and told in one, and a text or push message that is not
sent stands among the deliveries with its reason. It is in the inbox, and as a rule in a mail, anyway.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings

from notifications.models import Delivery
from notifications.policy import GATHER_WINDOW, Kind, Pace, Way, next_summary
from notifications.queries import Reader
from notifications.services.knowing import Known, pace_of_mail


def spread(reader: Reader, kind: Kind, *, known: Known, now: datetime) -> Iterator[Delivery]:
    """Return the deliveries of a notification of this kind, without ids, and count them; nothing is written."""
    pace = pace_of_mail(reader, kind)
    if pace is not None:
        yield _by_mail(reader, kind, pace, known, now=now)
    if reader.has_phone and reader.wants(kind, Way.SMS):
        yield _by_text(reader, kind, known, now=now)
    if reader.browsers and reader.wants(kind, Way.PUSH):
        for browser in known.browsers(reader):
            yield _by_push(reader, kind, browser, known, now=now)
    if reader.endpoints and reader.wants(kind, Way.WEBHOOK):
        for endpoint in reader.endpoints:
            yield _new(reader, kind, Way.WEBHOOK, now=now, endpoint_id=endpoint)


def _by_mail(reader: Reader, kind: Kind, pace: Pace, known: Known, *, now: datetime) -> Delivery:
    """Have it mailed at once; or with others, where its reader wants summaries or this kind came too often of late."""
    if pace is not Pace.AT_ONCE:
        at = next_summary(pace, now=now, hour=settings.NOTIFICATION_SUMMARY_HOUR)
        return _new(reader, kind, Way.EMAIL, now=now, status=Delivery.Status.GATHERED, next_try_at=at)
    pair = (reader.id, kind)
    if known.mails[pair] < settings.NOTIFICATION_MAILS_PER_HOUR:
        known.mails[pair] += 1
        return _new(reader, kind, Way.EMAIL, now=now)
    at = known.summaries.setdefault(pair, now + GATHER_WINDOW)
    return _new(reader, kind, Way.EMAIL, now=now, status=Delivery.Status.GATHERED, next_try_at=at)


def _by_text(reader: Reader, kind: Kind, known: Known, *, now: datetime) -> Delivery:
    refusal = known.texts.refusal(reader.id)
    if not refusal:
        known.texts.add(reader.id)
    return _new(reader, kind, Way.SMS, now=now, refusal=refusal)


def _by_push(reader: Reader, kind: Kind, browser: str, known: Known, *, now: datetime) -> Delivery:
    most = settings.NOTIFICATION_PUSHES_PER_HOUR
    is_over = known.pushes[browser] >= most
    refusal = f"Beyond the {most} push messages to one browser in an hour." if is_over else ""
    if not refusal:
        known.pushes[browser] += 1
    return _new(reader, kind, Way.PUSH, now=now, subscription_id=browser, refusal=refusal)


def _new(reader: Reader, kind: Kind, way: Way, *, now: datetime, refusal: str = "", **fields: Any) -> Delivery:
    """Return a delivery that is due at once, or one that says why it is not."""
    if refusal:
        fields |= {"status": Delivery.Status.FAILED, "reason": refusal}
    else:
        fields.setdefault("next_try_at", now)
    return Delivery(user_id=reader.id, kind=kind.value, channel=way.value, created_at=now, updated_at=now, **fields)
