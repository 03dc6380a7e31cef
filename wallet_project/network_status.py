"""How every network does, for everybody: read how far, nodes well, and what a payment costs now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

import chains.queries
import rates.queries
from assets.models import Network
from assets.queries import get_network
from chains.queries import NetworkHealth
from kit.money import Money
from transactions.queries.outlook import in_words
from wallet_project.context import LATE_BLOCKS

SILENT_SECONDS = 120
"""A network of which nothing was read for so long, and for ten blocks' time, is called silent."""

SHOWN_SECONDS = 5
"""How old what is shown may be."""

SPEEDS = {"slow": _("Slow"), "normal": _("Normal"), "fast": _("Fast")}


@dataclass(frozen=True)
class State:
    """In a word, with its colour and icon."""

    words: str | Promise
    tone: str
    icon: str
    means: str | Promise


WELL = State(_("Working"), "positive", "circle-check", _("Everything arrives and leaves as usual."))
LATE = State(_("Late"), "warning", "hourglass", _("What is on its way shows up later than usual. Nothing is lost."))
SILENT = State(_("Not heard"), "warning", "triangle-alert", _("Its nodes do not answer us. What you send waits here."))
PAUSED = State(_("Paused"), "negative", "ban", _("Paused while we check something. Your money is safe; sends wait."))
NOT_HERE = State(_("Not offered"), "quiet", "circle-dashed", _("Wallets cannot be opened on it here."))


@dataclass(frozen=True)
class FeeRow:
    """What a plain payment of the network's own coin costs at most, about; `worth` in US dollars, if known."""

    speed: str | Promise
    cost: Money
    worth: Decimal | None
    wait: str


@dataclass(frozen=True)
class NetworkRow:
    network: Network
    state: State
    health: NetworkHealth
    fees: tuple[FeeRow, ...]


def shown(*, now: datetime) -> list[NetworkRow]:
    """Return `rows` as they were at most SHOWN_SECONDS ago: everybody may ask, and as often as they like."""
    key = f"networks:{get_language()}"
    kept: list[NetworkRow] | None = cache.get(key)
    if kept is None:
        kept = rows(now=now)
        cache.set(key, kept, SHOWN_SECONDS)
    return kept


def rows(*, now: datetime) -> list[NetworkRow]:
    """Return every network in the order of lists; four queries however many there are."""
    health = chains.queries.networks_health()
    fees = _fees([get_network(each.network) for each in health], now)
    return [
        NetworkRow(network, _state(each, now), each, fees[each.network])
        for each in health
        for network in [get_network(each.network)]
    ]


def _state(health: NetworkHealth, now: datetime) -> State:
    config = settings.NETWORKS[health.network]
    if not config.rpc_urls:
        return NOT_HERE
    if health.halted_reason:
        return PAUSED
    patience = timedelta(seconds=max(SILENT_SECONDS, 10 * config.block_seconds))
    if health.updated_at is None or not health.endpoints_well or health.updated_at < now - patience:
        return SILENT
    return LATE if health.lag_blocks >= LATE_BLOCKS else WELL


def _fees(networks: Sequence[Network], now: datetime) -> dict[str, tuple[FeeRow, ...]]:
    ages = {network.code: settings.NETWORKS[network.code].fee_stale_seconds for network in networks}
    found = rates.queries.networks_fees(now=now, max_age_seconds=ages)
    fees = [
        (network, speed, found[network.code][name])
        for network in networks
        for name, speed in SPEEDS.items()
        if name in found[network.code]
    ]
    costs = [Money(_plain_payment(network.family, fee.rate), network.native_asset) for network, speed, fee in fees]
    worth = rates.queries.values(amounts=costs, currency="USD", now=now)
    rows: dict[str, tuple[FeeRow, ...]] = dict.fromkeys(ages, ())
    for (network, speed, fee), cost, each in zip(fees, costs, worth, strict=True):
        rows[network.code] += (FeeRow(speed, cost, each.value, in_words(fee.seconds)),)
    return rows


def _plain_payment(family: str, rate: int) -> int:
    """
    Return what one payment of native coins costs at a rate, in minor units.

    21,000 gas (EVM); 141 virtual bytes, one input and two outputs of P2WPKH (BIP-141); one signature and the
    1,000 compute units asked for (Solana); one operation (Stellar); 1,000 computation units and the storage of two
    coins, 988,000 MIST each (Sui).
    """
    return {
        Network.Family.EVM: 21_000 * rate,
        Network.Family.BITCOIN: -(-141 * rate // 1_000),
        Network.Family.SOLANA: 5_000 - (-1_000 * rate // 1_000_000),
        Network.Family.STELLAR: rate,
        Network.Family.SUI: 1_000 * rate + 2 * 988_000,
    }[Network.Family(family)]
