"""Solana's JSON-RPC: the methods that wallets use, with the node's numbers, shapes and words."""

import base64
from collections.abc import Callable
from typing import Any

from solders.message import from_bytes_versioned
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from devnet.solana.errors import INVALID_PARAMS, METHOD_NOT_FOUND, NOT_AVAILABLE, SKIPPED, RpcError
from devnet.solana.machine import fee_of, ui_amount
from devnet.solana.node import FIRST_SLOT, VALID_BLOCKS, Node
from devnet.solana.store import StoredAccount, StoredBlock, StoredTransaction

Json = dict[str, Any]
RENT_EPOCH = 2**64 - 1
MOST_SIGNATURES = 1_000


class Methods:
    """Each method is called under the node's lock."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def find(self, name: str) -> Callable[..., Any]:
        method = getattr(self, name, None)
        if name.startswith("_") or name in {"find", "node"} or not callable(method):
            raise RpcError(METHOD_NOT_FOUND, "Method not found")
        found: Callable[..., Any] = method
        return found

    # --- The chain
    def getHealth(self) -> str:  # noqa: N802 - the protocol's name, as all below
        return "ok"

    def getVersion(self) -> Json:  # noqa: N802
        return {"solana-core": "2.3.0", "feature-set": 0}

    def getGenesisHash(self) -> str:  # noqa: N802
        return self._existing(FIRST_SLOT).hash

    def getSlot(self, config: Json | None = None) -> int:  # noqa: N802
        return self._newest(config).slot + self.node.switches.false_slots

    def getBlockHeight(self, config: Json | None = None) -> int:  # noqa: N802
        return self._newest(config).number

    def getLatestBlockhash(self, config: Json | None = None) -> Json:  # noqa: N802
        block = self._newest(config)
        return self._context({"blockhash": block.hash, "lastValidBlockHeight": block.number + VALID_BLOCKS}, config)

    def isBlockhashValid(self, recent: str, config: Json | None = None) -> Json:  # noqa: N802
        return self._context(self.node.is_young(recent), config)

    def getBlocks(self, first: int, last: int | None = None, config: Json | None = None) -> list[int]:  # noqa: N802
        top = self.node.seen(_commitment(config))
        return self.node.store.slots(first, top if last is None else min(last, top))

    def getBlock(self, slot: int, config: Json | None = None) -> Json:  # noqa: N802
        config = config or {}
        if slot > self.node.seen(_commitment(config)):
            raise RpcError(NOT_AVAILABLE, f"Block not available for slot {slot}")
        block = self._existing(slot)
        shown: Json = {
            "blockhash": block.hash,
            "previousBlockhash": block.parent,
            "parentSlot": block.parent_slot,
            "blockHeight": block.number,
            "blockTime": block.time,
        }
        if config.get("transactionDetails", "full") == "full":
            shown["transactions"] = [self._shown(each, config) for each in self.node.store.transactions_of(slot)]
        return shown

    # --- Fees
    def getFeeForMessage(self, message: str, config: Json | None = None) -> Json:  # noqa: N802
        try:
            found = from_bytes_versioned(base64.b64decode(message))
        except ValueError as error:
            raise RpcError(INVALID_PARAMS, "failed to deserialize message") from error
        is_young = self.node.is_young(str(found.recent_blockhash))
        return self._context(fee_of(found) if is_young else None, config)

    def getRecentPrioritizationFees(self, addresses: list[str] | None = None) -> list[Json]:  # noqa: N802
        price = self.node.switches.unit_price
        slots = self.node.store.slots(self.node.slot - 150, self.node.slot)
        return [{"slot": slot, "prioritizationFee": price} for slot in slots]

    def getMinimumBalanceForRentExemption(self, size: int, config: Json | None = None) -> int:  # noqa: N802
        return self.node.machine.rent(size)

    # --- Accounts
    def getBalance(self, address: str, config: Json | None = None) -> Json:  # noqa: N802
        _address(address)
        return self._context(self.node.machine.lamports(address) + self.node.switches.false_lamports, config)

    def getAccountInfo(self, address: str, config: Json | None = None) -> Json:  # noqa: N802
        return self._context(self._account(address), config)

    def getMultipleAccounts(self, addresses: list[str], config: Json | None = None) -> Json:  # noqa: N802
        return self._context([self._account(address) for address in addresses], config)

    def getTokenAccountBalance(self, address: str, config: Json | None = None) -> Json:  # noqa: N802
        found = self.node.machine.token_balances([_address(address)])
        if not found:
            raise RpcError(INVALID_PARAMS, "Invalid param: could not find account")
        return self._context(found[0]["uiTokenAmount"], config)

    def getTokenSupply(self, mint: str, config: Json | None = None) -> Json:  # noqa: N802
        found = self.node.machine.account(_address(mint))
        if found is None:
            raise RpcError(INVALID_PARAMS, "Invalid param: could not find mint")
        return self._context(ui_amount(int.from_bytes(found.data[36:44], "little"), found.data[44]), config)

    # --- Transactions
    def sendTransaction(self, raw: str, config: Json | None = None) -> str:  # noqa: N802
        transaction = _transaction(raw)
        return self.node.submit(transaction, rehearse=not (config or {}).get("skipPreflight"))

    def simulateTransaction(self, raw: str, config: Json | None = None) -> Json:  # noqa: N802
        run = self.node.machine.simulate(_transaction(raw))
        value = {"err": run.error, "logs": list(run.logs), "accounts": None, "unitsConsumed": run.units}
        return self._context(value, config)

    def getTransaction(self, signature: str, config: Json | None = None) -> Json | None:  # noqa: N802
        _signature(signature)
        found = self.node.store.transaction(signature)
        if found is None or found.slot > self.node.seen(_commitment(config)):
            return None
        return {"slot": found.slot, "blockTime": self._existing(found.slot).time, **self._shown(found, config or {})}

    def getSignatureStatuses(self, signatures: list[str], config: Json | None = None) -> Json:  # noqa: N802
        return self._context([self._status(_signature(each)) for each in signatures], {"commitment": "processed"})

    def getSignaturesForAddress(self, address: str, config: Json | None = None) -> list[Json]:  # noqa: N802
        config = config or {}
        found = self.node.store.transactions_at(
            _address(address),
            up_to=self.node.seen(_commitment(config)),
            before=config.get("before", ""),
            limit=min(config.get("limit", MOST_SIGNATURES), MOST_SIGNATURES),
        )
        return [
            {"signature": each.signature, "slot": each.slot, "err": each.meta["err"], "memo": None} for each in found
        ]

    # --- What they share
    def _newest(self, config: Json | None) -> StoredBlock:
        found = self.node.store.last_block(up_to=self.node.seen(_commitment(config)))
        assert found is not None
        return found

    def _existing(self, slot: int) -> StoredBlock:
        block = self.node.store.block(slot)
        if block is None:
            raise RpcError(SKIPPED, f"Slot {slot} was skipped, or missing due to ledger jump to recent snapshot")
        return block

    def _context(self, value: Any, config: Json | None) -> Json:
        return {"context": {"slot": self.node.seen(_commitment(config)), "apiVersion": "2.3.0"}, "value": value}

    def _status(self, signature: str) -> Json | None:
        found = self.node.store.transaction(signature)
        if found is None or found.slot > self.node.seen("processed"):
            return None
        names = ("finalized", "confirmed", "processed")
        reached = next(name for name in names if found.slot <= self.node.seen(name))
        depth = self.node.slot - found.slot
        return {
            "slot": found.slot,
            "confirmations": None if reached == "finalized" else depth,
            "err": found.meta["err"],
            "status": found.meta["status"],
            "confirmationStatus": reached,
        }

    def _shown(self, found: StoredTransaction, config: Json) -> Json:
        if config.get("encoding", "json") != "base64":
            raise RpcError(INVALID_PARAMS, "Invalid param: this node writes transactions in base64 only")
        meta, false = dict(found.meta), self.node.switches.false_lamports
        meta["postBalances"] = [each + false for each in meta["postBalances"]]
        return {"transaction": [base64.b64encode(found.raw).decode(), "base64"], "meta": meta, "version": 0}

    def _account(self, address: str) -> Json | None:
        found: StoredAccount | None = self.node.machine.account(_address(address))
        if found is None or found.lamports == 0:
            return None
        return {
            "lamports": found.lamports + self.node.switches.false_lamports,
            "owner": found.owner,
            "executable": found.executable,
            "rentEpoch": RENT_EPOCH,
            "space": len(found.data),
            "data": [base64.b64encode(found.data).decode(), "base64"],
        }


def _commitment(config: Json | None) -> str:
    return str((config or {}).get("commitment", "finalized"))


def _address(text: str) -> str:
    try:
        return str(Pubkey.from_string(text))
    except ValueError as error:
        raise RpcError(INVALID_PARAMS, "Invalid param: WrongSize") from error


def _signature(text: str) -> str:
    try:
        return str(Signature.from_string(text))
    except ValueError as error:
        raise RpcError(INVALID_PARAMS, "Invalid param: WrongSize") from error


def _transaction(raw: str) -> VersionedTransaction:
    try:
        return VersionedTransaction.from_bytes(base64.b64decode(raw, validate=True))
    except ValueError as error:
        raise RpcError(INVALID_PARAMS, f"failed to deserialize VersionedTransaction: {error}") from error
