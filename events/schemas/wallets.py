"""What people hold."""

from events.schemas.base import Schema

RESERVED = {"wallet_id": "text", "kind": "text", "purpose": "text", "transaction_id": "text", "parts": "objects"}
"""A reservation and its parts: name, asset, minor and settled of each."""

ENDED = {"from": "text", "to": "text", "reason": "text"} | RESERVED

SCHEMAS = (
    Schema("wallet.created", "wallets.wallet", "A person has a wallet on a network.", {"network": "text"}),
    Schema("payee.saved", "wallets.payee", "An address was saved.", {"network": "text", "address": "text"}),
    Schema("reservation.made", "wallets.reservation", "Money was set aside, or marked.", RESERVED),
    Schema("reservation.raised", "wallets.reservation", "More was set aside for one part.", RESERVED),
    Schema("reservation.converted", "wallets.reservation", "Marked money was set aside.", RESERVED),
    Schema(
        "reservation.part_released",
        "wallets.reservation",
        "What was left of one part went back.",
        RESERVED | {"reason": "text"},
    ),
    Schema("reservation.settled", "wallets.reservation", "It is over, and something was paid from it.", ENDED),
    Schema("reservation.released", "wallets.reservation", "It is over, and everything went back.", ENDED),
    Schema("reservation.expired", "wallets.reservation", "Its time was over; what was left went back.", ENDED),
)
