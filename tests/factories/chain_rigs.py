"""One network with a node of its own, the same handles whatever the engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import devnet.ethereum
from chains.base import ChainAdapter
from chains.values import Coin, NetworkConfig, Outpoint, Payment, Priority
from devnet.ethereum import Anvil
from tests.factories.chain_nodes import BitcoinNode, anvil_node, bitcoin_node
from tests.factories.chains import BITCOIN, CONFIGS, adapter, public_key

SHARE = {"bitcoin": 50_000_000, "evm": 10**18, "bsc": 10**18}
"""What a person is given at a time: half a bitcoin, one ether."""

ENGINES = {"evm": devnet.ethereum.ETHEREUM, "bsc": devnet.ethereum.BSC}


class Rig(Protocol):
    name: str
    url: str
    config: NetworkConfig

    def mine(self, blocks: int = 1) -> None: ...

    def fund(self, owner: str) -> str:
        """Pay SHARE to the owner's address; it waits for a block. Return its txid."""

    def reorg(self, depth: int, *, keep_transactions: bool = True) -> None: ...

    def forget(self, txid: str) -> None: ...


class BitcoinRig:
    name = "bitcoin"
    config = BITCOIN

    def __init__(self, node: BitcoinNode) -> None:
        self.url = node.url
        self._node = node

    def mine(self, blocks: int = 1) -> None:
        self._node.mine(blocks)

    def fund(self, owner: str) -> str:
        return self._node.fund(adapter("bitcoin").address_of(public_key(owner)), "0.5")

    def reorg(self, depth: int, *, keep_transactions: bool = True) -> None:
        self._node.call("devnet_reorg", depth, keep_transactions)

    def forget(self, txid: str) -> None:
        self._node.call("devnet_forget", txid)


class EvmRig:
    def __init__(self, node: Anvil, *, name: str = "evm") -> None:
        self.name = name
        self.config = CONFIGS[name]
        self.url = node.url
        self._node = node

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self._node.mine()

    def fund(self, owner: str) -> str:
        return self._node.fund(adapter(self.name).address_of(public_key(owner)), SHARE[self.name])

    def reorg(self, depth: int, *, keep_transactions: bool = True) -> None:
        self._node.reorg(depth, keep_transactions=keep_transactions)

    def forget(self, txid: str) -> None:
        self._node.forget(txid)


@contextmanager
def rig(name: str, folder: Path) -> Iterator[Rig]:
    if name == "bitcoin":
        with bitcoin_node(folder) as node:
            yield BitcoinRig(node)
    else:
        with anvil_node(ENGINES[name]) as anvil:
            yield EvmRig(anvil, name=name)


def connect(rig: Rig, *urls: str, **changes: Any) -> ChainAdapter:
    """An adapter on the rig's node, or on these URLs instead."""
    return adapter(rig.name, rpc_urls=urls or (rig.url,), **changes)


def spend(chain: ChainAdapter, *, owner: str, to: str = "bob", minor: int, **changes: Any) -> Payment:
    """A payment from the owner's last confirmed coins, or next nonce, at today's fast rate."""
    own = chain.address_of(public_key(owner))
    rate = next(rate for rate in chain.fee_rates() if rate.priority is Priority.FAST)
    payment = Payment(chain.address_of(public_key(to)), minor, "", rate)
    if chain.config.adapter == "bitcoin":
        payment = replace(payment, coins=_coins(chain, own), change_address=own)
    else:
        payment = replace(payment, sender=own, nonce=chain.next_nonce(own))
    return replace(payment, **changes)


def _coins(chain: ChainAdapter, address: str) -> tuple[Coin, ...]:
    """The address's unspent outputs in the last blocks, found the way the product finds them."""
    coins: dict[str, Coin] = {}
    head = chain.head().height
    for height in range(max(1, head - 20), head + 1):
        block = chain.block(height)
        for movement in block.movements:
            if movement.address == address:
                outpoint = Outpoint(movement.txid, movement.index)
                coins[str(outpoint)] = Coin(outpoint, movement.minor, address)
        for spent in block.spent:
            coins.pop(str(spent), None)
    return tuple(coins.values())
