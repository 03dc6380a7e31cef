"""
What a Solana node says, at finalized commitment: from there nothing comes back.

Heights are slots. A slot without a block is no error: it repeats the block before it, so the chain stays linked.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chains.adapters import refusals, solana_payload
from chains.adapters.agreement import agreeing, middle_rates, state_of
from chains.adapters.solana_accounts import Accounts
from chains.endpoints import Ask, EndpointDown, Endpoints, RpcRefused, distrusting
from chains.errors import NodeUnavailable, PayloadInvalid
from chains.values import (
    Block,
    BlockRef,
    Broadcast,
    FeeRate,
    Movement,
    NetworkConfig,
    Payment,
    Presence,
    Priority,
    Signed,
    Spend,
    TransactionState,
)

FINAL = {"commitment": "finalized"}
WHOLE = {**FINAL, "encoding": "base64", "maxSupportedTransactionVersion": 1}
HEADER = {**FINAL, "transactionDetails": "none", "rewards": False}
TOKEN_INDEX = 256
"""A token that arrives has this number and its account's position; no transaction has more accounts than that."""

GENESIS = {
    "main": "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
    "test": "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpkgK2NwY",
    "dev": "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG",
}
"""The public networks by their first block; any other name stands for a network of one's own."""

_NOT_READY = {-32005: "server", 429: "rate_limited"}
_NOT_YET = {-32004, -32014, -32016}
_SKIPPED = {-32007, -32009}
_LOOK_BACK_SLOTS = 64
_LONGEST_GAP_SLOTS = 4_096
_PERCENTILES = {Priority.SLOW: 25, Priority.NORMAL: 50, Priority.FAST: 90}
_WAIT_SECONDS = {Priority.SLOW: 30, Priority.NORMAL: 20, Priority.FAST: 15}
"""Finality takes 13 seconds by itself."""

_ALREADY_THERE = ("already been processed", "alreadyprocessed")
_REFUSALS: refusals.Table = (
    ("blockhash not found", "expired"),
    ("custom program error: 0x1", "insufficient_funds"),
    ("insufficient", "insufficient_funds"),
    ("no record of a prior credit", "insufficient_funds"),
    ("signature verification", "invalid"),
    ("deserialize", "invalid"),
    ("sanitize", "invalid"),
    ("too large", "invalid"),
    ("error processing instruction", "invalid"),
    ("invalid", "invalid"),
)


