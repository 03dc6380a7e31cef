"""How every network does, for everybody: read how far, nodes well, and what a payment costs now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

import chains.queries
import rates.queries
from assets.models import Network
from assets.queries import get_network
from chains.queries import NetworkHealth
from kit.money import Money
from rates.queries import FeeAt
from transactions.queries.outlook import in_words
from wallet_project.context import LATE_BLOCKS

SILENT_SECONDS = 120
"""A network of which nothing was read for so long, and for ten blocks' time, is called silent."""

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


def rows(*, now: datetime) -> list[NetworkRow]:
    """Return every network in the order of lists."""
    return [
        NetworkRow(network, _state(health, now), health, _fees(network, now))
        for health in chains.queries.networks_health()
        for network in [get_network(health.network)]
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


def _fees(network: Network, now: datetime) -> tuple[FeeRow, ...]:
    oldest = settings.NETWORKS[network.code].fee_stale_seconds
    found = rates.queries.chain_fees(network=network.code, now=now, max_age_seconds=oldest)
    return tuple(_fee(network, speed, found[name], now) for name, speed in SPEEDS.items() if name in found)


def _fee(network: Network, speed: str | Promise, fee: FeeAt, now: datetime) -> FeeRow:
    cost = Money(_plain_payment(network.family, fee.rate), network.native_asset)
    worth = rates.queries.value(amount=cost, currency="USD", now=now).value
    return FeeRow(speed, cost, worth, in_words(fee.seconds))


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
