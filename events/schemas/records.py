"""Files that people asked for, with what is theirs."""

from events.schemas.base import Schema

EXPORT = "transactions.export"
LIVE = ("export.updated",)
MOVED = {"from": "text", "to": "text"}

SCHEMAS = (
    Schema(
        "export.requested",
        EXPORT,
        "A person wants their transactions as a file; with what these are narrowed to, but for the words looked for.",
        {"form": "text", "wanted": "object", "is_searched?": "boolean"},
    ),
    Schema("export.writing", EXPORT, "A worker has begun to write it.", MOVED, live=LIVE),
    Schema("export.progressed", EXPORT, "Another tenth of it is written.", live=LIVE),
    Schema("export.ready", EXPORT, "It can be taken away.", MOVED, live=LIVE),
    Schema("export.failed", EXPORT, "It could not be written.", MOVED, live=LIVE),
    Schema("export.taken", EXPORT, "Its person has downloaded it."),
    Schema("export.deleted", EXPORT, "It was kept long enough, and its file is gone.", MOVED, live=LIVE),
    Schema(
        "statement.taken",
        "accounts.user",
        "A person has downloaded the statement of a month.",
        {"month": "text", "form": "text"},
    ),
    Schema(
        "statement.refused",
        "accounts.user",
        "A statement does not add up, and was not given: operators must look into the books.",
        {"month": "text", "account": "text", "asset": "text", "reason": "text"},
    ),
)
