"""The words, icon and colour of every status a page can show. Colour never stands alone."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Badge:
    words: str | Promise
    tone: str  # positive, pending, warning, negative, quiet: a class in components.css
    icon: str


_PENDING = "pending"

BADGES: dict[str, Badge] = {
    # transactions
    "initiated": Badge(_("Starting"), _PENDING, "circle-dashed"),
    "balance_reserved": Badge(_("Funds held"), _PENDING, "lock"),
    "provider_selected": Badge(_("Preparing"), _PENDING, "circle-dashed"),
    "provider_processing": Badge(_("Sending"), _PENDING, "loader-circle"),
    "provider_failover": Badge(_("Trying another way"), "warning", "refresh-cw"),
    "blockchain_pending": Badge(_("Waiting for network"), _PENDING, "hourglass"),
    "blockchain_confirmed": Badge(_("Confirmed"), _PENDING, "check"),
    "balance_updated": Badge(_("Settling"), _PENDING, "circle-dashed"),
    "completed": Badge(_("Completed"), "positive", "circle-check"),
    "failed": Badge(_("Failed"), "negative", "circle-x"),
    "compensating": Badge(_("Returning funds"), "warning", "refresh-cw"),
    "canceled": Badge(_("Cancelled"), "quiet", "ban"),
    "cancelled": Badge(_("Cancelled"), "quiet", "ban"),
    # deposits
    "seen": Badge(_("Arriving"), _PENDING, "hourglass"),
    "pending": Badge(_("Arriving"), _PENDING, "hourglass"),
    "confirming": Badge(_("Confirming"), _PENDING, "hourglass"),
    "confirmed": Badge(_("Credited"), "positive", "circle-check"),
    "credited": Badge(_("Credited"), "positive", "circle-check"),
    "final": Badge(_("Credited"), "positive", "circle-check"),
    "dropped": Badge(_("Did not arrive"), "negative", "circle-x"),
    "orphaned": Badge(_("Taken back by network"), "warning", "triangle-alert"),
    "reversed": Badge(_("Taken back by network"), "warning", "triangle-alert"),
    # purchases of coins
    "finding_offers": Badge(_("Finding offers"), _PENDING, "circle-dashed"),
    "awaiting_payment": Badge(_("Waiting for you"), "warning", "hourglass"),
    "buying": Badge(_("Buying"), _PENDING, "loader-circle"),
    "undoing": Badge(_("Being undone"), "warning", "refresh-cw"),
    # sessions, factors
    "active": Badge(_("Active"), "positive", "circle-check"),
    "on": Badge(_("On"), "positive", "circle-check"),
    "off": Badge(_("Off"), "quiet", "circle-dashed"),
}


def badge(status: str) -> Badge:
    """Return how a status is shown; one not listed is shown by its own name, quietly."""
    return BADGES.get(status) or Badge(status.replace("_", " ").capitalize(), "quiet", "circle-dashed")
