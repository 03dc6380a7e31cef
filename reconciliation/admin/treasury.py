"""The treasury: where each asset's coins are, what is owed, what the hot wallet should hold, what waits or moves."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

import rates.queries
from kit.back_office import CARD
from kit.money import Money, format_minor
from rates.queries import Freshness, Value
from reconciliation.queries import treasury
from reconciliation.queries.treasury import Standing
from transactions.models import Transaction

CURRENCY = "USD"
HEADINGS = ("Where", "By the books", f"Worth, {CURRENCY}", "On the network")
ROW_HEADINGS = ("Transaction", "What", "How much", "State", "Why")
SUMS = ("Together", "Difference")
ROOM_PERCENT = 110
"""How far the gauge reaches beyond the highest of its marks."""


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the page's address; for staff."""
    return [path("treasury/", site.admin_view(partial(_treasury, site)), name="reconciliation_treasury")]


def _treasury(site: AdminSite, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("reconciliation.view_run"):
        raise PermissionDenied
    found = treasury.standings()
    now = timezone.now()
    amounts = [[Money(minor, each.asset.code) for _, minor, _ in _places(each)] for each in found]
    worth = iter(
        rates.queries.values(amounts=[money for each in amounts for money in each], currency=CURRENCY, now=now)
    )
    shown = {
        **site.each_context(request),
        "title": "Treasury",
        "card": CARD,
        "headings": HEADINGS,
        "row_headings": ROW_HEADINGS,
        "now": now,
        "rows": [_row(each, [next(worth) for _ in money]) for each, money in zip(found, amounts, strict=True)],
    }
    return TemplateResponse(request, "admin/reconciliation/treasury.html", shown)


def _places(each: Standing) -> list[tuple[str, int, int | None]]:
    """Return what is shown of an asset: in words, by the books, and on the network where that was read."""
    there = each.reading.there if each.reading else None
    return [
        ("Hot wallet", each.hot, there.treasury if there else None),
        ("Deposit addresses", each.deposits, there.deposits if there else None),
        ("In transit", each.in_transit, None),
        ("Cold", each.cold, there.cold if there else None),
        ("Together", each.together, there.total if there else None),
        ("Owed to people", each.owed, None),
        ("Difference", each.difference, None),
    ]


def _row(each: Standing, values: Sequence[Value]) -> dict[str, Any]:
    figures = [
        (
            format_html("<strong>{}</strong>", words) if words in SUMS else words,
            _units(each, minor),
            _worth(value),
            "" if there is None else _units(each, there),
        )
        for (words, minor, there), value in zip(_places(each), values, strict=True)
    ]
    return {
        "asset": each.asset.code,
        "network": each.asset.network_id,
        "figures": figures,
        "price": _price(values[0]),
        "facts": _facts(each),
        "gauge": _gauge(each),
        "mark": _mark(each),
        "waiting": [_moving(found) for found in each.waiting],
        "moving": [_moving(found) for found in each.moving],
    }


def _facts(each: Standing) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [("The difference is", _made_of(each)), ("On the network", _read(each))]
    if each.queue:
        facts.append(("Queue", f"{len(each.waiting)} not signed yet, which take {_money(each, each.queue)} at most"))
    facts.append(("Hot wallet", _limits(each)))
    facts.append(("Cold address", _addresses(each)))
    if each.refill:
        address = reverse("admin:transactions_refill_change", args=[each.refill.pk])
        words = f"{_money(each, each.refill.amount_minor)}, {each.refill.get_status_display()}"
        facts.append(("Refill", format_html('<a class="desk-link" href="{}">{}</a>', address, words)))
    return facts


def _made_of(each: Standing) -> str:
    parts = f"{_money(each, each.suspense)} under suspense"
    parts += f" - {_units(each, each.fees)} paid as fees" if each.fees else ""
    parts += f" - {_units(each, each.receivable)} taken back by reorgs and owed to us" if each.receivable else ""
    return parts


def _read(each: Standing) -> Any:
    if each.reading is None:
        return "not read yet"
    where = f"at block {each.reading.height}, read {timezone.localtime(each.reading.at):%Y-%m-%d %H:%M:%S}"
    if each.case is not None:
        address = reverse("admin:reconciliation_case_change", args=[each.case.pk])
        return format_html('{}: <a class="desk-link" href="{}">{}</a>', where, address, each.case.summary)
    return f"{where}: everything between it and the books is explained"


def _limits(each: Standing) -> str:
    if each.limits is None:
        return "no limits are set (HOT_LIMITS): nothing goes to cold, and nothing is asked for from there"
    marks = (each.limits.floor, each.limits.target, each.limits.ceiling)
    floor, target, ceiling = (_units(each, minor) for minor in marks)
    return f"floor {floor}, target {target}, ceiling {ceiling} {each.asset.code}"


def _addresses(each: Standing) -> Any:
    if not each.cold_addresses:
        return f"none is set ({str(each.asset.network_id).upper()}_COLD_ADDRESSES)"
    watched = ", ".join(each.cold_addresses[1:])
    words = f"{each.cold_addresses[0]}{f'; watched, too: {watched}' if watched else ''}"
    by_hand = "" if each.takes_signed else " Refills are by hand on this network: docs/runbooks/treasury.md."
    return format_html('<span class="break-anywhere">{}</span>{}', words, by_hand)


def _mark(each: Standing) -> tuple[str, str] | None:
    """Return how the hot wallet stands to its limits, and how that looks: less what its queue takes."""
    if each.limits is None:
        return None
    if each.free < each.limits.floor:
        return "below its floor", "bad"
    return ("above its ceiling", "away") if each.free > each.limits.ceiling else ("within its limits", "good")


def _gauge(each: Standing) -> dict[str, Any] | None:
    """Return the places of what is free and of the marks, in thousandths of the gauge's length."""
    if each.limits is None:
        return None
    marks = (each.limits.floor, each.limits.target, each.limits.ceiling)
    full = max(*marks, each.free, 1) * ROOM_PERCENT // 100
    places = [minor * 1_000 // full for minor in marks]
    return {"filled": max(0, each.free) * 1_000 // full, "marks": places, "free": _money(each, each.free)}


def _moving(found: Transaction) -> tuple[Any, ...]:
    address = reverse("admin:transactions_transaction_change", args=[found.pk])
    steps = found.at_hand  # type: ignore[attr-defined]  # prefetched
    met = next((step.error_reason for step in steps if step.error_reason), "")
    state = found.get_sub_status_display() if found.sub_status else found.get_status_display()
    return (
        format_html('<a class="desk-link" href="{}">{}</a>', address, found.pk),
        found.get_type_display(),
        f"{format_minor(found.amount_minor, scale=found.asset.scale)} {found.asset_id}",
        state,
        met or f"at step {', '.join(step.name for step in steps)}",
    )


def _worth(value: Value) -> str:
    return "" if value.value is None else f"{value.value:,.2f}"


def _price(value: Value) -> str:
    """Say at which price this is, or why none of it has any."""
    if value.freshness == Freshness.FRESH:
        return f"At {_plain(value.last_price)} {CURRENCY} of {timezone.localtime(value.at):%H:%M:%S}."
    if value.freshness == Freshness.STALE:
        return (
            f"No fresh price, so nothing is valued: the last was {_plain(value.last_price)} {CURRENCY},"
            f" of {timezone.localtime(value.at):%Y-%m-%d %H:%M:%S}."
        )
    return "No price was ever heard, so nothing is valued."


def _plain(price: Decimal | None) -> str:
    return "" if price is None else f"{price.normalize():f}"


def _units(each: Standing, minor: int) -> str:
    return format_minor(minor, scale=each.asset.scale)


def _money(each: Standing, minor: int) -> str:
    return f"{_units(each, minor)} {each.asset.code}"
