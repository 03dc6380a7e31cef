"""What a transaction is made of."""

from transactions.models.exports import Export
from transactions.models.halts import SendHalt
from transactions.models.history import Intervention, ProviderInteraction, RecoveryAttempt, UserAction
from transactions.models.idempotency import IdempotencyRecord
from transactions.models.notes import NoteWord
from transactions.models.onchain import Attempt, Batch, Coin, Deposit, NonceLane, Replacement
from transactions.models.refills import Refill
from transactions.models.rescans import Rescan
from transactions.models.states import STATUS_FLOW, Status, SubStatus
from transactions.models.transaction import Step, Transaction

__all__ = [
    "STATUS_FLOW",
    "Attempt",
    "Batch",
    "Coin",
    "Deposit",
    "Export",
    "IdempotencyRecord",
    "Intervention",
    "NonceLane",
    "NoteWord",
    "ProviderInteraction",
    "RecoveryAttempt",
    "Refill",
    "Replacement",
    "Rescan",
    "SendHalt",
    "Status",
    "Step",
    "SubStatus",
    "Transaction",
    "UserAction",
]
