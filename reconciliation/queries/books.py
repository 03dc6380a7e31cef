"""
What the books say should lie on our addresses at one final block, and every reason why they say something else yet.

Everything is read in one snapshot of the database. The block is the newest that no reorg within the window replaces,
so what is in it stays. The books are ahead of it (a deposit is credited sooner) or behind it (a worker has yet to
settle): each such item is listed with what it adds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q, Sum

import chains.queries
import ledger.queries
from assets.queries import get_network, list_assets
from chains.values import BlockRef, Paid
from events.models import Event
from ledger.queries import PostedLine
from reconciliation.base import NOWHERE, Item, Place
from reconciliation.errors import Inconclusive
from reconciliation.models import Case
from transactions.models import Attempt, Coin, Deposit, Transaction
from transactions.queries import cold
from transactions.services.accounts import network_account, pays_its_own_fee

MOST_UNSETTLED = 500
"""With more bytes mined and not settled, workers are so far behind that they come first."""

ROLLBACKS_LOOKED_AT = 50


@dataclass(frozen=True)
class Unsettled:
    """Bytes of ours that no worker has seen through to their end; what was booked for them, by asset."""

    attempt: Attempt
    booked: Mapping[str, Place]
    in_transit: Mapping[str, int]
    is_in_block: bool  # in one up to the block asked for


@dataclass(frozen=True)
class Snapshot:
    """What the database knew at one moment of a network, up to `block`."""

    network: str
    block: BlockRef
    booked: Mapping[str, Place]  # by asset: treasury, deposits and cold
    in_transit: Mapping[str, int]
    deposits: tuple[Item, ...]
    unsettled: tuple[Unsettled, ...]
    coins: Place  # where a network has coins: what its blocks have shown of ours
    corrections: Mapping[str, int]  # by asset: how many cases have been corrected so far

    @property
    def to_ask(self) -> list[str]:
        """The transactions of which the nodes have to say how they ended."""
        return list(dict.fromkeys(each.attempt.txid for each in self.unsettled if each.is_in_block))


def look(*, network: str) -> Snapshot:
    """
    Read the books of a network's coins, all in one snapshot.

    :raises Inconclusive: if the network is not read far enough, was rolled back, or workers are far behind
    :raises NetworkHalted: if an operator has yet to look at the network
    """
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return _look(network)


def _look(network: str) -> Snapshot:
    chains.queries.check_not_halted(network)
    block = chains.queries.final_block(network=network)
    if block is None:
        raise Inconclusive("No block of it is final yet.")
    _check_read_as_far_as_ever(network)
    assets = [asset.code for asset in list_assets() if asset.network_id == network]
    codes = {name: network_account(network, name) for name in ("treasury", "deposits", "cold", "in_transit")}
    balances = ledger.queries.balances(list(codes.values()))
    held = {(name, asset): -balances.get((code, asset), 0) for name, code in codes.items() for asset in assets}
    return Snapshot(
        network=network,
        block=block,
        booked={
            asset: Place(held["treasury", asset], held["deposits", asset], held["cold", asset]) for asset in assets
        },
        in_transit={asset: held["in_transit", asset] for asset in assets},
        deposits=tuple(_deposit_items(network, block.height)),
        unsettled=tuple(_unsettled(network, block.height)),
        coins=coins_shown(network=network, height=block.height),
        corrections=corrections(network=network),
    )


def corrections(*, network: str) -> dict[str, int]:
    """Return how many differences of each asset were corrected so far: a reading from before the last is stale."""
    rows = Case.objects.filter(kind=Case.Kind.NETWORK, network=network, status=Case.Status.CORRECTED)
    found: dict[str, int] = defaultdict(int)
    for asset in rows.values_list("asset", flat=True):
        found[asset] += 1
    return dict(found)


def _check_read_as_far_as_ever(network: str) -> None:
    """
    Pass in silence unless a rollback has yet to be made good: what was final before it is counted as final still.

    :raises Inconclusive: if it has not
    """
    rollbacks = Event.objects.filter(type="chains.rolled_back", subject=f"chains.cursor:{network}").order_by("-id")
    reached = [int(data["from_height"]) for data in rollbacks.values_list("data", flat=True)[:ROLLBACKS_LOOKED_AT]]
    if chains.queries.scanned_height(network=network) < max(reached, default=0):
        raise Inconclusive("The chain was rolled back and has not been read as far as before yet.")


def _deposit_items(network: str, height: int) -> Iterator[Item]:
    """Yield the arrivals that the books count and the block does not hold, and the other way round."""
    is_credited = Q(status__in=[Deposit.State.CONFIRMED])
    differing = Deposit.objects.filter(
        (is_credited & (Q(height__isnull=True) | Q(height__gt=height)))
        | Q(status=Deposit.State.SEEN, height__lte=height),
        network_id=network,
    )
    for deposit in differing.order_by("id").iterator():
        is_booked = deposit.status == Deposit.State.CONFIRMED
        minor = -deposit.amount_minor if is_booked else deposit.amount_minor
        yield Item(
            what="deposit_credited_above" if is_booked else "deposit_not_credited_yet",
            reference=f"transactions.deposit:{deposit.pk}",
            asset=deposit.asset_id,
            place=_place_of_arrival(deposit, minor),
            detail=f"block {deposit.height}" if deposit.height else "in no block",
        )


def _place_of_arrival(deposit: Deposit, minor: int) -> Place:
    """Return where its coins count: as the treasury's where they need no sweep, and cold stays cold."""
    if not deposit.wallet_id and deposit.address in cold.addresses(deposit.network_id):
        return Place(cold=minor)
    is_pooled = deposit.wallet_id is None or get_network(deposit.network_id).is_pooled
    return Place(treasury=minor) if is_pooled else Place(deposits=minor)


