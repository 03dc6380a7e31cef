"""
Where the company's coins are: by the books, and as nodes said when they were asked last. Figures, and what moves them.

All that is said of the books is read in one statement, so that it adds up: what we hold is what we owe, asset by asset.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

import chains.queries
import ledger.queries
from assets.models import Asset
from assets.queries import list_assets, list_available_networks
from ledger.services import Purpose
from reconciliation.base import Place
from reconciliation.models import Case, Run
from transactions.models import Refill, Status, Step, Transaction
from transactions.queries import cold, liquidity
from transactions.queries.cold import Limits

SHOWN = 20
"""So many transactions of an asset are named; the desk and the lists have the others."""

_OWN = (
    *(Transaction.Type.SWEEP, Transaction.Type.TOP_UP),
    *(Transaction.Type.OVERFLOW, Transaction.Type.REFILL),
)


@dataclass(frozen=True)
class Reading:
    """What nodes said of an asset at one final block, and what of it nobody can explain."""

    there: Place
    difference: Place
    height: int
    at: datetime


@dataclass(frozen=True)
class Standing:
    """One asset, in minor units above zero: what is where, what is owed, and what waits or moves."""

    asset: Asset
    hot: int
    deposits: int
    in_transit: int
    cold: int
    owed: int
    suspense: int
    fees: int
    receivable: int
    queue: int
    limits: Limits | None
    cold_addresses: Sequence[str]
    takes_signed: bool
    reading: Reading | None
    case: Case | None
    refill: Refill | None
    waiting: Sequence[Transaction]
    moving: Sequence[Transaction]

    @property
    def together(self) -> int:
        return self.hot + self.deposits + self.in_transit + self.cold

    @property
    def difference(self) -> int:
        """What we hold beyond what people are owed: the company's own, once the fees that it paid are taken off."""
        return self.together - self.owed

    @property
    def free(self) -> int:
        return self.hot - self.queue


def standings() -> list[Standing]:
    """Return how every asset of the networks that can be read here stands, in the order of lists."""
    totals = ledger.queries.totals()
    networks = [network.code for network in list_available_networks()]
    readings = {network: _last_run(network) for network in networks}
    cases = {(case.network, case.asset): case for case in _open_cases()}
    refills = {refill.asset_id: refill for refill in Refill.objects.filter(status__in=Refill.OPEN)}
    waiting, moving = _by_asset(liquidity.queued()), _by_asset(_under_way())
    return [
        _standing(asset, totals, readings[network], cases.get((network, asset.code)), refills, waiting, moving)
        for network in networks
        for asset in list_assets()
        if asset.network_id == network
    ]


def _standing(  # noqa: PLR0917  # all of it is one asset
    asset: Asset,
    totals: Mapping[tuple[str, str], int],
    run: Run | None,
    case: Case | None,
    refills: Mapping[str, Refill],
    waiting: Mapping[str, Sequence[Transaction]],
    moving: Mapping[str, Sequence[Transaction]],
) -> Standing:
    network = str(asset.network_id)

    def total(*purposes: str) -> int:
        return sum(totals.get((asset.code, purpose), 0) for purpose in purposes)

    return Standing(
        asset=asset,
        hot=-total(Purpose.TREASURY),
        deposits=-total(Purpose.DEPOSITS),
        in_transit=-total(Purpose.IN_TRANSIT),
        cold=-total(Purpose.COLD),
        owed=total(Purpose.USER_AVAILABLE, Purpose.USER_HELD),
        suspense=total(Purpose.SUSPENSE),
        fees=-total(Purpose.FEES),
        receivable=-total(Purpose.RECEIVABLE),
        queue=liquidity.owed_to_queue(asset),
        limits=cold.limits(asset),
        cold_addresses=cold.addresses(network),
        takes_signed=chains.queries.get_adapter(network).takes_signed,
        reading=_reading(run, asset.code),
        case=case,
        refill=refills.get(asset.code),
        waiting=waiting.get(asset.code, ()),
        moving=moving.get(asset.code, ()),
    )


def _last_run(network: str) -> Run | None:
    runs = Run.objects.filter(subject=Run.Subject.NETWORK, network=network, result__in=Run.CONCLUSIVE)
    return runs.order_by("-id").first()


def _reading(run: Run | None, asset: str) -> Reading | None:
    seen = run.figures.get("assets", {}).get(asset) if run else None
    if run is None or run.height is None or seen is None:
        return None
    there, difference = (
        Place(*(int(seen[name].get(f"{part}_minor", 0)) for part in Place._fields)) for name in ("there", "difference")
    )
    return Reading(there, difference, run.height, run.started_at)


def _open_cases() -> "QuerySet[Case]":
    return Case.objects.filter(kind=Case.Kind.NETWORK, status__in=Case.UNDECIDED)


def _under_way() -> "QuerySet[Transaction]":
    """Return what the company moves among its own addresses, and what of it is not over, the oldest first."""
    own = Transaction.objects.filter(next_look_at__isnull=False, type__in=_OWN)
    return own.exclude(status__in=[Status.COMPLETED, Status.FAILED]).order_by("id")


def _by_asset(rows: "QuerySet[Transaction]") -> dict[str, list[Transaction]]:
    """Return the first rows of each asset, with the steps that are at hand: they say what is in the way."""
    at_hand = Step.objects.filter(state=Step.State.ACTIVE)
    found: dict[str, list[Transaction]] = defaultdict(list)
    for row in rows.prefetch_related(Prefetch("steps", at_hand, "at_hand"))[: SHOWN * 10]:
        if len(found[row.asset_id]) < SHOWN:
            found[row.asset_id].append(row)
    return found
