"""
What a Horizon says: ledgers, accounts, fees. A ledger is final once it is closed.

What an account holds that merges into another, only the effects of that say. Contracts move assets past all this: what
they bring is found only by comparing balances.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from stellar_sdk import xdr

from chains.adapters import refusals, stellar_address
from chains.adapters.agreement import agreeing, middle, middle_rates, state_of
from chains.adapters.horizon import NOT_FOUND, HorizonEndpoints, pages
from chains.adapters.stellar_bump import UNITS, is_paid_by_signers
from chains.adapters.stellar_payload import LEAST_OPENING, PASSPHRASES, explain
from chains.endpoints import Ask, Endpoints, RpcRefused, distrusting
from chains.errors import MemoMissing, NodeUnavailable, PaymentImpossible, SenderShort
from chains.values import (
    TRUSTLINE,
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

LIFE_LEDGERS = 60
"""A transaction can land for so many ledgers after it was signed: five minutes."""

BASE_RESERVE = 5_000_000
"""Stroops an account keeps for each of its entries, and twice for itself."""

_PERCENTILES = {Priority.SLOW: "p50", Priority.NORMAL: "p90", Priority.FAST: "p99"}
_WAIT_LEDGERS = {Priority.SLOW: 6, Priority.NORMAL: 2, Priority.FAST: 1}
_PAYMENTS = frozenset({"payment", "path_payment_strict_send", "path_payment_strict_receive"})
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MEMO_REQUIRED = "config.memo_required"
_REFUSALS: refusals.Table = (
    ("tx_bad_seq", "nonce_too_low"),
    ("tx_insufficient_balance", "insufficient_funds"),
    ("tx_insufficient_fee", "fee_too_low"),
    ("tx_too_late", "expired"),
    ("tx_no_source_account", "invalid"),
    ("tx_bad_auth", "invalid"),
    ("tx_malformed", "invalid"),
    ("tx_missing_operation", "invalid"),
    ("tx_not_supported", "invalid"),
    ("tx_failed", "invalid"),
)


class StellarNode:
    """The node calls of ChainAdapter for one Stellar network."""

    def __init__(self, config: NetworkConfig) -> None:
        self._config = config
        self._horizons = HorizonEndpoints(config, passphrase=PASSPHRASES[config.chain])
        self.endpoints: Endpoints = self._horizons

    def head(self) -> BlockRef:
        return self.endpoints.highest(_head)

    @agreeing
    @distrusting
    def block_ref(self, height: int) -> BlockRef | None:
        found = self.endpoints.seek("GET", [f"/ledgers/{height}"], absent=frozenset({NOT_FOUND}))
        return read_ledger(found, height)[0] if found else None

    @agreeing
    @distrusting
    def block(self, height: int, contracts: frozenset[str]) -> Block:
        ledger, transactions, payments = self._horizons.whole(
            lambda ask: _contents(ask, height), what=f"ledger {height}"
        )
        ref, closed = read_ledger(ledger, height)
        counts = (ledger["successful_transaction_count"], ledger["failed_transaction_count"])
        good = {each["hash"]: each for each in transactions if each["successful"] is True}
        if (len(good), len(transactions) - len(good)) != counts:
            raise ValueError("not all transactions of the ledger")
        return Block(
            ref,
            closed,
            tuple(_movements(payments, good, contracts)),
            txids=tuple(_hash(each["hash"]) for each in transactions),
            spends=tuple(
                Spend(each["hash"], f"{each['source_account']}:{int(each['source_account_sequence'])}")
                for each in transactions
            ),
        )

    def fee_rates(self) -> tuple[FeeRate, ...]:
        return middle_rates(self.endpoints, self._fee_rates)

    @distrusting
    def _fee_rates(self) -> tuple[FeeRate, ...]:
        """Return stroops for each operation, as bid in the last ledgers (fee_stats)."""
        spread = self._get("/fee_stats")["fee_charged"]
        rates: list[FeeRate] = []
        rate = self._config.fee_floor
        for priority, name in _PERCENTILES.items():
            rate = min(max(rate, int(spread[name])), self._config.fee_cap)
            seconds = _WAIT_LEDGERS[priority] * self._config.block_seconds
            rates.append(FeeRate(self._config.code, priority, rate, 0, seconds, "fee_stats"))
        return tuple(rates)

    @distrusting
    def check_recipient(self, payment: Payment) -> bool:
        """
        Return whether the recipient's account is there.

        :raises MemoMissing: if it takes nothing without a memo (SEP-29)
        :raises PaymentImpossible: if the network would refuse the payment
        """
        if payment.to.startswith(TRUSTLINE):
            return True  # it concerns the sender alone
        found = self._account(stellar_address.account_of(payment.to))
        if found is None:
            _check_opening(payment)
            return False
        if not payment.memo and not payment.to.startswith("M") and found["data"].get(_MEMO_REQUIRED) == "MQ==":
            raise MemoMissing
        if payment.contract:
            _check_trust(found, payment)
        return True

    @distrusting
    def prepare(self, payment: Payment) -> Payment:
        there = self.check_recipient(payment)
        if self._spendable(payment) < 0:
            raise SenderShort
        return replace(payment, creates=not there, last_height=self.head().height + LIFE_LEDGERS)

    def _spendable(self, payment: Payment) -> int:
        """Return what the middle one of all nodes says would be left: no node alone can hold up or let go."""

        def read(ask: Ask) -> int:
            return spendable(ask("GET", [f"/accounts/{payment.sender}"]), payment)

        found = sorted(self.endpoints.each(read).values())
        return found[(len(found) - 1) // 2] if found else -1

    def balance(self, address: str, contract: str) -> int:
        return middle(self.endpoints, lambda: self._balance(address, contract), what="what an account holds")

    @distrusting
    def _balance(self, address: str, contract: str) -> int:
        found = self._account(stellar_address.account_of(address))
        return held(found, contract) if found else 0

    def next_nonce(self, address: str) -> int:
        """Return the number after the account's last; 1 where there is no account."""

        def read() -> int:
            found = self._account(address)
            return int(found["sequence"]) + 1 if found else 1

        return middle(self.endpoints, read, what="which number an account has come to")

    def broadcast(self, signed: Signed) -> Broadcast:
        form = {"tx": base64.b64encode(signed.raw).decode()}
        replies = tuple(
            replace(reply, error=RpcRefused(reply.error.rpc_code, _words(reply.error.message)))
            if isinstance(reply.error, RpcRefused)
            else reply
            for reply in self.endpoints.all("POST", ["/transactions_async", form])
        )

        def is_known() -> bool:
            # A number that is used up is also what a node says of our own transaction once it is in a ledger.
            return self.state(signed.txid).presence != Presence.ABSENT

        return refusals.conclude(replies, already=(), table=_REFUSALS, is_known=is_known)

    def state(self, txid: str) -> TransactionState:
        return state_of(self.endpoints, lambda: self._state(txid))

    @distrusting
    def _state(self, txid: str) -> TransactionState:
        found = self._transaction(txid)
        if found is None:
            return TransactionState(Presence.ABSENT)
        height, content = int(found["ledger"]), base64.b64decode(found["envelope_xdr"], validate=True)
        ledger = self.block_ref(height)
        if ledger is None:
            raise NodeUnavailable(f"No node has ledger {height}.")
        landed = explain(content, chain=self._config.chain)[0]
        if landed != txid and found.get("inner_transaction", {}).get("hash") != txid:
            raise ValueError("another transaction than the one asked for")
        return TransactionState(
            presence=Presence.MINED,
            succeeded=found["successful"] is True,
            height=height,
            block_hash=ledger.hash,
            confirmations=max(1, self.head().height - height + 1),
            fee_minor=fee_of(found),
            carried_by=landed if landed != txid else "",
        )

    @distrusting
    def raw(self, txid: str) -> bytes:
        found = self._transaction(txid)
        if found is None:
            raise NodeUnavailable("No node has this transaction.")
        content = base64.b64decode(found["envelope_xdr"], validate=True)
        if explain(content, chain=self._config.chain)[0] != txid:
            raise ValueError("another transaction than the one asked for")
        return content

    def _get(self, path: str) -> Any:
        return self.endpoints.call("GET", [path])

    def _account(self, account: str) -> Any:
        return self.endpoints.seek("GET", [f"/accounts/{account}"], absent=frozenset({NOT_FOUND}))

    def _transaction(self, txid: str) -> Any:
        found = self.endpoints.seek("GET", [f"/transactions/{txid}"], absent=frozenset({NOT_FOUND}))
        if found is not None and txid not in {found["hash"], found.get("inner_transaction", {}).get("hash")}:
            raise ValueError("another transaction than the one asked for")
        return found


