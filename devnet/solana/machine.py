"""Solana's own virtual machine with the accounts of this node: it runs transactions, and says what they changed."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from solders.account import Account
from solders.address_lookup_table_account import ID as ADDRESS_TABLES
from solders.address_lookup_table_account import LOOKUP_TABLE_META_SIZE
from solders.compute_budget import ID as COMPUTE_BUDGET
from solders.litesvm import LiteSVM
from solders.message import Message, MessageV0, MessageV1
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import FailedTransactionMetadata

from devnet.solana.errors import INVALID_PARAMS, RpcError
from devnet.solana.store import StoredAccount

TOKEN_PROGRAMS = {
    "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
    "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
}
SIGNATURE_FEE = 5_000
USUAL_UNITS = 200_000
TOKEN_ACCOUNT_BYTES = 165
_EPOCH_SLOTS = 432_000


@dataclass(frozen=True)
class Run:
    """How a transaction ran. `landed`: it is in the block and has paid, even if it failed."""

    landed: bool
    error: Any  # as JSON-RPC writes it; None: it succeeded
    logs: Sequence[str]
    units: int
    text: str = ""


class Machine:
    """Block hashes are checked by the node, not here: the machine takes any."""

    def __init__(self) -> None:
        self._svm = LiteSVM().with_blockhash_check(False).with_sigverify(True).with_transaction_history(0)

    def set_slot(self, slot: int) -> None:
        clock = self._svm.get_clock()
        clock.slot = slot
        clock.epoch = slot // _EPOCH_SLOTS
        clock.unix_timestamp = int(time.time())
        self._svm.set_clock(clock)

    def simulate(self, transaction: VersionedTransaction) -> Run:
        return _run(self._svm.simulate_transaction(transaction), landed=False)

    def execute(self, transaction: VersionedTransaction) -> Run:
        """Run it for good: one that fails in a program pays its fee all the same, any other changes nothing."""
        rehearsed = self.simulate(transaction)
        if rehearsed.error is not None and "InstructionError" not in rehearsed.error:
            return rehearsed
        return _run(self._svm.send_transaction(transaction), landed=True)

    def lamports(self, address: str) -> int:
        return int(self._svm.get_balance(Pubkey.from_string(address)) or 0)

    def account(self, address: str) -> StoredAccount | None:
        found = self._svm.get_account(Pubkey.from_string(address))
        if found is None:
            return None
        return StoredAccount(address, found.lamports, str(found.owner), found.executable, bytes(found.data))

    def load(self, accounts: Iterable[StoredAccount]) -> None:
        for each in accounts:
            owner = Pubkey.from_string(each.owner)
            account = Account(each.lamports, each.data, owner, each.executable, 2**64 - 1)
            self._svm.set_account(Pubkey.from_string(each.address), account)

    def looked_up(self, message: Message | MessageV0 | MessageV1) -> tuple[list[str], list[str]]:
        """Return the accounts that a message takes out of address tables: those it may change, and the others."""
        writable: list[str] = []
        readonly: list[str] = []
        for each in message.address_table_lookups if isinstance(message, MessageV0) else ():
            table = self.account(str(each.account_key))
            if table is None or table.owner != str(ADDRESS_TABLES):
                raise RpcError(INVALID_PARAMS, "invalid transaction: Address lookup table not found")
            held = table.data[LOOKUP_TABLE_META_SIZE:]
            keys = [held[at : at + 32] for at in range(0, len(held) - 31, 32)]
            if max(*each.writable_indexes, *each.readonly_indexes, 0, 0) >= len(keys):
                raise RpcError(INVALID_PARAMS, "invalid transaction: Address table lookup uses an invalid index")
            writable += [str(Pubkey(keys[index])) for index in each.writable_indexes]
            readonly += [str(Pubkey(keys[index])) for index in each.readonly_indexes]
        return writable, readonly

    def rent(self, size: int) -> int:
        return int(self._svm.minimum_balance_for_rent_exemption(size))

    def token_balances(self, keys: Sequence[str]) -> list[Mapping[str, Any]]:
        """Return the token balances among these accounts, as a transaction's meta shows them."""
        found: list[Mapping[str, Any]] = []
        for index, key in enumerate(keys):
            account = self.account(key)
            if account is None or account.owner not in TOKEN_PROGRAMS or len(account.data) < TOKEN_ACCOUNT_BYTES:
                continue
            mint = str(Pubkey(account.data[:32]))
            of = self.account(mint)
            if of is None:
                continue
            minor = int.from_bytes(account.data[64:72], "little")
            found.append(
                {
                    "accountIndex": index,
                    "mint": mint,
                    "owner": str(Pubkey(account.data[32:64])),
                    "programId": account.owner,
                    "uiTokenAmount": ui_amount(minor, of.data[44]),
                }
            )
        return found


def ui_amount(minor: int, decimals: int) -> dict[str, Any]:
    shown = f"{minor // 10**decimals}.{minor % 10**decimals:0{decimals}d}".rstrip("0").rstrip(".")
    return {
        "amount": str(minor),
        "decimals": decimals,
        "uiAmount": minor / 10**decimals,
        "uiAmountString": shown if decimals else str(minor),
    }


def fee_of(message: Message | MessageV0 | MessageV1) -> int:
    """Return what the network takes: for each signature, and for each compute unit that it may use."""
    limit, price, others = None, 0, 0
    for each in message.instructions:
        data = bytes(each.data)
        if message.account_keys[each.program_id_index] != COMPUTE_BUDGET:
            others += 1
        elif data[0] == 2:
            limit = int.from_bytes(data[1:5], "little")
        elif data[0] == 3:
            price = int.from_bytes(data[1:9], "little")
    units = USUAL_UNITS * others if limit is None else limit
    return SIGNATURE_FEE * message.header.num_required_signatures - (-units * price // 1_000_000)


def _run(result: Any, *, landed: bool) -> Run:
    if isinstance(result, FailedTransactionMetadata):
        meta = result.meta()
        error = _error(result.err())
        return Run(
            landed and "InstructionError" in error, error, meta.logs(), meta.compute_units_consumed(), str(result.err())
        )
    meta = result if landed else result.meta()
    return Run(landed, None, meta.logs(), meta.compute_units_consumed())


def _error(error: Any) -> Any:
    """Return an error as JSON-RPC writes it; the library's own writing loses the number of a program's error."""
    if hasattr(error, "index") and hasattr(error, "err"):
        inner = error.err
        return {"InstructionError": [error.index, {"Custom": inner.code} if hasattr(inner, "code") else _name(inner)]}
    return _name(error)


def _name(error: Any) -> str:
    return str(error).rsplit(".", maxsplit=1)[-1]
