"""
What a house on local networks begins with: a scanner on each before anybody is shown an address there, and coins of
the company's own, which pay the gas of sweeps; people's coins do not.
"""

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
    """
    Begin to read every network, and pay coins to each paying wallet that needs some of its own and has none.

    Return which were paid. Harmless twice.
    """
    for network in list_available_networks():
        try:
            deposit.begin(network=network.code, now=now)  # what comes before that, no books would ever have
        except DomainError:  # it does not run
            continue
    return [
        network.code
        for network in list_available_networks()
        if network.family in MINOR and _pay(network.code, MINOR[network.family])
    ]


def _pay(network: str, minor: int) -> bool:
    hot = custody.queries.hot_address(network=network)
    try:
        if chains.queries.get_adapter(network).balance(hot):
            return False
        faucet.fund(network=network, address=hot, minor=minor)
    except DomainError:  # the network does not run: then nothing is swept on it either
        return False
    return True
