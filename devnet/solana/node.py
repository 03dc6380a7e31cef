"""The node: machine, blocks, what waits, and the switches by which a test makes it misbehave; all behind one lock."""

import hashlib
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from devnet.solana.errors import INVALID_PARAMS, SENDING_FAILED, RpcError
from devnet.solana.faucet import Faucet
from devnet.solana.machine import Machine, Run, fee_of
from devnet.solana.store import Store, StoredAccount, StoredBlock, StoredTransaction

FIRST_SLOT = 100
FINAL_DEPTH = 32
VALID_BLOCKS = 150
"""What lastValidBlockHeight says. The network itself takes a transaction one block later still, and so does this."""

EMPTY_EVERY = 16
"""Each such slot stays without a block: that slots may be skipped is nothing special."""


@dataclass
class Fault:
    """The next `count` calls of `method` end badly: `timeout` does the work and stays silent, `drop` does nothing."""

    mode: str
    method: str
    count: int


@dataclass
class Switches:
    """What a test may turn; all off after a restart."""

    is_stalled: bool = False
    lag_slots: int = 0
    drops: int = 0  # so many transactions more are taken and forgotten
    unit_price: int = 0  # micro-lamports that others are said to have paid
    false_lamports: int = 0  # added to every balance this node says
    false_slots: int = 0  # added to the height this node says it has
    faults: list[Fault] = field(default_factory=list)


