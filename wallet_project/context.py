"""What the frame around every page needs to know."""

from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

THEMES = ("light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True)
class Place:
    """One entry of the frame's navigation."""

    path: str
    label: str | Promise
    icon: str


PLACES = (
    Place("/", _("Portfolio"), "chart-pie"),
    Place("/wallets/", _("Wallets"), "wallet"),
    Place("/send/", _("Send"), "arrow-up-right"),
    Place("/receive/", _("Receive"), "arrow-down-left"),
    Place("/activity/", _("Activity"), "list"),
    Place("/security/", _("Security"), "shield-check"),
    Place("/settings/", _("Settings"), "settings"),
)
ON_PHONE = ("/", "/send/", "/receive/", "/activity/")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's own context: theme, navigation with the current place, request id."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "theme": theme if theme in THEMES else "",
        "places": PLACES,
        "phone_places": [place for place in PLACES if place.path in ON_PHONE],
        "more_places": [place for place in PLACES if place.path not in ON_PHONE],
        "current_place": _place_of(request.path),
        "is_devnet": settings.DEVNET,
        "request_id": request_id(),
    }


def request_id() -> str:
    """Return the id under which this request is found in the logs, or "" outside a request."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def _place_of(path: str) -> str:
    """Return the navigation path this page belongs to; a page nowhere in it belongs to none."""
    if path == "/":
        return "/"
    return next((place.path for place in PLACES[1:] if path.startswith(place.path)), "")
