"""A checkpoint in BCS, and a transaction as the network shows it once it was run."""

from collections.abc import Sequence
from typing import Any

from chains.adapters import sui_bcs
from chains.adapters.sui_messages import ADDRESS_OWNER, DOES_NOT_EXIST, EXISTS, OBJECT_WRITE, make
from devnet.sui.machine import Run
from devnet.sui.state import Coin, State
from devnet.sui.store import StoredCheckpoint


def write(
    *,
    height: int,
    epoch: int,
    parent: StoredCheckpoint | None,
    executed: Sequence[tuple[str, bytes]],
    is_last_of_epoch: bool,
    milliseconds: int,
) -> StoredCheckpoint:
    """Return the checkpoint after this one, with these transactions (digest and message)."""
    ran = [
        sui_bcs.digest(digest) + sui_bcs.digest(sui_bcs.hashed("TransactionEffects", message))
        for digest, message in executed
    ]
    contents = b"\0" + sui_bcs.listed(ran) + sui_bcs.listed([sui_bcs.listed([])] * len(ran))
    total = (parent.total if parent else 0) + len(ran)
    # The next committee, protocol version and commitments: none, 1 and none.
    end_of_epoch = b"\1" + sui_bcs.listed([]) + sui_bcs.u64(1) + sui_bcs.listed([]) if is_last_of_epoch else b"\0"
    summary = (
        sui_bcs.u64(epoch)
        + sui_bcs.u64(height)
        + sui_bcs.u64(total)
        + sui_bcs.digest(sui_bcs.hashed("CheckpointContents", contents))
        + (b"\1" + sui_bcs.digest(parent.digest) if parent else b"\0")
        + bytes(4 * 8)
        + sui_bcs.u64(milliseconds)
        + sui_bcs.listed([])
        + end_of_epoch
        + sui_bcs.sized(b"")
    )
    return StoredCheckpoint(height, epoch, total, sui_bcs.hashed("CheckpointSummary", summary), summary, contents)


def shown(
    digest: str, content: bytes, signatures: Sequence[bytes], ran: Run, state: State, *, epoch: int, sender: str
) -> Any:
    """Return the message of what was run; `state` is the one before it."""
    return make(
        "ExecutedTransaction",
        digest=digest,
        transaction=make("Transaction", bcs=make("Bcs", value=content), digest=digest, sender=sender),
        signatures=[make("UserSignature", bcs=make("Bcs", value=each)) for each in signatures],
        effects=make(
            "TransactionEffects",
            status=make("ExecutionStatus", success=not ran.error, **_error(ran)),
            epoch=epoch,
            gas_used=make(
                "GasCostSummary",
                computation_cost=ran.gas.computation,
                storage_cost=ran.gas.storage,
                storage_rebate=ran.gas.rebate,
                non_refundable_storage_fee=ran.gas.kept_back,
            ),
            changed_objects=[_changed(name, state.coins.get(name), coin) for name, coin in ran.draft.coins.items()],
        ),
        balance_changes=[
            make("BalanceChange", address=address, coin_type=coin_type, amount=str(minor))
            for address, coin_type, minor in ran.draft.changes()
        ],
    )


def _error(ran: Run) -> dict[str, Any]:
    return {"error": make("ExecutionError", description=ran.error)} if ran.error else {}


def _changed(id: str, before: Coin | None, after: Coin | None) -> Any:
    shown = make("ChangedObject", object_id=id, object_type=_type(before or after))
    shown.input_state = EXISTS if before else DOES_NOT_EXIST
    if before:
        shown.input_version, shown.input_digest = before.version, before.at.digest
        shown.input_owner.CopyFrom(owner(before.owner))
    shown.output_state = OBJECT_WRITE if after else DOES_NOT_EXIST
    if after:
        shown.output_version, shown.output_digest = after.version, after.at.digest
        shown.output_owner.CopyFrom(owner(after.owner))
    return shown


def owner(address: str) -> Any:
    return make("Owner", kind=ADDRESS_OWNER, address=address)


def object_type(coin_type: str) -> str:
    return f"0x{'2'.rjust(64, '0')}::coin::Coin<{coin_type}>"


def _type(coin: Coin | None) -> str:
    assert coin is not None
    return object_type(coin.coin_type)
