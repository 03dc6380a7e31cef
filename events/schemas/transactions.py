"""Movements of money, and what they consist of."""

from events.schemas.base import Schema

SHOWN = ("transaction.updated", "deposit.seen", "deposit.confirmed")
MOVEMENT_1 = {
    "type": "text",
    "network": "text|null",
    "asset": "text",
    "amount_minor": "minor",
    "wallet_id": "text|null",
    "to_address": "text",
    "txid": "text",
    "confirmations": "integer",
    "sub_status": "text",
    "failure_code": "text",
}
"""A movement as it was then; between people here, `to_address` is how the sender named the recipient."""

MOVEMENT = MOVEMENT_1 | {
    "recipient_user_id": "text",
    "fee_asset": "text",
    "fee_minor": "minor|null",
    "provider": "text",
}
"""
From version 2 on: `to_address` is an address on a network, empty between people here; whom such a movement goes to says
`recipient_user_id`. `fee_minor` of `fee_asset` is null until the network's fee is known.
"""

RESCAN = {
    "network": "text",
    "txid": "text",
    "address": "text",
    "first_height": "integer",
    "last_height": "integer",
    "reason": "text",
}
"""Which blocks, on account of what, and why."""

MOVED = {"from": "text", "to": "text"}
"""The statuses it left and came to."""

STATUSES = {
    "initiated": ("TransactionInitiated", "It was asked for, or seen on a network."),
    "balance_reserved": ("BalanceReserved", "Its money is set aside."),
    "provider_selected": ("ProviderSelected", "Who carries it out is chosen."),
    "provider_processing": ("ProviderProcessing", "Whoever was chosen is at work."),
    "provider_failover": ("ProviderFailedOver", "Whoever was chosen gave up; another is looked for."),
    "blockchain_pending": ("BlockchainTransactionBroadcast", "It is on its way through a network."),
    "blockchain_confirmed": ("TransactionConfirmed", "It is deep enough in the chain."),
    "balance_updated": ("BalanceUpdated", "The ledger has it."),
    "compensating": ("CompensationStarted", "It cannot be done: what was done is taken back."),
    "completed": ("TransactionCompleted", "It is done."),
    "failed": ("TransactionFailed", "It failed, and nothing of it is left."),
}
TOLD = {"type": "text", "network": "text|null", "provider": "text"}
"""What a step or a company did, of which movement."""

COMMANDS = {
    "InitiateDepositCommand": "Somebody wants to buy coins.",
    "InitiateSendCommand": "Somebody wants to send coins.",
    "InitiateTransferCommand": "Somebody wants to give money to another person here.",
    "InitiateSweepCommand": "Coins on a deposit address are to be brought to the treasury.",
    "InitiateAnchorCommand": "A checkpoint of the record is to be known to a network that nobody here can rewrite.",
    "InitiateBumpCommand": "Change of ours is to pay for the transaction that makes it, which waits on its network.",
    "InitiateOpeningCommand": "An asset of Stellar needs a trustline of our account.",
    "InitiateOverflowCommand": "The hot wallet holds more of an asset than it should.",
    "InitiateRefillCommand": "Coins signed for by the keys of a cold address are to come to the hot wallet.",
    "InitiateTopUpCommand": "A deposit address needs gas for its sweep.",
    "InitiateRefundCommand": "Money is to be given back.",
}
STEPS = {
    "RecipientValidated": "Recipient, amount and fee were checked.",
    "BalanceReservationReleased": "Money that was set aside went back.",
    "OnRampProviderSelected": "A company that sells coins was chosen.",
    "FiatPaymentConfirmed": "The company has the person's money.",
    "*ConversionCompleted": "The company bought the coins; the star is the asset.",
    "AvailableBalanceUpdated": "Bought coins are the person's, to spend.",
    "InvestedBalanceUpdated": "Bought coins are the person's, as an investment.",
}
OUTSIDE = {
    "OnRampPaymentRequested": "A company was asked to sell coins.",
    "ProviderResponseReceived": "A company answered, or rang through its webhook.",
    "BlockchainConfirmationReceived": "A network has it deep enough in a block.",
    "FiatPaymentRefunded": "The company gave the person's money back.",
}
REFILL = {
    "network": "text",
    "asset": "text",
    "amount_minor": "minor",
    "max_fee_minor": "minor",
    "from_address": "text",
    "to_address": "text",
    "reason": "text",
}
"""How much shall come from which cold address to the hot wallet, at what fee at most, and why; or why it is refused."""

REFILLS = {
    "seconded": "One person approved it; a second one has to.",
    "approved": "Two people approved it; the cold key has yet to sign.",
    "imported": "What the cold key signed was taken in, and is on its way.",
    "done": "It arrived in the hot wallet.",
    "failed": "It can never land, or the network refused it.",
    "refused": "A person turned it down, or took an approval back.",
}
WISH = {
    "intervention": "text",
    "kind": "text",
    "step": "text",
    "outcome": "text",
    "reason": "text",
    "transaction_id": "text",
    "wallet_id?": "text",
}

