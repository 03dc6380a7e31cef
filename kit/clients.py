"""Who is on the other end of a request."""

import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


@dataclass(frozen=True)
class Client:
    """The address and the user agent a request came from."""

    address: str = ""
    agent: str = ""


def client_of(request: HttpRequest) -> Client:
    """
    Return where the request came from.

    X-Forwarded-For counts only from the right and only as far as our own proxies reach
    (settings.TRUSTED_PROXIES): everything further left is whatever the caller wrote.
    """
    agent = "".join(c for c in request.META.get("HTTP_USER_AGENT", "") if c.isprintable())[:200]
    return Client(address=_address(request), agent=agent)


def _address(request: HttpRequest) -> str:
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    hops = [*forwarded, request.META.get("REMOTE_ADDR", "")]
    depth = min(settings.TRUSTED_PROXIES, len(hops) - 1)
    try:
        return str(ipaddress.ip_address(hops[-1 - depth]))
    except ValueError:
        return ""


def caller_id(request: Request) -> str:
    """Return the id of the signed-in person; only for views that let nobody else in."""
    assert request.user.pk is not None
    return str(request.user.pk)
