"""The pages of a person's own webhook endpoints: which there are, their secrets, and what was sent there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kit.errors import DomainError
from kit.ids import is_id
from kit.pages import page, viewer_id
from notifications import queries, services
from notifications.models import Delivery, Endpoint
from notifications.views.forms import EndpointForm, show_refusal

PER_PAGE = 25
COLUMNS = [{"label": _("What")}, {"label": _("How it went")}]
BADGES = {
    Delivery.Status.WAITING: (_("Waiting"), "pending", "hourglass"),
    Delivery.Status.SENT: (_("Delivered"), "positive", "circle-check"),
    Delivery.Status.FAILED: (_("Given up"), "negative", "circle-x"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page
def webhooks(request: HttpRequest) -> HttpResponse:
    """List the endpoints, or add one and show its secret, once."""
    form = EndpointForm(request.POST or None)
    problem: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_endpoint(user_id=viewer_id(request), **form.cleaned_data, now=timezone.now())
        except DomainError as error:
            problem = show_refusal(form, error)
        else:
            return _secret(request, made, services.secret_of(made))
    endpoints = list(queries.endpoints(user_id=viewer_id(request)))
    status = (problem.status if problem else 400) if request.method == "POST" else 200
    context = {"endpoints": endpoints, "form": form, "problem": problem}
    return render(request, "notifications/webhooks.html", context, status=status)


@require_GET
@page
def webhook(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """Show one endpoint and what was sent there; `before` says after which delivery to go on."""
    endpoint = _own(request, endpoint_id)
    found = queries.deliveries(endpoint=endpoint).order_by("-id")
    before = request.GET.get("before", "")
    if is_id(before, "dlv"):
        found = found.filter(pk__lt=before)
    rows = list(found[: PER_PAGE + 1])
    following = f"?{urlencode({'before': rows[PER_PAGE - 1].pk})}" if len(rows) > PER_PAGE else ""
    shown = [_row(row) for row in rows[:PER_PAGE]]
    context = {"endpoint": endpoint, "rows": shown, "columns": COLUMNS, "next_url": following}
    return render(request, "notifications/webhook.html", context)


@require_POST
@never_cache
@page
def rotate(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """Replace the secret and show the new one, once."""
    endpoint = _own(request, endpoint_id)
    secret = services.rotate_secret(endpoint=endpoint, now=timezone.now())
    return _secret(request, _own(request, endpoint_id), secret)


@require_POST
@page
def switch(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """Switch the endpoint off, or on again."""
    endpoint = _own(request, endpoint_id)
    services.change_endpoint(
        endpoint=endpoint, description=endpoint.description, is_enabled=not endpoint.is_enabled, now=timezone.now()
    )
    return redirect("webhook-endpoint", endpoint.pk)


@require_POST
@page
def remove(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    services.remove_endpoint(endpoint=_own(request, endpoint_id), now=timezone.now())
    messages.success(request, gettext("Nothing is sent there any more."))
    return redirect("webhook-endpoints")


@require_POST
@page
def replay(request: HttpRequest, endpoint_id: str, delivery_id: str) -> HttpResponse:
    """Send one once more."""
    endpoint = _own(request, endpoint_id)
    services.replay(endpoint=endpoint, delivery_id=delivery_id, actor=viewer_id(request), now=timezone.now())
    messages.success(request, gettext("It is sent once more."))
    return redirect("webhook-endpoint", endpoint.pk)


def _own(request: HttpRequest, endpoint_id: str) -> Endpoint:
    return queries.get_endpoint(user_id=viewer_id(request), endpoint_id=endpoint_id)


def _secret(request: HttpRequest, endpoint: Endpoint, secret: str) -> HttpResponse:
    """Answer with the secret itself and not with a way to it: it is shown here and nowhere again."""
    return render(request, "notifications/webhook_secret.html", {"endpoint": endpoint, "secret": secret})


def _row(delivery: Delivery) -> dict[str, Any]:
    words, tone, icon = BADGES[Delivery.Status(delivery.status)]
    can_replay = delivery.status != Delivery.Status.WAITING
    return {"it": delivery, "badge": {"words": words, "tone": tone, "icon": icon}, "can_replay": can_replay}