class Node:
    """Everything below is done under `lock`."""

    def __init__(self, folder: Path, *, final_depth: int = FINAL_DEPTH) -> None:
        self.lock = threading.RLock()
        self.final_depth = final_depth
        self.switches = Switches()
        self.store = Store(folder / "ledger.sqlite")
        self.machine = Machine()
        self.faucet = Faucet()
        self.waiting: dict[str, VersionedTransaction] = {}
        kept = self.store.slot()
        self.slot = FIRST_SLOT if kept is None else kept
        if kept is None:
            self._begin()
        self.machine.load(self.store.accounts())
        self.machine.set_slot(self.slot)

    @property
    def block(self) -> StoredBlock:
        """The newest block there is."""
        found = self.store.last_block(up_to=self.slot)
        assert found is not None
        return found

    def seen(self, commitment: str) -> int:
        """Return the slot this node admits to having reached at a commitment."""
        depth = {"processed": 0, "confirmed": 1, "finalized": self.final_depth}.get(commitment)
        if depth is None:
            raise RpcError(INVALID_PARAMS, "Invalid param: no such commitment")
        return max(FIRST_SLOT, self.slot - depth - self.switches.lag_slots)

    def is_young(self, recent: str) -> bool:
        """Say whether the next block still takes a transaction that is bound to this block."""
        found = self.store.block_of(recent)
        return found is not None and self.block.number - found.number <= VALID_BLOCKS

    def submit(self, transaction: VersionedTransaction, *, rehearse: bool) -> str:
        """
        Let it wait for the next block, as a node does that passes it on: that it says yes is no promise.

        :raises RpcError: in the node's words, if it would be refused
        """
        signature = str(transaction.signatures[0])
        if signature in self.waiting:
            return signature
        self.check(transaction)
        if rehearse:
            run = self.machine.simulate(transaction)
            if run.error is not None:
                raise refused(run)
        if self.switches.drops > 0:
            self.switches.drops -= 1
        else:
            self.waiting[signature] = transaction
        return signature

    def check(self, transaction: VersionedTransaction) -> None:
        """:raises RpcError: if a node takes it at no price: forged, expired, known, or with tables it has not got"""
        message = transaction.message
        self.machine.looked_up(message)
        if not all(transaction.verify_with_results()):
            raise RpcError(-32003, "Transaction signature verification failure")
        if self.store.transaction(str(transaction.signatures[0])):
            raise _failed("AlreadyProcessed", "This transaction has already been processed")
        if not self.is_young(str(message.recent_blockhash)):
            raise _failed("BlockhashNotFound", "Blockhash not found")

    def tick(self) -> None:
        """Go on by one slot by the clock, unless stalled."""
        with self.lock:
            if not self.switches.is_stalled:
                self.advance()

    def advance(self) -> None:
        """Go on by one slot: a block with what waits, or none."""
        with self.lock:
            self.slot += 1
            self.machine.set_slot(self.slot)
            if self.slot % EMPTY_EVERY == 0:
                self.store.commit(slot=self.slot)
                return
            parent = self.block
            landed = [each for signature in list(self.waiting) if (each := self._take(signature))]
            hashed = "".join(each.signature for each, _ in landed) + f"{parent.hash} {self.slot}"
            block = StoredBlock(self.slot, parent.number + 1, _hash(hashed), parent.slot, parent.hash, int(time.time()))
            touched = {key for _, keys in landed for key in keys}
            self.store.commit(slot=self.slot, block=block, transactions=landed, accounts=self._accounts(touched))

    def mine(self, blocks: int, *, is_final: bool) -> int:
        """Make so many blocks, and as many slots more as makes them final; return the slot."""
        with self.lock:
            wanted = self.block.number + blocks
            while self.block.number < wanted:
                self.advance()
            for _ in range(self.final_depth if is_final else 0):
                self.advance()
            return self.slot

    def take_fault(self, method: str) -> str | None:
        """Return the mode of the fault that this call falls under, using it up."""
        for fault in self.switches.faults:
            if fault.method in {method, "*"}:
                fault.count -= 1
                if fault.count <= 0:
                    self.switches.faults.remove(fault)
                return fault.mode
        return None

    def close(self) -> None:
        with self.lock:
            self.store.close()

    def _begin(self) -> None:
        first = _hash("holdfast devnet")
        block = StoredBlock(FIRST_SLOT, 0, first, FIRST_SLOT - 1, _hash(""), int(time.time()))
        self.store.commit(slot=FIRST_SLOT, block=block, accounts=self.faucet.first_accounts())

    def _take(self, signature: str) -> tuple[StoredTransaction, list[str]] | None:
        """Run what waits; None where it is not in the block: expired, or nobody can pay for it."""
        transaction = self.waiting.pop(signature)
        message = transaction.message
        if not self.is_young(str(message.recent_blockhash)):
            return None
        writable, readonly = self.machine.looked_up(message)
        keys = [*(str(key) for key in message.account_keys), *writable, *readonly]
        before, tokens_before = [self.machine.lamports(key) for key in keys], self.machine.token_balances(keys)
        run = self.machine.execute(transaction)
        if not run.landed:
            return None
        meta: dict[str, Any] = {
            "err": run.error,
            "status": {"Ok": None} if run.error is None else {"Err": run.error},
            "fee": fee_of(message),
            "preBalances": before,
            "postBalances": [self.machine.lamports(key) for key in keys],
            "preTokenBalances": tokens_before,
            "postTokenBalances": self.machine.token_balances(keys),
            "innerInstructions": [],
            "logMessages": list(run.logs),
            "rewards": [],
            "loadedAddresses": {"writable": writable, "readonly": readonly},
            "computeUnitsConsumed": run.units,
        }
        return StoredTransaction(signature, self.slot, bytes(transaction), meta), keys

    def _accounts(self, addresses: Iterable[str]) -> list[StoredAccount]:
        found = ((address, self.machine.account(address)) for address in sorted(addresses))
        system = str(Pubkey.default())
        kept = [account or StoredAccount(address, 0, system, executable=False, data=b"") for address, account in found]
        return [account for account in kept if not account.executable]


def refused(run: Run) -> RpcError:
    """Return what a node says of a transaction that failed when it was rehearsed."""
    error = run.error
    what = str(error)
    if isinstance(error, dict):
        index, inner = error["InstructionError"]
        number = inner.get("Custom") if isinstance(inner, dict) else None
        what = f"custom program error: 0x{number:x}" if number is not None else str(inner)
        what = f"Error processing Instruction {index}: {what}"
    elif error == "AccountNotFound":
        what = "Attempt to debit an account but found no record of a prior credit."
    elif error == "InsufficientFundsForFee":
        what = "Insufficient funds for fee"
    return _failed(error, what, logs=list(run.logs), units=run.units)


def _failed(error: Any, what: str, *, logs: list[str] | None = None, units: int = 0) -> RpcError:
    data = {"err": error, "logs": logs or [], "accounts": None, "unitsConsumed": units, "returnData": None}
    return RpcError(SENDING_FAILED, f"Transaction simulation failed: {what}", data)


def _hash(text: str) -> str:
    return str(Hash(hashlib.sha256(text.encode()).digest()))
