"""The page on which people choose what they are told, and how."""

from collections.abc import Mapping
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from kit.pages import page, viewer_id
from notifications import queries, services
from notifications.policy import FORCED, Kind, Pace, Way
from notifications.views.forms import CodeForm, PhoneForm

KINDS = {
    Kind.RECEIVED: (_("Money received"), _("A deposit is confirmed, somebody sends you something.")),
    Kind.SENT: (_("Money sent"), _("What you sent is confirmed.")),
    Kind.FAILED: (_("Something failed"), _("A payment did not go through.")),
    Kind.NEEDS_YOU: (_("Something waits for you"), _("A purchase waits for your payment.")),
    Kind.SECURITY: (_("Security alerts"), _("A new sign-in, a changed password. Always on.")),
    Kind.COMPLIANCE: (_("Checks and limits"), _("Documents that are wanted, and what you may send in a day.")),
    Kind.SYSTEM: (_("Your account"), _("Roles, and news about the service.")),
    Kind.HEALTH: (_("How the service does"), _("A network is halted, a partner switched off. For operators.")),
}
WAYS = {
    Way.INBOX: _("Here"),
    Way.EMAIL: _("E-mail"),
    Way.SMS: _("Text message"),
    Way.PUSH: _("Browser"),
    Way.WEBHOOK: _("Webhook"),
}
PACES = {Pace.AT_ONCE: _("at once"), Pace.HOURLY: _("hourly, in one"), Pace.DAILY: _("daily, in one")}


@require_http_methods(["GET", "HEAD", "POST"])
@page
def choose(request: HttpRequest) -> HttpResponse:
    """Show the choices, or keep new ones: a box that is shown and not ticked does not come at all."""
    if request.method != "POST":
        return show_choices(request)
    shown = _shown(request)
    choices = {
        (kind, way): _name(kind, way) in request.POST
        for kind, ways in shown.items()
        for way in ways
        if (kind, way) not in FORCED
    }
    given = {kind: request.POST.get(f"pace-{kind.value}", "") for kind in queries.paces(user_id=viewer_id(request))}
    paces = {kind: Pace(pace) for kind, pace in given.items() if kind in shown and pace in set(Pace)}
    services.save_preferences(user_id=viewer_id(request), choices=choices, paces=paces, now=timezone.now())
    messages.success(request, gettext("Saved."))
    return redirect("notification-settings")


def show_choices(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    """Show the page; `context` replaces forms by those that were filled in, and says what went wrong."""
    user_id, now = viewer_id(request), timezone.now()
    chosen, paces = queries.preferences(user_id=user_id), queries.paces(user_id=user_id)
    rows = [_row(kind, ways, chosen, paces) for kind, ways in _shown(request).items()]
    phone, pending = queries.phone(user_id=user_id), queries.pending_phone(user_id=user_id, now=now)
    shown = {
        "rows": rows,
        "can_text": queries.can_text(),
        "phone": services.masked(phone.number) if phone else "",
        "pending": pending,
        "pending_number": services.masked(pending.number) if pending else "",
        "phone_form": PhoneForm(),
        "code_form": CodeForm(),
        "push_key": services.public_key(),
        "browsers": queries.push_subscriptions(user_id=user_id),
        **context,
    }
    return render(request, "notifications/preferences.html", shown, status=status)


def _shown(request: HttpRequest) -> dict[Kind, list[Way]]:
    """Return what this person chooses between: kinds that concern them, by channels that there are."""
    kinds = queries.kinds_of(user=cast(User, request.user))
    has = {Way.SMS: queries.can_text(), Way.PUSH: bool(services.public_key())}
    ways = [way for way in WAYS if has.get(way, True)]
    return {kind: ways for kind in KINDS if kind in kinds}


def _row(
    kind: Kind, ways: list[Way], chosen: Mapping[tuple[Kind, Way], bool], paces: Mapping[Kind, Pace]
) -> dict[str, Any]:
    title, text = KINDS[kind]
    boxes = [
        {"name": _name(kind, way), "label": WAYS[way], "is_on": chosen[kind, way], "is_forced": (kind, way) in FORCED}
        for way in ways
    ]
    pace = paces.get(kind)
    offered = [{"value": each.value, "label": label, "is_chosen": each is pace} for each, label in PACES.items()]
    return {"kind": kind.value, "title": title, "text": text, "boxes": boxes, "paces": offered if pace else []}


def _name(kind: Kind, way: Way) -> str:
    return f"{kind.value}-{way.value}"
