"""
An opening, in the order it happens: the company opens a trustline for an asset, without which none of it can arrive,
or an account whose numbers sends take (a channel): find, sign, broadcast, confirm, settle, final.

On Stellar one account of ours holds everything, so there is one trustline for each asset. It costs a fee, which is the
company's, and locks a reserve (the amount), which stays ours and in the treasury. Asked for again it changes nothing
there. A channel's reserve is paid to it, and stays ours and in the treasury, too.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction as database

import custody.services
from assets.queries import get_network, list_assets, native_asset
from chains.values import CHANNEL_MINOR, TRUSTLINE, TRUSTLINE_MINOR
from custody.base import Purpose
from custody.errors import KeyPoolEmpty
from kit.locks import wait_for_turn
from transactions.engine import run as engine
from transactions.engine.base import Done, Flow, Kind, Result, StepOf, Work
from transactions.flows import own_fee
from transactions.models import Status, Transaction
from transactions.services import channels, lifecycle

AGAIN_AFTER = timedelta(hours=1)
"""What the network has refused is asked for again after so long."""


def find(*, network: str, now: datetime) -> int:
    """Open what has to be open for each asset of a network and is not; return how many. Harmless at any time."""
    if get_network(network).family != "stellar":
        return 0
    tokens = [asset for asset in list_assets() if asset.network_id == network and asset.contract]
    opened = sum(_open(network, f"{TRUSTLINE}{asset.contract}", TRUSTLINE_MINOR, now=now) for asset in tokens)
    _take_keys(network, now=now)
    return opened + sum(_open(network, each, CHANNEL_MINOR, now=now) for each in channels.keys(network=network))


def _take_keys(network: str, *, now: datetime) -> None:
    """Take a key for each channel that has none; those that workers have yet to make come in a later round."""
    missing = settings.NETWORKS[network].channels - len(channels.keys(network=network))
    with suppress(KeyPoolEmpty):
        for _ in range(missing):
            custody.services.allocate_key(network=network, purpose=Purpose.CHANGE, now=now)


def _open(network: str, what: str, minor: int, *, now: datetime) -> int:
    openings = Transaction.objects.filter(type=Transaction.Type.OPENING, network_id=network, to_address=what)
    if _stands(openings, now):
        return 0
    with database.atomic():
        wait_for_turn(f"transactions.opening:{network}")
        if _stands(openings, now):
            return 0
        asset = native_asset(network)
        found = lifecycle.open_transaction(
            type=Transaction.Type.OPENING,
            key=f"opening:{network}:{what}:{openings.count() + 1}",
            actor="system",
            network_id=network,
            asset=asset,
            amount_minor=minor,
            fee_asset=asset,
            max_fee_minor=settings.NETWORKS[network].fee_cap,
            to_address=what,
            required_confirmations=settings.NETWORKS[network].confirmations,
            now=now,
        )
        engine.begin(found, now=now)
    return 1


def _stands(openings: Any, now: datetime) -> bool:
    """Say whether it is open, on its way, or was refused only just now."""
    return bool(openings.exclude(status=Status.FAILED, updated_at__lt=now - AGAIN_AFTER).exists())


def _check(work: Work, answer: Any) -> Result:
    """Which assets there are is configuration: nobody has asked for it who could be wrong."""
    return Done()


FLOW = Flow(
    Transaction.Type.OPENING,
    [
        StepOf(
            "checked",
            Kind.VALIDATION,
            "takes over what the configuration names",
            _check,
            via=[Status.BALANCE_RESERVED],
        ),
        *own_fee.steps(type=Transaction.Type.OPENING),
    ],
    says="The company opens a trustline for an asset on Stellar, or an account of its own that sends take numbers of.",
    command="InitiateOpeningCommand",
)
