"""What an EVM node says of the state at one block, asked for by its hash (EIP-1898): of each node by itself."""

from collections.abc import Mapping, Sequence

from chains.adapters.agreement import agreed, witnesses
from chains.adapters.evm_json import quantity
from chains.endpoints import Ask, EndpointDown, Endpoints
from chains.values import BlockRef, Holdings, Paid

_BALANCE_OF = "0x70a08231"
_WORD = 2 + 64


class EvmHoldings:
    """The readings that every node is asked for; nodes keep the state of some 128 blocks, archives all."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints

    def holdings(self, addresses: Sequence[str], *, block: BlockRef, contract: str) -> Holdings:
        at = {"blockHash": block.hash, "requireCanonical": True}

        def balance(ask: Ask, address: str) -> int:
            if not contract:
                return quantity(ask("eth_getBalance", [address, at]))
            data = _BALANCE_OF + address[2:].lower().rjust(64, "0")
            answer = ask("eth_call", [{"to": contract, "data": data}, at])
            if len(answer) < _WORD:
                raise ValueError("there is no token contract at this address")
            return quantity(answer[:_WORD])

        def read(ask: Ask) -> dict[str, int]:
            self._check_is_there(ask, block)
            return {address: balance(ask, address) for address in addresses}

        answers = self._endpoints.each(read)
        found, nodes = agreed(self._endpoints, answers, what=f"what is held at block {block.height}")
        return Holdings(minor=found, nodes=nodes)

    def witnesses(self, block: BlockRef) -> int:
        def read(ask: Ask) -> str:
            there = ask("eth_getBlockByNumber", [hex(block.height), False])
            if there is None:
                raise EndpointDown("behind", has_left=False)
            return str(there["hash"])

        return witnesses(self._endpoints, self._endpoints.each(read), block=block)

    def sent_counts(self, addresses: Sequence[str], *, block: BlockRef) -> Mapping[str, int]:
        at = {"blockHash": block.hash, "requireCanonical": True}

        def read(ask: Ask) -> dict[str, int]:
            return {address: quantity(ask("eth_getTransactionCount", [address, at])) for address in addresses}

        answers = self._endpoints.each(read)
        return agreed(self._endpoints, answers, what=f"how much was sent by block {block.height}")[0]

    def paid(self, txids: Sequence[str]) -> Mapping[str, Paid]:
        def paid(ask: Ask, txid: str) -> Paid:
            receipt = ask("eth_getTransactionReceipt", [txid])
            if receipt is None:
                raise EndpointDown("behind", has_left=False)
            fee = quantity(receipt["gasUsed"]) * quantity(receipt["effectiveGasPrice"])
            return Paid(succeeded=quantity(receipt["status"]) == 1, fee_minor=fee)

        def read(ask: Ask) -> dict[str, Paid]:
            return {txid: paid(ask, txid) for txid in txids}

        return agreed(self._endpoints, self._endpoints.each(read), what="what transactions cost")[0]

    def _check_is_there(self, ask: Ask, block: BlockRef) -> None:
        """:raises EndpointDown: if the node has another block at this height: not every node minds requireCanonical"""
        there = ask("eth_getBlockByNumber", [hex(block.height), False])
        if there is None or there["hash"] != block.hash:
            raise EndpointDown("another_chain", has_left=False)
