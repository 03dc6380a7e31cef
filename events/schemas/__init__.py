"""
Every event there is: its type, version, subject, names and data.

This is the language in which apps speak to whoever listens, so it stands in one place and not with each of them:
a consumer reads it without knowing who records. docs/events.md is drawn from it (manage.py draw_events), and the tests
hold everything that is recorded against it.

A field may be added that may be missing ("name?"). Anything else is a new version: a second Schema with the next
number, beside the old one, which stays as long as events of it are in the outbox. They are there for ever.
"""

from events.schemas import (
    accounts,
    networks,
    providers,
    reconciliation,
    records,
    solvency,
    telling,
    transactions,
    wallets,
)
from events.schemas.base import Recorded, Schema

ALL: tuple[Schema, ...] = (
    *accounts.SCHEMAS,
    *wallets.SCHEMAS,
    *transactions.SCHEMAS,
    *networks.SCHEMAS,
    *providers.SCHEMAS,
    *reconciliation.SCHEMAS,
    *telling.SCHEMAS,
    *solvency.SCHEMAS,
    *records.SCHEMAS,
)
OTHER = "other"
"""The context of what no schema describes, which the tests do not let happen."""

CONTEXTS = frozenset({schema.context for schema in ALL} | {OTHER})
_exact: dict[str, Schema] = {}
for _each in ALL:
    if "*" not in _each.type and _each.version >= _exact.get(_each.type, _each).version:
        _exact[_each.type] = _each
_families = tuple(schema for schema in ALL if "*" in schema.type)


def find(type: str) -> Schema | None:
    """Return the newest schema of this type of event, or None if there is none."""
    return _exact.get(type) or next((schema for schema in _families if schema.fits(type)), None)


def version_of(type: str) -> int:
    """Return the version in which events of this type are recorded today; 1 where no schema says otherwise."""
    schema = _exact.get(type)
    return schema.version if schema else 1


def check(event: Recorded) -> None:
    """
    Pass in silence if the event is as its schema says.

    :raises AssertionError: if there is no schema of its type, or it differs; in words
    """
    schema = find(event.type)
    assert schema, (
        f"There is no schema of {event.type}: describe it in events/schemas/, then run python manage.py draw_events."
    )
    mistakes = schema.mistakes(event)
    assert not mistakes, f"{event.type} is not as events/schemas/ says: {'; '.join(mistakes)}."
