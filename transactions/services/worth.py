"""Whether coins on a deposit address are worth what gathering them costs."""

from datetime import datetime

from django.conf import settings

import rates.queries
from assets.models import Asset
from assets.queries import native_asset
from kit.money import Money

WORTH_TIMES_FEE = 10
"""An address is swept once it holds at least so many times what the sweep would cost."""

WORTH_UNITS = 10
"""So many whole units of a token are worth sweeping where no price says what it or its gas is worth."""

CURRENCY = "USD"
"""In which tokens and their gas are compared."""


def is_worth_sweeping(asset: Asset, *, minor: int, fee_minor: int, now: datetime) -> bool:
    """
    Say whether what lies on an address is worth a sweep: its fee, and what the configuration asks for besides.

    That is so much in the asset's own units and, where a fresh price says what it is worth, so much in USD.
    """
    if minor < int(settings.SWEEP_LEAST.get(asset.code, 0) * 10**asset.scale):
        return False
    if settings.SWEEP_LEAST_USD and not _is_worth(settings.SWEEP_LEAST_USD, Money(minor, asset.code), now):
        return False
    return is_worth_its_fee(asset, minor=minor, fee_minor=fee_minor, now=now)


def is_worth_its_fee(asset: Asset, *, minor: int, fee_minor: int, now: datetime) -> bool:
    """Say whether an amount is worth a fee in native minor units: compared in coins, else at fresh prices."""
    native = native_asset(str(asset.network_id))
    if asset.code == native.code:
        return minor >= fee_minor * WORTH_TIMES_FEE
    amounts = [Money(minor, asset.code), Money(fee_minor * WORTH_TIMES_FEE, native.code)]
    worth, cost = (each.value for each in rates.queries.values(amounts=amounts, currency=CURRENCY, now=now))
    if worth is None or cost is None:
        return minor >= WORTH_UNITS * int(10**asset.scale)
    return worth >= cost


def _is_worth(least: int, money: Money, now: datetime) -> bool:
    """Say whether it is worth so many USD; where no fresh price says what it is worth, this is no bar."""
    worth = rates.queries.value(amount=money, currency=CURRENCY, now=now).value
    return worth is None or worth >= least
