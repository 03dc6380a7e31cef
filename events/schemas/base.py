"""What an event of a type looks like. Data only; nothing is imported from whoever records it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


def _is_minor(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?\d+", value) is not None


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_integer(value: Any) -> bool:
    return type(value) is int


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _all(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, (list, tuple)) and all(check(each) for each in value)


KINDS: dict[str, Callable[[Any], bool]] = {
    "text": _is_text,
    "integer": _is_integer,
    "boolean": lambda value: type(value) is bool,
    "minor": _is_minor,
    "time": _is_time,
    "object": lambda value: isinstance(value, Mapping),
    "texts": _all(_is_text),
    "integers": _all(_is_integer),
    "objects": _all(lambda each: isinstance(each, Mapping)),
    "any": lambda _: True,
}
"""What a field may hold: `minor` is whole minor units in text, `time` is ISO 8601 with its zone."""


class Recorded(Protocol):
    """What of an event its schema speaks of: an outbox row has it."""

    type: str
    category: str
    name: str
    subject: str
    live_type: str
    data: Any


@dataclass(frozen=True)
class Schema:
    """
    One type of event in one version. `data` maps each field to its kind.

    A field "name?" may be missing; a kind "text|null" may be null. `type` may hold one * for what differs (an asset).
    `names` are the categories and names it is recorded under (none: unnamed), `live` the feed messages it may carry.
    """

    type: str
    subject: str
    about: str
    data: Mapping[str, str] = field(default_factory=dict)
    names: tuple[tuple[str, str], ...] = ()
    live: tuple[str, ...] = ()
    version: int = 1

    @property
    def context(self) -> str:
        """Return the app whose story it tells: its stream on a bus with one for each."""
        return self.subject.partition(".")[0]

    def fits(self, type: str) -> bool:
        """Tell whether this is the schema of that type."""
        before, star, after = self.type.partition("*")
        if not star:
            return type == self.type
        return len(type) > len(before + after) and type.startswith(before) and type.endswith(after)

    def mistakes(self, event: Recorded) -> list[str]:
        """Return in words where an event differs from its schema; none: it fits."""
        found = []
        if event.subject.partition(":")[0] != self.subject:
            found.append(f"its subject is {event.subject.partition(':')[0]}, not {self.subject}")
        if not self._is_named(event):
            found.append(f"it is named {event.category} {event.name!r}, not one of {self.names or 'none'}")
        if event.live_type and event.live_type not in self.live:
            found.append(f"it is shown as {event.live_type}, not as one of {self.live or 'none'}")
        return found + self._wrong_fields(event.data)

    def _is_named(self, event: Recorded) -> bool:
        if not event.category:
            return not self.names and not event.name
        middle = event.type[self.type.index("*") :] if "*" in self.type else ""
        middle = middle.removesuffix(self.type.partition("*")[2])
        return any((event.category, event.name) == (kind, name.replace("*", middle)) for kind, name in self.names)

    def _wrong_fields(self, data: Mapping[str, Any]) -> list[str]:
        known = {name.removesuffix("?"): name for name in self.data}
        found = [f"it has a field {name}, which is not described" for name in data if name not in known]
        for name, described in known.items():
            kind, _, null = self.data[described].partition("|")
            if name not in data:
                if described == name:
                    found.append(f"it lacks {name}")
            elif not (KINDS[kind](data[name]) or (null == "null" and data[name] is None)):
                found.append(f"its {name} is {data[name]!r}, not {self.data[described]}")
        return found
