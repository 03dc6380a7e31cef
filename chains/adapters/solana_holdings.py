"""
What addresses of Solana held at the end of one block, as every node that is well says.

Nodes know present balances only. But each transaction says what its accounts held after it: so what an address held
at a block, its last transaction up to there says.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chains.adapters import solana_payload
from chains.adapters.agreement import agreed, witnesses
from chains.adapters.solana_accounts import Accounts
from chains.adapters.solana_node import FINAL, TOKEN_INDEX, WHOLE, amount, cost, keys_of, number, parsed, ref_at
from chains.endpoints import Ask, EndpointDown, Endpoints
from chains.values import BlockRef, Holdings, Paid

_PAGE = 1_000
_MOST_PAGES = 50


class SolanaHoldings:
    """The calls of ChainAdapter that compare nodes."""

    def __init__(self, endpoints: Endpoints, accounts: Accounts) -> None:
        self._endpoints = endpoints
        self._accounts = accounts

    def holdings(self, addresses: Sequence[str], *, block: BlockRef, contract: str = "") -> Holdings:
        """Return the holdings, of tokens those on associated accounts. :raises: as agreed"""
        program = self._accounts.program_of(contract) if contract else ""
        at = {
            address: solana_payload.token_account(address, contract, program) if contract else address
            for address in addresses
        }

        def read(ask: Ask) -> Mapping[str, int]:
            _check_has(ask, block)
            return {address: _held(ask, account, block.height, contract) for address, account in at.items()}

        said = self._endpoints.each(read)
        found, nodes = agreed(self._endpoints, said, what=f"what our addresses held at block {block.height}")
        return Holdings(found, nodes)

    def witnesses(self, block: BlockRef) -> int:
        def read(ask: Ask) -> str:
            found = ref_at(ask, block.height)
            if found is None:
                raise EndpointDown("behind", has_left=False)
            return found.hash

        return witnesses(self._endpoints, self._endpoints.each(read), block=block)

    def paid(self, txids: Sequence[str]) -> Mapping[str, Paid]:
        def read(ask: Ask) -> Mapping[str, Paid]:
            return {txid: _paid(ask, txid) for txid in txids}

        return agreed(self._endpoints, self._endpoints.each(read), what="what transactions of ours cost")[0]


def _check_has(ask: Ask, block: BlockRef) -> None:
    found = ref_at(ask, block.height)
    if found is None or found.hash != block.hash:
        raise EndpointDown("behind", has_left=False)


def _held(ask: Ask, account: str, height: int, contract: str) -> int:
    """Return what an account held after its last transaction up to this slot; nothing where there is none."""
    txid = _last(ask, account, height)
    if txid is None:
        return 0
    found = ask("getTransaction", [txid, WHOLE])
    index = keys_of(found, parsed(found)).index(account)
    meta = found["meta"]
    if not contract:
        return number(meta["postBalances"][index])
    held = [each for each in meta["postTokenBalances"] or () if number(each["accountIndex"]) == index < TOKEN_INDEX]
    return amount(held[0]["uiTokenAmount"]["amount"]) if held else 0


def _last(ask: Ask, account: str, height: int) -> str | None:
    before: dict[str, Any] = {}
    for _ in range(_MOST_PAGES):
        page = ask("getSignaturesForAddress", [account, {**FINAL, "limit": _PAGE, **before}])
        for each in page:
            if number(each["slot"]) <= height:
                return str(each["signature"])
        if len(page) < _PAGE:
            return None
        before = {"before": page[-1]["signature"]}
    raise ValueError("too many transactions since")


def _paid(ask: Ask, txid: str) -> Paid:
    found = ask("getTransaction", [txid, WHOLE])
    if found is None:
        raise EndpointDown("behind", has_left=False)
    return Paid(found["meta"]["err"] is None, cost(found["meta"]))
