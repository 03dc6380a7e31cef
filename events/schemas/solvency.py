"""Proofs that what is held covers what is owed, and what happens where it does not."""

from events.schemas.base import Schema

HALT = {"asset": "text", "reason": "text", "missing_minor": "minor"}
MOVED = {"from": "text", "to": "text"}

SEEN = {
    "severity": "text",
    "asset": "text",
    "liabilities_minor": "minor",
    "missing_minor": "minor",
    "reason": "text",
}

SCHEMAS = (
    Schema(
        "snapshot.published",
        "solvency.snapshot",
        "A proof of solvency was published; the digest of its file of roots, and each asset's root.",
        MOVED | {"sha256": "text", "roots": "object"},
    ),
    Schema(
        "snapshot.abandoned",
        "solvency.snapshot",
        "A proof of solvency could not be made.",
        MOVED | {"severity": "text", "reason": "text"},
    ),
    Schema("reading.covered", "solvency.reading", "What is there covers what is owed again.", SEEN),
    Schema("reading.short", "solvency.reading", "Less is there than is owed, as of one reading.", SEEN),
    Schema("reading.unknown", "solvency.reading", "The nodes cannot say what is there, or not the same.", SEEN),
    Schema(
        "sendhalt.halted",
        "transactions.sendhalt",
        "Sends of an asset stop; with from and to: a wish to let them go on was turned down or taken back.",
        {"severity?": "text", "from?": "text", "to?": "text"} | HALT,
    ),
    Schema("sendhalt.resume_wanted", "transactions.sendhalt", "An operator wants sends to go on.", MOVED | HALT),
    Schema("sendhalt.resumed", "transactions.sendhalt", "A second person agreed: sends go on.", MOVED | HALT),
)
