"""What each operation does to accounts, and how Horizon shows it: accounts, payments, trustlines, data, merges."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stellar_sdk import (
    AccountMerge,
    Asset,
    BumpSequence,
    ChangeTrust,
    CreateAccount,
    ManageData,
    MuxedAccount,
    Operation,
    PathPaymentStrictReceive,
    PathPaymentStrictSend,
    Payment,
)

from devnet.stellar.amounts import MOST_STROOPS, to_stroops, to_text
from devnet.stellar.state import BASE_RESERVE, Account, Draft, Refused, Trustline

Json = dict[str, Any]


_PAYMENTS = frozenset(
    {"create_account", "payment", "path_payment_strict_send", "path_payment_strict_receive", "account_merge"}
)


@dataclass
class Outcome:
    """What an operation has done: its record, the effects by account, and whom it concerns."""

    record: Json
    effects: list[tuple[str, Json]] = field(default_factory=list)

    @property
    def is_payment(self) -> bool:
        return self.record["type"] in _PAYMENTS


def apply(operation: Operation, *, source: str, draft: Draft, ledger: int) -> Outcome:
    """Do one operation. :raises Refused: with the code of why not"""
    do = _KINDS.get(type(operation))
    if do is None:
        raise Refused("op_not_supported")
    draft.get(source)
    return do(operation, source, draft, ledger)


def is_supported(operation: Operation) -> bool:
    return type(operation) in _KINDS


def asset_name(asset: Asset) -> str:
    """Return CODE:ISSUER, or native."""
    return "native" if asset.is_native() else f"{asset.code}:{asset.issuer}"


def show_asset(name: str) -> Json:
    """Return the fields by which Horizon names an asset."""
    if name == "native":
        return {"asset_type": "native"}
    code, _, issuer = name.partition(":")
    kind = "credit_alphanum4" if len(code) <= 4 else "credit_alphanum12"
    return {"asset_type": kind, "asset_code": code, "asset_issuer": issuer}


def _create_account(operation: CreateAccount, source: str, draft: Draft, ledger: int) -> Outcome:
    stroops = to_stroops(operation.starting_balance)
    if draft.find(operation.destination) is not None:
        raise Refused("op_already_exists")
    if stroops < 2 * BASE_RESERVE:
        raise Refused("op_low_reserve")
    _take(draft, source, "native", stroops)
    draft.open(Account(operation.destination, stroops, ledger << 32))
    created = {"type": "account_created", "starting_balance": to_text(stroops)}
    taken = {"type": "account_debited", "amount": to_text(stroops), **show_asset("native")}
    record = {
        "type": "create_account",
        "type_i": 0,
        "starting_balance": to_text(stroops),
        "funder": source,
        "account": operation.destination,
    }
    return Outcome(record, [(operation.destination, created), (source, taken)])


def _payment(operation: Payment, source: str, draft: Draft, ledger: int) -> Outcome:
    stroops, asset, to = to_stroops(operation.amount), asset_name(operation.asset), operation.destination
    if stroops <= 0:
        raise Refused("op_malformed")
    if draft.find(to.account_id) is None:
        raise Refused("op_no_destination")
    _take(draft, source, asset, stroops)
    _give(draft, to.account_id, asset, stroops)
    shown = {"amount": to_text(stroops), **show_asset(asset)}
    record = {"type": "payment", "type_i": 1, "from": source, "to": to.account_id, **shown}
    record |= muxed("to", to) | muxed("from", operation.source)
    effects: list[tuple[str, Json]] = [
        (to.account_id, {"type": "account_credited", **shown}),
        (source, {"type": "account_debited", **shown}),
    ]
    return Outcome(record, effects)


def _strict_send(operation: PathPaymentStrictSend, source: str, draft: Draft, ledger: int) -> Outcome:
    if to_stroops(operation.dest_min) > to_stroops(operation.send_amount):
        raise Refused("op_under_dest_min")
    return _along_path(operation, operation.send_amount, source=source, draft=draft, kind=13)


def _strict_receive(operation: PathPaymentStrictReceive, source: str, draft: Draft, ledger: int) -> Outcome:
    if to_stroops(operation.dest_amount) > to_stroops(operation.send_max):
        raise Refused("op_over_source_max")
    return _along_path(operation, operation.dest_amount, source=source, draft=draft, kind=2)


def _along_path(
    operation: PathPaymentStrictSend | PathPaymentStrictReceive,
    amount: str,
    *,
    source: str,
    draft: Draft,
    kind: int,
) -> Outcome:
    """Nobody offers anything here: only a path that leads from an asset to itself goes anywhere."""
    if operation.path or operation.send_asset != operation.dest_asset:
        raise Refused("op_too_few_offers")
    outcome = _payment(Payment(operation.destination, operation.dest_asset, amount), source, draft, 0)
    name = "path_payment_strict_receive" if kind == 2 else "path_payment_strict_send"
    outcome.record |= {"type": name, "type_i": kind, "source_amount": amount}
    outcome.record |= {f"source_{key}": value for key, value in show_asset(asset_name(operation.send_asset)).items()}
    return outcome


def _account_merge(operation: AccountMerge, source: str, draft: Draft, ledger: int) -> Outcome:
    """All its lumens go to another account, and it is gone."""
    account, to = draft.get(source), operation.destination
    if to.account_id == source:
        raise Refused("op_malformed")
    if draft.find(to.account_id) is None:
        raise Refused("op_no_account")
    if account.subentries:
        raise Refused("op_has_sub_entries")
    shown = {"amount": to_text(account.balance), **show_asset("native")}
    _give(draft, to.account_id, "native", account.balance)
    account.balance, account.is_merged = 0, True
    record = {"type": "account_merge", "type_i": 8, "account": source, "into": to.account_id, **muxed("into", to)}
    effects: list[tuple[str, Json]] = [
        (source, {"type": "account_debited", **shown}),
        (to.account_id, {"type": "account_credited", **shown}),
        (source, {"type": "account_removed"}),
    ]
    return Outcome(record, effects)


def _change_trust(operation: ChangeTrust, source: str, draft: Draft, ledger: int) -> Outcome:
    if not isinstance(operation.asset, Asset) or operation.asset.is_native():
        raise Refused("op_malformed")
    asset, limit, account = asset_name(operation.asset), to_stroops(operation.limit), draft.get(source)
    issuer = str(operation.asset.issuer)
    if issuer == source:
        raise Refused("op_malformed")
    line = account.trustlines.get(asset)
    if limit < (line.balance if line else 0) or (limit == 0 and line is None):
        raise Refused("op_invalid_limit")
    if limit and draft.find(issuer) is None:
        raise Refused("op_no_issuer")
    if limit == 0:
        del account.trustlines[asset]
    elif line is not None:
        line.limit = limit
    else:
        _make_room(account)
        account.trustlines[asset] = Trustline(limit=limit)
    kind = "trustline_removed" if limit == 0 else "trustline_updated" if line else "trustline_created"
    shown = {**show_asset(asset), "limit": to_text(limit)}
    record = {"type": "change_trust", "type_i": 6, "trustor": source, "trustee": issuer, **shown}
    return Outcome(record, [(source, {"type": kind, **shown})])


def _manage_data(operation: ManageData, source: str, draft: Draft, ledger: int) -> Outcome:
    account, name = draft.get(source), operation.data_name
    value = base64.b64encode(operation.data_value).decode() if operation.data_value is not None else ""
    if operation.data_value is None:
        if name not in account.data:
            raise Refused("op_data_name_not_found")
        del account.data[name]
    else:
        if name not in account.data:
            _make_room(account)
        account.data[name] = value
    record = {"type": "manage_data", "type_i": 10, "name": name, "value": value}
    return Outcome(record, [(source, {"type": "data_updated", "name": name, "value": value})])


def _bump_sequence(operation: BumpSequence, source: str, draft: Draft, ledger: int) -> Outcome:
    """A number that is not above the account's own changes nothing, and is no mistake."""
    account, record = draft.get(source), {"type": "bump_sequence", "type_i": 11, "bump_to": str(operation.bump_to)}
    if operation.bump_to <= account.sequence:
        return Outcome(record)
    account.sequence = operation.bump_to
    return Outcome(record, [(source, {"type": "sequence_bumped", "new_seq": str(operation.bump_to)})])


