"""Sending: fill in, check the summary, confirm. Nothing moves before the last press."""

import re
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

import chains.queries
import rates.queries
import transactions.flows.quote
import transactions.flows.send
import transactions.flows.transfer
import wallets.queries
from chains.values import Priority
from kit.errors import BusyElsewhere, DomainError
from kit.ids import new_id
from kit.money import Money
from kit.pages import page, viewer_id
from ledger.errors import InsufficientFunds
from transactions.models import Transaction
from transactions.queries import totals, warnings
from transactions.queries.find import find_by_key
from transactions.services import previews
from transactions.views import shown
from transactions.views.forms import MoveForm, SendForm, TransferForm

_KEY = re.compile(r"frm_[0-9a-z]{26}", re.ASCII)


@require_http_methods(["GET", "POST"])
@page
def send(request: HttpRequest) -> HttpResponse:
    """Send to an address: the form, then the summary, then the send itself."""
    form = _form(SendForm, request)
    if request.method != "POST" or request.POST.get("step") == "edit" or not form.is_valid():
        return _show_form(request, form, "send")
    done = _already_done(request)
    if done:
        return redirect("transaction", transaction_id=done.pk)
    try:
        quote = _quote(form, viewer_id(request))
        is_confirmed = request.POST.get("step") == "confirm"
        is_dearer = is_confirmed and quote.is_above(_agreed_fee(request))
        if not is_confirmed or is_dearer:
            _check_covered(quote.wallet.pk, quote.asset.code, quote.minor + _own_fee(quote), viewer_id(request))
            return _show_summary(request, form, _send_summary(quote), is_dearer=is_dearer, quote=quote)
        sent = transactions.flows.send.request(quote, user_id=viewer_id(request), key=_key(request), now=timezone.now())
    except DomainError as problem:
        return _show_form(request, form, "send", problem)
    except IntegrityError:
        return _first_of_two(request)
    return redirect("transaction", transaction_id=sent.pk)


@require_http_methods(["GET", "POST"])
@page
def transfer(request: HttpRequest) -> HttpResponse:
    """Transfer to a person here: the form, then the summary, then the transfer itself."""
    form = _form(TransferForm, request)
    if request.method != "POST" or request.POST.get("step") == "edit" or not form.is_valid():
        return _show_form(request, form, "transfer")
    done = _already_done(request)
    if done:
        return redirect("transaction", transaction_id=done.pk)
    wallet_id, asset = form.cleaned_data["source"]
    money: Money = form.cleaned_data["money"]
    try:
        order = transactions.flows.transfer.order(
            user_id=viewer_id(request),
            wallet_id=wallet_id,
            asset=asset,
            minor=money.minor,
            to=form.cleaned_data["to"],
            memo=form.cleaned_data["memo"],
        )
        if request.POST.get("step") != "confirm":
            _check_covered(wallet_id, asset, money.minor, viewer_id(request))
            return _show_summary(request, form, _transfer_summary(order), order=order)
        done = transactions.flows.transfer.carry_out(
            order, user_id=viewer_id(request), key=_key(request), now=timezone.now()
        )
    except DomainError as problem:
        return _show_form(request, form, "transfer", problem)
    except IntegrityError:
        return _first_of_two(request)
    return redirect("transaction", transaction_id=done.pk)


def _form(kind: type[MoveForm], request: HttpRequest) -> MoveForm:
    found = list(wallets.queries.list_wallets(user_id=viewer_id(request)))
    balances = totals.balances(found)
    if request.method == "POST":
        return kind(request.POST, wallets=found, balances=balances)
    asked = request.GET.get("wallet", "")
    source = next((f"{balance.wallet_id}:{balance.asset}" for balance in balances if balance.wallet_id == asked), "")
    return kind(initial={"source": source, "to": request.GET.get("to", "")}, wallets=found, balances=balances)


def _quote(form: MoveForm, viewer: str) -> transactions.flows.quote.Quote:
    wallet_id, asset = form.cleaned_data["source"]
    return transactions.flows.quote.quote(
        user_id=viewer,
        wallet_id=wallet_id,
        asset=asset,
        minor=form.cleaned_data["money"].minor,
        to=form.cleaned_data["to"],
        memo=form.cleaned_data["memo"],
        priority=Priority(form.cleaned_data["priority"]),
        now=timezone.now(),
    )


def _check_covered(wallet_id: str, asset: str, minor: int, viewer: str) -> None:
    """Refuse before the summary what the ledger would refuse after it."""
    wallet = wallets.queries.get_wallet(user_id=viewer, wallet_id=wallet_id)
    for balance in totals.balances([wallet]):
        if balance.asset == asset and balance.available < minor:
            raise InsufficientFunds(_("There is not enough %(asset)s in this wallet.") % {"asset": asset})


