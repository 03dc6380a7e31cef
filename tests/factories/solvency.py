"""Proofs of solvency made and checked as outsiders would."""

import json
from datetime import datetime
from typing import Any

from solvency.check_inclusion import check
from solvency.models import Reading, Snapshot
from solvency.queries import owed
from solvency.queries.proofs import proof
from solvency.services import snapshots, trees
from tests.factories.ownership import is_signed_by
from transactions.services import halts


def publish(*, now: datetime, anew: bool = False, assets: tuple[str, ...] = ("BTC",)) -> Snapshot:
    """Take a snapshot of what people are owed and publish its trees, with no network to ask what is there."""
    snapshot = Snapshot.objects.create(taken_at=now, updated_at=now)
    with owed.at_one_moment():
        totals = owed.totals()
        drafts = [trees.draft(asset, total=totals.get(asset, 0), anew=anew, now=now) for asset in assets]
    shown = {}
    for draft in drafts:
        root = trees.write(draft, snapshot)
        figures = {"levels": root.tree.levels, "root": bytes(root.root).hex(), "liabilities": str(draft.liabilities)}
        none = dict.fromkeys(("arriving", "leaving", "settling", "in_transit"), "0")
        there = {"reserves": figures["liabilities"], "assets": figures["liabilities"], "ratio": "1.0000"}
        shown[draft.asset] = figures | none | there | {"scale": 8, "height": 1, "block": "ab" * 32}
    return snapshots._publish(snapshot, shown, "{}\n", {}, now=now, actor="system")


def make_solvency_rows(*, now: datetime) -> None:
    """Leave something on each of the back office's pages about solvency."""
    Snapshot.objects.create(taken_at=now, updated_at=now)
    Reading.objects.create(asset_id="BTC", verdict="short", liabilities_minor=5, missing_minor=5, taken_at=now)
    halts.halt(asset="ETH", reason="coins are missing", missing_minor=5, actor="system", now=now)


def roots_of(snapshot: Snapshot) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(snapshot.roots)
    return found


def reserves_of(snapshot: Snapshot) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(snapshot.reserves)
    return found


def check_person(snapshot: Snapshot, person: str, asset: str, balance: int) -> None:
    """Fail unless this person's proof holds against what was published."""
    own = json.loads(json.dumps(proof(user_id=person, snapshot=snapshot.pk, asset=asset)))
    assert check(own, roots_of(snapshot), person=person, balance=balance).startswith("YES")


def check_reserves(snapshot: Snapshot) -> dict[str, int]:
    """Fail unless every address is signed for by its own key, for this snapshot and block; return asset to total."""
    totals: dict[str, int] = {}
    for code, network in reserves_of(snapshot)["networks"].items():
        for each in network["addresses"]:
            address = each["address"]
            assert is_signed_by(address, message=each["message"], scheme=each["scheme"], signature=each["signature"]), (
                address
            )
            assert each["message"] == (
                f"Holdfast proof of reserves\nNetwork: {code} ({network['chain']})\nAddress: {address}\n"
                f"Snapshot: {snapshot.pk}\nBlock: {network['height']} {network['block']}"
            )
            for asset, minor in each["balances"].items():
                totals[asset] = totals.get(asset, 0) + int(minor)
    return totals
