"""Proofs that what is held covers what is owed, and what happens where it does not."""

from events.schemas.base import Schema

HALT = {"asset": "text", "reason": "text", "missing_minor": "minor"}
MOVED = {"from": "text", "to": "text"}

SCHEMAS = (
    Schema(
        "sendhalt.halted",
        "transactions.sendhalt",
        "Sends of an asset stop; with from and to: a wish to let them go on was turned down or taken back.",
        {"severity?": "text", "from?": "text", "to?": "text"} | HALT,
    ),
    Schema("sendhalt.resume_wanted", "transactions.sendhalt", "An operator wants sends to go on.", MOVED | HALT),
    Schema("sendhalt.resumed", "transactions.sendhalt", "A second person agreed: sends go on.", MOVED | HALT),
)
