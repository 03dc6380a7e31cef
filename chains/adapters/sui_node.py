"""
What a Sui node says. A checkpoint is final: from there nothing comes back.

What is paid is found by how balances changed, whether that was done by coin objects or by address balances.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chains.adapters import refusals, sui_bcs, sui_payload
from chains.adapters.agreement import agreeing, middle_rates, state_of, witnesses
from chains.adapters.sui_bcs import Reader, hashed
from chains.adapters.sui_form import contract_of
from chains.adapters.sui_messages import ADDRESS_OWNER, EXISTS, make
from chains.adapters.sui_rpc import INVALID_ARGUMENT, NOT_FOUND, SuiEndpoints
from chains.endpoints import Ask, EndpointDown, Endpoints, RpcRefused, distrusting
from chains.errors import NodeUnavailable
from chains.values import (
    Block,
    BlockRef,
    Broadcast,
    FeeRate,
    Movement,
    NetworkConfig,
    ObjectVersion,
    Presence,
    Priority,
    Signed,
    Spend,
    TransactionState,
)

HEADER = "sequence_number,digest,summary.bcs"
WHOLE = (
    f"{HEADER},contents.bcs,transactions.digest,transactions.transaction.sender,transactions.effects.status,"
    "transactions.effects.changed_objects,transactions.balance_changes"
)
GAS_USED = "effects.status,effects.gas_used"

_WAIT_SECONDS = {Priority.SLOW: 3, Priority.NORMAL: 2, Priority.FAST: 1}
_REFUSALS: refusals.Table = (
    ("equivocated", "locked"),
    ("already locked", "locked"),
    ("reserved for another transaction", "locked"),
    ("expired", "expired"),
    ("not available for consumption", "inputs_spent"),
    ("could not find the referenced object", "inputs_spent"),
    ("gas price", "fee_too_low"),
    ("gas balance", "insufficient_funds"),
    ("insufficient", "insufficient_funds"),
    ("signature", "invalid"),
    ("not owned", "invalid"),
    ("not signed by the correct sender", "invalid"),
    ("deserialize", "invalid"),
    ("invalid", "invalid"),
)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint's place, and what its own bytes say besides."""

    ref: BlockRef
    time: int  # seconds since 1970
    content_digest: str


class SuiNode:
    """The node calls of ChainAdapter for one Sui network."""

    def __init__(self, config: NetworkConfig) -> None:
        self._config = config
        self.endpoints: Endpoints = SuiEndpoints(config)
        self._epoch = 0

    def head(self) -> BlockRef:
        return self.endpoints.highest(read_head)

    @agreeing
    @distrusting
    def block_ref(self, height: int) -> BlockRef | None:
        return ref_at(self.endpoints.call, height)

    @agreeing
    @distrusting
    def block(self, height: int, contracts: frozenset[str]) -> Block:
        request = make("GetCheckpointRequest", sequence_number=height, read_mask=WHOLE)
        try:
            found = self.endpoints.call("GetCheckpoint", [request]).checkpoint
        except RpcRefused as error:
            if error.rpc_code != NOT_FOUND:
                raise
            raise NodeUnavailable(f"No node has checkpoint {height}.") from error
        checkpoint = read_checkpoint(found, height)
        _check_contents(found, checkpoint)
        self._believe_epoch(checkpoint.ref)
        return Block(
            checkpoint.ref,
            checkpoint.time,
            tuple(move for each in found.transactions for move in _movements(each, contracts)),
            txids=tuple(each.digest for each in found.transactions),
            spends=tuple(Spend(each.digest, token) for each in found.transactions for token in _used(each)),
        )

    def fee_rates(self) -> tuple[FeeRate, ...]:
        return middle_rates(self.endpoints, self._fee_rates)

    @distrusting
    def _fee_rates(self) -> tuple[FeeRate, ...]:
        """Return the reference gas price of the epoch: whoever pays it is served."""
        request = make("GetEpochRequest", read_mask="epoch,reference_gas_price")
        price = int(self.endpoints.call("GetEpoch", [request]).epoch.reference_gas_price)
        rate = min(max(price, self._config.fee_floor), self._config.fee_cap)
        return tuple(
            FeeRate(self._config.code, each, rate, 0, _WAIT_SECONDS[each], "reference_gas_price") for each in Priority
        )

    def broadcast(self, signed: Signed) -> Broadcast:
        transaction, signatures = sui_payload.read_signed(signed.raw)
        request = make(
            "ExecuteTransactionRequest",
            transaction=make("Transaction", bcs=make("Bcs", value=transaction)),
            signatures=[make("UserSignature", bcs=make("Bcs", value=each)) for each in signatures],
            read_mask="digest",
        )
        replies = self.endpoints.all("ExecuteTransaction", [request])

        def is_known() -> bool:
            # That its coins are spent is also what a node says of a transaction that has spent them.
            return self.state(signed.txid).presence != Presence.ABSENT

        return refusals.conclude(replies, already=(), table=_REFUSALS, is_known=is_known)

    def state(self, txid: str) -> TransactionState:
        return state_of(self.endpoints, lambda: self._state(txid))

    @distrusting
    def _state(self, txid: str) -> TransactionState:
        found = self._transaction(txid, f"digest,checkpoint,{GAS_USED}")
        if found is None:
            return TransactionState(Presence.ABSENT)
        if not found.HasField("checkpoint"):
            return TransactionState(Presence.PENDING)
        height, head = int(found.checkpoint), self.head().height
        ref = self.block_ref(height)
        if ref is None or head < height:
            return TransactionState(Presence.PENDING)
        return TransactionState(
            presence=Presence.MINED,
            succeeded=found.effects.status.success,
            height=height,
            block_hash=ref.hash,
            confirmations=head - height + 1,
            fee_minor=cost(found.effects.gas_used),
        )

    @distrusting
    def raw(self, txid: str) -> bytes:
        found = self._transaction(txid, "digest,transaction.bcs,signatures.bcs")
        if found is None:
            raise NodeUnavailable("No node has this transaction.")
        transaction = found.transaction.bcs.value
        if sui_payload.txid_of(transaction) != txid:
            raise ValueError("another transaction than the one asked for")
        return sui_payload.write_signed(transaction, [each.bcs.value for each in found.signatures])

    def _transaction(self, txid: str, mask: str) -> Any:
        request = make("GetTransactionRequest", digest=txid, read_mask=mask)
        answer = self.endpoints.seek("GetTransaction", [request], absent=frozenset({NOT_FOUND, INVALID_ARGUMENT}))
        if answer is not None and answer.transaction.digest != txid:
            raise ValueError("another transaction than the one asked for")
        return answer.transaction if answer is not None else None

    def _believe_epoch(self, ref: BlockRef) -> None:
        """
        Pass in silence if no other epoch begins here, or every node that is so far has this very checkpoint.

        That an epoch is over is what calls signed bytes dead: no node alone may say so.

        :raises NodesDisagree: if one has another checkpoint there
        """
        if ref.number == self._epoch:
            return
        hashes = self.endpoints.each(lambda ask: hash_at(ask, ref.height))
        witnesses(self.endpoints, hashes, block=ref)
        self._epoch = ref.number


