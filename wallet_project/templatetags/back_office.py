"""How the admin's tables show a cell: times to the second, nothing as a dash, the rest as it is."""

import json
from datetime import datetime
from operator import attrgetter
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html

register = template.Library()


@register.filter
def shown(value: Any) -> Any:
    """Return the cell's text; times are in UTC."""
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        text = timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
        return format_html('<span class="whitespace-nowrap">{}</span>', text)
    return value


_STORY: dict[str, dict[str, str]] = {
    "steps": {
        "Step": "name",
        "Kind": "kind",
        "State": "state",
        "Tries": "tries",
        "Next try": "wake_at",
        "Error": "error_code error_reason",
        "Question": "question",
        "Began": "started_at",
        "Ended": "finished_at",
    },
    "recoveries": {
        "At": "at",
        "Step": "step",
        "Try": "number",
        "Met": "code",
        "Because": "reason",
        "Treated as": "treatment",
        "Decided": "decided",
    },
    "interactions": {
        "At": "at",
        "Step": "step",
        "Provider": "provider",
        "Operation": "operation",
        "Ended": "outcome",
        "Detail": "detail",
        "Operation id": "operation_id",
    },
    "actions": {"At": "at", "Did": "type", "Who": "actor", "What": "data"},
    "interventions": {
        "Asked at": "created_at",
        "What": "kind",
        "Step": "step",
        "Outcome": "outcome",
        "Reason": "reason",
        "State": "status",
        "Asked by": "requested_by",
        "Decided by": "approved_by",
    },
    "attempts": {
        "Number": "number",
        "State": "status",
        "Txid": "txid",
        "From": "sender",
        "Nonce": "nonce",
        "Replay tokens": "replay_tokens",
        "Highest fee": "max_fee_minor",
        "Broadcast": "broadcast_count",
        "Last at": "last_broadcast_at",
        "Outcome": "last_outcome",
        "Code": "last_code",
        "Signed": "created_at",
    },
    "coins": {"Coin": "", "Minor units": "minor", "Address": "address", "Height": "height", "Spent at": "spent_height"},
    "deposits": {
        "Deposit": "pk",
        "Status": "status",
        "Minor units": "amount_minor",
        "Address": "address",
        "Txid": "txid",
        "Height": "height",
    },
    "events": {"At": "happened_at", "Event": "type", "By": "actor", "Request": "request_id", "Data": "data"},
    "lines": {
        "At": "posted_at",
        "Posting": "posting_key",
        "Kind": "kind",
        "Account": "account",
        "Minor units": "money.minor",
        "Asset": "money.asset",
    },
}


@register.simple_tag
def headings(part: str) -> list[str]:
    """Return the column headings of one part of a transaction's story."""
    return list(_STORY[part])


@register.filter
def rows(story: Any, part: str) -> list[list[Any]]:
    """Return the cells of one part of a transaction's story."""
    return [[_cell(item, path) for path in _STORY[part].values()] for item in getattr(story, part, ())]


def _cell(item: Any, path: str) -> Any:
    if " " in path:  # several columns in one cell
        return ": ".join(str(value) for value in attrgetter(*path.split())(item) if value)
    value = attrgetter(path)(item) if path else str(item)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value