def muxed(name: str, account: MuxedAccount | None) -> Json:
    """Return the fields that Horizon adds where an account is named with an id; none elsewhere."""
    if account is None or account.account_muxed_id is None:
        return {}
    return {f"{name}_muxed": account.account_muxed, f"{name}_muxed_id": str(account.account_muxed_id)}


def _make_room(account: Account) -> None:
    if account.balance < account.minimum + BASE_RESERVE:
        raise Refused("op_low_reserve")


def _take(draft: Draft, id: str, asset: str, stroops: int) -> None:
    account = draft.get(id)
    if asset == "native":
        if account.spendable < stroops:
            raise Refused("op_underfunded")
        account.balance -= stroops
    elif asset.partition(":")[2] != id:  # an issuer has as much of its own as it likes
        line = account.trustlines.get(asset)
        if line is None:
            raise Refused("op_src_no_trust")
        if line.balance < stroops:
            raise Refused("op_underfunded")
        line.balance -= stroops


def _give(draft: Draft, id: str, asset: str, stroops: int) -> None:
    account = draft.find(id)
    if account is None:
        raise Refused("op_no_destination")
    if asset == "native":
        if account.balance + stroops > MOST_STROOPS:
            raise Refused("op_line_full")
        account.balance += stroops
    elif asset.partition(":")[2] != id:
        line = account.trustlines.get(asset)
        if line is None:
            raise Refused("op_no_trust")
        if line.balance + stroops > line.limit:
            raise Refused("op_line_full")
        line.balance += stroops


_KINDS: dict[type[Operation], Callable[[Any, str, Draft, int], Outcome]] = {
    CreateAccount: _create_account,
    Payment: _payment,
    ChangeTrust: _change_trust,
    ManageData: _manage_data,
    PathPaymentStrictSend: _strict_send,
    PathPaymentStrictReceive: _strict_receive,
    AccountMerge: _account_merge,
    BumpSequence: _bump_sequence,
}
