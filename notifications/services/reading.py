"""Marking what was read, and choosing what to be told."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from events.services import Live, record
from notifications import queries
from notifications.errors import CannotBeSwitchedOff
from notifications.models import Notification, Preference
from notifications.policy import FORCED, PUNCTUAL, Kind, Pace, Way


def mark_read(*, user_id: str, ids: Sequence[str] | None = None, now: datetime) -> int:
    """
    Mark these notifications of the person as read, or all of them; return how many are unread still.

    Those that are read already, or somebody else's, are left alone.
    """
    with transaction.atomic():
        unread = queries.inbox(user_id=user_id).filter(read_at=None)
        if ids is not None:
            unread = unread.filter(pk__in=list(ids))
        newest = unread.order_by("-pk").first()
        changed = unread.update(read_at=now)
        left = queries.unread(user_id=user_id)
        if changed and newest:
            _tell(newest, changed, left, now=now)
    return left


def save_preferences(
    *,
    user_id: str,
    choices: Mapping[tuple[Kind, Way], bool],
    paces: Mapping[Kind, Pace] | None = None,
    now: datetime,
) -> None:
    """
    Keep what the person wants to be told, and how often by mail; what is not among the choices stays as it is.

    :raises CannotBeSwitchedOff: if a security alert were, or were to wait; then nothing is kept
    """
    paces = paces or {}
    if any(not is_on and choice in FORCED for choice, is_on in choices.items()):
        raise CannotBeSwitchedOff
    if any(kind in PUNCTUAL and pace is not Pace.AT_ONCE for kind, pace in paces.items()):
        raise CannotBeSwitchedOff
    before = queries.preferences(user_id=user_id)
    wanted = {**{(kind, Way.EMAIL): before[kind, Way.EMAIL] for kind in paces}, **choices}
    kept = queries.paces(user_id=user_id) | dict(paces)
    rows = [
        Preference(
            user_id=user_id,
            kind=kind,
            channel=way,
            is_on=is_on,
            pace=kept.get(kind, Pace.AT_ONCE) if way is Way.EMAIL else Pace.AT_ONCE,
            updated_at=now,
        )
        for (kind, way), is_on in sorted(wanted.items())
    ]
    Preference.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["user", "kind", "channel"],
        update_fields=["is_on", "pace", "updated_at"],
    )


def _tell(newest: Notification, changed: int, left: int, *, now: datetime) -> None:
    """Let the bell on the person's other pages know."""
    record(
        type="notification.read",
        subject=newest,
        actor=newest.user_id,
        user_id=newest.user_id,
        now=now,
        data={"count": changed},
        live=Live("notification", {"unread": left}),
    )
