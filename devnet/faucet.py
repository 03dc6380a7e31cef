"""Coins from nowhere and blocks on demand, on whichever local network."""

from django.conf import settings

from assets.models import Asset
from assets.queries import get_asset, native_asset
from devnet import jsonrpc, tokens
from devnet.ethereum import Anvil
from devnet.horizon import Horizon
from devnet.jsonrpc import ControlFailed
from devnet.sui.client import SuiNode
from kit.errors import DomainError
from kit.money import format_minor

MAX_BLOCKS = 100


class FaucetRefused(DomainError):
    """The local network did not do it."""

    code = "faucet_refused"
    status = 422
    title = "The faucet cannot do this"
    why = "The local network has no coins to give, or would not take the payment."
    what_to_do = "Ask for less, or look at the devnet's log."
    severity = "low"


def fund(*, network: str, address: str, minor: int, asset: str = "") -> str:
    """
    Pay coins to an address, as anyone outside would; return the transaction's id.

    :param asset: its code; empty: the network's own coin
    :raises FaucetRefused: if the node refuses or does not answer, or the faucet has none of this asset
    """
    family, url = _node(network)
    wanted = get_asset(asset) if asset else native_asset(network)
    if not has(wanted):
        raise FaucetRefused(why=f"The faucet has no {wanted.code}.")
    try:
        if family == "solana":
            return str(jsonrpc.call(url, "devnet_fund", address, minor, wanted.contract))
        if family == "sui":
            return SuiNode(url).fund(address, minor, wanted.contract or "SUI")
        if family == "evm":
            node = Anvil(url)
            return tokens.pay(node, wanted.contract, address, minor) if wanted.contract else node.fund(address, minor)
        amount = format_minor(minor, scale=wanted.scale)
        if family == "stellar":
            return Horizon(url).fund(address, amount, wanted.contract.partition(":")[0])
        return str(jsonrpc.call(url, "devnet_fund", address, amount))
    except (ControlFailed, OSError) as error:
        raise FaucetRefused(why=_reason(error)) from error


def has(asset: Asset) -> bool:
    """Say whether it can be asked for: native coins, and the tokens of all networks that have any."""
    configured = settings.NETWORKS.get(str(asset.network_id))
    return configured is not None and (not asset.contract or configured.adapter in {"evm", "solana", "stellar", "sui"})


def mine(*, network: str, blocks: int) -> int:
    """
    Mine blocks at once; return the new height. On Solana they are final by then: nothing else is read there.

    :raises FaucetRefused: if the node refuses or does not answer
    """
    family, url = _node(network)
    try:
        if family == "solana":
            jsonrpc.call(url, "devnet_mine", blocks)
            return int(jsonrpc.call(url, "getSlot"))
        if family == "sui":
            return SuiNode(url).mine(blocks)
        if family == "evm":
            return Anvil(url).mine(blocks)
        if family == "stellar":
            return Horizon(url).mine(blocks)
        jsonrpc.call(url, "devnet_mine", blocks)
        return int(jsonrpc.call(url, "getblockcount"))
    except (ControlFailed, OSError) as error:
        raise FaucetRefused(why=_reason(error)) from error


def _node(network: str) -> tuple[str, str]:
    configured = settings.NETWORKS[network]
    if not configured.rpc_urls:
        raise FaucetRefused(why="No local node of this network is configured.")
    return configured.adapter, configured.rpc_urls[0]


def _reason(error: ControlFailed | OSError) -> str:
    if isinstance(error, ControlFailed):
        return f"The node says: {error.message}"
    return "The node does not answer."
