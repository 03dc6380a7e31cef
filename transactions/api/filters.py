"""What a list of transactions can be narrowed by, read from a query string."""

from collections.abc import Collection
from datetime import UTC, datetime

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from kit.clients import caller_id
from kit.errors import InvalidInput
from transactions.models import Status, Transaction
from transactions.queries.find import list_transactions, narrow

TYPES = (Transaction.Type.DEPOSIT.value, Transaction.Type.SEND.value, Transaction.Type.TRANSFER.value)
"""What a person can have; sweeps are the platform's own."""

FILTERS = [
    OpenApiParameter("type", str, enum=TYPES),
    OpenApiParameter("status", str, enum=Status.values),
    OpenApiParameter("asset", str),
    OpenApiParameter("from", OpenApiTypes.DATETIME, description="Created then or later."),
    OpenApiParameter("to", OpenApiTypes.DATETIME, description="Created before then."),
    OpenApiParameter("q", str, description="A whole id, txid or address, or part of a memo."),
]


def wanted(request: Request) -> QuerySet[Transaction]:
    """
    Return those of the caller's transactions that the query string asks for, newest first.

    :raises InvalidInput: naming the filter that means nothing
    """
    return narrow(
        list_transactions(user_id=caller_id(request)),
        exact={
            "type": choice(request, "type", TYPES),
            "status": choice(request, "status", Status.values),
            "asset_id": _plain(request, "asset"),
        },
        since=_moment(request, "from"),
        until=_moment(request, "to"),
        text=_plain(request, "q"),
    )


def choice(request: Request, name: str, allowed: Collection[str]) -> str:
    """
    Return one of the allowed values, or "" where none is asked for.

    :raises InvalidInput: if it is another; says which are allowed
    """
    text = request.query_params.get(name, "")
    if text and text not in allowed:
        raise InvalidInput(fields={name: [f"One of: {', '.join(allowed)}."]})
    return text


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        moment = parse_datetime(text)
        if moment and moment.tzinfo:
            return moment.astimezone(UTC)  # some offsets lead out of the years there are
    except (ValueError, OverflowError):
        pass
    raise InvalidInput(fields={name: ["A time such as 2026-11-20T18:43:00Z."]})


def _plain(request: Request, name: str) -> str:
    text = request.query_params.get(name, "")
    if "\x00" in text or len(text) > 128:
        raise InvalidInput(fields={name: ["At most 128 characters."]})
    return text