def _unsettled(network: str, height: int) -> Iterator[Unsettled]:
    """Yield the bytes of transactions that are not over: others are final, and booked as the network has them."""
    open_ones = Transaction.objects.filter(network_id=network, next_look_at__isnull=False)
    attempts = list(
        Attempt.objects.filter(transaction__in=open_ones)
        .select_related("transaction")
        .defer("raw")
        .order_by("id")[: MOST_UNSETTLED + 1]
    )
    if len(attempts) > MOST_UNSETTLED:
        raise Inconclusive(f"More than {MOST_UNSETTLED} transactions are on their way: workers come first.")
    lines: dict[int, list[PostedLine]] = defaultdict(list)
    # Of several that could land, the one that has is what a send settles; while none has, the newest is booked.
    by_fate = sorted(attempts, key=lambda each: each.status != Attempt.State.SIGNED)
    owner = {key: attempt.pk for attempt in by_fate for key in _posting_keys(attempt)}
    for line in ledger.queries.lines_of(posting_keys=list(owner)):
        lines[owner[line.posting_key]].append(line)
    for attempt in attempts:
        is_in_block = attempt.seen_height is not None and attempt.seen_height <= height
        booked: dict[str, Place] = defaultdict(lambda: NOWHERE)
        in_transit: dict[str, int] = defaultdict(int)
        for line in lines[attempt.pk]:
            booked[line.money.asset] = booked[line.money.asset].plus(_place_of(network, attempt, line))
            if line.account == network_account(network, "in_transit"):
                in_transit[line.money.asset] -= line.money.minor
        yield Unsettled(attempt, booked, in_transit, is_in_block)


def _posting_keys(attempt: Attempt) -> list[str]:
    """Return under which keys a flow books what becomes of its bytes; a send's last attempt is the one it settles."""
    own = [f"attempt:{attempt.pk}:{what}" for what in ("dispatch", "return", "settle", "correction")]
    if attempt.status == Attempt.State.DEAD:
        return own
    return [*own, *(f"send:{attempt.transaction_id}:{what}" for what in ("settle", "fee"))]


def _place_of(network: str, attempt: Attempt, line: PostedLine) -> Place:
    """Return what a line does to our coins; what is on its way counts where it came from."""
    minor = -line.money.minor
    places = {network_account(network, name): name for name in Place._fields}
    if line.account in places:
        return Place(**{places[line.account]: minor})
    if line.account == network_account(network, "in_transit"):
        return Place(**{_source(attempt.transaction): minor})
    return NOWHERE


