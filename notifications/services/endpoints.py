"""A person's own addresses for webhooks, and the secrets that sign what goes there."""

import base64
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from accounts.models import User
from events.services import record
from kit.errors import InvalidInput
from kit.ids import new_id
from notifications import queries
from notifications.adapters.places import check_url, is_public
from notifications.adapters.webhook import SECRET_PREFIX
from notifications.base import DeliveryFailed
from notifications.errors import EndpointUrlRefused, TooManyEndpoints
from notifications.models import Endpoint

MOST_ENDPOINTS = 5
ROTATION = timedelta(hours=24)
"""The previous secret signs along for so long."""


def add_endpoint(*, user_id: str, url: str, description: str = "", now: datetime) -> Endpoint:
    """
    Let notifications go to this address as well; `secret_of` says what signs them.

    :raises EndpointUrlRefused: if nothing is sent there from here
    :raises InvalidInput: if it is there already
    :raises TooManyEndpoints: if the person has enough
    """
    check_is_public(url)
    try:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=user_id)  # so that two cannot both be the last one
            if queries.endpoints(user_id=user_id).count() >= MOST_ENDPOINTS:
                raise TooManyEndpoints
            endpoint = Endpoint.objects.create(
                id=new_id("whk"), user_id=user_id, url=url, description=description, created_at=now, updated_at=now
            )
            _tell("added", endpoint, now=now)
    except IntegrityError:
        raise InvalidInput(fields={"url": ["This address is there already."]}) from None
    return endpoint


def change_endpoint(*, endpoint: Endpoint, description: str, is_enabled: bool, now: datetime) -> Endpoint:
    """Change what the endpoint is called and whether anything is sent there. Its address stays: add another one."""
    with transaction.atomic():
        reason = "" if is_enabled else "Its owner switched it off."
        endpoint.description, endpoint.is_enabled, endpoint.disabled_reason = description, is_enabled, reason
        endpoint.updated_at = now
        endpoint.save(update_fields=["description", "is_enabled", "disabled_reason", "updated_at"])
        _tell("changed", endpoint, now=now, is_enabled=is_enabled)
    return endpoint


def rotate_secret(*, endpoint: Endpoint, now: datetime) -> str:
    """Return a new secret; the one before it signs along for a day, and any older one does not any more."""
    with transaction.atomic():
        row = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        row.secret_version, row.previous_until, row.updated_at = row.secret_version + 1, now + ROTATION, now
        row.save(update_fields=["secret_version", "previous_until", "updated_at"])
        _tell("secret_rotated", row, now=now)
    return secret_of(row)


def remove_endpoint(*, endpoint: Endpoint, now: datetime) -> None:
    """Send nothing there any more; what was sent stays known."""
    with transaction.atomic():
        if Endpoint.objects.filter(pk=endpoint.pk, removed_at=None).update(removed_at=now, updated_at=now):
            _tell("removed", endpoint, now=now)


def secret_of(endpoint: Endpoint, *, version: int = 0) -> str:
    """
    Return the endpoint's secret (256 bits, as Standard Webhooks writes them); version 0: the current one.

    It is derived from SECRET_KEY and stored nowhere, so a copy of the database signs nothing.
    """
    name = f"{endpoint.pk}:{version or endpoint.secret_version}"
    return SECRET_PREFIX + base64.b64encode(salted_hmac(_SALT, name, algorithm="sha256").digest()).decode()


def secrets_of(endpoint: Endpoint, *, now: datetime) -> tuple[str, ...]:
    """Return the secrets that sign now, the newest first."""
    is_rotating = endpoint.previous_until is not None and now < endpoint.previous_until
    versions = [endpoint.secret_version, endpoint.secret_version - 1][: 2 if is_rotating else 1]
    return tuple(secret_of(endpoint, version=version) for version in versions)


def shown(url: str) -> str:
    """Return how much of an address stands in events, mails and the back office: the rest of it is often a secret."""
    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc}"


_SALT = "notifications.webhook_secret"


def check_is_public(url: str) -> None:
    """
    Refuse what is plainly wrong at once; where a name leads is looked at with every delivery.

    :raises EndpointUrlRefused: if nothing is sent there from here
    """
    try:
        place = check_url(url, may_be_near=settings.DEVNET)
    except DeliveryFailed as failure:
        raise EndpointUrlRefused(failure.reason) from None
    host = str(place.hostname)
    is_number = host.replace(".", "").isdigit() or ":" in host
    if not settings.DEVNET and (host == "localhost" or (is_number and not is_public(host))):
        raise EndpointUrlRefused("This address is not on the public internet.")


def _tell(what: str, endpoint: Endpoint, *, now: datetime, **data: object) -> None:
    record(
        type=f"webhook_endpoint.{what}",
        subject=endpoint,
        actor=endpoint.user_id,
        user_id=endpoint.user_id,
        now=now,
        data={"url": shown(endpoint.url), **data},
    )
