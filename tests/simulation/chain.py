"""A network in memory: blocks, branches, a mempool; account-based with nonces, or of coins that are spent once."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from chains.values import NetworkConfig

GAS = 21_000
"""What every transfer here uses."""

VIEWS = 4
"""So many earlier heads are kept: a node that lags behind answers from one of them."""


@dataclass(frozen=True)
class Out:
    """Coins for an address, in minor units."""

    address: str
    minor: int


@dataclass(frozen=True)
class Tx:
    """
    A transaction as the network sees it. At most one with any of its `tokens` is ever in one branch.

    Account-based networks: `sender` and `nonce`, the highest price of a unit of gas, and the tip in it; a stranger
    has no sender here, and money without end. Elsewhere the tokens are the outputs it spends.
    """

    txid: str
    outs: tuple[Out, ...]
    tokens: tuple[str, ...]
    sender: str = ""
    nonce: int = 0
    price: int = 0
    tip: int = 0


@dataclass(frozen=True)
class Mined:
    """A transaction in a block: whether it did what it says, and what it paid for that."""

    tx: Tx
    succeeded: bool
    fee: int


@dataclass
class State:
    """What follows from all blocks of a branch."""

    balances: dict[str, int] = field(default_factory=dict)
    nonces: dict[str, int] = field(default_factory=dict)
    unspent: dict[str, Out] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)
    places: dict[str, tuple[int, Mined]] = field(default_factory=dict)  # txid to height and what became of it

    def copy(self) -> "State":
        return State(dict(self.balances), dict(self.nonces), dict(self.unspent), set(self.spent), dict(self.places))


@dataclass(frozen=True)
class SimBlock:
    height: int
    hash: str
    parent: str
    mined: tuple[Mined, ...]
    state: State


Branch = tuple[SimBlock, ...]


class Chain:
    """One network as all its nodes together know it."""

    def __init__(self, config: NetworkConfig, *, family: str) -> None:
        self.config = config
        self.family = family
        self.salt = 0
        self.branch: Branch = (SimBlock(0, self._hash("", 0), "0" * 64, (), State()),)
        self.views: list[Branch] = [self.branch]
        self.mempool: dict[str, Tx] = {}
        self.late: list[tuple[int, Tx]] = []  # after so many more events it reaches the mempool
        self.base = config.fee_floor  # what a unit of block space costs now
        self.moody: set[str] = set()  # addresses that refuse payments in every other block
        self.ever: dict[str, Tx] = {}  # all that was ever accepted
        self.intruder: Tx | None = None

    def copy(self) -> "Chain":
        other = Chain(self.config, family=self.family)
        other.salt, other.branch, other.views, other.base = self.salt, self.branch, [self.branch], self.base
        other.mempool, other.ever = dict(self.mempool), dict(self.ever)
        return other

    @property
    def head(self) -> SimBlock:
        return self.branch[-1]

    # what happens to it
    def accept(self, tx: Tx) -> str:
        """Take a transaction into the mempool, or say why not, in the words of chains.values.Broadcast."""
        state = self.head.state
        if tx.txid in state.places or tx.txid in self.mempool:
            return ""
        if any(token in state.spent for token in tx.tokens):
            return "nonce_too_low" if tx.sender else "inputs_spent"
        rivals = [other for other in self.mempool.values() if set(tx.tokens) & set(other.tokens)]
        if any(not self._outbids(tx, rival) for rival in rivals):
            return "conflict"
        if tx.sender and state.balances.get(tx.sender, 0) < tx.outs[0].minor + GAS * tx.price:
            return "insufficient_funds"
        for rival in rivals:
            del self.mempool[rival.txid]
        self.mempool[tx.txid] = self.ever[tx.txid] = tx
        return ""

    def mine(self, *, takes: Callable[[Tx], bool] = lambda tx: True) -> None:
        """Put a block on top of the best branch with whatever of the mempool fits and is taken."""
        state = self.head.state.copy()
        height, parent = self.head.height + 1, self.head.hash
        self.salt += 1
        own = self._hash(parent, height)
        waiting = [tx for tx in self.mempool.values() if takes(tx)]
        mined: list[Mined] = []
        progressed = True
        while progressed:
            progressed = False
            for tx in list(waiting):
                done = self._apply(state, tx, height, own)
                if done is not None:
                    mined.append(done)
                    waiting.remove(tx)
                    progressed = True
        self.branch = (*self.branch, SimBlock(height, own, parent, tuple(mined), state))
        for txid, tx in list(self.mempool.items()):
            if txid in state.places or any(token in state.spent for token in tx.tokens):
                del self.mempool[txid]
        self._remember()

    def turn_moody(self) -> None:
        """Let the next block be one in which moody addresses refuse what they are paid."""
        while not _refuses(self._hash(self.head.hash, self.head.height + 1, salt=self.salt + 1)):
            self.salt += 1

    def reorg(self, depth: int, *, keeps: Callable[[Tx], bool], takes: Callable[[Tx], bool]) -> None:
        """Replace the last blocks by one more than they were; of what was in them only some waits again."""
        gone = [done.tx for block in self.branch[-depth:] for done in block.mined]
        self.branch = self.branch[:-depth]
        for tx in gone:
            if keeps(tx):
                self.mempool[tx.txid] = tx
        for _ in range(depth + 1):
            self.mine(takes=takes)

    def evict(self, txid: str) -> None:
        """Every node forgets a waiting transaction."""
        self.mempool.pop(txid, None)

    def pass_event(self) -> None:
        """Bring what is late a step nearer."""
        due = [tx for left, tx in self.late if left <= 0]
        self.late = [(left - 1, tx) for left, tx in self.late if left > 0]
        for tx in due:
            self.accept(tx)

    @property
    def is_waiting(self) -> bool:
        """Tell whether anything may still be mined."""
        return bool(self.mempool or self.late)

    # somebody with our keys
    def intrude(self, rng: Random, *, sender: str, nonce: int) -> None:
        """Take the place of one of our transactions with one that moves nothing but costs its fee."""
        self.intruder = Tx(
            txid=f"0x{rng.randbytes(32).hex()}",
            outs=(Out("0x" + "1" * 40, 0),),
            tokens=(f"{sender}:{nonce}",),
            sender=sender,
            nonce=nonce,
            price=self.config.fee_cap,
        )
        for txid, tx in list(self.mempool.items()):
            if set(tx.tokens) & set(self.intruder.tokens):
                del self.mempool[txid]
        self.mempool[self.intruder.txid] = self.intruder

    @property
    def has_intruder(self) -> bool:
        return self.intruder is not None

    def stolen_fees(self) -> int:
        """Return what an intruder's transactions have cost us in the best branch."""
        place = self.head.state.places.get(self.intruder.txid) if self.intruder else None
        return place[1].fee if place else 0

    def received(self, address: str) -> int:
        """Return what an address has been paid in the best branch."""
        places = self.head.state.places.values()
        return sum(out.minor for _, done in places if done.succeeded for out in done.tx.outs if out.address == address)

    def alive(self) -> list[Tx]:
        """Return every transaction that is mined, waits, or is on its way to the mempool."""
        mined = [done.tx for _, done in self.head.state.places.values() if done.succeeded]
        return [*mined, *self.mempool.values(), *(tx for _, tx in self.late)]

    def _outbids(self, tx: Tx, rival: Tx) -> bool:
        """Say whether it may take the place of one that waits: strangers' never, ours for a tenth or for a fee more."""
        if self.family == "evm":
            return bool(tx.sender) and tx.sender == rival.sender and tx.price * 10 >= rival.price * 11
        unspent = self.head.state.unspent
        if not all(token in unspent for token in (*tx.tokens, *rival.tokens)):
            return False
        return self._left(tx) > self._left(rival)

    def _left(self, tx: Tx) -> int:
        """Return the fee of a payment in coins that are there."""
        return sum(self.head.state.unspent[token].minor for token in tx.tokens) - sum(out.minor for out in tx.outs)

    def _apply(self, state: State, tx: Tx, height: int, own: str) -> Mined | None:
        if any(token in state.spent for token in tx.tokens):
            return None
        done = self._apply_account(state, tx, own) if self.family == "evm" else self._apply_coins(state, tx)
        if done is not None:
            state.spent.update(tx.tokens)
            state.places[tx.txid] = (height, done)
        return done

    def _apply_account(self, state: State, tx: Tx, own: str) -> Mined | None:
        out = tx.outs[0]
        if not tx.sender:
            state.balances[out.address] = state.balances.get(out.address, 0) + out.minor
            return Mined(tx, True, 0)
        there = state.balances.get(tx.sender, 0)
        if state.nonces.get(tx.sender, 0) != tx.nonce or tx.price < self.base or there < out.minor + GAS * tx.price:
            return None
        succeeded = out.address not in self.moody or not _refuses(own)
        fee = GAS * min(tx.price, self.base + tx.tip)
        state.nonces[tx.sender] = tx.nonce + 1
        state.balances[tx.sender] = there - fee - (out.minor if succeeded else 0)
        if succeeded:
            state.balances[out.address] = state.balances.get(out.address, 0) + out.minor
        return Mined(tx, succeeded, fee)

    def _apply_coins(self, state: State, tx: Tx) -> Mined | None:
        ours = [token for token in tx.tokens if not token.startswith("stranger")]
        if any(token not in state.unspent for token in ours):
            return None
        fee = 0
        if ours:
            fee = sum(state.unspent[token].minor for token in ours) - sum(out.minor for out in tx.outs)
        for token in ours:
            del state.unspent[token]
        for position, out in enumerate(tx.outs):
            state.unspent[f"{tx.txid}:{position}"] = out
        return Mined(tx, True, fee)

    def _remember(self) -> None:
        self.views = [*self.views, self.branch][-VIEWS:]

    def _hash(self, parent: str, height: int, *, salt: int | None = None) -> str:
        salt = self.salt if salt is None else salt
        digest = hashlib.sha256(f"{self.config.code}:{parent}:{height}:{salt}".encode()).hexdigest()
        return f"0x{digest}" if self.family == "evm" else digest


def _refuses(block_hash: str) -> bool:
    return int(block_hash[-1], 16) % 2 == 1


def stranger_payment(rng: Random, chain: Chain, outs: Sequence[Out], *, token: str = "") -> Tx:
    """Return a payment by somebody outside; with the token of another one at most one of both lands."""
    txid = rng.randbytes(32).hex()
    return Tx(
        txid=f"0x{txid}" if chain.family == "evm" else txid,
        outs=tuple(outs),
        tokens=(token or f"stranger:{rng.randbytes(8).hex()}",),
    )


def rival_of(rng: Random, tx: Tx, out: Out) -> Tx:
    """Return another transaction that uses up the same tokens."""
    txid = rng.randbytes(32).hex()
    return replace(tx, txid=f"0x{txid}" if tx.txid.startswith("0x") else txid, outs=(out,))
