"""The coins of the company's own that a house begins with: it pays the gas of sweeps, and people's coins do not."""

from datetime import datetime

import chains.queries
import custody.queries
from assets.queries import list_available_networks
from devnet import faucet
from kit.errors import DomainError
from transactions.flows import deposit

MINOR = {"evm": 10**18, "solana": 10**10, "stellar": 10_000 * 10**7, "sui": 10**12}
"""By family: fees of many sweeps; ten thousand lumens, to open all wallets' account."""


def bring_in(*, now: datetime) -> list[str]:
    """Pay coins to each paying wallet that needs some of its own and has none; return the networks. Harmless twice."""
    return [
        network.code
        for network in list_available_networks()
        if network.family in MINOR and _pay(network.code, MINOR[network.family], now)
    ]


def _pay(network: str, minor: int, now: datetime) -> bool:
    hot = custody.queries.hot_address(network=network)
    try:
        if chains.queries.get_adapter(network).balance(hot):
            return False
        deposit.begin(network=network, now=now)  # the scanner starts before the coins come, so that the books have them
        faucet.fund(network=network, address=hot, minor=minor)
    except DomainError:  # the network does not run: then nothing is swept on it either
        return False
    return True
