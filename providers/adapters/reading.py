"""What adapters read from a vendor's JSON: exact amounts, times, texts; anything else counts as unreadable."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from kit.nesting import is_too_deep
from providers.adapters.client import VendorAnswer
from providers.base import OVER, RampStage, RampState, WebhookNews
from providers.base import UNREADABLE as UNKNOWN_NEWS
from providers.errors import ProviderRefused, ProviderUnavailable

ZERO = Decimal(0)
UNDELIVERED = OVER - {RampStage.COMPLETED, RampStage.REFUNDED}
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError)
"""What reading a document of another shape than the expected one raises."""


def broken(message: str) -> ProviderUnavailable:
    """Return the error for an answer that cannot be understood."""
    return ProviderUnavailable(message, kind="broken", has_left=True)


def refusal(answer: VendorAnswer, reasons: Mapping[int, str], message: str) -> ProviderRefused | ProviderUnavailable:
    """Return the error for an answer that is none, by the vendor's table of statuses: its own words stay in the log."""
    reason = reasons.get(answer.status)
    if reason is None:
        return broken(f"It answered with status {answer.status}, which we do not know.")
    return ProviderRefused(message, reason=reason)


def amount(data: Mapping[str, Any], name: str) -> Decimal:
    """
    Return an amount in major units.

    :raises ValueError, TypeError: if it is missing, negative or no finite number
    """
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TypeError(f"{name} is no amount")
    try:
        read = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{name} is no amount") from None
    if not read.is_finite() or read < 0:
        raise ValueError(f"{name} is no amount")
    return read


def amount_if_any(data: Mapping[str, Any], name: str) -> Decimal | None:
    return None if data.get(name) is None else amount(data, name)


def text(data: Mapping[str, Any], name: str) -> str:
    """
    Return a text, empty where there is none.

    :raises TypeError, ValueError: if it is something else, or holds what no database can keep
    """
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(f"{name} is no text")
    return value


def moment(value: str) -> datetime:
    """Return a time in ISO 8601, taken as UTC where it names no zone. :raises ValueError: if it is none"""
    read = datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def document(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in these bytes, with exact numbers. :raises ValueError: if there is none"""
    if is_too_deep(raw):
        raise ValueError("nested without end")
    data = json.loads(raw, parse_float=Decimal)
    if not isinstance(data, dict):
        raise ValueError("no JSON object")
    return data


def unreadable_news(raw: bytes) -> WebhookNews:
    """Return what is known of a webhook that is rightly signed and says nothing we understand: its bytes."""
    return WebhookNews(event_id=f"sha256:{hashlib.sha256(raw).hexdigest()}", operation_id="", type=UNKNOWN_NEWS)


def which_counts(states: Sequence[RampState]) -> RampState:
    """
    Return the one of several attempts at one purchase that says how it stands.

    What was delivered comes first (and stays, whatever is bought after it), then what may still be, then what is
    owed back, then the latest.
    """
    delivered = [state for state in states if state.stage == RampStage.COMPLETED]
    if delivered:
        return min(delivered, key=lambda state: state.version)
    ranks = {stage: 2 for stage in RampStage if stage not in OVER}
    ordered = sorted(states, key=lambda state: (ranks.get(state.stage, int(state.is_refund_due)), state.version))
    return ordered[-1] if ordered else RampState(stage=RampStage.ABSENT)
