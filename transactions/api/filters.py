"""What a list of transactions can be narrowed by, read from a query string."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from kit.clients import caller_id
from kit.errors import InvalidInput
from kit.moments import read_moment
from transactions.models import Status, Transaction
from transactions.queries.listing import AMOUNT, History, Narrowing

TYPES = tuple(
    each.value
    for each in (
        *(Transaction.Type.DEPOSIT, Transaction.Type.SEND, Transaction.Type.TRANSFER),
        *(Transaction.Type.REFUND, Transaction.Type.ON_RAMP),
    )
)
"""What a person can have; sweeps and top-ups are the platform's own."""

DIRECTIONS = ("in", "out")
FILTERS = [
    OpenApiParameter("type", str, enum=TYPES),
    OpenApiParameter("status", str, enum=Status.values),
    OpenApiParameter("asset", str),
    OpenApiParameter("network", str),
    OpenApiParameter("wallet_id", str),
    OpenApiParameter("direction", str, enum=DIRECTIONS),
    OpenApiParameter("from", OpenApiTypes.DATETIME, description="Created then or later."),
    OpenApiParameter("to", OpenApiTypes.DATETIME, description="Created before then."),
    OpenApiParameter("min_amount", str, description="At least so much, in the unit of each one's asset."),
    OpenApiParameter("max_amount", str, description="At most so much, in the unit of each one's asset."),
    OpenApiParameter(
        "q",
        str,
        description="A whole id, txid, address or e-mail address, or how words of the memo begin.",
    ),
]


def wanted(request: Request) -> Any:
    """
    Return the list (History) of those of the caller's transactions that the query string asks for.

    :raises InvalidInput: naming the filter that means nothing
    """
    return History(caller_id(request), read(request.query_params))


def read(values: Mapping[str, str]) -> Narrowing:
    """
    Return what these filters ask for, by the names they have in an address.

    :raises InvalidInput: naming the filter that means nothing
    """
    types, statuses = choice(values, "type", TYPES), choice(values, "status", Status.values)
    return Narrowing(
        types=(types,) if types else (),
        statuses=(statuses,) if statuses else (),
        asset=_plain(values, "asset"),
        network=_plain(values, "network"),
        wallet=_plain(values, "wallet_id"),
        direction=choice(values, "direction", DIRECTIONS),
        since=read_moment(values, "from"),
        until=read_moment(values, "to"),
        least=_amount(values, "min_amount"),
        most=_amount(values, "max_amount"),
        text=_plain(values, "q").strip(),
    )


def choice(values: Mapping[str, str], name: str, allowed: Collection[str]) -> str:
    """
    Return one of the allowed values, or "" where none is asked for.

    :raises InvalidInput: if it is another; says which are allowed
    """
    text = str(values.get(name) or "")
    if text and text not in allowed:
        raise InvalidInput(fields={name: [f"One of: {', '.join(allowed)}."]})
    return text


def _amount(values: Mapping[str, str], name: str) -> Decimal | None:
    text = str(values.get(name) or "")
    if not text:
        return None
    if not AMOUNT.fullmatch(text):
        raise InvalidInput(fields={name: ["A decimal such as 0.015."]})
    return Decimal(text)


def _plain(values: Mapping[str, str], name: str) -> str:
    text = str(values.get(name) or "")
    if "\x00" in text or len(text) > 128:
        raise InvalidInput(fields={name: ["At most 128 characters."]})
    return text
