"""The page that lists every event: docs/events.md."""

from collections.abc import Iterator

from events.schemas import ALL
from events.schemas.base import Schema

HEAD = """# Events

Drawn from the code by `python manage.py draw_events`; a test fails where this page and the code differ.

What happens is written down once, in the transaction in which it happens, as a row of `events_event`; everyone who
has to know reads it from there, or from a bus, in one order. The schemas stand in `events/schemas/`; the tests hold
every event that the product records against them. How to listen: [architecture](architecture.md#events-and-the-bus).

Every event has an `id`, a `type`, the `version` of its type's schema, a `subject` (`app.model:key`: what it happened
to), an `actor` (a person's id, `system`, `anonymous`), a `user_id` (whose business it is; empty: nobody's), `data`, a
`request_id` and `happened_at`. Some have a name in the architecture, with its category: a **command** is what
somebody wants, a **domain** event what came of it, an **integration** event what passed between us and an outside
company. The others are facts without one. Where a feed message is named, the event is shown to its owner's WebSocket
as that, too.

In `data`, `minor` is a whole number of minor units in text, `time` is ISO 8601 with its zone, `name?` may be missing
and `or null` may be null. A * in a type stands for an asset.

No event holds anybody's e-mail address, nor what people write to one another: people stand in them by their ids. What
the feed shows its owner beyond that is kept in the feed alone. (Version 1 of `transaction.*` did hold addresses.)

A field that may be missing can be added to a version. Whatever else changes is a new version beside the old one,
which stays: events are kept for ever.
"""


def draw() -> str:
    """Return the page, one section for each app's stream."""
    contexts = sorted({schema.context for schema in ALL})
    return "\n".join([HEAD, *(line for context in contexts for line in _section(context))])


def _section(context: str) -> Iterator[str]:
    yield f"## {context}\n"
    yield "| Type | Version | Subject | What happened | Name | Feed | Data |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    found = [schema for schema in ALL if schema.context == context]
    for schema in sorted(found, key=lambda schema: (schema.type, schema.version)):
        yield _row(schema)
    yield ""


def _row(schema: Schema) -> str:
    names = "<br>".join(f"{category} `{name}`" for category, name in schema.names)
    live = "<br>".join(f"`{each}`" for each in schema.live)
    data = "<br>".join(f"`{name}`: {kind.replace('|', ' or ')}" for name, kind in schema.data.items())
    cells = [f"`{schema.type}`", str(schema.version), f"`{schema.subject}`", schema.about, names, live, data]
    return f"| {' | '.join(cells)} |"
