"""The page on which people choose what they are told, and how."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kit.pages import page, viewer_id
from notifications import queries, services
from notifications.policy import FORCED, Kind, Way

KINDS = {
    Kind.RECEIVED: (_("Money received"), _("A deposit is confirmed, somebody sends you something.")),
    Kind.SENT: (_("Money sent"), _("What you sent is confirmed.")),
    Kind.FAILED: (_("Something failed"), _("A payment did not go through.")),
    Kind.NEEDS_YOU: (_("Something waits for you"), _("A purchase waits for your payment.")),
    Kind.SECURITY: (_("Security alerts"), _("A new sign-in, a changed password. Always on.")),
    Kind.SYSTEM: (_("Your account"), _("Roles, and news about the service.")),
}
WAYS = {Way.INBOX: _("Here"), Way.EMAIL: _("E-mail"), Way.WEBHOOK: _("Webhook")}


@require_http_methods(["GET", "HEAD", "POST"])
@page
def choose(request: HttpRequest) -> HttpResponse:
    """Show the choices, or keep new ones: a box that is not ticked does not come at all."""
    user_id = viewer_id(request)
    chosen = queries.preferences(user_id=user_id)
    if request.method == "POST":
        choices = {choice: _name(*choice) in request.POST for choice in chosen if choice not in FORCED}
        services.save_preferences(user_id=user_id, choices=choices, now=timezone.now())
        messages.success(request, gettext("Saved."))
        return redirect("notification-settings")
    rows = [_row(kind, title, text, chosen) for kind, (title, text) in KINDS.items()]
    return render(request, "notifications/preferences.html", {"rows": rows, "ways": WAYS.values()})


def _row(kind: Kind, title: Any, text: Any, chosen: dict[tuple[Kind, Way], bool]) -> dict[str, Any]:
    boxes = [
        {"name": _name(kind, way), "label": label, "is_on": chosen[kind, way], "is_forced": (kind, way) in FORCED}
        for way, label in WAYS.items()
    ]
    return {"title": title, "text": text, "boxes": boxes}


def _name(kind: Kind, way: Way) -> str:
    return f"{kind.value}-{way.value}"
