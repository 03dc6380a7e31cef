"""What the frame around every page needs to know."""

from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

import chains.queries
import events.queries
import notifications.queries
from assets.queries import get_network

THEMES = ("light", "dark")
THEME_COOKIE = "theme"


LATE_BLOCKS = 6
"""A network whose reading is so many blocks behind its nodes is called late."""


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
        # Asked only where the frame shows them: not for the admin, nor for signed-out pages.
        "network_notices": SimpleLazyObject(_network_notices),
        "live_after": SimpleLazyObject(lambda: _live_after(request)),
        "unread": SimpleLazyObject(lambda: _unread(request)),
    }


def request_id() -> str:
    """Return the id under which this request is found in the logs, or "" outside a request."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def _network_notices() -> list[dict[str, str]]:
    """Return a sentence for every network that is late or halted; two queries however many there are."""
    notices = []
    for health in chains.queries.networks_health():
        name = get_network(health.network).name
        if health.halted_reason:
            text = _now("%(network)s is paused while we check something. Your money is safe; sends wait.")
            notices.append({"tone": "negative", "text": text % {"network": name}})
        elif health.lag_blocks >= LATE_BLOCKS:
            text = _now("%(network)s is slow right now. What is on its way shows up later than usual.")
            notices.append({"tone": "warning", "text": text % {"network": name}})
    return notices


def _live_after(request: HttpRequest) -> int | str:
    """Return where this person's feed stands, so that the page's own connection goes on from exactly there."""
    return events.queries.feed_head(user_id=str(request.user.pk)) if request.user.is_authenticated else ""


def _unread(request: HttpRequest) -> int:
    """Return how many notifications this person has not read."""
    return notifications.queries.unread(user_id=str(request.user.pk)) if request.user.is_authenticated else 0


def _place_of(path: str) -> str:
    """Return the navigation path this page belongs to; a page nowhere in it belongs to none."""
    if path == "/":
        return "/"
    return next((place.path for place in PLACES[1:] if path.startswith(place.path)), "")
