"""
Writing what a commit opens in few statements: transactions, where they went, their steps, and the balances they change.

For many movements in one commit, and for one that is done at once: both would otherwise cost a statement for each fact.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

import events.services
from kit import sql
from transactions.models import Status, Step, Transaction
from transactions.services.balances import announce_balances
from wallets.models import Wallet

_WAY = "holdfast.way"
"""The setting that says through which statuses the rows of one insert have come to theirs."""


@dataclass
class Gathered:
    """
    What is to be written together.

    `opened` holds each new transaction with its first status, `walked` the statuses it has gone through since.
    """

    opened: dict[str, tuple[Transaction, Status]] = field(default_factory=dict)
    walked: dict[str, list[Status]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    changed: dict[str, dict[str, Wallet]] = field(default_factory=dict)  # by asset and wallet id

    def open(self, transaction: Transaction) -> None:
        self.opened[transaction.pk] = transaction, Status(transaction.status)
        self.walked[transaction.pk] = []


_gathered: ContextVar[Gathered | None] = ContextVar("transactions_gathered", default=None)


def current() -> Gathered | None:
    """Return what is being gathered in this commit, if anything is."""
    return _gathered.get()


def holds(transaction: Transaction) -> bool:
    """Tell whether the transaction is still to be written: then it is changed in memory alone."""
    gathered = _gathered.get()
    return gathered is not None and transaction.pk in gathered.opened


def tell_balances(found: Sequence[Wallet], *, asset: str, now: datetime) -> None:
    """Tell the owners what these wallets hold now; once for each wallet, where several movements are gathered."""
    gathered = _gathered.get()
    if gathered is None:
        announce_balances(found, asset=asset, now=now)
    else:
        gathered.changed.setdefault(asset, {}).update({wallet.pk: wallet for wallet in found})


@contextmanager
def gather(*, now: datetime) -> Iterator[None]:
    """
    Write all that is opened within, and its facts, at its end; inside a database transaction that outlives it.

    Until then the rows are not there: nothing within may look for them. Left by an exception, nothing is written.
    """
    assert _gathered.get() is None, "one commit gathers once"
    gathered = Gathered()
    with events.services.gather():
        token = _gathered.set(gathered)
        try:
            yield
        finally:
            _gathered.reset(token)
        _write(gathered)
        for asset, found in gathered.changed.items():
            announce_balances(list(found.values()), asset=asset, now=now)


def _write(gathered: Gathered) -> None:
    """Write each transaction where its way has led it, with the way: the law of moves sees each move of it."""
    alike: dict[tuple[Status, ...], list[Transaction]] = {}
    for transaction, first in gathered.opened.values():
        alike.setdefault((first, *gathered.walked[transaction.pk]), []).append(transaction)
    for way, found in alike.items():
        sql.insert(found, setting=(_WAY, ",".join(way)) if len(way) > 1 else None)
    sql.insert(gathered.steps)
