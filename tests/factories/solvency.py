"""Proofs of solvency made and checked as outsiders would."""

import json
from typing import Any

from solvency.check_inclusion import check
from solvency.models import Snapshot
from solvency.queries.proofs import proof
from tests.factories.ownership import is_signed_by


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
