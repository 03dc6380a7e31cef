"""
Sweeps in turns: where an address holds more coins than one transaction can gather, its deposits leave in several.

A deposit is tied to the sweep that takes the last of it. What sweeps before that one took of it, they are ahead by.
So is a sweep that a restore forgot: no row of it is left to tie deposits to, some of which may not be read again yet.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.db.models import Sum

import chains.queries
import ledger.queries
from assets.models import Asset
from transactions.models import Deposit, Status, Transaction
from transactions.services.accounts import network_account
from transactions.services.found import booked_as


def ahead(*, asset: Asset, addresses: Sequence[str]) -> dict[str, int]:
    """Return by how many minor units sweeps have taken more from an address than the deposits tied to them came to."""
    done = Transaction.objects.filter(
        type=Transaction.Type.SWEEP, asset=asset, from_address__in=addresses, status=Status.COMPLETED
    )
    swept = done.order_by().values_list("from_address").annotate(total=Sum("amount_minor"))
    tied = Deposit.objects.filter(sweep__in=done).order_by().values_list("address").annotate(total=Sum("amount_minor"))
    taken = Counter({address: int(total) for address, total in swept})
    taken.update(_lost(asset, addresses))
    taken.subtract({address: int(total) for address, total in tied})
    return dict(taken)


def count_lost(network: str) -> int:
    """Return how many sends a restore forgot at most: so many addresses may seem to hold what has gone."""
    return len(chains.queries.found_unasked(network=network))


def _lost(asset: Asset, addresses: Sequence[str]) -> Counter[str]:
    """Return what was booked off the deposits for sends from there that no row asks for, their fees too."""
    network = str(asset.network_id)
    found = chains.queries.found_unasked(network=network, senders=addresses)
    sender = {booked_as(each): each.sender for each in found}
    taken: Counter[str] = Counter()
    for line in ledger.queries.lines_of(posting_keys=list(sender)) if sender else ():
        if line.account == network_account(network, "deposits") and line.money.asset == asset.code:
            taken[sender[line.posting_key]] += line.money.minor
    return taken


def covered(deposits: Sequence[Deposit], *, minor: int) -> Iterator[Deposit]:
    """Yield the first of these that so much pays for, each as a whole."""
    for deposit in deposits:
        minor -= deposit.amount_minor
        if minor < 0:
            return
        yield deposit
