"""What lies at addresses of Solana: balances, and what a payment must know of its recipient and its token."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from solders.pubkey import Pubkey

from chains.adapters import solana_payload
from chains.adapters.solana_payload import ACCOUNT_BYTES, LEAST_BALANCE
from chains.endpoints import Endpoints, RpcRefused
from chains.errors import NodeUnavailable, PaymentImpossible, SenderShort, TokenNotSupported
from chains.values import Payment, Unsigned

_FINAL = {"commitment": "finalized"}
_MINT_BYTES = 82
_EXTENSIONS_AT = 166
"""In a mint of Token-2022: one byte says what it is (165), then come its extensions."""

_HARMLESS = {
    3: "mint close authority",
    10: "interest-bearing, shown only",
    18: "metadata pointer",
    19: "metadata",
    20: "group pointer",
    21: "group",
    22: "group member pointer",
    23: "group member",
    25: "scaled amount, shown only",
}
"""Extensions of Token-2022 that change nothing about a transfer. Whatever is not named here is refused."""

_REFUSED = {
    1: "it keeps a part of each transfer",
    4: "amounts can be hidden in it",
    6: "its accounts begin frozen",
    9: "it cannot be transferred",
    12: "somebody may take it from any account",
    14: "it runs a program of its own with each transfer",
    16: "it keeps a hidden part of each transfer",
    24: "amounts can be hidden in it",
    26: "somebody may stop all transfers",
}
_STATE_AT, _FROZEN = 108, 2
_TAKES_MEMOS_ONLY = 8
"""An extension of accounts of Token-2022: what arrives must come with a memo."""

_UNITS, _TOKEN_UNITS, _CREATING_UNITS, _MEMO_UNITS = 1_000, 20_000, 60_000, 60_000
"""Compute units that each part of a payment may use: about twice what it does."""


class Accounts:
    """Asks for accounts, one node after the other."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._programs: dict[str, str] = {}

    def balance(self, address: str, contract: str) -> int:
        """Return what an address holds now; of a token, what lies on its associated account."""
        try:
            if not contract:
                return int(self._endpoints.call("getBalance", [address, _FINAL])["value"])
            account = solana_payload.token_account(address, contract, self.program_of(contract))
            found = self._many([account])[account]
        except RpcRefused as error:
            raise NodeUnavailable("The node could not read the balance.") from error
        return 0 if found is None else int.from_bytes(_data(found)[64:72], "little")

    def program_of(self, mint: str) -> str:
        """Return the program a token lives in. :raises TokenNotSupported: if there is no such token"""
        if mint not in self._programs:
            program, _ = _mint(self._many([mint])[mint])
            self._programs[mint] = program
        return self._programs[mint]

    def rent_of(self, payment: Payment) -> int:
        """Return the lamports that making the recipient's account takes."""
        if not payment.creates:
            return 0
        return solana_payload.rent(ACCOUNT_BYTES[Pubkey.from_string(payment.program)])

    def prepare(self, payment: Payment) -> Payment:
        """:raises PaymentImpossible, TokenNotSupported: as SolanaNode.prepare"""
        units = _UNITS + (_MEMO_UNITS if payment.memo else 0)
        if not payment.contract:
            recipient = self._many([payment.to])[payment.to]
            _check_recipient(recipient)
            if recipient is None and payment.minor < LEAST_BALANCE:
                raise PaymentImpossible(
                    "The network keeps no account with less than 0.00089088 SOL.",
                    what_to_do="Send at least 0.00089088 SOL to an address that holds nothing yet.",
                )
            return replace(payment, gas_limit=units)
        return self._prepare_token(payment, units)

    def check_sender(self, unsigned: Unsigned) -> None:
        """
        See that whoever pays has it, and is left with nothing or with what the network keeps an account for.

        :raises SenderShort: if it is not there, or the payer would be left with too little
        :raises PaymentImpossible: if an address whose fee another pays would be
        """
        payer, sender = unsigned.senders[0], unsigned.senders[-1]
        coins = sum(each.minor for each in unsigned.outputs if not each.contract)
        leaves = {sender: coins}
        leaves[payer] = leaves.get(payer, 0) + unsigned.max_fee_minor
        found = self._many(list(leaves))
        for address, minor in leaves.items():
            left = (found[address] or {"lamports": 0})["lamports"] - minor
            if left >= LEAST_BALANCE or left == 0 or minor == 0:
                continue
            if address == payer or left < 0:
                raise SenderShort
            raise PaymentImpossible("The address would be left with less than the network keeps an account for.")

    def _prepare_token(self, payment: Payment, units: int) -> Payment:
        if not Pubkey.from_string(payment.to).is_on_curve():
            raise PaymentImpossible("This address belongs to a program: tokens sent there may be lost.")
        program = self.program_of(payment.contract)
        account = solana_payload.token_account(payment.to, payment.contract, program)
        found = self._many([payment.to, payment.contract, account])
        _check_recipient(found[payment.to])
        program, decimals = _mint(found[payment.contract])
        is_missing = found[account] is None
        if not is_missing:
            _check_token_account(found[account], has_memo=bool(payment.memo))
        prepared = replace(
            payment,
            program=program,
            decimals=decimals,
            creates=is_missing,
            gas_limit=units + _TOKEN_UNITS + (_CREATING_UNITS if is_missing else 0),
        )
        size = ACCOUNT_BYTES[Pubkey.from_string(program)]
        if is_missing and self._endpoints.call("getMinimumBalanceForRentExemption", [size]) > self.rent_of(prepared):
            raise NodeUnavailable("The network asks for more than a payment allows to keep an account.")
        return prepared

    def _many(self, addresses: list[str]) -> Mapping[str, Any]:
        asked = [addresses, {**_FINAL, "encoding": "base64"}]
        found = self._endpoints.call("getMultipleAccounts", asked)["value"]
        if len(found) != len(addresses):
            raise ValueError("other accounts than those asked for")
        return dict(zip(addresses, found, strict=True))


