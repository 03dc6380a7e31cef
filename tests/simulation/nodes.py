"""Simulated nodes, in place of the node half of the real adapters: they lag, fall silent and forget."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

import rlp
from eth_utils.address import to_checksum_address

from chains.adapters import bitcoin_address, bitcoin_payload, evm_payload
from chains.adapters.bitcoin import BitcoinAdapter
from chains.adapters.evm import EvmAdapter
from chains.errors import NodeUnavailable
from chains.values import (
    Block,
    BlockRef,
    Broadcast,
    EndpointHealth,
    FeeRate,
    Movement,
    NetworkConfig,
    Outcome,
    Outpoint,
    Payment,
    Presence,
    Priority,
    Signed,
    TransactionState,
)
from tests.simulation.chain import GAS, Branch, Chain, Mined, Out, SimBlock, Tx

TIPS = {Priority.SLOW: 1, Priority.NORMAL: 2, Priority.FAST: 3}
"""Of an account-based network, in hundredths of the fee floor."""


@dataclass(frozen=True)
class Habits:
    """How often nodes fail, each between 0 and 1."""

    silent: float = 0.0  # no answer at all
    lagging: float = 0.0  # answers from an earlier head, perhaps of a branch that is gone
    forgetful: float = 0.0  # does not know a transaction it has
    unsure: float = 0.0  # a broadcast without an answer: taken at once, late, or never
    forgets_failures: bool = False  # knows of no transaction that a block holds and that failed
    lying: float = 0.0  # says it refused what it took


class Endpoints:
    """One, always well: their health is another test's business."""

    def health(self) -> tuple[EndpointHealth, ...]:
        return (EndpointHealth("127.0.0.1:1", True, 0, 0.0, 0.0, "", 1, 0, 1.0),)

    def learn(self, *, disabled: Iterable[str], highest_block: int) -> None:
        return None


