"""Reading what exists. Rows here change only with a release, so one process reads each once."""

from functools import cache

from django.conf import settings

from assets.errors import UnknownAsset, UnknownNetwork
from assets.models import Asset, Network


def get_asset(code: str) -> Asset:
    """
    Return the asset with this code.

    :raises UnknownAsset: if there is none
    """
    asset = _assets().get(code)
    if asset is None:
        raise UnknownAsset(f"There is no asset {code!r} here.")
    return asset


def get_network(code: str) -> Network:
    """
    Return the network with this code.

    :raises UnknownNetwork: if there is none
    """
    network = _networks().get(code)
    if network is None:
        raise UnknownNetwork(f"There is no network {code!r} here.")
    return network


def find_asset(*, network: str, contract: str) -> Asset | None:
    """Return the asset a contract stands for on a network (empty: the native one), or None if it is not held here."""
    found = [asset for asset in list_assets() if asset.network_id == network and asset.contract == contract]
    return found[0] if found else None


def native_asset(network: str) -> Asset:
    """Return the asset in which this network's fees are paid."""
    return get_asset(get_network(network).native_asset)


def list_assets() -> list[Asset]:
    return list(_assets().values())


def list_networks() -> list[Network]:
    return list(_networks().values())


def is_available(network: str) -> bool:
    """Tell whether this house has nodes of the network to ask; where it has none, nothing arrives or is sent."""
    return bool(settings.NETWORKS[network].rpc_urls)


def list_available_networks() -> list[Network]:
    """Return the networks on which wallets can be opened, in the order of lists."""
    return [network for network in list_networks() if is_available(network.code)]


def forget() -> None:
    """Read everything anew; for tests and for code that has just added a row."""
    _assets.cache_clear()
    _networks.cache_clear()


@cache
def _assets() -> dict[str, Asset]:
    found = {}
    for asset in Asset.objects.select_related("network"):
        network = settings.NETWORKS.get(str(asset.network_id))
        contract = dict(network.tokens).get(asset.code, "") if network else ""
        if contract:
            asset.contract = contract  # on a test chain it is another than on the main one
        elif asset.contract and network and not network.has_main_tokens:
            continue  # on this chain nobody has said where it is
        found[asset.code] = asset
    return found


@cache
def _networks() -> dict[str, Network]:
    return {network.code: network for network in Network.objects.all()}
