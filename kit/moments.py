"""Moments as people and programs write them in a query string."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

from kit.errors import InvalidInput


def read_moment(values: Mapping[str, str], name: str) -> datetime | None:
    """
    Return the moment that stands under a name, in UTC; None if nothing stands there.

    :raises InvalidInput: naming it, if it is no moment with its zone, or out of the years there are
    """
    text = str(values.get(name) or "")
    if not text:
        return None
    try:
        moment = parse_datetime(text)
        if moment and moment.tzinfo:
            return moment.astimezone(UTC)  # some offsets lead out of the years there are
    except (ValueError, OverflowError):
        pass  # refused below, as everything is that is no moment
    raise InvalidInput(fields={name: ["A time such as 2026-11-20T18:43:00Z."]})