def read_ledger(document: Any, height: int) -> tuple[BlockRef, int]:
    """
    Return a ledger's place and when it closed, out of the header that its hash is made of.

    :raises ValueError: if header, hash and number do not belong together
    """
    content = base64.b64decode(document["header_xdr"], validate=True)
    header = xdr.LedgerHeader.from_xdr_bytes(content)
    own_hash = hashlib.sha256(content).hexdigest()
    if own_hash != document["hash"] or header.ledger_seq.uint32 != height:
        raise ValueError("not the ledger that was asked for")
    closed = header.scp_value.close_time.time_point.uint64
    return BlockRef(height, own_hash, header.previous_ledger_hash.hash.hex()), int(closed)


def fee_of(transaction: Any) -> int:
    """Return what its signers were charged; nothing where a stranger has bumped it."""
    if transaction["fee_account"] != transaction["source_account"]:
        content = base64.b64decode(transaction["envelope_xdr"], validate=True)
        if not is_paid_by_signers(content):
            return 0
    return int(transaction["fee_charged"])


def held(account: Any, contract: str) -> int:
    """Return what an account holds of an asset, in minor units; 0 without a trustline."""
    line = _line(account, contract)
    return stellar_address.stroops(line["balance"]) if line else 0


def spendable(account: Any, payment: Payment) -> int:
    """Return what would be left above the account's reserve after this payment; less than 0: too little."""
    fee = payment.rate.rate * (UNITS if payment.channel else 1)
    left = held(account, "") - (2 + int(account["subentry_count"])) * BASE_RESERVE - fee - _leaving(payment, "")
    if payment.contract:
        return min(left, held(account, payment.contract) - payment.minor - _leaving(payment, payment.contract))
    return left - payment.minor


