"""
A snapshot in the order it happens: one moment of the ledger is read, the trees are renewed, the networks are asked at
their last final block, each address that holds anything is signed for, and all of it is published at once or not.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction as database

import chains.queries
import custody.services
import events.services
from assets.queries import get_asset, list_available_networks
from chains.errors import NodeUnavailable
from chains.values import BlockRef
from custody.base import Ownership
from custody.registry import key_provider
from kit.errors import BusyElsewhere, DomainError
from kit.locks import one_at_a_time
from solvency import policy
from solvency.check_inclusion import FORMAT
from solvency.errors import NothingToProve
from solvency.models import Root, Snapshot
from solvency.queries import holdings, owed
from solvency.queries.holdings import Ground
from solvency.queries.published import published
from solvency.services import trees
from solvency.services.trees import Draft
from transactions.queries import cold

logger = logging.getLogger(__name__)

RESERVES_FORMAT = "holdfast-reserves-1"


@dataclass(frozen=True)
class _Read:
    """One moment: per network what our records say, per asset its tree; and which networks could not be read."""

    grounds: dict[str, Ground] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def is_due(*, now: datetime) -> bool:
    """Say whether the newest published snapshot is as old as they may become."""
    newest = published().values_list("taken_at", flat=True).first()
    return newest is None or now - newest >= timedelta(hours=settings.SOLVENCY_SNAPSHOT_HOURS)


def take(*, now: datetime, actor: str = "system", anew: bool = False) -> Snapshot:
    """
    Take a snapshot and publish it. Only a process with keys can.

    :param anew: whether everybody gets another place and another salt, though it is not time yet
    :raises BusyElsewhere: if another process is taking one
    :raises LiabilitiesDiffer: if the leaves do not add up to the ledger; then nothing is published
    :raises NothingToProve: if no network could be read
    :raises KeysUnavailable: in a process without keys
    """
    with one_at_a_time("solvency.snapshot") as is_mine:
        if not is_mine:
            raise BusyElsewhere("Another process is taking a snapshot.")
        key_provider().active_version()
        _abandon_unfinished(now)
        snapshot = Snapshot.objects.create(taken_at=now, updated_at=now)
        try:
            return _take(snapshot, now=now, actor=actor, anew=anew)
        except DomainError as error:
            _abandon(snapshot, error.what_happened, severity=error.severity, now=now)
            raise


def _take(snapshot: Snapshot, *, now: datetime, actor: str, anew: bool) -> Snapshot:
    read = _read(anew=anew, now=now)
    roots = {asset: trees.write(draft, snapshot) for asset, draft in read.drafts.items()}
    networks: dict[str, Any] = {}
    assets: dict[str, Any] = {}
    for code, ground in read.grounds.items():
        try:
            held = _held(ground)
        except NodeUnavailable as error:
            read.left_out[code] = error.what_happened
            continue
        networks[code] = _network(snapshot, ground, held, now=now)
        assets |= {asset: _asset(roots[asset], ground, sum(minor.values())) for asset, minor in held.balances.items()}
    if not assets:
        raise NothingToProve(f"No network could be read: {read.left_out}")
    reserves = _text({"format": RESERVES_FORMAT, "snapshot": snapshot.pk, "at": now.isoformat(), "networks": networks})
    return _publish(snapshot, assets, reserves, read.left_out, now=now, actor=actor)


def _read(*, anew: bool, now: datetime) -> _Read:
    read = _Read()
    with owed.at_one_moment():
        totals = owed.totals()
        for network in list_available_networks():
            try:
                read.grounds[network.code] = holdings.ground(network.code)
            except NodeUnavailable as error:
                read.left_out[network.code] = error.what_happened
                continue
            for asset in holdings.assets_on(network.code):
                total = totals.get(asset.code, 0)
                read.drafts[asset.code] = trees.draft(asset.code, total=total, anew=anew, now=now)
    return read


@dataclass(frozen=True)
class _Held:
    """What nodes say our addresses hold at a network's last final block: asset to address to minor units."""

    balances: Mapping[str, Mapping[str, int]]
    nodes: int


def _held(ground: Ground) -> _Held:
    adapter = chains.queries.get_adapter(ground.network)
    said = {
        asset.code: adapter.holdings(ground.addresses, block=ground.final, contract=asset.contract)
        for asset in holdings.assets_on(ground.network)
    }
    balances = {
        asset: {address: minor for address, minor in each.minor.items() if minor} for asset, each in said.items()
    }
    return _Held(balances, min(each.nodes for each in said.values()))


