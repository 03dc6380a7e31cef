"""
Watching whether what is on our addresses covers what people hold, and halting the sends of an asset where it does not.

Each look is written down, whatever it comes to: two short ones in a row halt (policy.reason_to_halt).
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction as database
from prometheus_client import Gauge

import chains.queries
import events.services
from assets.models import Asset
from assets.queries import list_available_networks
from chains.errors import NodeUnavailable
from chains.values import BlockRef
from solvency import policy
from solvency.models import Reading
from solvency.policy import Figures
from solvency.queries import holdings, owed
from solvency.queries.holdings import Ground
from solvency.queries.published import last_reading, readings
from transactions.queries.halts import find_halt, last_resumed
from transactions.services import halts

logger = logging.getLogger(__name__)

LOOKED_BACK = 500
"""Readings that a decision looks back on, at most."""

KEPT = timedelta(days=90)
"""How long readings are kept."""

_assets = Gauge(
    "holdfast_solvency_assets", "Coins that cover people's balances.", ["asset"], multiprocess_mode="mostrecent"
)
_owed = Gauge("holdfast_solvency_liabilities", "What people hold.", ["asset"], multiprocess_mode="mostrecent")
_short = Gauge("holdfast_solvency_short", "1 while coins are missing.", ["asset"], multiprocess_mode="mostrecent")
_blind = Gauge("holdfast_solvency_unknown", "1 while no node can say.", ["asset"], multiprocess_mode="mostrecent")
_halted = Gauge(
    "holdfast_sends_halted", "1 while an asset's sends are halted.", ["asset"], multiprocess_mode="mostrecent"
)


@dataclass(frozen=True)
class Look:
    """What one look at an asset found: the lower of the two blocks', or why nobody knows."""

    asset: str
    liabilities: int
    figures: Figures | None = None
    block: BlockRef | None = None
    nodes: int = 0
    reason: str = ""


def check_reserves(*, now: datetime) -> list[Reading]:
    """Look at every asset of every network once, write it down, and halt what must be halted."""
    found = []
    for network in list_available_networks():
        for look in _look(network.code):
            found.append(_write_down(look, now=now))
            halt_if_short(look.asset, now=now)
    _forget(now)
    return found


def _look(network: str) -> list[Look]:
    assets = holdings.assets_on(network)
    with owed.at_one_moment():
        totals = owed.totals()
        try:
            ground = holdings.ground(network)
        except NodeUnavailable as error:
            return [Look(asset.code, totals.get(asset.code, 0), reason=error.what_happened) for asset in assets]
    return [_look_at(asset, ground, totals.get(asset.code, 0)) for asset in assets]


def _look_at(asset: Asset, ground: Ground, liabilities: int) -> Look:
    """
    Ask the nodes at the last final block and at the last one read: the first is what stands for good, and the second
    shows at once if coins vanish. What is lower counts.
    """
    lowest: Look | None = None
    adapter = chains.queries.get_adapter(ground.network)
    try:
        for block in dict.fromkeys((ground.final, ground.last)):
            held = adapter.holdings(ground.addresses, block=block, contract=asset.contract)
            found = holdings.figures(
                asset.code,
                liabilities=liabilities,
                reserves=sum(held.minor.values()),
                moves=ground.moves_at(block),
            )
            if lowest is None or lowest.figures is None or found.assets < lowest.figures.assets:
                lowest = Look(asset.code, liabilities, found, block, held.nodes)
    except NodeUnavailable as error:
        logger.warning("reserves_unknown", extra={"asset": asset.code, "code": error.code})
        return Look(asset.code, liabilities, reason=error.what_happened)
    assert lowest is not None
    return lowest


@database.atomic
def _write_down(look: Look, *, now: datetime) -> Reading:
    before = last_reading(look.asset)
    reading = Reading.objects.create(
        asset_id=look.asset,
        verdict=_verdict(look),
        liabilities_minor=look.liabilities,
        assets_minor=look.figures.assets if look.figures else None,  # type: ignore[misc]  # may be null
        missing_minor=look.figures.missing if look.figures else 0,
        height=look.block.height if look.block else None,
        block_hash=look.block.hash if look.block else "",
        nodes=look.nodes,
        figures=_shown(look.figures),
        reason=look.reason[:400],
        taken_at=now,
    )
    _measure(reading)
    if before is None or before.verdict != reading.verdict:
        events.services.record(
            type=f"reading.{reading.verdict}",
            subject=reading,
            actor="system",
            now=now,
            data={
                "severity": "low" if reading.verdict == Reading.Verdict.COVERED else "critical",
                "asset": look.asset,
                "liabilities_minor": str(look.liabilities),
                "missing_minor": str(reading.missing_minor),
                "reason": reading.reason,
            },
        )
    return reading


def _verdict(look: Look) -> Reading.Verdict:
    if look.figures is None:
        return Reading.Verdict.UNKNOWN
    is_covered = look.figures.is_covered(tolerance_ppm=settings.SOLVENCY_TOLERANCE_PPM)
    return Reading.Verdict.COVERED if is_covered else Reading.Verdict.SHORT


def _shown(figures: Figures | None) -> Mapping[str, str]:
    return {name: str(minor) for name, minor in asdict(figures).items()} if figures else {}


def halt_if_short(asset: str, *, now: datetime) -> bool:
    """Halt an asset's sends if its readings say so; say whether they are halted."""
    seen = [
        policy.Seen(
            each.taken_at,
            None if each.verdict == Reading.Verdict.UNKNOWN else each.missing_minor,
            each.verdict == Reading.Verdict.COVERED,
        )
        for each in readings(asset, limit=LOOKED_BACK)
    ]
    last = last_resumed(asset)
    reason = policy.reason_to_halt(
        seen,
        resumed=policy.Resumed(last.updated_at, last.accepted_minor) if last else None,
        blind_after=timedelta(seconds=settings.SOLVENCY_BLIND_SECONDS),
    )
    if reason:
        halts.halt(asset=asset, reason=reason, missing_minor=seen[0].missing or 0, actor="system", now=now)
    is_halted = find_halt(asset) is not None
    _halted.labels(asset).set(is_halted)
    return is_halted


def _measure(reading: Reading) -> None:
    asset = reading.asset_id
    _short.labels(asset).set(reading.verdict == Reading.Verdict.SHORT)
    _blind.labels(asset).set(reading.verdict == Reading.Verdict.UNKNOWN)
    _owed.labels(asset).set(reading.liabilities_minor)
    if reading.assets_minor is not None:
        _assets.labels(asset).set(reading.assets_minor)


def _forget(now: datetime) -> None:
    Reading.objects.filter(taken_at__lt=now - KEPT).delete()
