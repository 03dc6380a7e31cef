"""The buses there are, and who listens."""

from collections.abc import Mapping
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from events.base import Bus, Consumer
from kit.registry import Registry

BUSES: Registry[Bus] = Registry(
    "bus",
    {
        "postgresql": "events.adapters.postgresql.PostgresqlBus",
        "nats": "events.adapters.nats.NatsBus",
    },
)


def bus() -> Bus:
    """
    Return the bus that the settings choose.

    :raises LookupError: if there is none of that name
    """
    return BUSES.get(settings.EVENTS_BUS)()


def consumers() -> list[Consumer]:
    """Return everybody who listens, as settings.EVENT_CONSUMERS says: a name, and where its Consumer stands."""
    return [consumer_named(name) for name in sorted(settings.EVENT_CONSUMERS)]


def consumer_named(name: str) -> Consumer:
    """
    Return the consumer of this name.

    :raises LookupError: if there is none
    """
    places: Mapping[str, str] = settings.EVENT_CONSUMERS
    if name not in places:
        raise LookupError(f"no consumer named {name!r}; there are {sorted(places)}")
    found = cast(Consumer, import_string(places[name]))
    assert found.name == name, f"the consumer at {places[name]} is named {found.name!r}, not {name!r}"
    return found
