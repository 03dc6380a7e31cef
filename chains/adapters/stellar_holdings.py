"""
What a Horizon says of the state at one ledger: of each node by itself.

Horizon knows accounts as they are now. What moved since the ledger is taken back, with the fees; if something moves
while it is read, it is read again.
"""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from chains.adapters import stellar_address
from chains.adapters.agreement import agreed, witnesses
from chains.adapters.horizon import NOT_FOUND, pages
from chains.adapters.stellar_node import fee_of, held, read_ledger
from chains.endpoints import Ask, EndpointDown, Endpoints, RpcRefused
from chains.values import BlockRef, Holdings, Paid

READ_TRIES = 5
_SIGNS = {"account_credited": -1, "account_debited": 1}


class StellarHoldings:
    """The readings that every node is asked for."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints

    def holdings(self, addresses: Sequence[str], *, block: BlockRef, contract: str) -> Holdings:
        def read(ask: Ask) -> dict[str, int]:
            if _hash_at(ask, block.height) != block.hash:
                raise EndpointDown("another_chain", has_left=False)
            return {address: _held_at(ask, address, contract, block.height) for address in addresses}

        answers = self._endpoints.each(read)
        found, nodes = agreed(self._endpoints, answers, what=f"what is held at ledger {block.height}")
        return Holdings(minor=found, nodes=nodes)

    def witnesses(self, block: BlockRef) -> int:
        answers = self._endpoints.each(lambda ask: _hash_at(ask, block.height))
        return witnesses(self._endpoints, answers, block=block)

    def paid(self, txids: Sequence[str]) -> Mapping[str, Paid]:
        def paid(ask: Ask, txid: str) -> Paid:
            found = ask("GET", [f"/transactions/{txid}"])
            return Paid(succeeded=found["successful"] is True, fee_minor=fee_of(found))

        def read(ask: Ask) -> dict[str, Paid]:
            return {txid: paid(ask, txid) for txid in txids}

        return agreed(self._endpoints, self._endpoints.each(read), what="what transactions cost")[0]


def _hash_at(ask: Ask, height: int) -> str:
    """:raises RpcRefused: if the node has not come so far"""
    return read_ledger(ask("GET", [f"/ledgers/{height}"]), height)[0].hash


def _held_at(ask: Ask, address: str, contract: str, height: int) -> int:
    account = stellar_address.account_of(address)
    for _ in range(READ_TRIES):
        before = _account(ask, account)
        if before is None:
            return 0
        if before["last_modified_ledger"] <= height:
            return held(before, contract)
        moved = _moved_since(ask, account, contract, height)
        after = _account(ask, account)
        if after == before:
            return held(before, contract) + moved
    raise EndpointDown("busy", has_left=False)


def _account(ask: Ask, account: str) -> Any:
    try:
        return ask("GET", [f"/accounts/{account}"])
    except RpcRefused as error:
        if error.rpc_code != NOT_FOUND:
            raise
        return None


def _moved_since(ask: Ask, account: str, contract: str, height: int) -> int:
    """Return how much more the account held then than it holds now."""
    path, moved = f"/accounts/{account}", 0
    for effect in takewhile(lambda each: _ledger(each) > height, pages(ask, f"{path}/effects?order=desc")):
        if effect["type"] == "account_created" and not contract:
            moved -= stellar_address.stroops(effect["starting_balance"])
        elif effect["type"] in _SIGNS and _contract(effect) == contract:
            moved += _SIGNS[effect["type"]] * stellar_address.stroops(effect["amount"])
    if contract:
        return moved
    sent = pages(ask, f"{path}/transactions?order=desc&include_failed=true")
    paid = takewhile(lambda each: int(each["ledger"]) > height, sent)
    return moved + sum(int(each["fee_charged"]) for each in paid if each["fee_account"] == account)


def _ledger(effect: Any) -> int:
    """Return the number in an effect's place, which is operation-order."""
    return int(str(effect["paging_token"]).partition("-")[0]) >> 32


def _contract(effect: Any) -> str:
    return "" if effect["asset_type"] == "native" else f"{effect['asset_code']}:{effect['asset_issuer']}"