def _leaving(payment: Payment, contract: str) -> int:
    return sum(each.minor for each in payment.under_way if each.contract == contract)


def _line(account: Any, contract: str) -> Any:
    for line in account["balances"]:
        is_native = line["asset_type"] == "native"
        if is_native and not contract:
            return line
        if not is_native and contract == f"{line.get('asset_code')}:{line.get('asset_issuer')}":
            return line
    return None


def _check_opening(payment: Payment) -> None:
    if payment.contract:
        raise PaymentImpossible("This account is not open yet: it has to be before it can be paid this.")
    if payment.to.startswith("M"):
        raise PaymentImpossible("The account behind this address is not open yet.")
    if payment.minor < LEAST_OPENING:
        raise PaymentImpossible("This account is not open yet: the first payment opens it and is at least 1 XLM.")


def _check_trust(account: Any, payment: Payment) -> None:
    code, issuer = stellar_address.check_contract(payment.contract)
    if issuer == account["account_id"]:
        return
    line = _line(account, payment.contract)
    if line is None:
        raise PaymentImpossible(f"The recipient has no trustline for {code}: the network would refuse it.")
    if line.get("is_authorized") is False:
        raise PaymentImpossible(f"The issuer of {code} does not let the recipient hold it.")
    if held(account, payment.contract) + payment.minor > stellar_address.stroops(line["limit"]):
        raise PaymentImpossible(f"The recipient does not take so much {code}.")


