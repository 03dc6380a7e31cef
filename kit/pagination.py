"""Lists in pages that stay put while rows are added: keyset pagination."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from kit.errors import InvalidInput

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself imports this file, by its settings

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200


@runtime_checkable
class Listing(Protocol):
    """A list that cuts itself into pages, by the id of the row to go on from; for lists that no one query gives."""

    def page(self, *, limit: int, after: str = "", before: str = "") -> list[Any]:
        """Return the first rows, or those that follow `after`, or those right above `before`; latest first."""


class KeysetPagination(BasePagination):
    """
    `?cursor=&limit=` (at most 200) over `ordering`, the latest first: {"results", "next", "previous"}.

    `ordering` must end in a unique column; a view may set its own. A cursor says after (or
    before) which row to go on, so no row is shown twice or left out when others are added. It
    is neither signed nor secret: it only ever narrows the caller's own list.
    """

    ordering: Sequence[str] = ("-created_at", "-id")

    def paginate_queryset(  # type: ignore[override]  # a list already read cannot be asked for less
        self, queryset: QuerySet[Any] | Listing, request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        self.request = request
        self.keys = [key.lstrip("-") for key in getattr(view, "keyset_ordering", self.ordering)]
        limit = read_limit(request.query_params.get("limit"))
        is_backward, position = self._read_cursor(request.query_params.get("cursor"))
        if isinstance(queryset, Listing):
            rows = _cut(queryset, position, limit=limit + 1, backward=is_backward)
        else:
            if position:
                queryset = _narrow(queryset, _beyond(self.keys, position, backward=is_backward))
            signs = "" if is_backward else "-"
            rows = list(queryset.order_by(*[signs + key for key in self.keys])[: limit + 1])
            if is_backward:
                rows.reverse()
        has_more = len(rows) > limit
        rows = rows[has_more:] if is_backward else rows[:limit]
        self.has_next = bool(rows) and (is_backward or has_more)
        self.has_previous = bool(rows) and (has_more if is_backward else position is not None)
        self.rows = rows
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        following = self._link("n", self.rows[-1]) if self.has_next else None
        previous = self._link("p", self.rows[0]) if self.has_previous else None
        return Response({"results": data, "next": following, "previous": previous})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
        return [
            {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "From next or previous."},
            {"name": "limit", "in": "query", "schema": limit},
        ]

    def _read_cursor(self, text: str | None) -> tuple[bool, list[Any] | None]:
        if not text:
            return False, None
        direction, values = decode_cursor(text, length=len(self.keys))
        return direction == "p", values

    def _link(self, direction: str, row: Any) -> str:
        values = [row[key] if isinstance(row, dict) else getattr(row, key) for key in self.keys]
        url = remove_query_param(self.request.build_absolute_uri(), "cursor")
        return str(replace_query_param(url, "cursor", encode_cursor(direction, values)))


def encode_cursor(direction: str, values: Sequence[Any]) -> str:
    """Return the text of a cursor: which way ("n" or "p"), and the key of the row to go on from."""
    plain = [{"t": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps([direction, *plain]).encode()).rstrip(b"=").decode()


def decode_cursor(text: str, *, length: int) -> tuple[str, list[Any]]:
    """
    Return what encode_cursor was given.

    :raises InvalidInput: if the text is no cursor with `length` values
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        direction, *values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        restored = [_restore(value) for value in values]
    except (ValueError, TypeError, KeyError, OverflowError, binascii.Error, RecursionError):
        raise _bad_cursor() from None
    if direction not in ("n", "p") or len(restored) != length:
        raise _bad_cursor()
    return direction, restored


def read_limit(text: str | None) -> int:
    """
    Return the page size asked for.

    :raises InvalidInput: if it is not a whole number from 1 to 200
    """
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= LARGEST_LIMIT):
        raise InvalidInput(fields={"limit": [f"A whole number from 1 to {LARGEST_LIMIT}."]})
    return int(text)


def _beyond(keys: Sequence[str], position: Sequence[Any], *, backward: bool) -> Q:
    """Return the rows after the position, in order: first key smaller, or equal and the next smaller, and so on."""
    comparison = "gt" if backward else "lt"
    condition = Q(**{f"{keys[-1]}__{comparison}": position[-1]})
    for key, value in reversed(list(zip(keys[:-1], position[:-1], strict=True))):
        condition = Q(**{f"{key}__{comparison}": value}) | Q(**{key: value}) & condition
    return condition


def _cut(listing: Listing, position: Sequence[Any] | None, *, limit: int, backward: bool) -> list[Any]:
    """Return one page of a list that cuts itself; its cursor is the id that it goes on from."""
    place = position[-1] if position else ""
    if not isinstance(place, str):
        raise _bad_cursor()
    return listing.page(limit=limit, before=place) if backward else listing.page(limit=limit, after=place)


def _narrow(queryset: QuerySet[Any], condition: Q) -> QuerySet[Any]:
    try:
        return queryset.filter(condition)
    except (ValidationError, TypeError, ValueError):  # a time where a text belongs, or the other way round
        raise _bad_cursor() from None


def _restore(value: Any) -> str | int | datetime:
    if isinstance(value, dict):
        moment = datetime.fromisoformat(value["t"])
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment.astimezone(UTC)
    if isinstance(value, str) and "\x00" not in value and len(value) <= 128:
        value.encode()  # half of a surrogate pair cannot be
        return value
    if type(value) is int and 0 <= value < 2**63:
        return value
    raise ValueError(value)


def _bad_cursor() -> InvalidInput:
    return InvalidInput("The cursor cannot be read.", fields={"cursor": ["Take it unchanged from next or previous."]})