def _agreed_fee(request: HttpRequest) -> int:
    """Return the fee ceiling the person saw and agreed to; a quote above it is shown anew."""
    text = request.POST.get("max_fee", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 78 else -1


def _already_done(request: HttpRequest) -> Transaction | None:
    """
    Return what an earlier press of the same button made.

    Looked for before anything is checked anew: by now the fee may have risen or the money be
    gone, and telling a person that nothing was sent would make them send it twice.
    """
    if request.POST.get("step") != "confirm":
        return None
    return find_by_key(user_id=viewer_id(request), key=_key(request))


def _first_of_two(request: HttpRequest) -> HttpResponse:
    """Answer the second of two presses at the same moment: the first one's row took the key."""
    first = _already_done(request)
    if first is None:
        raise BusyElsewhere
    return redirect("transaction", transaction_id=first.pk)


def _key(request: HttpRequest) -> str:
    """Return what makes a second press of the same button harmless: one key per summary shown."""
    text = request.POST.get("key", "")
    key = text if _KEY.fullmatch(text) else new_id("frm")
    return f"page:{viewer_id(request)}:{key}"


def _show_form(request: HttpRequest, form: MoveForm, kind: str, problem: DomainError | None = None) -> HttpResponse:
    if problem and len(problem.fields) == 1 and next(iter(problem.fields)) in form.fields:
        name, errors = next(iter(problem.fields.items()))
        form.add_error(name, " ".join(errors))
        problem = None
    status = problem.status if problem else 200
    context = {"form": form, "kind": kind, "problem": problem, "has_sources": bool(form["source"].field.choices)}  # type: ignore[attr-defined]
    return render(request, "transactions/send.html", context, status=status)


def _show_summary(
    request: HttpRequest, form: MoveForm, summary: list[dict[str, Any]], *, is_dearer: bool = False, **checked: Any
) -> HttpResponse:
    quote = checked.get("quote")
    kind = "send" if quote else "transfer"
    wallet_id, asset = form.cleaned_data["source"]
    previews.note(user_id=viewer_id(request), wallet_id=wallet_id, type=kind, asset=asset, now=timezone.now())
    context = {
        "form": form,
        "kind": kind,
        "summary": summary,
        "money": form.cleaned_data["money"],
        "max_fee": quote.max_fee_minor if quote else 0,
        "warnings": _warnings(quote) if quote else [],
        "is_dearer": is_dearer,
        "key": new_id("frm"),
        "to": form.cleaned_data["to"],
    }
    return render(request, "transactions/confirm.html", context)


def _warnings(quote: transactions.flows.quote.Quote) -> list[warnings.Caution]:
    return warnings.of_send(
        is_new_address=quote.is_new_address, looks_like=quote.looks_like, may_need_memo=quote.may_need_memo
    )


def _send_summary(quote: transactions.flows.quote.Quote) -> list[dict[str, Any]]:
    money = Money(quote.minor, quote.asset.code)
    fee, most_fee = Money(quote.fee_minor, quote.fee_asset), Money(quote.max_fee_minor, quote.fee_asset)
    worth, fee_worth, most_fee_worth = rates.queries.values(
        amounts=[money, fee, most_fee], currency=totals.CURRENCY, now=timezone.now()
    )
    most = money + Money(_own_fee(quote), money.asset)
    rows: list[dict[str, Any] | None] = [
        {"label": _("From"), "text": quote.wallet.label or quote.wallet.network.name},
        {"label": _("To"), "address": quote.to, "is_new": quote.is_new_address},
        {"label": _("They receive"), "money": money, "worth": worth},
        {"label": _("Network fee"), "money": fee, "worth": fee_worth, "note": _("As it is now.")},
        {
            "label": _("Network fee, at most"),
            "money": most_fee,
            "worth": most_fee_worth,
            "note": _("Held until it is sent; what is not needed comes back."),
        },
        {"label": _("Arrives"), "text": _("In %(time)s") % {"time": shown.about_seconds(quote.seconds)}},
        _memo_row(quote) if quote.memo else None,
        {"label": _("Leaves your wallet, at most"), "money": most, "is_total": True},
    ]
    return [row for row in rows if row]


def _memo_row(quote: transactions.flows.quote.Quote) -> dict[str, Any]:
    if chains.queries.get_adapter(quote.wallet.network_id).carries_memo:
        return {"label": _("Memo"), "text": quote.memo, "note": _("Goes with the payment, for all to see.")}
    return {"label": _("Note"), "text": quote.memo}


def _transfer_summary(order: transactions.flows.transfer.Order) -> list[dict[str, Any]]:
    money = Money(order.minor, order.asset.code)
    rows: list[dict[str, Any] | None] = [
        {"label": _("From"), "text": order.wallet.label or order.wallet.network.name},
        {"label": _("To"), "text": order.recipient.shown},
        {"label": _("They receive"), "money": money},
        {"label": _("Fee"), "text": _("Free")},
        {"label": _("Arrives"), "text": _("At once")},
        {"label": _("Note"), "text": order.memo} if order.memo else None,
        {"label": _("Leaves your wallet"), "money": money, "is_total": True},
    ]
    return [row for row in rows if row]


def _own_fee(quote: transactions.flows.quote.Quote) -> int:
    """Return the ceiling of the fee where it is paid in the asset that is sent, else 0."""
    return quote.max_fee_minor if quote.fee_asset == quote.asset.code else 0
