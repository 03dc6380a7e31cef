"""How every adapter speaks HTTP: in time, bounded, its failures classed, and each exchange noted without secrets."""

import json as json_library
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from kit.http import Answer, CallFailed, HttpClient
from kit.nesting import is_too_deep
from providers.adapters.redaction import redact
from providers.base import Access
from providers.errors import ProviderUnavailable

CONNECT_SECONDS = 3.0
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
MOST_EXCHANGES = 20
"""Exchanges noted of one call; an adapter that needs more of them shows its first."""

MOST_NOTED_BYTES = 64 * 1024
"""Noted of one call, as JSON. What was said beyond it is left out: the call log grows with what companies send."""

KIND_OF_STATUS = {
    401: "forbidden",
    402: "quota",
    403: "forbidden",
    408: "timeout",
    429: "rate_limited",
}
"""Statuses by which a provider says that it does not serve us now, whatever was asked."""

TOO_LARGE = "[too large to be kept]"
_SAID = ("query", "sent", "answer")

_exchanges: ContextVar[list[dict[str, Any]] | None] = ContextVar("provider_exchanges", default=None)


@dataclass(frozen=True)
class VendorAnswer:
    """
    What the vendor said, whatever it means; `data` is the JSON of it with exact numbers, or None.

    Header names are in lower case.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    raw: bytes = field(repr=False)
    data: Any = field(repr=False)


@contextmanager
def noting_exchanges() -> Iterator[list[dict[str, Any]]]:
    """Collect what this thread's clients exchange from now on, redacted and ready to be stored."""
    notes: list[dict[str, Any]] = []
    token = _exchanges.set(notes)
    try:
        yield notes
    finally:
        _exchanges.reset(token)


class VendorClient:
    """One vendor's base URL and how long to wait for it. May be shared by threads."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._secrets = [value for name, value in access.secrets.items() if not name.endswith("_url")]
        self._http = HttpClient(
            access.base_url.rstrip("/"),
            connect_seconds=min(CONNECT_SECONDS, access.timeout_seconds),
            read_seconds=access.timeout_seconds,
            largest_bytes=LARGEST_ANSWER_BYTES,
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> VendorAnswer:
        """
        Ask the vendor and return its answer, also one by which it refuses: that is for the adapter to read.

        Nothing is repeated. `json` may hold Decimals: they are written as numbers, digit by digit.

        :raises ProviderUnavailable: if there is no answer, or one that says nothing about what was asked
        """
        body, content_type = _body(json, form)
        sent = {**({"Content-Type": content_type} if content_type else {}), **(headers or {})}
        target = path + (f"?{urlencode(query, doseq=True)}" if query else "")
        note: dict[str, Any] = {"method": method, "path": path, "query": dict(query or {}), "sent": json or form}
        started = time.perf_counter()
        try:
            answer = self._http.request(method, target, body=body, headers={"Accept": "application/json", **sent})
        except CallFailed as error:
            self._keep(note, started, failed=error.kind, has_left=error.has_left)
            kind = "broken" if error.kind == "too_large" else error.kind
            raise ProviderUnavailable(kind=kind, has_left=error.has_left) from None
        data = _read(answer)
        self._keep(note, started, status=answer.status, answer=answer.body if data is None else data)
        _check(answer, data)
        return VendorAnswer(answer.status, answer.headers, answer.body, data)

    def _keep(self, note: dict[str, Any], started: float, **outcome: Any) -> None:
        notes = _exchanges.get()
        if notes is None or len(notes) >= MOST_EXCHANGES:
            return
        said = outcome.get("answer")
        if isinstance(said, bytes):
            outcome["answer"] = said.decode("utf-8", "replace")
        milliseconds = round((time.perf_counter() - started) * 1_000)
        noted = redact({**note, **outcome, "milliseconds": milliseconds}, secrets=self._secrets)
        room = MOST_NOTED_BYTES - _size(notes)
        if _size([noted]) > room:
            noted = {name: TOO_LARGE if name in _SAID and part else part for name, part in noted.items()}
        if _size([noted]) <= room:
            notes.append(noted)


def _size(notes: list[dict[str, Any]]) -> int:
    """Return how many bytes these take as JSON, their separators included."""
    return sum(len(json_library.dumps(each)) + 2 for each in notes)


def _body(json: Any, form: Mapping[str, Any] | None) -> tuple[bytes | None, str]:
    assert json is None or form is None, "a request has one body"
    if form is not None:
        return urlencode(form, doseq=True).encode(), "application/x-www-form-urlencoded"
    if json is None:
        return None, ""
    return _write(json).encode(), "application/json"


def _write(value: Any) -> str:
    """Return the value as JSON; a Decimal becomes a number with its very digits, never a binary fraction."""
    if isinstance(value, Decimal):
        assert value.is_finite(), "a vendor is told finite amounts"
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json_library.dumps(str(name))}:{_write(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_write, value)) + "]"
    return json_library.dumps(value)


def _read(answer: Answer) -> Any:
    if is_too_deep(answer.body):
        return None
    try:
        return json_library.loads(answer.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def _check(answer: Answer, data: Any) -> None:
    """
    Pass in silence if the answer is about what was asked.

    :raises ProviderUnavailable: if it is not
    """
    if answer.status in KIND_OF_STATUS:
        kind = KIND_OF_STATUS[answer.status]
        raise ProviderUnavailable(kind=kind, has_left=kind == "timeout")
    if answer.status >= 500:
        raise ProviderUnavailable(kind="server", has_left=True)
    if 200 <= answer.status < 300 and data is None and answer.body.strip():
        raise ProviderUnavailable(kind="broken", has_left=True)
    if 300 <= answer.status < 400 or answer.status < 200:  # redirects are not followed: they lead elsewhere
        raise ProviderUnavailable(kind="broken", has_left=True)
