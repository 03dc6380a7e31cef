"""Reading what REST callers send."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """JSON that means one thing: no nesting without end, no half characters."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            parsed: dict[str, Any] = super().parse(stream, media_type, parser_context)
            refuse_half_characters(parsed)
        except (RecursionError, UnicodeEncodeError) as error:
            raise ParseError from error
        return parsed


def refuse_half_characters(value: Any) -> None:
    """
    Pass in silence unless a text holds half of a surrogate pair, which neither PostgreSQL nor an answer can hold.

    :raises UnicodeEncodeError: if one does
    """
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_half_characters(key)
            refuse_half_characters(item)
    elif isinstance(value, list):
        for item in value:
            refuse_half_characters(item)
