"""The gas of a sweep: what its address needs to pay for it, and how the hot wallet gives it that."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Sum

import chains.queries
from assets.queries import get_asset
from transactions.engine.base import Done, Later, Result, Work
from transactions.errors import AddressShort
from transactions.flows import top_up
from transactions.models import Deposit, Status, SubStatus, Transaction
from transactions.services import turns
from transactions.services.accounts import is_sponsored, pays_its_own_fee

GAS_TIMES_FEE = 4
"""For gas an address is given so many times what its sweep costs, in all; that more is missing is a discrepancy."""

LAG_BLOCKS = 20
"""How long a top-up that is over stands before another is asked for."""


@dataclass(frozen=True)
class Gas:
    """
    What an address holds and what the sweep needs there, in native minor units.

    People's native coins that lie there pay for no other sweep than their own.
    """

    there: int
    needed: int


def measure(work: Work) -> Gas:
    sweep = work.transaction
    chains.queries.check_not_halted(sweep.network_id)
    if is_sponsored(sweep.network_id):
        return Gas(there=0, needed=0)
    adapter = chains.queries.get_adapter(sweep.network_id)
    contract = get_asset(sweep.asset_id).contract
    if contract and adapter.balance(sweep.from_address, contract) < sweep.amount_minor:
        raise AddressShort  # no gas is sent after tokens that are not there
    return Gas(there=adapter.balance(sweep.from_address), needed=needed(sweep))


def needed(sweep: Transaction) -> int:
    """Return how many native minor units have to lie on the address; a token's gas must not be somebody's coins."""
    if pays_its_own_fee(sweep):
        return sweep.amount_minor
    native = Deposit.objects.filter(
        network_id=sweep.network_id, asset_id=sweep.fee_asset_id, address=sweep.from_address, sweep__isnull=True
    )  # all that its block has brought, though none of it may be final yet
    there = native.filter(height__isnull=False).exclude(status=Deposit.State.LOST)
    total = int(there.aggregate(total=Sum("amount_minor"))["total"] or 0)
    gone = turns.ahead(asset=get_asset(sweep.fee_asset_id), addresses=[sweep.from_address])
    return sweep.max_fee_minor + max(0, total - gone.get(sweep.from_address, 0))


def fund(work: Work, gas: Gas) -> Result:
    """
    Go on if the address can pay; else top it up from the hot wallet, and wait until that is confirmed.

    :raises AddressShort: if more is missing than gas explains: then nothing is sent there at all
    """
    sweep = work.transaction
    funding = sweep.children.filter(type=Transaction.Type.TOP_UP).order_by("-id").first()
    if funding is not None and funding.status not in (Status.COMPLETED, Status.FAILED):
        return Later(sub_status=SubStatus.WAITING_FOR_GAS)
    missing = gas.needed - gas.there
    if missing <= 0:
        return Done(memo={"topped_up": funding is not None})
    given = sweep.children.filter(type=Transaction.Type.TOP_UP, status=Status.COMPLETED)
    given_minor = int(given.aggregate(total=Sum("amount_minor"))["total"] or 0)
    if missing + given_minor > sweep.max_fee_minor * GAS_TIMES_FEE:
        raise AddressShort  # all told: a node that never shows what was sent must not have it sent for ever
    patience = timedelta(seconds=LAG_BLOCKS * settings.NETWORKS[sweep.network_id].block_seconds)
    if funding is not None and work.now - funding.updated_at < patience:
        return Later()  # a node may lag behind the block that brought the gas; and no failing in quick succession
    top_up.open_for(sweep, minor=missing, now=work.now)
    return Later(sub_status=SubStatus.WAITING_FOR_GAS)


def has_none_under_way(work: Work) -> bool:
    """A top-up on its way is waited for: the sweep after this one must not ask for another meanwhile."""
    under_way = work.transaction.children.exclude(status__in=[Status.COMPLETED, Status.FAILED])
    return not under_way.filter(type=Transaction.Type.TOP_UP).exists()


def take_for_granted(work: Work) -> Result:
    """Two people say that the address holds it all; before anything is signed, a node is asked once more."""
    return Done(memo={"topped_up": False})
