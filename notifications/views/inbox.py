"""The inbox: what I was told, the latest first."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from kit.errors import NotFound
from kit.ids import is_id
from kit.pages import page, viewer_id
from notifications import queries, services
from notifications.policy import Kind

PER_PAGE = 25
COLUMNS = [{"label": _("What")}, {"label": _("When"), "is_end": True, "class": "on-desktop"}]
ICONS = {
    Kind.SENT: "arrow-up-right",
    Kind.RECEIVED: "arrow-down-left",
    Kind.FAILED: "circle-x",
    Kind.NEEDS_YOU: "hourglass",
    Kind.SECURITY: "shield-check",
    Kind.SYSTEM: "info",
    Kind.COMPLIANCE: "users",
    Kind.HEALTH: "triangle-alert",
}


@require_GET
@page
def inbox(request: HttpRequest) -> HttpResponse:
    """Show a page of the inbox; `before` says after which one to go on."""
    found = queries.inbox(user_id=viewer_id(request)).order_by("-id")
    before = request.GET.get("before", "")
    if is_id(before, "ntf"):
        found = found.filter(pk__lt=before)
    rows = list(found[: PER_PAGE + 1])
    following = f"?{urlencode({'before': rows[PER_PAGE - 1].pk})}" if len(rows) > PER_PAGE else ""
    shown: list[dict[str, Any]] = [{"it": row, "icon": ICONS[Kind(row.kind)]} for row in rows[:PER_PAGE]]
    return render(request, "notifications/inbox.html", {"rows": shown, "columns": COLUMNS, "next_url": following})


@require_POST
@page
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    services.mark_read(user_id=viewer_id(request), now=timezone.now())
    return redirect("notifications")


@require_POST
@page
def follow(request: HttpRequest, notification_id: str) -> HttpResponse:
    """Mark one as read and go where it leads; a POST, since it changes something."""
    found = queries.inbox(user_id=viewer_id(request)).filter(pk=notification_id).first()
    if found is None:
        raise NotFound("There is no such notification.")
    services.mark_read(user_id=viewer_id(request), ids=[found.pk], now=timezone.now())
    return redirect(found.path)
