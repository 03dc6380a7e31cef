"""Reading what people were told and what they chose. Nothing here writes."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Role, User
from kit.errors import NotFound
from notifications.models import Delivery, Endpoint, Notification, Phone, Poisoned, Preference, PushSubscription
from notifications.policy import OPERATORS_ONLY, PUNCTUAL, Kind, Pace, Way, wants
from providers.base import Kind as ProviderKind
from providers.models import Provider
from providers.queries import is_configured

MOST_COUNTED = 100
"""The bell says "99+" beyond it, so nobody counts further."""


def inbox(*, user_id: str) -> QuerySet[Notification]:
    """Return what lies in this person's inbox."""
    return Notification.objects.filter(user_id=user_id, is_in_inbox=True)


def unread(*, user_id: str) -> int:
    """Return how many notifications this person has not read, MOST_COUNTED at most."""
    return len(inbox(user_id=user_id).filter(read_at=None).values_list("pk", flat=True)[:MOST_COUNTED])


def preferences(*, user_id: str) -> dict[tuple[Kind, Way], bool]:
    """Return what this person wants to be told, by every channel; what they did not choose is as by default."""
    chosen = {(row.kind, row.channel): row.is_on for row in Preference.objects.filter(user_id=user_id)}
    return {(kind, way): wants(chosen, kind, way) for kind in Kind for way in Way}


def paces(*, user_id: str) -> dict[Kind, Pace]:
    """Return how often mails of each kind come that may wait."""
    rows = Preference.objects.filter(user_id=user_id, channel=Way.EMAIL)
    chosen = {row.kind: Pace(row.pace) for row in rows}
    return {kind: chosen.get(kind.value, Pace.AT_ONCE) for kind in Kind if kind not in PUNCTUAL}


def kinds_of(*, user: User) -> list[Kind]:
    """Return the kinds that this person can be told of."""
    return [kind for kind in Kind if user.is_staff or kind not in OPERATORS_ONLY]


def operators() -> list[User]:
    """Return whoever looks after the service, for what it has to say of itself."""
    roles = (Role.OPERATOR, Role.ADMINISTRATOR)
    found = User.objects.filter(is_active=True, is_staff=True, groups__name__in=roles)
    return list(found.distinct().order_by("pk"))


def phone(*, user_id: str) -> Phone | None:
    """Return the number that this person has proved, if there is one."""
    return Phone.objects.filter(user_id=user_id, removed_at=None, verified_at__isnull=False).first()


def pending_phone(*, user_id: str, now: datetime) -> Phone | None:
    """Return the number whose code this person is to enter, if there is one and its code is still good."""
    return Phone.objects.filter(user_id=user_id, removed_at=None, verified_at=None, code_until__gt=now).first()


def can_text() -> bool:
    """Say whether there is a company here that sends text messages."""
    enabled = Provider.objects.filter(kind=ProviderKind.MESSAGE, is_enabled=True)
    return any(is_configured(code) for code in enabled.values_list("pk", flat=True))


def push_subscriptions(*, user_id: str) -> QuerySet[PushSubscription]:
    return PushSubscription.objects.filter(user_id=user_id, removed_at=None).order_by("id")


def get_push_subscription(*, user_id: str, subscription_id: str) -> PushSubscription:
    """
    Return this person's browser.

    :raises NotFound: if it does not exist, was removed, or is somebody else's
    """
    found = push_subscriptions(user_id=user_id).filter(pk=subscription_id).first()
    if found is None:
        raise NotFound("There is no such browser.")
    return found


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


def is_mail_due(*, now: datetime) -> bool:
    """Say whether a mail waits to be sent that goes out by itself."""
    return Delivery.objects.filter(next_try_at__lte=now, channel=Way.EMAIL, status=Delivery.Status.WAITING).exists()


def due(*, now: datetime, limit: int, with_mails: bool = True) -> list[str]:
    """Return the ids of deliveries that wait for a try, the longest due first; without mails that go by themselves."""
    waiting = Delivery.objects.filter(next_try_at__lte=now).order_by("next_try_at", "pk")
    if not with_mails:
        waiting = waiting.exclude(channel=Way.EMAIL, status=Delivery.Status.WAITING)
    return list(waiting.values_list("pk", flat=True)[:limit])


def codes_due(*, now: datetime, limit: int) -> list[str]:
    """Return the ids of numbers whose code waits to be sent."""
    return list(Phone.objects.filter(send_at__lte=now).order_by("send_at").values_list("pk", flat=True)[:limit])


def reports_due(*, now: datetime, limit: int) -> list[str]:
    """Return the ids of deliveries of which a company is to be asked what became of them."""
    return list(Delivery.objects.filter(report_at__lte=now).order_by("report_at").values_list("pk", flat=True)[:limit])


def open_poisoned() -> QuerySet[Poisoned]:
    return Poisoned.objects.filter(solved_at=None)
