"""Real coins on the local networks, out of their faucets: a sandbox that says it has delivered has."""

from collections.abc import Mapping
from decimal import Decimal

WEI_PER_ETHER = 10**18
DELIVERED = {("BTC", "bitcoin"), ("ETH", "ethereum")}


class Coins:
    """Pays from the faucets of the networks whose node URLs are given; a URL may hold user:password@."""

    def __init__(self, nodes: Mapping[str, str]) -> None:
        self.nodes = nodes

    def __call__(self, network: str, address: str, amount: Decimal) -> str:
        """
        Pay native coins, in major units; return the transaction's id.

        :raises LookupError: if there is no node of this network
        :raises ControlFailed, OSError: if it refuses or does not answer
        """
        url = self.nodes[network]
        if network == "ethereum":
            from devnet.ethereum import Anvil

            return Anvil(url).fund(address, int(amount * WEI_PER_ETHER))
        from devnet import jsonrpc

        return str(jsonrpc.call(url, "devnet_fund", address, f"{amount:f}"))
