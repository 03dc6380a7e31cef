"""The pages' components that need a calculation before they can be shown. The others are plain includes."""

import io
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import segno
from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from assets.queries import get_asset
from kit.money import Money, format_minor
from wallet_project.templatetags import statuses

register = template.Library()

SHOWN_DECIMALS = 8
"""Decimals of an amount in lists; further ones are marked as left out, and stand in the hover text."""


TONE_SEED = 6
"""Chosen so that the assets known so far have colours of their own."""


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """Return a Lucide icon of the sprite, hidden from screen readers: a word always stands beside it."""
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" aria-hidden="true" focusable="false"><use href="{1}#{2}"/></svg>',
        size,
        static("vendor/icons.svg"),
        name,
    )


@register.inclusion_tag("components/amount.html")
def amount(money: Money, exact: bool = False, sign: bool = False, unit: bool = True) -> dict[str, Any]:
    """Show money exactly: `exact` in full, `sign` with a plus for what came in, `unit` with the asset's code."""
    asset = get_asset(money.asset)
    digits = format_minor(abs(money.minor), scale=asset.scale)
    whole, _dot, decimals = digits.partition(".")
    if asset.kind == "fiat":
        decimals = decimals.ljust(asset.scale, "0")
    shown = decimals if exact else decimals[:SHOWN_DECIMALS]
    prefix = "−" if money.minor < 0 else "+" if sign and money.minor > 0 else ""
    return {
        "prefix": prefix,
        "whole": f"{int(whole):,}",
        "decimals": shown,
        "is_cut": shown != decimals,
        "full": f"{prefix}{int(whole):,}{'.' if decimals else ''}{decimals} {money.asset}",
        "asset": money.asset if unit else "",
        "direction": "in" if sign and money.minor > 0 else "",
    }


@register.simple_tag
def fiat(value: Decimal, currency: str = "USD") -> str:
    """Return a fiat value rounded to cents, such as "$1,234.50"; the caller says that it is about that much."""
    cents = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
    digits = number_format(abs(cents), decimal_pos=2, use_l10n=True, force_grouping=True)
    sign = "−" if cents < 0 else ""
    return f"{sign}${digits}" if currency == "USD" else f"{sign}{digits} {currency}"


@register.inclusion_tag("components/asset_mark.html")
def asset_mark(asset: str, size: int = 32) -> dict[str, Any]:
    """Show an asset's monogram: up to four letters of its code, in one of eight quiet colours."""
    letters = asset.partition(".")[0][:4]
    return {
        "letters": letters,
        "size": size,
        "tone": sum(place * ord(letter) for place, letter in enumerate(asset, start=TONE_SEED)) % 8,
        "letter_size": {1: 15, 2: 13, 3: 11}.get(len(letters), 9),
    }


@register.inclusion_tag("components/status_badge.html")
def status_badge(status: str) -> dict[str, Any]:
    """Show a status as one word with an icon and a colour."""
    return {"badge": statuses.badge(status)}


@register.inclusion_tag("components/time.html")
def moment(at: datetime | None, exact: bool = False) -> dict[str, Any]:
    """Show a time: how long ago (exact on hover), or `exact` in full."""
    return {"at": at, "exact": exact, "ago": _ago(at) if at else ""}


@register.inclusion_tag("components/qr.html")
def qr(text: str, label: str = "") -> dict[str, Any]:
    """Show a text as a QR code, drawn here: nothing is asked of another server."""
    buffer = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(buffer, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, svgclass="qr-code", lineclass="")
    drawing = mark_safe(buffer.getvalue().decode())  # noqa: S308 - segno's own drawing; the text is only modules in it
    return {"drawing": drawing, "label": label or _("QR code"), "text": text}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, prefix: str = "", suffix: str = "") -> dict[str, Any]:
    """Show a form field with label, help and errors; `prefix` and `suffix` stand inside the box."""
    widget = bound.field.widget
    described = [f"{bound.auto_id}_help"] if bound.help_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}_errors")
    attributes: dict[str, Any] = {"class": f"input {widget.attrs.get('class', '')}".strip()}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["data-first-error"] = True
    return {
        "field": bound,
        "widget": bound.as_widget(attrs=attributes),
        "is_checkbox": isinstance(widget, CheckboxInput),
        "is_group": isinstance(widget, RadioSelect),
        "prefix": prefix,
        "suffix": suffix,
    }


@register.filter
def groups_of_four(address: str) -> list[dict[str, Any]]:
    """Return an address cut in fours, the first and last marked strong: these are what people compare."""
    body = address[2:] if address.startswith("0x") else address
    groups = [body[start : start + 4] for start in range(0, len(body), 4)]
    if address.startswith("0x"):
        groups[0] = f"0x{groups[0]}"
    last = len(groups) - 1
    return [{"text": text, "is_end": index in {0, 1, last - 1, last}} for index, text in enumerate(groups)]


@register.filter
def short_address(address: str) -> str:
    """Return the two ends of an address or transaction id, for lists; the full text belongs in the title."""
    return address if len(address) <= 20 else f"{address[:8]}…{address[-6:]}"


def _ago(at: datetime) -> str:
    now = timezone.now()
    if at > now:
        return _("in %(time)s") % {"time": timesince(now, at, depth=1)}
    if (now - at).total_seconds() < 60:
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(at, now, depth=1)}