class SimulatedNode:
    """What EvmNode and BitcoinNode are to their adapters. Every call is a moment in which others may go on."""

    def __init__(self, chain: Chain, rng: Random, *, pause: Callable[[str], None]) -> None:
        self.chain = chain
        self.rng = rng
        self.habits = Habits()
        self.endpoints = Endpoints()
        self._pause = pause

    def head(self) -> BlockRef:
        return _ref(self._ask("head")[-1])

    def block_ref(self, height: int) -> BlockRef | None:
        branch = self._ask("block_ref")
        return _ref(branch[height]) if height < len(branch) else None

    def block(self, height: int, contracts: frozenset[str] = frozenset()) -> Block:
        branch = self._ask("block")
        if height >= len(branch):
            raise NodeUnavailable(f"No node has block {height} yet.")
        block = branch[height]
        movements = [movement for done in block.mined if done.succeeded for movement in _movements(done.tx)]
        spent = [
            _outpoint(token)
            for done in block.mined
            for token in done.tx.tokens
            if self.chain.family == "bitcoin" and not token.startswith("stranger")
        ]
        txids = tuple(done.tx.txid for done in block.mined)
        return Block(_ref(block), height, tuple(movements), tuple(spent), txids)

    def pending(self) -> tuple[Movement, ...]:
        self._ask("pending")
        return tuple(movement for tx in self.chain.mempool.values() for movement in _movements(tx))

    def fee_rates(self) -> tuple[FeeRate, ...]:
        self._ask("fee_rates")
        config = self.chain.config
        rates = []
        for priority, hundredths in TIPS.items():
            tip = config.fee_floor * hundredths // 100 if self.chain.family == "evm" else 0
            rate = min(max(self.chain.base * 3 // 2 + tip, config.fee_floor), config.fee_cap)
            rates.append(FeeRate(config.code, priority, rate, tip, config.block_seconds))
        return tuple(rates)

    def gas_limit(self, payment: Payment) -> int:
        self._ask("gas_limit")
        return GAS

    def balance(self, address: str, contract: str = "") -> int:
        state = self._ask("balance")[-1].state
        if self.chain.family == "evm":
            return state.balances.get(address, 0)
        return sum(out.minor for out in state.unspent.values() if out.address == address)

    def next_nonce(self, address: str, *, depth: int = 0, up_to: int | None = None) -> int:
        branch = self._ask("next_nonce")
        height = len(branch) - 1 - depth
        height = max(0, height if up_to is None else min(height, up_to))
        return branch[height].state.nonces.get(address, 0)

    def state(self, txid: str) -> TransactionState:
        branch = self._ask("state")
        found = branch[-1].state.places.get(txid)
        if self.rng.random() < self.habits.forgetful or (found and self._has_forgotten(found[1])):
            return TransactionState(Presence.ABSENT)
        if found is None:
            known = txid in self.chain.mempool
            return TransactionState(Presence.PENDING if known else Presence.ABSENT)
        height, done = found
        return TransactionState(
            presence=Presence.MINED,
            succeeded=done.succeeded,
            height=height,
            block_hash=branch[height].hash,
            confirmations=len(branch) - height,
            fee_minor=done.fee,
        )

    def _has_forgotten(self, done: Mined) -> bool:
        return self.habits.forgets_failures and not done.succeeded

    def broadcast(self, signed: Signed) -> Broadcast:
        """The bytes are taken, or refused, or nobody knows; and whoever asked may die before it hears of it."""
        self._pause("broadcast")
        tx = self.parse(signed)
        chance = self.rng.random()
        if chance < self.habits.unsure:
            fate = self.rng.choice(["now", "late", "never"])
            if fate == "now":
                self.chain.accept(tx)
            elif fate == "late":
                self.chain.late.append((self.rng.randint(1, 30), tx))
            self._pause(f"broadcast unsure {fate}")
            return Broadcast(Outcome.UNKNOWN, reason="No node answered.")
        refusal = self.chain.accept(tx)
        self._pause("broadcast answered")
        if refusal:
            return Broadcast(Outcome.FAILED, refusal, "refused")
        if self.rng.random() < self.habits.lying:
            return Broadcast(Outcome.FAILED, "fee_too_low", "refused, it says")
        return Broadcast(Outcome.SUCCEEDED)

    def parse(self, signed: Signed) -> Tx:
        if self.chain.family == "evm":
            return _parse_account(signed.raw)
        return _parse_coins(signed.raw, chain=self.chain.config.chain)

    def _ask(self, what: str) -> Branch:
        """Let others go on, then answer from some node's view of the chain."""
        self._pause(what)
        if self.rng.random() < self.habits.silent:
            raise NodeUnavailable("No node answered in time.")
        if self.rng.random() < self.habits.lagging:
            return self.rng.choice(self.chain.views)
        return self.chain.branch


NODES: dict[str, SimulatedNode] = {}
"""The nodes of the simulation that runs now, by network."""


class SimulatedEvm(EvmAdapter):
    """The real adapter, all that is pure of it, over simulated nodes."""

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config
        self._chain_id = int(config.chain)
        self._node: Any = NODES[config.code]


class SimulatedBitcoin(BitcoinAdapter):
    """The real adapter, all that is pure of it, over simulated nodes."""

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config
        self._node: Any = NODES[config.code]
        self._scanned: Any = self._node.endpoints


def _ref(block: SimBlock) -> BlockRef:
    return BlockRef(block.height, block.hash, block.parent)


def _movements(tx: Tx) -> list[Movement]:
    return [Movement(tx.txid, index, out.address, "", out.minor) for index, out in enumerate(tx.outs) if out.minor]


def _outpoint(token: str) -> Outpoint:
    txid, _, vout = token.partition(":")
    return Outpoint(txid, int(vout))


def _parse_account(raw: bytes) -> Tx:
    txid, tokens = evm_payload.explain(raw)
    items: Any = rlp.decode(raw[1:])
    nonce, tip, price, _, to, value = items[1:7]
    return Tx(
        txid=txid,
        outs=(Out(str(to_checksum_address(to)), int.from_bytes(value)),),
        tokens=tokens,
        sender=tokens[0].partition(":")[0],
        nonce=int.from_bytes(nonce),
        price=int.from_bytes(price),
        tip=int.from_bytes(tip),
    )


def _parse_coins(raw: bytes, *, chain: str) -> Tx:
    txid, tokens = bitcoin_payload.explain(raw)
    outs = [
        Out(str(bitcoin_address.to_address(bytes(vout.scriptPubKey), chain=chain)), vout.nValue)
        for vout in bitcoin_payload.parse_transaction(raw).vout
    ]
    return Tx(txid=txid, outs=tuple(outs), tokens=tokens)


def stranger_address(rng: Random, *, family: str, chain: str) -> str:
    """Return a fresh address that nobody here has a key of."""
    if family == "evm":
        return str(to_checksum_address(rng.randbytes(20)))
    script = b"\x00\x14" + hashlib.sha256(rng.randbytes(20)).digest()[:20]
    return str(bitcoin_address.to_address(script, chain=chain))


__all__ = ["NODES", "Habits", "Mined", "SimulatedBitcoin", "SimulatedEvm", "SimulatedNode", "stranger_address"]
