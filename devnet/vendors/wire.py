"""Requests and responses of a sandbox, and JSON whose numbers are written digit for digit."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]
_NUMBER = re.compile(r'"\\u0000([0-9.+\-E]+)\\u0000"')


@dataclass(frozen=True)
class Request:
    """What came in; header names in small letters, of a repeated query parameter the last value."""

    method: str
    path: str
    raw_query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))

    def json(self) -> Json:
        """Return the body as an object; anything else counts as an empty one."""
        try:
            data = json.loads(self.body, parse_float=Decimal)
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(errors="replace")))


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def answer_json(status: int, data: Any) -> Response:
    return Response(status, encode(data), {"Content-Type": "application/json; charset=utf-8"})


def answer_page(status: int, html: str) -> Response:
    return Response(status, html.encode(), {"Content-Type": "text/html; charset=utf-8"})


def see_other(url: str) -> Response:
    return Response(303, b"", {"Location": url})


def encode(data: Any) -> bytes:
    """Return JSON in which a Decimal is the number it is: 0.10 stays 0.10."""
    text = json.dumps(data, default=_mark, separators=(",", ":"))
    return _NUMBER.sub(r"\1", text).encode()


def timestamp(at: datetime) -> str:
    """Return a time as JavaScript writes it: 2026-11-20T12:00:00.000Z."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _mark(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"\0{value:f}\0"
    raise TypeError(f"not JSON: {value!r}")
