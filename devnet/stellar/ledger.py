"""The ledger: what waits, what closes, what is kept; and the switches by which a test makes it misbehave."""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stellar_sdk import Account as Numbered
from stellar_sdk import Asset, CreateAccount, Keypair, MuxedAccount, Payment, TransactionBuilder
from stellar_sdk.operation import Operation

from devnet.stellar import envelopes, header, operations, shown
from devnet.stellar.amounts import STROOPS, to_text
from devnet.stellar.envelopes import Submitted
from devnet.stellar.operations import Outcome
from devnet.stellar.results import Invalid, Result, show_codes
from devnet.stellar.state import BASE_FEE, Account, Draft, Refused
from devnet.stellar.store import Store

Json = dict[str, Any]
Record = tuple[str, int, Json, list[str]]
"""Kind, token, body, and the accounts it concerns."""

PASSPHRASE = "Holdfast Devnet ; 2026"  # noqa: S105 - every network has a public one
ISSUER = "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN"
"""Whoever issues USDC on the public network; here a key that everybody has signs for that account."""

TOTAL_STROOPS = 100_000_000_000 * STROOPS
REPLACING_FACTOR = 10
"""A fee bump takes the place of what waits if it bids so many times as much, as in stellar-core."""


@dataclass
class Fault:
    """The next `count` requests of `path` end badly: `timeout` does the work and stays silent, `drop` does nothing."""

    mode: str
    path: str
    count: int


@dataclass
class Switches:
    """What a test may turn; all off after a restart."""

    is_stalled: bool = False
    lag_ledgers: int = 0
    stale_head: int | None = None  # lies: no ledger above this one is admitted to
    wrong_stroops: int = 0  # lies: added to every balance
    least_fee: int = BASE_FEE  # for each operation; what bids less waits
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Taken:
    """What became of a submission: PENDING, DUPLICATE or TRY_AGAIN_LATER; what is invalid is raised."""

    status: str
    hash: str


