"""Read masks: of a message only what was asked for, as the network answers."""

from collections.abc import Iterable
from typing import Any


def masked(message: Any, paths: Iterable[str]) -> Any:
    """Return a message of the same kind with these fields alone; repeated ones are masked one by one."""
    made = type(message)()
    wanted: dict[str, list[str]] = {}
    for path in paths:
        name, _, rest = path.partition(".")
        wanted.setdefault(name, [])
        if rest:
            wanted[name].append(rest)
    for described, value in message.ListFields():
        if described.name not in wanted:
            continue
        inner = wanted[described.name]
        if described.message_type is None:
            _set(made, described, value)
        elif described.is_repeated:
            for each in value:
                getattr(made, described.name).add().CopyFrom(masked(each, inner) if inner else each)
        else:
            getattr(made, described.name).CopyFrom(masked(value, inner) if inner else value)
    return made


def _set(made: Any, described: Any, value: Any) -> None:
    if described.is_repeated:
        getattr(made, described.name).extend(value)
    else:
        setattr(made, described.name, value)