def ref_at(ask: Ask, height: int) -> BlockRef | None:
    try:
        request = make("GetCheckpointRequest", sequence_number=height, read_mask=HEADER)
        return read_checkpoint(ask("GetCheckpoint", [request]).checkpoint, height).ref
    except RpcRefused as error:
        if error.rpc_code != NOT_FOUND:
            raise
        return None


def read_head(ask: Ask) -> tuple[int, BlockRef]:
    found = ask("GetCheckpoint", [make("GetCheckpointRequest", read_mask=HEADER)]).checkpoint
    ref = read_checkpoint(found, int(found.sequence_number)).ref
    return ref.height, ref


def read_checkpoint(found: Any, height: int) -> Checkpoint:
    """
    Return a checkpoint's place out of the bytes that its digest is made of.

    :raises ValueError: if bytes, digest and number do not belong together
    """
    content = found.summary.bcs.value
    reader = Reader(content)
    epoch, sequence, _ = reader.u64(), reader.u64(), reader.u64()
    content_digest = reader.digest()
    parent = reader.digest() if reader.flag() else ""
    reader.take(4 * 8)  # what gas has cost in this epoch
    milliseconds = reader.u64()
    own = hashed("CheckpointSummary", content)
    if own != found.digest or sequence != height or found.sequence_number != height:
        raise ValueError("not the checkpoint that was asked for")
    return Checkpoint(BlockRef(height, own, parent, epoch + 1), milliseconds // 1_000, content_digest)


def cost(gas: Any) -> int:
    """Return what a transaction cost who paid for it. :raises ValueError: if that is less than nothing"""
    paid = int(gas.computation_cost) + int(gas.storage_cost) - int(gas.storage_rebate)
    if paid < 0:
        raise ValueError("a transaction that cost less than nothing")
    return paid


def changes(transaction: Any) -> list[tuple[str, str, int]]:
    """Return how balances changed: address, coin type as it is kept here, and by how much; each pair once, sorted."""
    found = [(each.address, _kept_type(each.coin_type), int(each.amount)) for each in transaction.balance_changes]
    if len({(address, coin_type) for address, coin_type, _ in found}) != len(found):
        raise ValueError("a balance that changed twice")
    return sorted(found)


def _kept_type(coin_type: str) -> str:
    """Return a coin type as it is kept here; one that depends on others as it is: nothing of that kind is ours."""
    return coin_type if "<" in coin_type else contract_of(coin_type)


def _movements(transaction: Any, contracts: frozenset[str]) -> Iterator[Movement]:
    """
    Yield what arrived where.

    The index is the change's place among all of the transaction's, in order of address and coin type: each pair is
    there once, so it is the same whichever node says it.
    """
    if not transaction.effects.status.success:
        return
    for index, (address, contract, minor) in enumerate(changes(transaction)):
        if minor > 0 and (not contract or contract in contracts):
            yield Movement(transaction.digest, index, address, contract, minor)


def _used(transaction: Any) -> Iterator[str]:
    """Yield the places of replay that it has used up: first one that names its sender, then its object versions."""
    if transaction.transaction.sender:
        yield f"{transaction.transaction.sender}:{transaction.digest}"
    for each in transaction.effects.changed_objects:
        if each.input_state == EXISTS and each.input_owner.kind == ADDRESS_OWNER:
            yield ObjectVersion(each.object_id, each.input_version, each.input_digest).token


def _check_contents(found: Any, checkpoint: Checkpoint) -> None:
    """:raises ValueError: unless these are all the transactions that the checkpoint's digest is made of, in order"""
    content = found.contents.bcs.value
    if hashed("CheckpointContents", content) != checkpoint.content_digest:
        raise ValueError("not what the checkpoint holds")
    reader = Reader(content)
    reader.variant(0, 1)
    if reader.length() != len(found.transactions):
        raise ValueError("not all transactions of the checkpoint")
    place = reader.place
    for each in found.transactions:
        place = content.index(sui_bcs.digest(each.digest), place)


def hash_at(ask: Ask, height: int) -> str:
    ref = ref_at(ask, height)
    if ref is None:
        raise EndpointDown("behind", has_left=False)
    return ref.hash
