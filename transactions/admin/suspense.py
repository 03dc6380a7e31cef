"""The page on which an operator says whose a deposit is that named nobody; a second one decides at the desk."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from assets.queries import get_asset
from kit.back_office import BUTTON, CARD
from kit.errors import DomainError
from kit.money import format_minor
from transactions.admin.forms import StepIn
from transactions.models import Deposit
from transactions.queries import suspense
from transactions.services import interventions


class Assign(StepIn):
    """Whose it is, and how that is known."""

    wallet_id = forms.CharField(
        label="Id of the wallet it belongs to", max_length=32, widget=UnfoldAdminTextInputWidget()
    )

    field_order = ("id", "wallet_id", "reason")


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the page's address; for operators and administrators."""
    page = site.admin_view(partial(_assign, site))
    return [path("<str:transaction_id>/assign/", page, name="transactions_assign")]


def listed() -> list[dict[str, Any]]:
    """Return the deposits that named nobody as the desk shows them, the oldest first."""
    return [{"row": each, "amount": _amount(each)} for each in suspense.unnamed()]


def _assign(site: AdminSite, request: HttpRequest, transaction_id: str) -> HttpResponse:
    if not request.user.has_perm("transactions.change_transaction"):
        raise PermissionDenied
    found = suspense.unnamed_one(transaction_id)
    if found is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = Assign(data, initial=Assign.new())
    if data is not None and form.is_valid():
        try:
            interventions.assign(
                intervention_id=form.cleaned_data["id"],
                transaction_id=transaction_id,
                wallet_id=form.cleaned_data["wallet_id"].strip(),
                reason=form.cleaned_data["reason"],
                actor=str(request.user.pk),
                now=timezone.now(),
            )
        except DomainError as error:
            messages.error(request, f"{error.what_happened}. {error.why} {error.what_to_do}")
        else:
            messages.success(request, f"A second person has to agree now: {transaction_id}.")
            return redirect("admin:transactions_desk")
    shown = {
        **site.each_context(request),
        "button": BUTTON,
        "card": CARD,
        "title": f"Assign: {transaction_id}",
        "says": "Say whose it is. A second person has to agree before anything happens.",
        "facts": [
            ("What", f"Deposit of {_amount(found)} on {found.network_id}"),
            ("Paid to", found.address),
            ("Memo", found.memo or "none"),
            ("Transaction", found.txid),
            ("Arrived", found.created_at),
        ],
        "refusal": None,
        "form": form,
        "choices": [("act", "assign", "Ask a second person")],
    }
    return TemplateResponse(request, "admin/transactions/step_in.html", shown)


def _amount(deposit: Deposit) -> str:
    return f"{format_minor(deposit.amount_minor, scale=get_asset(deposit.asset_id).scale)} {deposit.asset_id}"
