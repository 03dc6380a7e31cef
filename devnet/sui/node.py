"""The chain: what there is, what waits, and how checkpoints and epochs come about; all behind one lock."""

import hashlib
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from chains.adapters import sui_bcs, sui_payload
from devnet.sui import checkpoints, checks, limits
from devnet.sui.errors import Refused, conflict
from devnet.sui.machine import Gas, Run, run
from devnet.sui.state import Coin, Draft
from devnet.sui.store import Grant, Store, StoredCheckpoint
from devnet.sui.transaction import Transaction, parse

FIRST_EPOCH = 100
GAS_PRICE = 1_000


@dataclass(frozen=True)
class Waiting:
    """Taken, and in no checkpoint yet; `grant` is what the faucet gives, without any transaction of somebody's."""

    digest: str
    content: bytes = b""
    signatures: tuple[bytes, ...] = ()
    grant: Grant | None = None


@dataclass
class Chain:
    """Everything below is done under `lock`."""

    folder: Path
    lock: threading.RLock = field(default_factory=threading.RLock)
    is_stalled: bool = False
    locked: set[str] = field(default_factory=set)  # objects that nobody may use before the next epoch

    def __post_init__(self) -> None:
        self.store = Store(self.folder / "ledger.sqlite")
        self.state = self.store.state()
        self.epoch = self.store.setting("epoch", FIRST_EPOCH)
        self.price = self.store.setting("price", GAS_PRICE)
        self._granted = self.store.setting("granted", 0)
        self.waiting = {digest: _waiting(digest, body) for digest, body in self.store.waiting()}
        if self.store.head() is None:
            self._close([], {}, {}, is_last_of_epoch=False)
        self.chain_id = self.store.first_digest()

    @property
    def head(self) -> StoredCheckpoint:
        found = self.store.head()
        assert found is not None
        return found

    def submit(self, content: bytes, signatures: Sequence[bytes], *, is_kept: bool = True) -> str:
        """
        Let it wait for the next checkpoint; `is_kept` False: say so, and forget it.

        :raises Refused: in the network's words, if it would not be run at all
        """
        digest = sui_payload.txid_of(content)
        transaction = parse(content)
        limits.check(content, transaction)
        checks.check_signatures(content, transaction, signatures)
        if digest in self.waiting or self.store.executed(digest) is not None:
            return digest
        self._check(transaction)
        if is_kept:
            self.waiting[digest] = Waiting(digest, content, tuple(signatures))
            self.store.add_waiting(digest, json.dumps([content.hex(), [each.hex() for each in signatures]]))
        return digest

    def rehearse(self, content: bytes) -> Any:
        """Return what it would do, unsigned. :raises Refused: as submit"""
        transaction, digest = parse(content), sui_payload.txid_of(content)
        limits.check(content, transaction)
        checks.check(transaction, self.state, epoch=self.epoch, price=self.price)
        ran = run(transaction, self.state, digest=digest)
        return checkpoints.shown(digest, content, (), ran, self.state, epoch=self.epoch, sender=transaction.sender)

    def grant(self, grant: Grant) -> str:
        """Let the faucet give something with the next checkpoint; return the digest it will have."""
        number = self._granted + sum(1 for each in self.waiting.values() if each.grant)
        digest = sui_bcs.hashed("Grant", f"{self.chain_id} {number}".encode())
        self.waiting[digest] = Waiting(digest, grant=grant)
        self.store.add_waiting(digest, json.dumps(asdict(grant)))
        return digest

    def forget(self, digest: str) -> None:
        self.waiting.pop(digest, None)
        self.store.drop_waiting(digest)

    def tick(self) -> None:
        with self.lock:
            if not self.is_stalled:
                self.close_checkpoint()

    def close_checkpoint(self, *, is_last_of_epoch: bool = False) -> int:
        """Run what waits, in order, into a checkpoint; what cannot be run any more is forgotten. Return its height."""
        with self.lock:
            executed: list[tuple[str, bytes]] = []
            coins: dict[str, Coin | None] = {}
            balances: dict[tuple[str, str], int] = {}
            for waiting in list(self.waiting.values()):
                found = self._run(waiting)
                if found is None:
                    continue
                draft, message = found
                self.state.keep(draft)
                coins |= draft.coins
                balances |= draft.balances
                executed.append((waiting.digest, message.SerializeToString(deterministic=True)))
            self._granted += sum(1 for each in self.waiting.values() if each.grant)
            self.waiting.clear()
            return self._close(executed, coins, balances, is_last_of_epoch=is_last_of_epoch)

    def begin_epoch(self, *, price: int = 0) -> int:
        """End the epoch with a checkpoint, and begin the next: what was locked is free again. Return its number."""
        with self.lock:
            self.close_checkpoint(is_last_of_epoch=True)
            self.epoch += 1
            self.price = price or self.price
            self.locked.clear()
            self.close_checkpoint()
            return self.epoch

    def close(self) -> None:
        with self.lock:
            self.store.close()

    def _close(
        self,
        executed: list[tuple[str, bytes]],
        coins: dict[str, Coin | None],
        balances: dict[tuple[str, str], int],
        *,
        is_last_of_epoch: bool,
    ) -> int:
        parent = self.store.head()
        closed = checkpoints.write(
            height=parent.height + 1 if parent else 0,
            epoch=self.epoch,
            parent=parent,
            executed=executed,
            is_last_of_epoch=is_last_of_epoch,
            milliseconds=time.time_ns() // 1_000_000,
        )
        settings = {"epoch": self.epoch, "price": self.price, "granted": self._granted}
        self.store.commit(closed, executed=executed, coins=coins, balances=balances, settings=settings)
        return closed.height

    def _check(self, transaction: Transaction) -> None:
        for each in transaction.objects:
            if each.object_id in self.locked:
                raise conflict(f"Object {each.object_id} is equivocated until the next epoch")
        taken = {at for each in self.waiting.values() if not each.grant for at in parse(each.content).objects}
        checks.check(transaction, self.state, epoch=self.epoch, price=self.price)
        for each in transaction.objects:
            if each in taken:
                raise conflict(f"Object {each.token} already locked by a different transaction")

    def _run(self, waiting: Waiting) -> tuple[Draft, Any] | None:
        if waiting.grant:
            return self._give(waiting.digest, waiting.grant)
        transaction = parse(waiting.content)
        try:
            checks.check(transaction, self.state, epoch=self.epoch, price=self.price)
        except Refused:
            return None
        ran = run(transaction, self.state, digest=waiting.digest)
        message = checkpoints.shown(
            waiting.digest,
            waiting.content,
            waiting.signatures,
            ran,
            self.state,
            epoch=self.epoch,
            sender=transaction.sender,
        )
        return ran.draft, message

    def _give(self, digest: str, grant: Grant) -> tuple[Draft, Any]:
        draft = self.state.draft()
        if grant.is_balance:
            draft.add(grant.address, grant.coin_type, grant.minor)
        else:
            made = "0x" + hashlib.blake2b(digest.encode(), digest_size=32).hexdigest()
            coin = Coin(made, 1, grant.address, grant.coin_type, grant.minor)
            draft.coins[made] = replace(coin, storage_rebate=coin.storage_cost)
        message = checkpoints.shown(
            digest, b"", (), Run(draft, Gas(0, 0, 0, 0), ""), self.state, epoch=self.epoch, sender=""
        )
        return draft, message


def _waiting(digest: str, body: str) -> Waiting:
    kept = json.loads(body)
    if isinstance(kept, dict):
        return Waiting(digest, grant=Grant(**kept))
    content, signatures = kept
    return Waiting(digest, bytes.fromhex(content), tuple(bytes.fromhex(each) for each in signatures))