class Ledger:
    """Everything below is done under `lock`; `closed` is notified with every ledger that closes."""

    def __init__(self, folder: Path, *, passphrase: str = PASSPHRASE, clock: Callable[[], float] = time.time) -> None:
        self.lock = threading.RLock()
        self.closed = threading.Condition(self.lock)
        self.switches = Switches()
        self.passphrase = passphrase
        self._clock = clock
        folder.mkdir(parents=True, exist_ok=True)
        self.store = Store(folder / "ledger.sqlite")
        self.root = _key(passphrase)
        self.mint = _key(f"{passphrase} mint")
        self.accounts = self.store.accounts()
        self._waiting = [envelopes.read(each, passphrase) for each in self.store.pending()]
        if self.store.head() is None:
            self._begin()

    # --- Reading --------------------------------------------------------------------------------
    @property
    def head(self) -> int:
        """The newest ledger this node admits to: an older one while it is told to lag or to lie."""
        head: int = self._last()["sequence"]
        if self.switches.stale_head is not None:
            head = min(head, self.switches.stale_head)
        return max(1, head - self.switches.lag_ledgers)

    def take_fault(self, path: str) -> str | None:
        """Return the mode of the fault that this request falls under, using it up."""
        for fault in self.switches.faults:
            if fault.path in {path, "*"}:
                fault.count -= 1
                if fault.count <= 0:
                    self.switches.faults.remove(fault)
                return fault.mode
        return None

    def read(self, envelope: str) -> Submitted:
        """:raises Invalid: tx_malformed"""
        return envelopes.read(envelope, self.passphrase)

    def is_waiting(self, hash: str) -> bool:
        return any(each.hash == hash for each in self._waiting)

    # --- Writing --------------------------------------------------------------------------------
    def submit(self, envelope: str) -> Taken:
        """Take a transaction for the next ledger. :raises Invalid: if it can get into none as things stand"""
        sent = envelopes.read(envelope, self.passphrase)
        draft, rivals = Draft(self.accounts), [each for each in self._waiting if each.source == sent.source]
        if any(_is_same(sent, each) for each in rivals):
            return Taken("DUPLICATE", sent.hash)
        if sent.source == self.root.public_key:  # as friendbot's many accounts would: one after the other
            for each in rivals:
                draft.get(each.source).sequence = each.transaction.sequence
            rivals = []
        if rivals and not self._replaces(sent, rivals[0]):
            return Taken("TRY_AGAIN_LATER", sent.hash)
        envelopes.check(sent, draft=draft, ledger=self._last()["sequence"] + 1, close_time=self._next_time())
        offered = [each.max_fee for each in self._waiting if each.fee_account == sent.fee_account]
        offered = offered if sent.fee_account != self.root.public_key else []
        offered += [-each.max_fee for each in rivals if each.fee_account == sent.fee_account]
        if draft.get(sent.fee_account).spendable < sum(offered) + sent.max_fee:
            raise Invalid("tx_insufficient_balance")
        self._waiting = [each for each in self._waiting if each not in rivals] + [sent]
        if rivals:
            self.store.replace_pending([each.envelope for each in self._waiting])
        else:
            self.store.add_pending(envelope)
        return Taken("PENDING", sent.hash)

    def close_ledger(self) -> int:
        """Put what waits into a ledger and keep it; return its number."""
        last = self._last()
        sequence, closed = last["sequence"] + 1, self._next_time()
        draft, included, left = self._gather(sequence, closed)
        records: list[Record] = []
        hashes: dict[str, int] = {}
        results = []
        for order, sent in enumerate(included, start=1):
            token = sequence << 32 | order << 12
            result, made = self._apply(sent, draft, token, closed)
            codes = show_codes(result, is_bump=sent.bump is not None)
            record = {**shown.transaction(sent, result, token=token, closed=closed), "_codes": codes}
            records += [("transaction", token, record, [sent.source, sent.fee_account, *_concerned(made)]), *made]
            results.append((sent, result))
            hashes[sent.hash] = token
            hashes |= {sent.inner_hash.hex(): token} if sent.inner_hash else {}
        for account in draft.changed.values():
            account.modified = sequence
        self._keep(last, sequence, closed, results, draft=draft, records=records, hashes=hashes, left=left)
        return int(sequence)

    def fund(self, address: str, stroops: int, code: str = "") -> str:
        """
        Pay from the faucet to a G or M address, making the account if there is none; return the hash.

        :param code: of what the devnet's issuer issues; empty: lumens
        """
        to = MuxedAccount.from_account(address)
        amount = to_text(stroops)
        if code:
            account = self.accounts.get(to.account_id)
            if to.account_id != ISSUER and (account is None or f"{code}:{ISSUER}" not in account.trustlines):
                raise Invalid("tx_failed", ("op_no_trust",))
            return self._pay(Payment(to, Asset(code, ISSUER), amount, source=ISSUER), self.mint)
        if to.account_id not in self.accounts:
            return self._pay(CreateAccount(to.account_id, amount))
        return self._pay(Payment(to, Asset.native(), amount))

    def forget(self, hash: str | None) -> int:
        """Drop one waiting transaction, or all; return how many."""
        kept = [each for each in self._waiting if hash is not None and each.hash != hash]
        dropped, self._waiting = len(self._waiting) - len(kept), kept
        self.store.replace_pending([each.envelope for each in kept])
        return dropped

    def tick(self) -> None:
        """Close a ledger, unless stalled."""
        with self.lock:
            if not self.switches.is_stalled:
                self.close_ledger()

    def close(self) -> None:
        with self.lock:
            self.store.close()

    # --- Within ---------------------------------------------------------------------------------
    def _begin(self) -> None:
        root = Account(self.root.public_key, TOTAL_STROOPS - 1_000 * STROOPS, 0)
        issuer = Account(ISSUER, 1_000 * STROOPS, 0, signer=self.mint.public_key)
        self.accounts = {each.id: each for each in (root, issuer)}
        own_hash, content = header.make(
            sequence=1, previous="00" * 32, close_time=int(self._clock()), transactions=[], total=TOTAL_STROOPS, fees=0
        )
        body = shown.ledger(
            sequence=1,
            hashes=(own_hash, "00" * 32),
            closed=int(self._clock()),
            header_xdr=content,
            counts=(0, 0, 0),
            fees=0,
        )
        body |= {"_closed": int(self._clock()), "_fees": 0}
        self.store.close_ledger(ledger=body, accounts=self.accounts, records=[], hashes={}, pending=[])

    def _last(self) -> Json:
        last = self.store.head()
        assert last is not None
        return last

    def _next_time(self) -> int:
        """Return the close time of the next ledger: they never close in the same second."""
        return max(int(self._clock()), int(self._last()["_closed"]) + 1)

    def _replaces(self, sent: Submitted, waiting: Submitted) -> bool:
        """Tell whether it takes the place of what waits, as TransactionQueue::canAdd does."""
        if sent.transaction.sequence < waiting.transaction.sequence:
            raise Invalid("tx_bad_seq", is_inner=sent.bump is not None)
        if sent.bump is None or sent.transaction.sequence != waiting.transaction.sequence:
            return False
        least = -(-REPLACING_FACTOR * waiting.max_fee * sent.fee_units // waiting.fee_units)
        if sent.max_fee < least:
            raise Invalid("tx_insufficient_fee", fee=least)
        return True

    def _gather(self, sequence: int, closed: int) -> tuple[Draft, list[Submitted], list[Submitted]]:
        """Take fee and sequence number of everything that gets in; return it, and what goes on waiting."""
        draft, included, left = Draft(self.accounts), [], []
        for sent in self._waiting:
            try:
                envelopes.check(sent, draft=draft, ledger=sequence, close_time=closed)
            except Invalid:
                continue  # it has become invalid meanwhile: nodes drop it without a word
            if sent.max_fee < self.switches.least_fee * sent.fee_units:
                left.append(sent)
                continue
            draft.get(sent.fee_account).balance -= self.switches.least_fee * sent.fee_units
            draft.get(sent.source).sequence = sent.transaction.sequence
            included.append(sent)
        return draft, included, left

    def _apply(self, sent: Submitted, draft: Draft, token: int, closed: int) -> tuple[Result, list[Record]]:
        """Do all operations or none; its fee is taken anyway."""
        branch, outcomes, codes = draft.branch(), [], []
        for operation in sent.operations:
            source = operation.source.account_id if operation.source else sent.source
            try:
                outcomes.append(operations.apply(operation, source=source, draft=branch, ledger=token >> 32))
                codes.append("op_success")
            except Refused as refusal:
                codes.append(refusal.code)
        fee = self.switches.least_fee * sent.fee_units
        if any(code != "op_success" for code in codes):
            return Result("tx_failed", tuple(codes), fee), []
        draft.keep(branch)
        made: list[Record] = []
        for place, outcome in enumerate(outcomes, start=1):
            operation = sent.operations[place - 1]
            source = operation.source.account_id if operation.source else sent.source
            body = _operation(outcome, token + place, source, sent, closed)
            made.append(("operation", token + place, body, [source, *(account for account, _ in outcome.effects)]))
            for order, (account, effect) in enumerate(outcome.effects, start=1):
                body = _effect(effect, account, token + place, order, closed)
                made.append(("effect", (token + place) << 4 | order, body, [account]))
        return Result("tx_success", tuple(codes), fee), made

    def _keep(
        self,
        last: Json,
        sequence: int,
        closed: int,
        results: list[tuple[Submitted, Result]],
        *,
        draft: Draft,
        records: list[Record],
        hashes: dict[str, int],
        left: list[Submitted],
    ) -> None:
        fees = last["_fees"] + sum(result.fee for _, result in results)
        own_hash, content = header.make(
            sequence=sequence,
            previous=last["hash"],
            close_time=closed,
            transactions=[sent.hash for sent, _ in results],
            total=TOTAL_STROOPS,
            fees=fees,
        )
        good = [sent for sent, result in results if result.succeeded]
        counts = (len(good), len(results) - len(good), sum(len(sent.operations) for sent in good))
        body = shown.ledger(
            sequence=sequence,
            hashes=(own_hash, last["hash"]),
            closed=closed,
            header_xdr=content,
            counts=counts,
            fees=fees,
        )
        body |= {"_closed": closed, "_fees": fees}
        self.store.close_ledger(
            ledger=body,
            accounts=draft.changed,
            records=records,
            hashes=hashes,
            pending=[sent.envelope for sent in left],
        )
        self.accounts |= draft.changed
        self.accounts = {each.id: each for each in self.accounts.values() if not each.is_merged}
        self._waiting = left
        self.closed.notify_all()

    def _pay(self, operation: Operation, *signers: Keypair) -> str:
        """Submit one operation under the root's next number, which goes before what the root has waiting."""
        root = self.root.public_key
        waiting = [each.transaction.sequence for each in self._waiting if each.source == root]
        numbered = Numbered(root, max([self.accounts[root].sequence, *waiting]))
        builder = TransactionBuilder(numbered, self.passphrase, base_fee=max(BASE_FEE, self.switches.least_fee))
        envelope = builder.append_operation(operation).add_time_bounds(0, 0).build()
        for signer in (self.root, *signers):
            envelope.sign(signer)
        return self.submit(envelope.to_xdr()).hash


def _is_same(sent: Submitted, waiting: Submitted) -> bool:
    """Tell whether it waits already, by itself or in a fee bump."""
    is_bumped = sent.bump is None and waiting.inner_hash is not None and waiting.inner_hash.hex() == sent.hash
    return is_bumped or sent.hash == waiting.hash


def _key(name: str) -> Keypair:
    """Return a key that everybody can have: a devnet keeps no secrets."""
    return Keypair.from_raw_ed25519_seed(hashlib.sha256(name.encode()).digest())


def _operation(outcome: Outcome, id: int, source: str, sent: Submitted, closed: int) -> Json:
    common = {
        "id": str(id),
        "paging_token": str(id),
        "transaction_successful": True,
        "source_account": source,
        "created_at": shown.moment(closed),
        "transaction_hash": sent.hash,
    }
    return {**common, **outcome.record, "_is_payment": outcome.is_payment}


def _effect(effect: Json, account: str, id: int, order: int, closed: int) -> Json:
    place = f"{id}-{order}"
    return {"id": place, "paging_token": place, "account": account, "created_at": shown.moment(closed), **effect}


def _concerned(made: list[Record]) -> set[str]:
    return {account for _, _, _, concerned in made for account in concerned}
