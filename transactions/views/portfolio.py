"""The first page: what there is, what it is worth, and what happened last."""

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assets.models import Asset
from assets.queries import get_asset, list_available_networks
from kit.money import Money
from kit.pages import page, viewer_id
from rates.queries import Value
from transactions.queries import totals
from transactions.queries.balance_types import by_type
from transactions.queries.listing import History
from transactions.views import shown
from transactions.views.history import COLUMNS

LATEST = 6


@dataclass(frozen=True)
class Held:
    """One asset over all of a person's wallets."""

    asset: Asset
    total: Money  # available and held
    held: Money
    pending: Money
    worth: Value  # of one of the wallets: price, time and freshness are those of the asset
    value: Decimal | None


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the portfolio, or to a stranger what this is."""
    if not request.user.is_authenticated:
        return render(request, "welcome.html", {"networks": list_available_networks()})
    return _portfolio(request)


@page
def _portfolio(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    found = totals.portfolio(user_id=viewer_id(request), currency=totals.CURRENCY, now=now)
    latest = History(viewer_id(request)).page(limit=LATEST)
    held = _by_asset(found)
    context = {
        "has_wallets": bool(found.rows),
        "total": found.total,
        "currency": found.currency,
        "missing_prices": found.missing_prices,
        "oldest_price_at": min((row.price_at for row in found.rows if row.price_at), default=None),
        "held": held,
        "types": by_type(found),
        "latest": shown.rows(latest, viewer_id=viewer_id(request)),
        "columns": COLUMNS,
        "networks": list_available_networks(),
    }
    return render(request, "transactions/portfolio.html", context)


def _by_asset(portfolio: totals.Portfolio) -> list[Held]:
    """Add up the wallets per asset; a value stands only where every part of it is known."""
    codes = dict.fromkeys(row.balance.asset for row in portfolio.rows)
    return [_held(code, [row for row in portfolio.rows if row.balance.asset == code]) for code in codes]


def _held(code: str, rows: list[totals.Valued]) -> Held:
    values = [row.value for row in rows]
    return Held(
        asset=get_asset(code),
        total=Money(sum(row.balance.total for row in rows), code),
        held=Money(sum(row.balance.held for row in rows), code),
        pending=Money(sum(row.balance.pending for row in rows), code),
        worth=rows[0].worth,
        value=None if None in values else sum((value for value in values if value is not None), Decimal(0)),
    )
