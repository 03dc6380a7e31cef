"""Buying coins: say how much, look at the offers, choose one. Nothing is paid before the payment partner's own page."""

import re
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

import wallets.queries
from assets.queries import list_assets
from kit.errors import BusyElsewhere, DomainError
from kit.ids import new_id
from kit.money import Money
from kit.pages import page, viewer_id
from transactions.flows import on_ramp
from transactions.flows.ramp_offers import Offered, offers_for, wish
from transactions.queries.find import find_by_key
from transactions.views import shown
from transactions.views.forms import BuyForm

_KEY = re.compile(r"frm_[0-9a-z]{26}", re.ASCII)


@require_http_methods(["GET", "POST"])
@page
def buy(request: HttpRequest) -> HttpResponse:
    """Buy coins with fiat: the form, then the offers, then the purchase, which shows where to pay."""
    form = _form(request)
    if request.method != "POST" or request.POST.get("step") == "edit" or not form.is_valid():
        return _show_form(request, form)
    viewer, now = viewer_id(request), timezone.now()
    text = request.POST.get("key", "")
    key = f"page:{viewer}:{text if _KEY.fullmatch(text) else new_id('frm')}"
    is_confirmed = request.POST.get("step") == "confirm"
    done = find_by_key(user_id=viewer, key=key) if is_confirmed else None
    if done:
        return redirect("transaction", transaction_id=done.pk)
    wallet_id, asset = form.cleaned_data["target"]
    try:
        asked = wish(
            user_id=viewer,
            wallet_id=wallet_id,
            asset=asset,
            fiat=form.cleaned_data["currency"],
            fiat_amount=form.cleaned_data["amount"],
            preference=request.POST.get("provider", "")[:32] if is_confirmed else "",
        )
        offered = offers_for(asked, user_id=viewer, now=now)
        if not is_confirmed:
            return _show_offers(request, form, offered)
        bought = on_ramp.request(offered, user_id=viewer, key=key, now=now)
    except DomainError as problem:
        return _show_form(request, form, problem)
    except IntegrityError as error:
        first = find_by_key(user_id=viewer, key=key)
        if first is None:
            raise BusyElsewhere from error
        bought = first
    return redirect("transaction", transaction_id=bought.pk)


def _form(request: HttpRequest) -> BuyForm:
    own = list(wallets.queries.list_wallets(user_id=viewer_id(request)))
    targets = [
        (f"{wallet.pk}:{asset.code}", f"{asset.name} · {wallet.label or wallet.network.name}")
        for wallet in own
        for asset in list_assets()
        if asset.network_id == wallet.network_id
    ]
    if request.method == "POST":
        return BuyForm(request.POST, targets=targets)
    asked = request.GET.get("wallet", "")
    target = next((value for value, _label in targets if value.startswith(f"{asked}:")), "")
    return BuyForm(initial={"target": target}, targets=targets)


def _show_form(request: HttpRequest, form: BuyForm, problem: DomainError | None = None) -> HttpResponse:
    names = {"fiat_amount": "amount", "fiat": "currency"}
    if problem and len(problem.fields) == 1 and next(iter(problem.fields)) in names:
        name, errors = next(iter(problem.fields.items()))
        form.add_error(names[name], " ".join(errors))
        problem = None
    context = {"form": form, "problem": problem, "has_targets": bool(form["target"].field.choices)}  # type: ignore[attr-defined]
    return render(request, "transactions/buy.html", context, status=problem.status if problem else 200)


def _show_offers(request: HttpRequest, form: BuyForm, offered: Offered) -> HttpResponse:
    asset = offered.wish.asset
    rows: list[dict[str, Any]] = [
        {
            "code": code,
            "name": shown.provider_name(code),
            "money": Money(int(quote.crypto_amount.scaleb(asset.scale)), asset.code),
            "fee": f"{quote.fee:f} {offered.wish.fiat}",
            "arrives": shown.about_seconds(quote.seconds),
            "is_chosen": code == offered.choice.provider,
        }
        for code, quote in sorted(offered.quotes.items(), key=lambda item: item[0] != offered.choice.provider)
    ]
    pays = f"{offered.wish.fiat_amount:f} {offered.wish.fiat}"
    context = {"form": form, "offers": rows, "asset": asset, "pays": pays, "key": new_id("frm")}
    return render(request, "transactions/buy_offers.html", context)