class SolanaNode:
    """The node calls of ChainAdapter for one Solana network."""

    def __init__(self, config: NetworkConfig) -> None:
        self._config = config
        self.endpoints = Endpoints(config, check=self._check_chain, not_ready=_NOT_READY)
        self.accounts = Accounts(self.endpoints)

    def head(self) -> BlockRef:
        return self.endpoints.highest(_head)

    @agreeing
    @distrusting
    def block_ref(self, height: int) -> BlockRef | None:
        return ref_at(self.endpoints.call, height)

    @agreeing
    @distrusting
    def block(self, height: int, contracts: frozenset[str]) -> Block:
        try:
            block = self.endpoints.call("getBlock", [height, {**WHOLE, "transactionDetails": "full", "rewards": False}])
        except RpcRefused as error:
            if error.rpc_code not in _SKIPPED:
                raise NodeUnavailable(f"No node has slot {height} yet.") from error
            block = None
        if block is None:
            ref = self.block_ref(height)
            if ref is None:
                raise NodeUnavailable(f"No node has slot {height} yet.")
            return Block(ref, 0, ())
        movements: list[Movement] = []
        txids: list[str] = []
        spends: list[Spend] = []
        for found in block["transactions"]:
            transaction = parsed(found)
            txid = str(transaction.signatures[0])
            txids.append(txid)
            spends += [Spend(txid, token) for token in solana_payload.spends(transaction)]
            arrived = _movements(txid, keys_of(found, transaction), found["meta"], contracts)
            memo = solana_payload.memo_of(transaction)
            movements += [replace(each, memo=memo) for each in arrived] if memo else arrived
        return Block(
            _ref(height, block), number(block.get("blockTime") or 0), tuple(movements), (), tuple(txids), tuple(spends)
        )

    def fee_rates(self) -> tuple[FeeRate, ...]:
        return middle_rates(self.endpoints, self._fee_rates)

    @distrusting
    def _fee_rates(self) -> tuple[FeeRate, ...]:
        """Return what was paid per compute unit in recent slots, beside the fee for each signature."""
        recent = sorted(
            number(each["prioritizationFee"]) for each in self.endpoints.call("getRecentPrioritizationFees", [[]])
        )
        rates = []
        for priority, percentile in _PERCENTILES.items():
            paid = recent[min(len(recent) - 1, len(recent) * percentile // 100)] if recent else 0
            rate = min(max(paid, self._config.fee_floor), self._config.fee_cap)
            seconds = _WAIT_SECONDS[priority]
            rates.append(FeeRate(self._config.code, priority, rate, 0, seconds, "getRecentPrioritizationFees"))
        return tuple(rates)

    @distrusting
    def prepare(self, payment: Payment) -> Payment:
        """
        Fill in what only nodes know: the token's program and decimals, whether the recipient lacks an account for it.

        The node is asked what the message would cost, and must not say more than its bytes do.

        :raises PaymentImpossible: if the recipient cannot be paid so
        :raises TokenNotSupported: if the token may do what we cannot foresee
        """
        prepared = self.accounts.prepare(payment)
        if not prepared.recent:
            latest = self.endpoints.call("getLatestBlockhash", [FINAL])
            prepared = replace(prepared, recent=str(latest["value"]["blockhash"]))
        unsigned = solana_payload.build(prepared, network=self._config.code)
        message = base64.b64encode(unsigned.payload[32:]).decode()
        asked = self.endpoints.call("getFeeForMessage", [message, FINAL])["value"]
        if asked is None:
            raise NodeUnavailable("The node does not know the block that the payment is bound to.")
        if number(asked) > unsigned.max_fee_minor - self.accounts.rent_of(prepared):
            raise NodeUnavailable("The network asks for another fee than a payment allows.")
        return prepared

    def broadcast(self, signed: Signed) -> Broadcast:
        raw = base64.b64encode(signed.raw).decode()
        replies = self.endpoints.all(
            "sendTransaction", [raw, {"encoding": "base64", "preflightCommitment": "finalized"}]
        )

        def is_known() -> bool:
            return self.state(signed.txid).presence != Presence.ABSENT

        return refusals.conclude(replies, already=_ALREADY_THERE, table=_REFUSALS, is_known=is_known)

    def state(self, txid: str) -> TransactionState:
        return state_of(self.endpoints, lambda: self._state(txid))

    @distrusting
    def _state(self, txid: str) -> TransactionState:
        """Return it as mined once its slot is final; before, it is pending however many have voted for it."""
        found = self._find(txid)
        if found is None:
            status = self.endpoints.seek("getSignatureStatuses", [[txid], {"searchTransactionHistory": True}])
            is_there = status is not None and status["value"][0] is not None
            return TransactionState(Presence.PENDING if is_there else Presence.ABSENT)
        height = number(found["slot"])
        head = self.head().height
        ref = self.block_ref(height)
        if ref is None or head < height:
            return TransactionState(Presence.PENDING)
        return TransactionState(
            presence=Presence.MINED,
            succeeded=found["meta"]["err"] is None,
            height=height,
            block_hash=ref.hash,
            confirmations=head - height + 1,
            fee_minor=cost(found["meta"]),
        )

    @distrusting
    def raw(self, txid: str) -> bytes:
        found = self._find(txid)
        if found is None:
            raise NodeUnavailable("No node has this transaction.")
        transaction = parsed(found)
        if str(transaction.signatures[0]) != txid:
            raise ValueError("another transaction than the one asked for")
        return bytes(transaction)

    def _find(self, txid: str) -> Any:
        try:
            return self.endpoints.seek("getTransaction", [txid, WHOLE])
        except RpcRefused as error:
            if error.rpc_code == -32602:  # no signature at all: nobody can know it
                return None
            raise

    def _check_chain(self, ask: Ask) -> None:
        genesis = ask("getGenesisHash", [])
        wanted = GENESIS.get(self._config.chain)
        if genesis != wanted and (wanted is not None or genesis in GENESIS.values()):
            raise EndpointDown("wrong_chain", has_left=False)


def ref_at(ask: Ask, height: int) -> BlockRef | None:
    """Return the block of a slot, or that of the last slot before it which has one; None above the node's head."""
    try:
        return _ref(height, ask("getBlock", [height, HEADER]))
    except RpcRefused as error:
        if error.rpc_code in _NOT_YET:
            return None
        if error.rpc_code not in _SKIPPED:
            raise
    span = _LOOK_BACK_SLOTS
    while span <= _LONGEST_GAP_SLOTS:
        slots = [number(each) for each in ask("getBlocks", [max(0, height - span), height, FINAL])]
        before = [slot for slot in slots if slot < height]
        if before:
            ref = _ref(before[-1], ask("getBlock", [before[-1], HEADER]))
            return BlockRef(height, ref.hash, ref.hash, ref.number)
        span *= 8
    raise ValueError("no block in thousands of slots")


def keys_of(found: Any, transaction: Any) -> list[str]:
    """Return every account of a transaction in the order of its balances: its own, then those it looked up."""
    loaded = found["meta"].get("loadedAddresses") or {"writable": [], "readonly": []}
    own = [str(key) for key in transaction.message.account_keys]
    return [*own, *map(str, loaded["writable"]), *map(str, loaded["readonly"])]


def cost(meta: Mapping[str, Any]) -> int:
    """Return what a transaction cost who paid for it: the fee, and what token accounts made by it were given."""
    fee = number(meta["fee"])
    if meta["err"] is not None:
        return fee
    made = {number(each["accountIndex"]) for each in meta["postTokenBalances"] or ()}
    return fee + sum(number(meta["postBalances"][index]) for index in made if number(meta["preBalances"][index]) == 0)


def number(value: Any) -> int:
    """Return a whole number of 64 bits. :raises ValueError: for anything else"""
    if type(value) is not int or not 0 <= value < 2**64:
        raise ValueError("not a number")
    return value


def amount(text: Any) -> int:
    """Return a token amount, which is written as text. :raises ValueError: for anything else"""
    if not isinstance(text, str) or not text.isascii() or not text.isdigit():
        raise ValueError("not an amount")
    return number(int(text))


def _head(ask: Ask) -> tuple[int, BlockRef]:
    slot = number(ask("getSlot", [FINAL]))
    for height in range(slot, max(-1, slot - 8), -1):  # what is final may take a moment until it can be read
        ref = ref_at(ask, height)
        if ref is not None:
            return height, ref
    raise ValueError("no block at the head")


def _ref(height: int, block: Any) -> BlockRef:
    found = BlockRef(height, block["blockhash"], block["previousBlockhash"], number(block["blockHeight"]))
    if (
        not isinstance(found.hash, str)
        or not isinstance(found.parent, str)
        or number(block["parentSlot"]) >= height > 0
    ):
        raise ValueError("not a block")
    return found


def parsed(found: Any) -> Any:
    text, encoding = found["transaction"]
    if encoding != "base64":
        raise ValueError("not the encoding that was asked for")
    try:
        return solana_payload.parse_transaction(base64.b64decode(text, validate=True))
    except PayloadInvalid as error:
        raise ValueError("not a transaction") from error


def _movements(
    txid: str, keys: Sequence[str], meta: Mapping[str, Any], contracts: frozenset[str]
) -> Iterator[Movement]:
    """
    Yield what arrived where in one transaction: the difference of balances, so that programs' transfers count, too.

    Tokens count where they lie on the owner's associated account: any other may come with strings attached.
    """
    if meta["err"] is not None:
        return
    before, after = meta["preBalances"], meta["postBalances"]
    if not len(keys) == len(before) == len(after):
        raise ValueError("balances of other accounts than the transaction has")
    for index, key in enumerate(keys):
        gained = number(after[index]) - number(before[index])
        if gained > 0:
            yield Movement(txid, index, key, "", gained)
    held = {
        number(each["accountIndex"]): amount(each["uiTokenAmount"]["amount"]) for each in meta["preTokenBalances"] or ()
    }
    for each in meta["postTokenBalances"] or ():
        index, mint = number(each["accountIndex"]), each["mint"]
        gained = amount(each["uiTokenAmount"]["amount"]) - held.get(index, 0)
        if mint not in contracts or gained <= 0 or index >= TOKEN_INDEX:
            continue
        owner = str(each["owner"])
        if solana_payload.token_account(owner, mint, each["programId"]) == keys[index]:
            yield Movement(txid, TOKEN_INDEX + index, owner, mint, gained)
