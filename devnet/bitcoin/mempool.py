"""Transactions waiting for a block, under the rules a Bitcoin Core node relays by."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pbk
from bitcoin.core import CheckTransaction, CheckTransactionError, CTransaction, CTxOut, b2lx

from devnet.bitcoin.chain import COINBASE_MATURITY, Chain, Coin, Place
from devnet.bitcoin.errors import VERIFY, VERIFY_ALREADY_IN_UTXO_SET, Rejected
from devnet.bitcoin.scripts import dust_limit, stripped, type_of, weight_of

MIN_RELAY_PER_KVB = 1_000
INCREMENTAL_RELAY_PER_KVB = 1_000
MAX_WEIGHT = 400_000
MAX_CHAIN = 25
MAX_EVICTIONS = 100
SIGNALS_REPLACEMENT = 0xFFFFFFFD
FINAL_SEQUENCE = 0xFFFFFFFF
LOCKTIME_THRESHOLD = 500_000_000
SEQUENCE_DISABLED = 1 << 31
SEQUENCE_IS_TIME = 1 << 22


@dataclass(frozen=True)
class Entry:
    """One waiting transaction; fee in satoshi, size in virtual bytes."""

    transaction: CTransaction
    txid: bytes
    fee: int
    vsize: int
    weight: int
    time: int

    @property
    def spends(self) -> list[Place]:
        return [(entry.prevout.hash, entry.prevout.n) for entry in self.transaction.vin]

    @property
    def signals(self) -> bool:
        return any(entry.nSequence <= SIGNALS_REPLACEMENT for entry in self.transaction.vin)


class Mempool:
    """Keeps only transactions that a next block could hold; refuses with Bitcoin Core's reasons."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.entries: dict[bytes, Entry] = {}
        self.spender: dict[Place, bytes] = {}

    def accept(self, transaction: CTransaction) -> Entry:
        """
        Take a transaction in, throwing out those it replaces.

        :raises Rejected: with the reason Bitcoin Core gives
        """
        entry, evicted = self.check(transaction)
        for txid in evicted:
            self._remove(txid)
        self.entries[entry.txid] = entry
        for place in entry.spends:
            self.spender[place] = entry.txid
        return entry

    def check(self, transaction: CTransaction) -> tuple[Entry, set[bytes]]:
        """Return the entry it would be and the transactions it would evict, changing nothing."""
        txid = transaction.GetTxid()
        if txid in self.entries:
            raise Rejected("txn-already-in-mempool", code=VERIFY_ALREADY_IN_UTXO_SET)
        _check_form(transaction)
        coins = self._coins_of(transaction)
        self._check_final(transaction, coins)
        fee = sum(coin.output.nValue for coin in coins) - sum(output.nValue for output in transaction.vout)
        if fee < 0:
            raise Rejected("bad-txns-in-belowout")
        weight = weight_of(transaction)
        entry = Entry(transaction, txid, fee, (weight + 3) // 4, weight, int(time.time()))
        minimum = entry.vsize * MIN_RELAY_PER_KVB // 1_000
        if fee < minimum:
            raise Rejected("min relay fee not met", f"{fee} < {minimum}")
        conflicts = {self.spender[place] for place in entry.spends if place in self.spender}
        evicted = self._check_replacement(entry, conflicts) if conflicts else set()
        self._check_chain_limits(entry)
        _check_scripts(transaction, [coin.output for coin in coins])
        return entry, evicted

    def ancestors(self, txid: bytes) -> set[bytes]:
        """Return the waiting transactions this one builds on, itself not included."""
        return self._walk(self._parents(self.entries[txid]), lambda each: self._parents(self.entries[each]))

    def descendants(self, txid: bytes) -> set[bytes]:
        """Return the waiting transactions that build on this one, itself not included."""
        return self._walk(self.children(txid), self.children)

    def children(self, txid: bytes) -> set[bytes]:
        outputs = range(len(self.entries[txid].transaction.vout))
        return {self.spender[txid, number] for number in outputs if (txid, number) in self.spender}

    def parents(self, txid: bytes) -> set[bytes]:
        return self._parents(self.entries[txid])

    def is_replaceable(self, txid: bytes) -> bool:
        """Say whether it or one of its waiting ancestors signals replacement (BIP-125)."""
        return any(self.entries[each].signals for each in {txid, *self.ancestors(txid)})

    def rebuild(self, first: Iterable[CTransaction] = ()) -> None:
        """Check everything anew against the chain: `first`, then what waited before."""
        waiting = [*first, *(entry.transaction for entry in self.entries.values())]
        times = {entry.txid: entry.time for entry in self.entries.values()}
        self.entries, self.spender = {}, {}
        for transaction in waiting:
            try:
                entry = self.accept(transaction)
            except Rejected:
                continue
            if entry.txid in times:
                self.entries[entry.txid] = Entry(**{**entry.__dict__, "time": times[entry.txid]})

    def _parents(self, entry: Entry) -> set[bytes]:
        return {txid for txid, _ in entry.spends if txid in self.entries}

    @staticmethod
    def _walk(start: set[bytes], step: Callable[[bytes], set[bytes]]) -> set[bytes]:
        found, waiting = set(start), list(start)
        while waiting:
            new = step(waiting.pop()) - found
            found |= new
            waiting += new
        return found

    def _remove(self, txid: bytes) -> None:
        entry = self.entries.pop(txid)
        for place in entry.spends:
            if self.spender.get(place) == txid:
                del self.spender[place]

    def _coins_of(self, transaction: CTransaction) -> list[Coin]:
        txid = transaction.GetTxid()
        if any((txid, number) in self.chain.coins for number in range(len(transaction.vout))):
            raise Rejected("txn-already-known", code=VERIFY_ALREADY_IN_UTXO_SET)
        found = [self._coin((entry.prevout.hash, entry.prevout.n)) for entry in transaction.vin]
        coins = [coin for coin in found if coin is not None]
        if len(coins) < len(found):
            raise Rejected("bad-txns-inputs-missingorspent", code=VERIFY)
        for coin in coins:
            depth = self.chain.height + 1 - coin.height
            if coin.is_coinbase and depth < COINBASE_MATURITY:
                detail = f"tried to spend coinbase at depth {depth}"
                raise Rejected("bad-txns-premature-spend-of-coinbase", detail)
        return coins

    def _coin(self, place: Place) -> Coin | None:
        if place in self.chain.coins:
            return self.chain.coins[place]
        parent = self.entries.get(place[0])
        if parent is None or place[1] >= len(parent.transaction.vout):
            return None
        return Coin(parent.transaction.vout[place[1]], self.chain.height + 1, False)

    def _check_final(self, transaction: CTransaction, coins: list[Coin]) -> None:
        is_timed = transaction.nLockTime >= LOCKTIME_THRESHOLD
        now = self.chain.median_time(self.chain.height) if is_timed else self.chain.height + 1
        is_locked = any(entry.nSequence != FINAL_SEQUENCE for entry in transaction.vin)
        if transaction.nLockTime >= now and is_locked:
            raise Rejected("non-final")
        for entry, coin in zip(transaction.vin, coins, strict=True):
            if transaction.nVersion < 2 or entry.nSequence & SEQUENCE_DISABLED:
                continue
            age = entry.nSequence & 0xFFFF
            # Relative locks in seconds (rare) are refused outright rather than half computed.
            is_timed = bool(entry.nSequence & SEQUENCE_IS_TIME)
            if age and (is_timed or self.chain.height + 1 - coin.height < age):
                raise Rejected("non-BIP68-final")

    def _check_replacement(self, entry: Entry, conflicts: set[bytes]) -> set[bytes]:
        """Apply the five rules of BIP-125 and return everything that would go."""
        if not all(self.is_replaceable(txid) for txid in conflicts):
            raise Rejected("txn-mempool-conflict")
        evicted = set(conflicts).union(*(self.descendants(txid) for txid in conflicts))
        name = b2lx(entry.txid)
        if evicted & self._parents(entry):
            raise Rejected("bad-txns-spends-conflicting-tx", f"{name} spends conflicting transaction")
        old_parents = set().union(*(self._parents(self.entries[txid]) for txid in conflicts))
        if self._parents(entry) - old_parents:
            raise Rejected("replacement-adds-unconfirmed", f"replacement {name} adds unconfirmed input")
        if len(evicted) > MAX_EVICTIONS:
            raise Rejected("too many potential replacements", f"rejecting replacement {name}")
        why = f"insufficient fee, rejecting replacement {name}"
        for old in (self.entries[txid] for txid in conflicts):
            if entry.fee * old.vsize <= old.fee * entry.vsize:
                new_rate, old_rate = (_btc(each.fee * 1_000 // each.vsize) for each in (entry, old))
                raise Rejected(f"{why}; new feerate {new_rate} BTC/kvB <= old feerate {old_rate} BTC/kvB")
        old_fees = sum(self.entries[txid].fee for txid in evicted)
        if entry.fee < old_fees:
            detail = f"less fees than conflicting txs; {_btc(entry.fee)} < {_btc(old_fees)}"
            raise Rejected(why, detail)
        relay = entry.vsize * INCREMENTAL_RELAY_PER_KVB // 1_000
        if entry.fee - old_fees < relay:
            detail = f"not enough additional fees to relay; {_btc(entry.fee - old_fees)} < {_btc(relay)}"
            raise Rejected(why, detail)
        return evicted

    def _check_chain_limits(self, entry: Entry) -> None:
        parents = self._parents(entry)
        above = set(parents).union(*(self.ancestors(txid) for txid in parents))
        if len(above) + 1 > MAX_CHAIN:
            raise Rejected("too-long-mempool-chain", f"too many unconfirmed ancestors [limit: {MAX_CHAIN}]")
        for txid in above:
            if len(self.descendants(txid)) + 2 > MAX_CHAIN:
                detail = f"too many descendants for tx {b2lx(txid)} [limit: {MAX_CHAIN}]"
                raise Rejected("too-long-mempool-chain", detail)


def _check_form(transaction: CTransaction) -> None:
    try:
        CheckTransaction(transaction)
    except CheckTransactionError as error:
        raise Rejected(_consensus_reason(transaction), str(error)) from error
    if len(stripped(transaction)) < 65:
        raise Rejected("tx-size-small")
    if transaction.is_coinbase():
        raise Rejected("coinbase")
    if not 1 <= transaction.nVersion <= 3:
        raise Rejected("version")
    if weight_of(transaction) > MAX_WEIGHT:
        raise Rejected("tx-size")
    if any(not entry.scriptSig.is_push_only() for entry in transaction.vin):
        raise Rejected("scriptsig-not-pushonly")
    for output in transaction.vout:
        script = bytes(output.scriptPubKey)
        if type_of(script) == "nonstandard":
            raise Rejected("scriptpubkey")
        if output.nValue < dust_limit(script):
            raise Rejected("dust")


def _consensus_reason(transaction: CTransaction) -> str:
    if not transaction.vin:
        return "bad-txns-vin-empty"
    if not transaction.vout:
        return "bad-txns-vout-empty"
    if len({entry.prevout for entry in transaction.vin}) < len(transaction.vin):
        return "bad-txns-inputs-duplicate"
    if any(output.nValue < 0 for output in transaction.vout):
        return "bad-txns-vout-negative"
    return "bad-txns-vout-toolarge"


def _check_scripts(transaction: CTransaction, outputs: list[CTxOut]) -> None:
    """Run Bitcoin Core's own interpreter over every input."""
    kernel_transaction = pbk.Transaction(transaction.serialize())
    scripts = [pbk.ScriptPubkey(bytes(output.scriptPubKey)) for output in outputs]
    spent = [pbk.TransactionOutput(script, output.nValue) for script, output in zip(scripts, outputs, strict=True)]
    precomputed = pbk.script.PrecomputedTransactionData(kernel_transaction, spent)
    for number, (script, output) in enumerate(zip(scripts, outputs, strict=True)):
        flags = pbk.ScriptVerificationFlags.ALL
        if not script.verify(output.nValue, kernel_transaction, precomputed, number, flags):
            place = transaction.vin[number].prevout
            where = f"input {number} of {b2lx(transaction.GetTxid())}, spending {b2lx(place.hash)}:{place.n}"
            raise Rejected("mandatory-script-verify-flag-failed (Script evaluated without success)", where)


def _btc(satoshi: int) -> str:
    return f"{satoshi // 10**8}.{satoshi % 10**8:08d}".rstrip("0").ljust(4, "0")
