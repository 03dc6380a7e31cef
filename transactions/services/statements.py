"""
Monthly statements: of each of a person's accounts what it held, every entry of the month, and what it held then.

A statement is made from the books when it is asked for, and given only if it adds up: the sum of what came before and
every entry of the month must be what the account holds today less what came after. A month is over an hour after its
last: by then nothing is posted any more with a time in it.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import transaction as database
from prometheus_client import Counter

import events.services
import ledger.queries.statements
import wallets.queries
from accounts.models import User
from kit.errors import NotFound
from kit.money import Money
from ledger.queries.statements import Movement, Stretch
from transactions.errors import ExportTooLarge, StatementRefused
from transactions.queries.postings import transactions_of

logger = logging.getLogger(__name__)
_refused = Counter("holdfast_statements_refused", "Statements that did not add up and were not given.")

SETTLING = timedelta(hours=1)
FORMS = ("csv", "pdf")
LARGEST_PDF = 10_000
"""Entries; more are in the CSV only."""

MOST_ENTRIES = 200_000
"""A statement is made and proved in one piece, in the memory of whoever is asked for it."""


class Month(NamedTuple):
    """A month in UTC, written 2026-11."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def begins_at(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def ends_at(self) -> datetime:
        """The first moment that is not in it any more."""
        return self.next.begins_at

    @property
    def next(self) -> "Month":
        return Month(self.year + self.month // 12, self.month % 12 + 1)


@dataclass(frozen=True)
class Line:
    """One entry: what it was, of which transaction, and the balance after it, in minor units."""

    at: datetime
    kind: str
    transaction_id: str
    posting_key: str
    amount: int
    balance: int


@dataclass(frozen=True)
class Part:
    """One account of a wallet: what it can spend ("available") or what is set aside in it ("held")."""

    wallet_id: str
    wallet: str
    asset: str
    name: str
    opening: int
    closing: int
    lines: tuple[Line, ...]

    def money(self, minor: int) -> Money:
        return Money(minor, self.asset)


@dataclass(frozen=True)
class Statement:
    """All parts that held or moved anything, in the order of wallets and assets."""

    user_id: str
    email: str
    month: Month
    made_at: datetime
    parts: tuple[Part, ...]


def months(*, user_id: str, now: datetime) -> list[Month]:
    """Return the months that are over since the person's first account was opened, the latest first."""
    first = ledger.queries.statements.opened_at(list(_accounts(user_id)))
    if first is None:
        return []
    found, month = list[Month](), Month(first.astimezone(UTC).year, first.astimezone(UTC).month)
    while month.ends_at + SETTLING <= now:
        found.append(month)
        month = month.next
    return found[::-1]


def read_month(text: str, *, user_id: str, now: datetime) -> Month:
    """
    Return the month that is written so.

    :raises NotFound: if there is no statement of it: it is not over, it was before the first account, or it is no month
    """
    found = next((month for month in months(user_id=user_id, now=now) if str(month) == text), None)
    if found is None:
        raise NotFound("There is no statement of this month.")
    return found


def issue(*, user_id: str, month: Month, now: datetime) -> Statement:
    """
    Return the statement of a month, proved.

    :raises StatementRefused: if an account does not add up; then operators are alerted
    :raises ExportTooLarge: if it has more than MOST_ENTRIES
    """
    accounts = _accounts(user_id)
    codes, since, until = list(accounts), month.begins_at, month.ends_at
    count = ledger.queries.statements.count_entries(codes=codes, since=since, until=until, most=MOST_ENTRIES + 1)
    if count > MOST_ENTRIES:
        words = f"A statement holds at most {MOST_ENTRIES:,} entries, and this month has more."
        raise ExportTooLarge(
            words, why="It is made and proved in one piece.", what_to_do="Export your transactions instead."
        )
    found = ledger.queries.statements.stretches(codes=codes, since=since, until=until)
    for stretch in found:
        if not stretch.adds_up:
            _refuse(stretch, user_id=user_id, month=month, now=now)
    found = [each for each in found if each.movements or each.opening]
    known = transactions_of({movement.posting_key for each in found for movement in each.movements})
    places = list(accounts)
    parts = [
        Part(
            *accounts[each.account][:2],
            each.asset,
            accounts[each.account][2],
            each.opening,
            each.closing,
            tuple(_line(movement, known) for movement in each.movements),
        )
        for each in sorted(found, key=lambda each: (places.index(each.account) // 2, each.asset, each.account))
    ]
    return Statement(user_id, User.objects.get(pk=user_id).email, month, now, tuple(parts))


def take(*, user_id: str, month: Month, form: str, now: datetime) -> Statement:
    """
    Return the statement as issue does, and note down that the person took it with them.

    :raises StatementRefused: as issue does
    :raises ExportTooLarge: as issue does, or if it is too long for a PDF
    """
    statement = issue(user_id=user_id, month=month, now=now)
    if form == "pdf" and sum(len(part.lines) for part in statement.parts) > LARGEST_PDF:
        words = f"A PDF holds at most {LARGEST_PDF:,} entries, and this month has more."
        raise ExportTooLarge(words, why="It would have hundreds of pages.", what_to_do="Take the CSV file instead.")
    with database.atomic():
        events.services.record(
            type="statement.taken",
            subject=User(pk=user_id),
            actor=user_id,
            user_id=user_id,
            now=now,
            data={"month": str(month), "form": form},
        )
    return statement


def _accounts(user_id: str) -> dict[str, tuple[str, str, str]]:
    """Return the codes of a person's accounts with wallet, its name, and which of its two it is."""
    found = {}
    for wallet in wallets.queries.list_wallets(user_id=user_id):
        name = wallet.label or wallet.network.name
        found[wallets.queries.available_account(wallet.pk)] = (wallet.pk, name, "available")
        found[wallets.queries.held_account(wallet.pk)] = (wallet.pk, name, "held")
    return found


def _line(movement: Movement, known: dict[str, str]) -> Line:
    key = movement.posting_key
    return Line(movement.posted_at, movement.kind, known.get(key, ""), key, movement.amount, movement.balance)


def _refuse(stretch: Stretch, *, user_id: str, month: Month, now: datetime) -> None:
    """Alert whoever looks after the books, and give nothing."""
    moved = sum(each.amount for each in stretch.movements)
    reason = f"opening {stretch.opening} and entries {moved} are not closing {stretch.closing}"
    logger.critical(
        "statement_refused",
        extra={"user_id": user_id, "month": str(month), "account": stretch.account, "asset": stretch.asset},
    )
    _refused.inc()
    with database.atomic():
        events.services.record(
            type="statement.refused",
            subject=User(pk=user_id),
            actor="system",
            now=now,
            data={"month": str(month), "account": stretch.account, "asset": stretch.asset, "reason": reason},
        )
    raise StatementRefused


def all_lines(statement: Statement) -> Iterator[tuple[Part, Line]]:
    """Return every entry with its part, in order."""
    for part in statement.parts:
        for line in part.lines:
            yield part, line
