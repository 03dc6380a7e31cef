"""A send that waits on its network: speed it up, or call it off. Nothing moves before the last press."""

import re

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kit.ids import new_id
from kit.money import Money
from kit.pages import page, viewer_id
from transactions.flows import replacement
from transactions.queries.find import get_transaction

_KEY = re.compile(r"frm_[0-9a-z]{26}", re.ASCII)
_MINOR = re.compile(r"[0-9]{1,78}", re.ASCII)


@require_http_methods(["GET", "POST"])
@page
def speed_up(request: HttpRequest, transaction_id: str) -> HttpResponse:
    """Show what a higher fee would cost, then ask for it."""
    return _replace(request, transaction_id, cancels=False)


@require_http_methods(["GET", "POST"])
@page
def call_off(request: HttpRequest, transaction_id: str) -> HttpResponse:
    """Show what calling it off would cost, then ask for it."""
    return _replace(request, transaction_id, cancels=True)


def _replace(request: HttpRequest, transaction_id: str, *, cancels: bool) -> HttpResponse:
    viewer, now = viewer_id(request), timezone.now()
    found = get_transaction(user_id=viewer, transaction_id=transaction_id)
    key = request.POST.get("key", "")
    if _KEY.fullmatch(key) and replacement.is_asked(found, key=f"page:{viewer}:{key}"):
        return redirect("transaction", transaction_id=transaction_id)  # a second press of the same button
    offered = replacement.offer(found, user_id=viewer, cancels=cancels, now=now)
    agreed = request.POST.get("max_fee", "")
    is_agreed = _KEY.fullmatch(key) and _MINOR.fullmatch(agreed)
    if request.method != "POST" or not is_agreed or offered.is_above(int(agreed)):
        return _show(request, offered, is_dearer=request.method == "POST")
    replacement.request(offered, user_id=viewer, key=f"page:{viewer}:{key}", now=now)
    said = _("Being called off. If the payment was faster, it is a payment.") if cancels else _("Being sped up.")
    messages.success(request, said)
    return redirect("transaction", transaction_id=transaction_id)


def _show(request: HttpRequest, offered: replacement.Offer, *, is_dearer: bool) -> HttpResponse:
    found = offered.transaction
    fee = Money(offered.max_fee_minor, found.fee_asset_id)
    held = Money(found.max_fee_minor, found.fee_asset_id)
    rows = [
        {"label": _("To"), "address": found.to_address},
        {"label": _("Amount"), "money": Money(found.amount_minor, found.asset_id)},
        {"label": _("Held for the fee now"), "money": held},
        {
            "label": _("Network fee, at most"),
            "money": fee,
            "note": _("What is not needed comes back."),
            "is_total": True,
        },
    ]
    context = {
        "transaction": found,
        "cancels": offered.cancels,
        "summary": rows,
        "fee": fee,
        "max_fee": offered.max_fee_minor,
        "is_dearer": is_dearer,
        "key": new_id("frm"),
    }
    return render(request, "transactions/replace.html", context)