def _source(found: Transaction) -> str:
    """Return where its coins come from: all but sweeps and refills are paid by the treasury."""
    return {Transaction.Type.SWEEP.value: "deposits", Transaction.Type.REFILL.value: "cold"}.get(found.type, "treasury")


def settle(snapshot: Snapshot, paid: Mapping[str, Paid]) -> tuple[Item, ...]:
    """Return every reason why the books say something else than the block, once it is known how bytes of ours ended."""
    found = list(snapshot.deposits)
    for each in snapshot.unsettled:
        there = taken(each.attempt, paid[each.attempt.txid]) if each.is_in_block else {}
        for asset in {*there, *each.booked}:
            place = there.get(asset, NOWHERE).less(each.booked.get(asset, NOWHERE))
            if place != NOWHERE:
                found.append(_item(each, asset, place))
    return tuple(found)


def expected(snapshot: Snapshot, items: Iterable[Item], asset: str) -> Place:
    """Return what should lie on our addresses at the block, by where."""
    on_its_way = _on_its_way(snapshot, asset)
    place = snapshot.booked[asset].plus(on_its_way)
    for item in items:
        if item.asset == asset:
            place = place.plus(item.place)
    return place


def _on_its_way(snapshot: Snapshot, asset: str) -> Place:
    """Return what is booked as on its way, by where it came from."""
    others = {"deposits": 0, "cold": 0}
    for each in snapshot.unsettled:
        source = _source(each.attempt.transaction)
        if source in others:
            others[source] += each.in_transit.get(asset, 0)
    return Place(treasury=snapshot.in_transit[asset] - sum(others.values()), **others)


def taken(attempt: Attempt, ended: Paid) -> dict[str, Place]:
    """Return what the block shows that these bytes took from our coins, by asset; what they moved among them, too."""
    found = attempt.transaction
    amount = found.amount_minor if ended.succeeded and not attempt.cancels else 0
    fee = Place(treasury=-attempt.share_of(ended.fee_minor))
    moved = Place(treasury=-amount)
    if found.type == Transaction.Type.SWEEP:
        arrived = amount - attempt.max_fee_minor if ended.succeeded and pays_its_own_fee(found) else amount
        fee, moved = Place(deposits=-ended.fee_minor), Place(treasury=arrived, deposits=-arrived)
    elif found.type in (Transaction.Type.OPENING, Transaction.Type.ANCHOR, Transaction.Type.BUMP):
        moved = NOWHERE  # a reserve, or what goes from us to ourselves: it stays where it is
    elif found.type == Transaction.Type.TOP_UP:
        moved = Place(treasury=-amount, deposits=amount)
    elif found.type == Transaction.Type.OVERFLOW:
        moved = Place(treasury=-amount, cold=amount)
    elif found.type == Transaction.Type.REFILL:
        fee, moved = Place(cold=-ended.fee_minor), Place(treasury=amount, cold=-amount)
    all_of_it: dict[str, Place] = defaultdict(lambda: NOWHERE)
    all_of_it[found.asset_id] = all_of_it[found.asset_id].plus(moved)
    all_of_it[found.fee_asset_id] = all_of_it[found.fee_asset_id].plus(fee)
    return dict(all_of_it)


def _item(each: Unsettled, asset: str, place: Place) -> Item:
    found = each.attempt.transaction
    return Item(
        what=f"{found.type}_{'not_settled_yet' if each.is_in_block else 'settled_above'}",
        reference=f"transactions.transaction:{found.pk}",
        asset=asset,
        place=place,
        detail=f"{each.attempt.txid} in block {each.attempt.seen_height}",
    )


def coins_shown(*, network: str, height: int) -> Place:
    """Return the unspent outputs of ours that the network's blocks have shown up to this height: hot ones and cold."""
    if get_network(network).family != "bitcoin":
        return NOWHERE
    there = Coin.objects.filter(Q(spent_height__isnull=True) | Q(spent_height__gt=height), network_id=network)
    is_cold = Q(address__in=cold.addresses(network))
    sums = {"hot": Sum("minor", filter=~is_cold), "cold": Sum("minor", filter=is_cold)}
    found = there.filter(height__lte=height).aggregate(**sums)
    return Place(treasury=int(found["hot"] or 0), cold=int(found["cold"] or 0))
