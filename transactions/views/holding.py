"""Wallets: the list, one of them, and where its coins arrive."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

import wallets.queries
import wallets.services
from assets.models import Asset
from assets.queries import get_asset, list_available_networks
from kit.money import Money
from kit.pages import page, viewer_id
from transactions.models import Status, Transaction
from transactions.queries import totals
from transactions.queries.listing import History, Narrowing
from transactions.views import shown
from transactions.views.history import COLUMNS, cut
from wallets.models import Wallet

RESERVATIONS = 50


@dataclass(frozen=True)
class Shown:
    """A balance of a wallet for its page."""

    asset: Asset
    available: Money
    held: Money
    pending: Money
    marked: Money


@dataclass(frozen=True)
class Card:
    """A wallet in a list, with its balances."""

    wallet: Wallet
    address: str
    balances: list[Shown]


@require_http_methods(["GET", "POST"])
@page
def wallets_page(request: HttpRequest) -> HttpResponse:
    """Show the wallets, and open another."""
    if request.method == "POST":
        opened = wallets.services.create_wallet(
            user_id=viewer_id(request),
            network=request.POST.get("network", ""),
            label=request.POST.get("label", ""),
            now=timezone.now(),
        )
        messages.success(request, _("Your wallet is ready to receive."))
        return redirect("wallet", wallet_id=opened.pk)
    return render(
        request, "wallets/wallets.html", {"cards": _cards(viewer_id(request)), "networks": list_available_networks()}
    )


@require_GET
@page
def wallet(request: HttpRequest, wallet_id: str) -> HttpResponse:
    """Show one wallet: what it holds, where coins arrive, what is on its way, and its history."""
    found = wallets.queries.get_wallet(user_id=viewer_id(request), wallet_id=wallet_id)
    history = History(viewer_id(request), Narrowing(wallet=wallet_id))
    arriving = {"types": (Transaction.Type.DEPOSIT.value,), "statuses": (Status.BLOCKCHAIN_PENDING.value,)}
    incoming = history.narrowed(**arriving).page(limit=20)
    context = {
        "wallet": found,
        "card": _card(found, totals.balances([found])),
        "reserved": _reserved(found),
        "incoming": [_incoming(transaction, viewer_id(request)) for transaction in incoming],
        "columns": COLUMNS,
        "receive": _receive(found),
        **cut(history, request),
    }
    return render(request, "wallets/wallet.html", context)


@require_GET
@page
def receive(request: HttpRequest) -> HttpResponse:
    """Let a person choose what to receive, and show where it must be sent."""
    cards = _cards(viewer_id(request))
    asked = request.GET.get("wallet", "")
    chosen = next((card for card in cards if card.wallet.pk == asked), cards[0] if len(cards) == 1 else None)
    context = {
        "cards": cards,
        "chosen": chosen,
        "receive": _receive(chosen.wallet) if chosen else None,
        "networks": list_available_networks(),
    }
    return render(request, "wallets/receive.html", context)


def _reserved(found: Wallet) -> list[wallets.queries.Reserved]:
    """Return what the wallet's owner has on hold and what for, the newest first."""
    reservations = wallets.queries.list_reservations(wallets=[found])[:RESERVATIONS]
    return wallets.queries.describe_reservations(reservations)


def _cards(user_id: str) -> list[Card]:
    found = list(wallets.queries.list_wallets(user_id=user_id))
    balances = totals.balances(found)
    return [_card(each, [balance for balance in balances if balance.wallet_id == each.pk]) for each in found]


def _card(found: Wallet, balances: list[totals.Balance]) -> Card:
    return Card(
        wallet=found,
        address=wallets.queries.deposit_address(found),
        balances=[
            Shown(
                asset=get_asset(balance.asset),
                available=Money(balance.available, balance.asset),
                held=Money(balance.held, balance.asset),
                pending=Money(balance.pending, balance.asset),
                marked=Money(balance.marked, balance.asset),
            )
            for balance in balances
        ],
    )


def _incoming(transaction: Transaction, viewer: str) -> dict[str, Any]:
    """Return a deposit that waits for blocks, with how far it is in whole percent."""
    required = max(transaction.required_confirmations, 1)
    return {
        "row": shown.row(transaction, viewer_id=viewer),
        "confirmations": shown.confirmations(transaction),
        "percent": min(transaction.confirmations, required) * 100 // required,
    }


def _receive(found: Wallet) -> dict[str, Any]:
    address = wallets.queries.deposit_address(found)
    config = settings.NETWORKS[found.network_id]
    return {
        "address": address,
        "shared": wallets.queries.shared_place(found),
        "uri": wallets.queries.payment_uri(found),
        "asset": get_asset(found.network.native_asset),
        "network": found.network,
        "confirmations": config.confirmations,
        "time": shown.about_seconds(config.confirmations * config.block_seconds),
    }
