"""
Sweeps in turns: where an address holds more coins than one transaction can gather, its deposits leave in several.

A deposit is tied to the sweep that takes the last of it. What sweeps before that one took of it, they are ahead by.
"""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Sum

from transactions.models import Deposit, Status, Transaction


def ahead(*, asset: str, addresses: Iterable[str]) -> dict[str, int]:
    """Return by how many minor units sweeps have taken more from an address than the deposits tied to them came to."""
    done = Transaction.objects.filter(
        type=Transaction.Type.SWEEP, asset_id=asset, from_address__in=list(addresses), status=Status.COMPLETED
    )
    swept = done.order_by().values_list("from_address").annotate(total=Sum("amount_minor"))
    tied = Deposit.objects.filter(sweep__in=done).order_by().values_list("address").annotate(total=Sum("amount_minor"))
    of = dict(tied)
    return {address: int(total - of.get(address, 0)) for address, total in swept}


def covered(deposits: Sequence[Deposit], *, minor: int) -> Iterator[Deposit]:
    """Yield the first of these that so much pays for, each as a whole."""
    for deposit in deposits:
        minor -= deposit.amount_minor
        if minor < 0:
            return
        yield deposit
