"""Everything that happened, and one thing that happened."""

import re
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

import transactions.queries.export as queries
from kit.downloads import attachment
from kit.ids import is_id
from kit.money import Money
from kit.pages import page, viewer_id
from transactions.errors import NotRefundable
from transactions.flows import on_ramp, ramp_orders, refund, replacement, send
from transactions.models import Status, Transaction
from transactions.queries.describe import describe, is_incoming
from transactions.queries.find import get_transaction
from transactions.queries.listing import History
from transactions.services import actions
from transactions.views import shown
from transactions.views.filters import ActivityForm

_MINOR = re.compile(r"[0-9]{1,78}", re.ASCII)
PER_PAGE = 25
COLUMNS = [
    {"label": gettext_lazy("What")},
    {"label": gettext_lazy("Status"), "class": "on-desktop"},
    {"label": gettext_lazy("When"), "class": "on-desktop"},
    {"label": gettext_lazy("Amount"), "is_end": True},
]


@require_GET
@page
def activity(request: HttpRequest) -> HttpResponse:
    """Show a person's transactions, filtered, the latest first."""
    form = ActivityForm(request.GET, user_id=viewer_id(request))
    filters = _filters(request)
    context = {
        "form": form,
        "search_text": form.narrowing().text,
        "is_filtered": bool(filters),
        "export_url": f"/activity/exports/?{urlencode(filters)}",
        "columns": COLUMNS,
        **cut(_found(request, form), request),
    }
    return render(request, "transactions/activity.html", context)


@require_GET
@page
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Let a person take away, as a CSV file, what the activity page shows under the same filters."""
    text = queries.export(_found(request, ActivityForm(request.GET, user_id=viewer_id(request))), form="csv")
    name = queries.file_name("csv", at=timezone.now())
    return attachment(text, name=name, content_type=queries.CONTENT_TYPES["csv"])


@require_GET
@page
def detail(request: HttpRequest, transaction_id: str) -> HttpResponse:
    """Show one transaction: where it is, what it cost, and what happens next."""
    viewer = viewer_id(request)
    found = get_transaction(user_id=viewer, transaction_id=transaction_id)
    money = Money(found.amount_minor, found.asset_id)
    refundable = _refundable(found, viewer)
    described = describe(found, viewer_id=viewer)
    seconds = described["estimate_seconds"]
    context = {
        "transaction": found,
        "row": shown.row(found, viewer_id=viewer),
        "described": described,
        "is_changing": described["can_replace"] and replacement.is_being_changed(found),
        "is_together": described["can_replace"] and replacement.is_paid_together(found),
        "has_banner": found.status == Status.FAILED and found.type == Transaction.Type.SEND,
        "estimate": shown.about_seconds(seconds) if seconds and found.status != Status.BLOCKCHAIN_PENDING else "",
        "provider": shown.provider_name(found.provider) if found.provider else "",
        "refundable": refundable,
        "left": [{"name": "left", "value": str(refundable.minor)}] if refundable else [],
        "incoming": is_incoming(found, viewer_id=viewer),
        "money": money,
        "steps": shown.timeline(found),
        "summary": shown.summary(found, viewer_id=viewer),
    }
    return render(request, "transactions/transaction.html", context)


@require_POST
@page
def cancel(request: HttpRequest, transaction_id: str) -> HttpResponse:
    """Undo a send that is not signed yet, or a purchase that is not paid yet."""
    viewer = viewer_id(request)
    found = get_transaction(user_id=viewer, transaction_id=transaction_id)
    if found.type == Transaction.Type.ON_RAMP:
        on_ramp.cancel(user_id=viewer, transaction=found, now=timezone.now())
        messages.success(request, _("Cancelled. If you have paid after all, the coins or your money still come."))
    else:
        send.cancel(user_id=viewer, transaction=found, now=timezone.now())
        messages.success(request, _("Cancelled. The money is back in your wallet."))
    return redirect("transaction", transaction_id=transaction_id)


@require_POST
@page
def pay(request: HttpRequest, transaction_id: str) -> HttpResponse:
    """
    Lead the person to the payment partner's own page; asking for it again buys nothing twice.

    A page is opened there for it, so no link that is followed ahead of the person, or from elsewhere, may do it.
    """
    found = get_transaction(user_id=viewer_id(request), transaction_id=transaction_id)
    return redirect(ramp_orders.payment_link(found, now=timezone.now()))


@require_POST
@page
def more_time(request: HttpRequest, transaction_id: str) -> HttpResponse:
    """Let a person have longer for their payment."""
    found = get_transaction(user_id=viewer_id(request), transaction_id=transaction_id)
    actions.answer(found.pk, user_id=viewer_id(request), said=on_ramp.MORE_TIME, now=timezone.now())
    messages.success(request, _("You have half an hour more for it, if that is still possible."))
    return redirect("transaction", transaction_id=transaction_id)


@require_POST
@page
def give_back(request: HttpRequest, transaction_id: str) -> HttpResponse:
    """Give a received transfer back, all that is left of it."""
    viewer, left = viewer_id(request), request.POST.get("left", "")
    given = refund.carry_out(
        user_id=viewer,
        transaction_id=transaction_id,
        amount="",
        key=f"page:{viewer}:refund:{transaction_id}:{left if _MINOR.fullmatch(left) else ''}",
        now=timezone.now(),
    )
    return redirect("transaction", transaction_id=given.pk)


def _refundable(found: Transaction, viewer: str) -> Money | None:
    """Return how much of a received transfer is left to give back."""
    if found.type != Transaction.Type.TRANSFER or found.recipient_user_id != viewer:
        return None
    try:
        left = refund.look_up(user_id=viewer, transaction_id=found.pk).left_minor
    except NotRefundable:
        return None
    return Money(left, found.asset_id)


def cut(found: History, request: HttpRequest) -> dict[str, Any]:
    """Return one keyset page as rows, with the address of the next; `after` is the last id already seen."""
    after = request.GET.get("after", "")
    page_of = found.page(limit=PER_PAGE + 1, after=after if is_id(after, "txn") else "")
    next_url = ""
    if len(page_of) > PER_PAGE:
        next_url = f"?{urlencode({**_filters(request), 'after': page_of[PER_PAGE - 1].pk})}"
    return {"rows": shown.rows(page_of[:PER_PAGE], viewer_id=found.user_id), "next_url": next_url}


def _found(request: HttpRequest, form: ActivityForm) -> History:
    """Return what the page's filters leave of a person's transactions."""
    return History(viewer_id(request), form.narrowing())


def _filters(request: HttpRequest) -> dict[str, str]:
    """Return the filters of the address as they stand, without where in the list it is."""
    return {name: str(value) for name, value in request.GET.items() if value and name != "after"}
