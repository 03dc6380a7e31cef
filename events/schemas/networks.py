"""What networks do, and the keys to them."""

from events.schemas.base import Schema

LATE = {"network": "text", "height": "integer", "lag_blocks": "integer", "lag_seconds": "integer"}
"""Up to which block a network is read, and how many are missing."""

FAILED = {"network": "text", "height": "integer", "tries": "integer", "reason": "text"}
"""Which block it is, how often it was asked for, and what was wrong the last time."""

SCHEMAS = (
    Schema(
        "chains.rolled_back",
        "chains.cursor",
        "A chain went another way: what was read from its old blocks was taken back.",
        {"from_height": "integer", "from_hash": "text", "to_height": "integer", "to_hash": "text"},
    ),
    Schema(
        "chains.halted",
        "chains.cursor",
        "A network is not read any more until an operator says so.",
        {"reason": "text", "height": "integer", "hash": "text"},
    ),
    Schema(
        "chains.resumed",
        "chains.cursor",
        "An operator lets a network be read again.",
        {"from_height": "integer", "to_height": "integer", "reason": "text"},
    ),
    Schema(
        "chains.lagging",
        "chains.cursor",
        "A network is read late: so many blocks that nodes have are not read, which usually take so long.",
        LATE,
    ),
    Schema("chains.caught_up", "chains.cursor", "It is read as usual again.", LATE),
    Schema(
        "chains.block_failed",
        "chains.cursor",
        "A block could not be read again and again; nothing behind it counts until it is.",
        FAILED,
    ),
    Schema("chains.block_read", "chains.cursor", "It was read after all.", FAILED),
    Schema(
        "chains.send_found",
        "chains.foundsend",
        "After a restore a network has a transaction of ours that the books did not have.",
        {"network": "text", "txid": "text", "subject": "text"},
    ),
    Schema(
        "chains.compared",
        "chains.cursor",
        "After a restore an operator has compared what was sent with the network; it is read and signed for again.",
        {"found": "integer", "reason": "text"},
    ),
    Schema(
        "chains.endpoint_enabled",
        "chains.endpoint",
        "A node may be asked.",
        {"network": "text", "endpoint": "text"},
    ),
    Schema(
        "chains.endpoint_disabled",
        "chains.endpoint",
        "A node is not to be asked.",
        {"network": "text", "endpoint": "text"},
    ),
    Schema("vault.created", "custody.vault", "A network has keys.", {"network": "text"}),
    Schema(
        "vault.keys_skipped",
        "custody.vault",
        "After a restore keys were taken that may have been given out before: no address belongs to two people.",
        {"network": "text", "count": "integer", "occasion": "text"},
    ),
    Schema(
        "vault.rewrapped",
        "custody.vault",
        "Its keys are locked by a new version of the master key.",
        {"version": "integer"},
    ),
    Schema(
        "vault.versions_retired",
        "custody.vault",
        "Old versions of the master key were forgotten.",
        {"versions": "integers"},
    ),
)