def _check_recipient(account: Any) -> None:
    if account is None:
        return
    if account["executable"]:
        raise PaymentImpossible("This is the address of a program: whatever is sent there is lost.")
    if Pubkey.from_string(account["owner"]) in ACCOUNT_BYTES:
        raise PaymentImpossible("This is the account of a token: ask for the address of the wallet it belongs to.")


def _check_token_account(account: Any, *, has_memo: bool) -> None:
    """See that a recipient's own account takes the token. :raises PaymentImpossible: if it does not"""
    data = _data(account)
    if data[_STATE_AT] == _FROZEN:
        raise PaymentImpossible("Whoever issues this token has frozen the recipient's account.")
    if _extensions(data).get(_TAKES_MEMOS_ONLY, b"\0") != b"\0" and not has_memo:
        raise PaymentImpossible(
            "The recipient takes this token only with a memo.", what_to_do="Ask the recipient which, and write it."
        )


def _mint(account: Any) -> tuple[str, int]:
    """Return a mint's program and decimals. :raises TokenNotSupported: if it is none, or does what we cannot foresee"""
    if account is None or Pubkey.from_string(account["owner"]) not in ACCOUNT_BYTES:
        raise TokenNotSupported("There is no such token on this network.")
    data = _data(account)
    if len(data) < _MINT_BYTES or not data[45]:
        raise TokenNotSupported("There is no such token on this network.")
    for kind in _extensions(data):
        if kind not in _HARMLESS:
            raise TokenNotSupported(why=f"Its rules are not safe here: {_REFUSED.get(kind, 'nobody here knows them')}.")
    return str(account["owner"]), data[44]


def _extensions(data: bytes) -> dict[int, bytes]:
    """Return a mint's or account's extensions by kind: each is a kind and a length of two bytes, then its content."""
    found, at = {}, _EXTENSIONS_AT
    while at + 4 <= len(data):
        kind, size = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        if kind == 0:
            break
        found[kind] = data[at + 4 : at + 4 + size]
        at += 4 + size
    return found


def _data(account: Any) -> bytes:
    text, encoding = account["data"]
    if encoding != "base64":
        raise ValueError("not the encoding that was asked for")
    return base64.b64decode(text, validate=True)
