"""How deep a deposit has to be before it is credited: the more it is worth, the deeper."""

from datetime import datetime

from django.conf import settings

import rates.queries
from assets.models import Asset
from chains.values import NetworkConfig
from kit.money import Money

CURRENCY = "USD"
"""What the ladder of a network is written in."""


def required(*, asset: Asset, minor: int, now: datetime) -> int:
    """
    Return at how many confirmations an arrival of this much is credited.

    `minor`: all that its transaction brings us of the asset, for its outputs share one fate. Without a fresh price
    nobody knows what it is worth: it waits for as many as the largest.
    """
    config: NetworkConfig = settings.NETWORKS[str(asset.network_id)]
    if not config.deeper:
        return config.confirmations
    worth = rates.queries.values(amounts=[Money(minor, asset.code)], currency=CURRENCY, now=now)[0].value
    rungs = [depth for usd, depth in config.deeper if worth is None or worth >= usd]
    return max([config.confirmations, *rungs])
