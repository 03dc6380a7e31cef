"""
Cold addresses and the limits of the hot wallet, as deployment configuration names them.

Nobody sets them through the product: whoever could, could have the treasury sent to themselves.
"""

import logging
from dataclasses import dataclass
from functools import cache

from django.conf import settings

import custody.queries
from assets.models import Asset
from chains.errors import AddressInvalid
from chains.registry import ADAPTERS
from chains.values import NetworkConfig

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What the hot wallet shall hold of an asset, in minor units: floor <= target <= ceiling."""

    floor: int
    target: int
    ceiling: int


def limits(asset: Asset) -> Limits | None:
    """Return an asset's limits, digits beyond its scale cut off; None: nobody has set any."""
    found = settings.HOT_LIMITS.get(asset.code)
    if found is None:
        return None
    return Limits(*(int(each * 10**asset.scale) for each in found))


def addresses(network: str) -> tuple[str, ...]:
    """Return a network's cold addresses in canonical form, the one in use first; what is no address is left out."""
    return _canonical(settings.NETWORKS[network])


def address_in_use(network: str) -> str:
    """Return where overflow goes and refills come from; empty: there is none, or one of our own keys has it."""
    found = next(iter(addresses(network)), "")
    if found and custody.queries.own_addresses(network=network, among=[found]):
        logger.error("cold_address_is_hot", extra={"network": network})
        return ""
    return found


def mistakes(config: NetworkConfig) -> list[str]:
    """Return what is wrong with a network's cold addresses, in words."""
    found = []
    for text in config.cold_addresses:
        try:
            ADAPTERS.get(config.adapter)(config).check_address(text)
        except AddressInvalid as error:
            found.append(f"{text}: {error.what_happened}")
    return found


@cache
def _canonical(config: NetworkConfig) -> tuple[str, ...]:
    adapter = ADAPTERS.get(config.adapter)(config)
    found = []
    for place, text in enumerate(config.cold_addresses):
        try:
            found.append(adapter.check_address(text))
        except AddressInvalid:
            logger.error("cold_address_invalid", extra={"network": config.code})
            if place == 0:
                return ()  # another one must not take its place
    return tuple(dict.fromkeys(found))