def _head(ask: Ask) -> tuple[int, BlockRef]:
    [newest] = ask("GET", ["/ledgers?order=desc&limit=1"])["_embedded"]["records"]
    ref, _ = read_ledger(newest, int(newest["sequence"]))
    return ref.height, ref


def _contents(ask: Ask, height: int) -> tuple[Any, list[Any], list[Any]]:
    """Return a ledger, its transactions and its payments, all of one node's."""
    ledger = ask("GET", [f"/ledgers/{height}"])
    transactions = list(pages(ask, f"/ledgers/{height}/transactions?include_failed=true"))
    return ledger, transactions, [_with_amount(ask, each) for each in pages(ask, f"/ledgers/{height}/payments")]


def _with_amount(ask: Ask, payment: Any) -> Any:
    """Return the payment as it is, and an account that merges into another as one of what it held."""
    if payment["type"] != "account_merge":
        return payment
    [came] = [
        effect["amount"]
        for effect in pages(ask, f"/operations/{int(payment['id'])}/effects")
        if (effect["type"], effect["account"]) == ("account_credited", payment["into"])
    ]
    to = {"to": payment["into"], "to_muxed": payment.get("into_muxed")}
    return {**payment, **to, "type": "payment", "asset_type": "native", "amount": came}


def _movements(payments: list[Any], good: dict[str, Any], contracts: frozenset[str]) -> Iterator[Movement]:
    for each in payments:
        txid, is_opening = _hash(each["transaction_hash"]), each["type"] == "create_account"
        if txid not in good:
            raise ValueError("a payment of a transaction that is not in the ledger")
        if each["type"] not in _PAYMENTS and not is_opening:
            continue
        is_native = is_opening or each["asset_type"] == "native"
        contract = "" if is_native else f"{each['asset_code']}:{each['asset_issuer']}"
        if contract and contract not in contracts:
            continue
        account = each["account" if is_opening else "to"]
        movement = Movement(
            txid=txid,
            index=(int(each["id"]) & 0xFFF) - 1,
            address=each.get("to_muxed") or account,
            contract=contract,
            minor=stellar_address.stroops(each["starting_balance" if is_opening else "amount"]),
            memo=_memo(good[txid]),
        )
        if movement.minor:
            yield replace(movement, readings=_readings(account, movement))


def _memo(transaction: Any) -> str:
    """Return what a transaction says, as check_memo writes it."""
    kind, memo = transaction["memo_type"], str(transaction.get("memo", ""))
    if kind == "none":
        return ""
    if kind in {"hash", "return"}:
        memo = base64.b64decode(memo).hex()
    return f"{kind}:{memo}"


def _readings(account: str, movement: Movement) -> tuple[str, ...]:
    """Return whom it may be meant for: the part of the account that its address or memo names, and the account."""
    kind, _, content = movement.memo.partition(":")
    named = stellar_address.tagged_address(account, int(content)) if kind == "id" else ""
    if movement.address == account:
        return (named, account) if named else ()
    if named and named != movement.address:
        return (account,)  # address and memo name two: neither is believed
    return movement.address, account


def _hash(text: Any) -> str:
    if not isinstance(text, str) or not _HASH.fullmatch(text):
        raise ValueError("not a hash")
    return text


def _words(message: str) -> str:
    """Return tx_bad_seq for a result in XDR that says so; whatever else it is, as it is."""
    try:
        result = xdr.TransactionResult.from_xdr(message).result
        inner = result.inner_result_pair
        name = (inner.result.result if inner else result).code.name
    except Exception:  # noqa: BLE001 - the library raises whatever the bytes make it do
        return message
    return "tx_no_source_account" if name == "txNO_ACCOUNT" else f"tx_{name.removeprefix('tx').lower()}"
