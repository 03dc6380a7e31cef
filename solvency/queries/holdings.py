"""
What the ledger and our own records say of coins that move, set against two blocks: the last final one, and the last
one read. Read at one moment (queries.owed.at_one_moment); the networks are asked afterwards, at just these blocks.
"""

from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, Sum

import chains.queries
import custody.queries
from assets.models import Asset
from assets.queries import list_assets, list_available_networks
from chains.errors import NetworkHalted, NodeUnavailable
from chains.models import BlockRecord
from chains.values import BlockRef
from custody.base import Purpose
from solvency.policy import Figures
from transactions.models import Attempt, Deposit, Step, Transaction
from transactions.queries import cold

MOST_ADDRESSES = 50_000
"""More of them are not asked about: what lies there is then not counted, which errs to the safe side."""


@dataclass
class Moves:
    """Per asset, in minor units: see policy.Figures."""

    arriving: dict[str, int] = field(default_factory=dict)
    leaving: dict[str, int] = field(default_factory=dict)
    settling: dict[str, int] = field(default_factory=dict)
    in_transit: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """One network at one moment: its blocks, our addresses there, and what moves, as of each block."""

    network: str
    final: BlockRef
    last: BlockRef
    addresses: tuple[str, ...]
    at_final: Moves
    at_last: Moves

    def moves_at(self, block: BlockRef) -> Moves:
        return self.at_final if block == self.final else self.at_last


def assets_on(network: str) -> list[Asset]:
    return [asset for asset in list_assets() if asset.network_id == network]


def assets_watched() -> list[str]:
    """Return every asset of the networks that can be read here."""
    return [asset.code for network in list_available_networks() for asset in assets_on(network.code)]


def ground(network: str) -> Ground:
    """
    Return what our own records say of a network.

    :raises NetworkHalted: if its chain changed too deeply: nobody knows which blocks are final
    :raises NodeUnavailable: if it has not been read far enough yet
    """
    cursor = chains.queries.get_cursor(network)
    if cursor is None:
        raise NodeUnavailable("The network has not been read yet.")
    if cursor.halted_at is not None:
        raise NetworkHalted
    final = _block(network, max(0, cursor.height - settings.NETWORKS[network].final_depth))
    last = _block(network, cursor.height)
    return Ground(
        network=network,
        final=final,
        last=last,
        addresses=_addresses(network),
        at_final=_moves(network, final),
        at_last=_moves(network, last),
    )


def figures(asset: str, *, liabilities: int, reserves: int, moves: Moves) -> Figures:
    """Return the whole of one asset at one block."""
    return Figures(
        liabilities=liabilities,
        reserves=reserves,
        arriving=moves.arriving.get(asset, 0),
        leaving=moves.leaving.get(asset, 0),
        settling=moves.settling.get(asset, 0),
        in_transit=moves.in_transit.get(asset, 0),
    )


def _block(network: str, height: int) -> BlockRef:
    row = BlockRecord.objects.filter(network=network, height=height).first()
    if row is None:
        raise NodeUnavailable("The network has not been read far enough yet.")
    return BlockRef(row.height, row.hash, row.parent)


def _addresses(network: str) -> tuple[str, ...]:
    """Return the paying wallet, our change, cold addresses, and every deposit address that anything ever came to."""
    own = [
        *custody.queries.list_addresses(network=network, purpose=Purpose.HOT),
        *custody.queries.list_addresses(network=network, purpose=Purpose.CHANGE),
        *cold.addresses(network),
    ]
    used = Deposit.objects.filter(network_id=network).values_list("address", flat=True).distinct().order_by("-address")
    # Where wallets share one account, their addresses are parts of it and hold nothing by themselves.
    keyed = custody.queries.own_addresses(network=network, among=list(used[:MOST_ADDRESSES]))
    return tuple(dict.fromkeys([*own, *sorted(keyed, reverse=True)]))


def _moves(network: str, block: BlockRef) -> Moves:
    """Return where the ledger and this block are not at one."""
    found = Moves(arriving=_arriving(network, block))
    settled = Step.objects.filter(transaction=OuterRef("transaction"), name="settled", state=Step.State.DONE)
    open_here = Q(seen_height__isnull=True) | Q(seen_height__gt=block.height) | Q(status=Attempt.State.SIGNED)
    attempts = Attempt.objects.filter(open_here, network_id=network).exclude(status=Attempt.State.DEAD)
    for attempt in attempts.annotate(is_settled=Exists(settled)).select_related("transaction"):
        _set_against(attempt, block, found)
    return found


def _arriving(network: str, block: BlockRef) -> dict[str, int]:
    """Return what people were credited that is in no block up to this one."""
    credited = Deposit.objects.filter(network_id=network, wallet__isnull=False, credits__gt=0)
    later = credited.filter(status=Deposit.State.CONFIRMED).filter(Q(height__isnull=True) | Q(height__gt=block.height))
    rows = later.values_list("asset_id").annotate(total=Sum("amount_minor")).order_by()
    return {asset: int(total) for asset, total in rows}


def _set_against(attempt: Attempt, block: BlockRef, found: Moves) -> None:
    transaction = attempt.transaction
    is_send = transaction.type == Transaction.Type.SEND
    is_paid = _is_settled(attempt)
    is_mined = attempt.seen_height is not None and attempt.seen_height <= block.height
    asset, fee_asset = transaction.asset_id, transaction.fee_asset_id
    if is_paid and not is_mined:
        if is_send and not transaction.failure_code:
            _add(found.leaving, asset, transaction.amount_minor)
        _add(found.leaving, fee_asset, transaction.fee_minor or 0)
    elif is_mined and not is_paid and is_send:
        if attempt.height is not None:
            _add(found.settling, asset, transaction.amount_minor)
        _add(found.settling, fee_asset, attempt.max_fee_minor)
    elif not is_paid and is_send:
        _add(found.in_transit, asset, transaction.amount_minor)


def _is_settled(attempt: Attempt) -> bool:
    """Say whether the ledger has taken it off; where the network ran it and refused it, that is its fee alone."""
    ran_and_failed = attempt.status != Attempt.State.SIGNED and bool(attempt.transaction.failure_code)
    return bool(attempt.is_settled) or ran_and_failed  # type: ignore[attr-defined]  # annotated by the query


def _add(sums: dict[str, int], asset: str, minor: int) -> None:
    sums[asset] = sums.get(asset, 0) + minor
