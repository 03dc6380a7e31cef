"""The rows themselves: what a company does for us, where, between which limits and at what cost."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from events.services import record
from kit.errors import InvalidInput
from providers.base import Kind
from providers.models import Provider
from providers.registry import ADAPTERS

_CODE = re.compile(r"[a-z][a-z0-9_]{1,31}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_FIAT = re.compile(r"[A-Z]{3}")

Amounts = Mapping[str, Mapping[str, str]]


def describe(*, provider: str, actor: str, now: datetime, **fields: Any) -> Provider:
    """
    Add a provider, or change what its row says, with an event; a new one needs kind, adapter and name.

    Other `fields`: countries, fiats, assets, limits ({"USD": {"least": "30", "most": "30000"}}), costs
    ({"USD" or "*": {"fixed": "0.50", "bps": "25"}}), usual_seconds. A kind never changes.

    :raises InvalidInput: naming what is wrong
    """
    with transaction.atomic():
        row = Provider.objects.select_for_update(no_key=True).filter(pk=provider).first()
        if row is not None and fields.get("kind", row.kind) != row.kind:
            raise InvalidInput(fields={"kind": ["A provider's kind never changes: add another provider."]})
        is_new = row is None
        row = row or Provider(code=provider)
        before = _said(row)
        for name, value in fields.items():
            assert name in before, f"a provider has no {name}"
            setattr(row, name, value)
        _check(row)
        changed = {name: value for name, value in _said(row).items() if is_new or value != before[name]}
        if changed:
            row.updated_at = now
            row.save(force_insert=is_new)
            kind = "provider.added" if is_new else "provider.changed"
            record(type=kind, subject=row, actor=actor, now=now, data=changed)
    return row


def _said(row: Provider) -> dict[str, Any]:
    names = ("kind", "adapter", "name", "countries", "fiats", "assets", "limits", "costs", "usual_seconds")
    return {name: getattr(row, name) for name in names}


def _check(row: Provider) -> None:
    wrong: dict[str, list[str]] = {}
    if not _CODE.fullmatch(row.code):
        wrong["provider"] = ["Small letters, digits and underscores."]
    if row.kind not in set(Kind):
        wrong["kind"] = [f"One of {', '.join(Kind)}."]
    elif row.adapter not in ADAPTERS[Kind(row.kind)].names():
        wrong["adapter"] = [f"One of {', '.join(ADAPTERS[Kind(row.kind)].names()) or 'none yet'}."]
    if not row.name:
        wrong["name"] = ["Needed."]
    if not _are(row.countries, _COUNTRY):
        wrong["countries"] = ["Two capital letters each, ISO 3166-1."]
    if not _are(row.fiats, _FIAT):
        wrong["fiats"] = ["Three capital letters each, ISO 4217."]
    if not _are_amounts(row.limits, {"least", "most"}, others=()):
        wrong["limits"] = ["By fiat: least and most, zero or more."]
    if not _are_amounts(row.costs, {"fixed", "bps"}, others=("*",)):
        wrong["costs"] = ["By fiat or *: fixed and bps, zero or more."]
    if wrong:
        raise InvalidInput(fields=wrong)


def _are(values: Iterable[str], shape: re.Pattern[str]) -> bool:
    return all(shape.fullmatch(value) for value in values)


def _are_amounts(table: Amounts, names: set[str], *, others: tuple[str, ...]) -> bool:
    return all(
        (_FIAT.fullmatch(fiat) or fiat in others) and set(amounts) <= names and all(map(_is_amount, amounts.values()))
        for fiat, amounts in table.items()
    )


def _is_amount(text: str) -> bool:
    try:
        amount = Decimal(text)
    except (InvalidOperation, TypeError):
        return False
    return amount.is_finite() and amount >= 0
