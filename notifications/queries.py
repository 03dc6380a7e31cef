"""Reading what people were told and what they chose. Nothing here writes."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts.models import Session
from kit.errors import NotFound
from notifications.models import Delivery, Endpoint, Notification, Poisoned, Preference
from notifications.policy import FORCED, Kind, Way

MOST_COUNTED = 100
"""The bell says "99+" beyond it, so nobody counts further."""


def inbox(*, user_id: str) -> QuerySet[Notification]:
    """Return what lies in this person's inbox."""
    return Notification.objects.filter(user_id=user_id, is_in_inbox=True)


def unread(*, user_id: str) -> int:
    """Return how many notifications this person has not read, MOST_COUNTED at most."""
    return len(inbox(user_id=user_id).filter(read_at=None).values_list("pk", flat=True)[:MOST_COUNTED])


def preferences(*, user_id: str) -> dict[tuple[Kind, Way], bool]:
    """Return what this person wants to be told, by every channel; what they did not choose is on."""
    chosen = {(row.kind, row.channel): row.is_on for row in Preference.objects.filter(user_id=user_id)}
    return {
        (kind, way): (kind, way) in FORCED or chosen.get((kind.value, way.value), True) for kind in Kind for way in Way
    }


def endpoints(*, user_id: str) -> QuerySet[Endpoint]:
    return Endpoint.objects.filter(user_id=user_id, removed_at=None).order_by("id")


def get_endpoint(*, user_id: str, endpoint_id: str) -> Endpoint:
    """
    Return this person's endpoint.

    :raises NotFound: if it does not exist, was removed, or is somebody else's
    """
    found = endpoints(user_id=user_id).filter(pk=endpoint_id).first()
    if found is None:
        raise NotFound("There is no such webhook endpoint.")
    return found


def deliveries(*, endpoint: Endpoint) -> QuerySet[Delivery]:
    return Delivery.objects.filter(endpoint=endpoint).select_related("notification")


def due(*, now: datetime, limit: int) -> list[str]:
    """Return the ids of deliveries that wait for a try, the longest due first."""
    waiting = Delivery.objects.filter(next_try_at__lte=now).order_by("next_try_at", "pk")
    return list(waiting.values_list("pk", flat=True)[:limit])


def is_new_place(*, user_id: str, session_id: str) -> bool:
    """
    Say whether a session began where this person was not seen before: another address, or another program.

    The first session of all is that of signing up, and is no news to anybody.
    """
    own = Session.objects.filter(user_id=user_id)
    session = own.filter(pk=session_id).first()
    if session is None:  # forgotten meanwhile
        return False
    earlier = own.filter(created_at__lte=session.created_at).exclude(pk=session_id)
    if not earlier.exists():
        return False
    return not earlier.filter(address=session.address, agent=session.agent).exists()


def recent_mails(*, user_id: str, kind: Kind, now: datetime, window: timedelta, most: int) -> int:
    """Return how many mails of this kind were made for the person in the window, `most` at most."""
    made = Delivery.objects.filter(user_id=user_id, kind=kind, channel=Way.EMAIL, created_at__gt=now - window).exclude(
        status=Delivery.Status.GATHERED
    )
    return len(made.values_list("pk", flat=True)[:most])


def open_poisoned() -> QuerySet[Poisoned]:
    return Poisoned.objects.filter(solved_at=None)