def _network(snapshot: Snapshot, ground: Ground, held: _Held, *, now: datetime) -> Mapping[str, Any]:
    """Return a network's part of the file of reserves: each address that holds something, signed by its own key."""
    addresses = sorted({address for minor in held.balances.values() for address in minor})
    kept_cold = set(cold.addresses(ground.network))
    signed = [_signed(snapshot, ground, each, held, now=now) for each in addresses if each not in kept_cold]
    unsigned = [{"address": each, "balances": _balances(each, held)} for each in addresses if each in kept_cold]
    return {
        "chain": settings.NETWORKS[ground.network].chain,
        "height": ground.final.height,
        "block": ground.final.hash,
        "nodes": held.nodes,
        "addresses": signed,
        **({"unsigned": unsigned} if unsigned else {}),  # of keys kept elsewhere: nobody here can sign for them
    }


def _signed(snapshot: Snapshot, ground: Ground, address: str, held: _Held, *, now: datetime) -> Mapping[str, Any]:
    block: BlockRef = ground.final
    stated = Ownership(ground.network, address, snapshot.pk, block.height, block.hash)
    proof = custody.services.sign_ownership(stated, now=now)
    return {
        "address": address,
        "balances": _balances(address, held),
        "message": proof.message,
        "scheme": proof.scheme,
        "signature": proof.signature,
    }


def _balances(address: str, held: _Held) -> Mapping[str, str]:
    return {asset: str(minor[address]) for asset, minor in held.balances.items() if address in minor}


def _asset(root: Root, ground: Ground, reserves: int) -> Mapping[str, Any]:
    """Return an asset's part of the file of roots; amounts are whole minor units, as text."""
    asset = get_asset(root.asset_id)
    found = holdings.figures(asset.code, liabilities=root.liabilities_minor, reserves=reserves, moves=ground.at_final)
    return {
        "network": ground.network,
        "scale": asset.scale,
        "levels": root.tree.levels,
        "root": bytes(root.root).hex(),
        "liabilities": str(found.liabilities),
        "reserves": str(found.reserves),
        "arriving": str(found.arriving),
        "leaving": str(found.leaving),
        "settling": str(found.settling),
        "in_transit": str(found.in_transit),
        "assets": str(found.assets),
        "ratio": policy.ratio(found.assets, found.liabilities),
        "height": ground.final.height,
        "block": ground.final.hash,
    }


@database.atomic
def _publish(
    snapshot: Snapshot,
    assets: Mapping[str, Any],
    reserves: str,
    left_out: Mapping[str, str],
    *,
    now: datetime,
    actor: str,
) -> Snapshot:
    before = published().first()
    roots = _text(
        {
            "format": FORMAT,
            "snapshot": snapshot.pk,
            "at": now.isoformat(),
            "previous": {"snapshot": before.pk, "sha256": before.digest} if before else None,
            "assets": assets,
            "left_out": left_out,
            "reserves_sha256": _digest(reserves),
        }
    )
    events.services.move(
        snapshot,
        Snapshot.State.PUBLISHED,
        flow=Snapshot.FLOW,
        actor=actor,
        now=now,
        data={"sha256": _digest(roots), "roots": {asset: each["root"] for asset, each in assets.items()}},
        roots=roots,
        reserves=reserves,
        digest=_digest(roots),
    )
    return snapshot


def _abandon_unfinished(now: datetime) -> None:
    """Give up what a process that died has left: what it has written of trees stays true, and its number is spent."""
    for snapshot in Snapshot.objects.filter(status=Snapshot.State.BUILDING):
        _abandon(snapshot, "The process that took it ended on the way.", severity="low", now=now)
    trees.forget_unfinished()


def _abandon(snapshot: Snapshot, reason: str, *, severity: str, now: datetime) -> None:
    logger.error("snapshot_abandoned", extra={"snapshot": snapshot.pk, "reason": reason})
    with database.atomic():
        events.services.move(
            snapshot,
            Snapshot.State.ABANDONED,
            flow=Snapshot.FLOW,
            actor="system",
            now=now,
            data={"severity": severity, "reason": reason[:400]},
            abandoned_reason=reason[:400],
        )


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, indent=1) + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