SCHEMAS = (
    *(
        Schema(
            f"transaction.{status}",
            "transactions.transaction",
            about,
            {"from?": "text", "to?": "text"} | movement,
            names=(("domain", name),),
            live=SHOWN,
            version=version,
        )
        for version, movement in enumerate((MOVEMENT_1, MOVEMENT), 1)
        for status, (name, about) in STATUSES.items()
    ),
    *(
        Schema(
            "transaction.progressed",
            "transactions.transaction",
            "It came nearer to its end without another status: a confirmation more.",
            movement,
            live=SHOWN,
            version=version,
        )
        for version, movement in enumerate((MOVEMENT_1, MOVEMENT), 1)
    ),
    *(
        Schema(f"flow.{name}", "transactions.transaction", about, TOLD, names=((category, name),))
        for category, told in (("command", COMMANDS), ("domain", STEPS), ("integration", OUTSIDE))
        for name, about in told.items()
    ),
    Schema(
        "transfer.received",
        "transactions.transaction",
        "Another person here sent money; the event is the recipient's.",
        live=("transaction.updated",),
    ),
    Schema(
        "preview.shown",
        "wallets.wallet",
        "A person was shown what a movement would cost, or what is offered for it; whether they go on is not said.",
        {"type": "text", "network": "text", "asset": "text"},
    ),
    Schema(
        "balance.updated",
        "wallets.wallet",
        "A balance is another one; shown to its owner.",
        live=("balance.updated",),
    ),
    Schema(
        "intervention.wanted",
        "transactions.intervention",
        "An operator wants to step in.",
        WISH,
        names=(
            ("command", "RetryTransactionCommand"),
            ("command", "CompensateTransactionCommand"),
            ("command", "ForceTransactionStepCommand"),
            ("command", "AssignDepositCommand"),
        ),
    ),
    Schema(
        "intervention.carried_out",
        "transactions.intervention",
        "It was done.",
        MOVED | WISH,
        names=(("domain", "ManualInterventionCarriedOut"),),
    ),
    Schema(
        "intervention.refused",
        "transactions.intervention",
        "It was refused or taken back.",
        MOVED | WISH,
        names=(("domain", "ManualInterventionRefused"),),
    ),
    *(
        Schema(
            f"broadcast.{outcome}",
            "transactions.attempt",
            f"Signed bytes were handed to the nodes: {words}.",
            {"transaction_id": "text", "txid": "text", "code": "text"},
        )
        for outcome, words in (("succeeded", "taken"), ("failed", "refused"), ("unknown", "nobody knows"))
    ),
    Schema(
        "attempt.landed",
        "transactions.attempt",
        "It is in a block, deep enough to be settled.",
        MOVED | {"block": "text|null"},
    ),
    Schema(
        "attempt.found",
        "transactions.attempt",
        "After a restore a network has what was signed in place of another attempt, and the books did not have.",
        {"transaction_id": "text", "txid": "text", "cancels": "boolean"},
    ),
    Schema("attempt.final", "transactions.attempt", "No reorganisation can take it out any more.", MOVED),
    Schema("attempt.dead", "transactions.attempt", "It is proved that it can never land.", MOVED),
    Schema("deposit.confirmed", "transactions.deposit", "It was credited.", MOVED),
    Schema(
        "deposit.seen",
        "transactions.deposit",
        "It was credited, and its block is gone; or it was lost, and came back.",
        MOVED | {"owed_minor?": "minor"},
    ),
    Schema("deposit.final", "transactions.deposit", "It was credited for good.", MOVED),
    Schema("deposit.lost", "transactions.deposit", "It was replaced or dropped.", MOVED),
    Schema(
        "deposit.contradicted",
        "transactions.deposit",
        "A node had told lies about it, or its block says otherwise.",
        {
            "severity": "text",
            "amount_minor": "minor",
            "block_amount_minor": "minor",
            "block_address": "text",
            "was_set_right": "boolean",
        },
    ),
    Schema(
        "coin.spent_by_stranger",
        "transactions.coin",
        "Something that we did not sign spent a coin of ours.",
        {"severity": "text", "outpoint": "text", "block": "text"},
    ),
    Schema(
        "refill.wanted",
        "transactions.refill",
        "The hot wallet holds less of an asset than it should: coins are asked for from cold.",
        REFILL | {"severity": "text"},
    ),
    *(Schema(f"refill.{to}", "transactions.refill", about, MOVED | REFILL) for to, about in REFILLS.items()),
    Schema(
        "refill.exported",
        "transactions.refill",
        "Somebody was given the unsigned transaction, to have it signed by the cold key.",
        REFILL,
    ),
    Schema("rescan.waiting", "transactions.rescan", "An operator wants blocks read once more.", RESCAN),
    Schema(
        "rescan.done", "transactions.rescan", "They were.", MOVED | RESCAN | {"found": "integer", "problem": "text"}
    ),
    Schema(
        "rescan.stopped",
        "transactions.rescan",
        "What was asked for is not there, or an operator has stopped it.",
        MOVED | RESCAN | {"found": "integer", "problem": "text"},
    ),
)
