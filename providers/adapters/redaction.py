"""What may be kept of an exchange with an outside company: neither our secrets nor whom it is about."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

HIDDEN = "[hidden]"
LONGEST_TEXT = 4_000
"""Characters kept of one text; the rest is cut off."""

_CUT_BEFORE = 2 * LONGEST_TEXT
"""Beyond this nothing is searched: patterns over whatever a company may send must come to an end."""

_LONGEST_REST = 512
"""Characters given up at a cut, lest half a secret stay."""

MOST_ITEMS = 50
"""Items kept of one list, and keys of one object."""

SHORTEST_SECRET = 6
"""Shorter values are not searched for in every text: they would hide ordinary words."""

_DEEPEST = 12
_HIDDEN_NAME = re.compile(
    r"passw|secret|token|authoriz|cookie|credential|private|api[-_]?key|pro_api|access[-_]?(key|sig)|signature|session[-_]?id"
    r"|e-?mail|phone|first[-_]?name|last[-_]?name|full[-_]?name|birth|iban|card[-_]?number|\bcvc\b|\bjwt\b"
    r"|^to$|^body$",  # of a message: whom it goes to, and what it says
    re.IGNORECASE,
)
_IN_QUERY = re.compile(
    r"(?i)([?&;][\w.%-]{0,64}(?:passw|secret|token|api[-_]?key|signature|session|e-?mail|phone|name|jwt)[\w.%-]{0,64}=)"
    r"[^&#\s\"'<>]+"
)
_SHAPES = [
    (re.compile(r"(?i)\b(bearer|basic|api-key)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\beyJ[\w-]{6,512}\.[\w-]+\.?[\w-]*"), HIDDEN),  # a JSON web token
    (re.compile(r"\b[ps]k_(?:live|test)_\w+"), HIDDEN),
    (re.compile(r"(?<![\w.+-])[\w.+-]++(?:@|%40)[\w-]+(?:\.[\w-]+)+"), HIDDEN),  # an e-mail address
    (re.compile(r"(?<=://)[^/\s@'\"]+(?=@)"), HIDDEN),  # credentials in a URL
    (re.compile(r"(?<![\w+-])\+[1-9]\d{7,14}\b"), HIDDEN),  # a telephone number
]


def redact(value: Any, *, secrets: Iterable[str] = ()) -> Any:
    """Return the value as JSON can hold it, bounded, without secrets by name, by shape or by being one of these."""
    return _Redaction(secrets).of(value, depth=0)


class _Redaction:
    def __init__(self, secrets: Iterable[str]) -> None:
        long = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
        forms = long | {quote(secret, safe="") for secret in long} | {json.dumps(secret)[1:-1] for secret in long}
        self._forms = sorted(forms, key=len, reverse=True)

    def of(self, value: Any, *, depth: int) -> Any:
        if isinstance(value, dict):
            return self._of_object(value, depth=depth)
        if isinstance(value, list | tuple):
            if depth > _DEEPEST:
                return "[too deep]"
            kept = [self.of(item, depth=depth + 1) for item in value[:MOST_ITEMS]]
            return [*kept, f"[and {len(value) - MOST_ITEMS} more]"] if len(value) > MOST_ITEMS else kept
        if value is None or isinstance(value, bool | int):
            return value
        return self._of_text(str(value))

    def _of_object(self, value: dict[Any, Any], *, depth: int) -> Any:
        if depth > _DEEPEST:
            return "[too deep]"
        return {
            self._of_text(str(name)): HIDDEN
            if _HIDDEN_NAME.search(str(name)) and part not in (None, "", [], {})
            else self.of(part, depth=depth + 1)
            for name, part in list(value.items())[:MOST_ITEMS]
        }

    def _of_text(self, text: str) -> str:
        whole, text = len(text), text[:_CUT_BEFORE]
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        text = _IN_QUERY.sub(rf"\1{HIDDEN}", text)
        for shape, words in _SHAPES:
            text = shape.sub(words, text)
        text = text.replace("\x00", "").encode("utf-8", "replace").decode()  # PostgreSQL's jsonb holds no such thing
        if whole > _CUT_BEFORE:
            text = text[:-_LONGEST_REST]
        elif len(text) <= LONGEST_TEXT:
            return text
        kept = text[:LONGEST_TEXT]
        return f"{kept} [and {max(whole, len(text)) - len(kept)} more]"
