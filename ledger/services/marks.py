"""
Marking money: it stays where it is and can be seen, and it is promised, so that nothing else can take it.

PostgreSQL keeps the promise: no balance goes below the sum of its account's marks, whoever posts.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from kit.money import Money
from ledger.errors import HoldExceeded, InsufficientFunds, PostingKeyReused, Unbalanced, UnknownMark
from ledger.models import Hold as HoldRow
from ledger.models import Mark as MarkRow
from ledger.queries import Mark, get_hold, get_mark
from ledger.services import Hold, lock_accounts, reserve


def mark(*, key: str, account: str, money: Money, now: datetime) -> Mark:
    """
    Promise money of an account under a key. The same key and content again is answered with the mark as it is now.

    :raises InsufficientFunds: if less than this is there without a promise
    :raises PostingKeyReused: if the key stands for another mark
    :raises UnknownAccount: if the account was never opened
    """
    if money.minor <= 0:
        raise Unbalanced(f"a mark of {money}")
    with transaction.atomic():
        (row,) = lock_accounts([(account, money.asset)])
        known = MarkRow.objects.filter(key=key).first()
        if known is None:
            if row.balance - row.marked < money.minor:
                short = InsufficientFunds()
                short.account = f"{account} {money.asset}"
                raise short
            try:
                with transaction.atomic():
                    known = MarkRow.objects.create(
                        key=key, account=row, amount=money.minor, remaining=money.minor, marked_at=now
                    )
            except IntegrityError as error:  # the key was taken on another account meanwhile
                raise PostingKeyReused from error
        if known.account_id != row.pk or known.amount != money.minor:
            raise PostingKeyReused
        return get_mark(key=key)


def unmark(*, key: str) -> int:
    """
    Take back what is left of the promise, and return how much that was; harmless when nothing is left.

    :raises UnknownMark: if there is no such mark
    """
    with transaction.atomic():
        found = get_mark(key=key)
        lock_accounts([(found.account, found.money.asset)])
        return _lower(key)


def convert(*, key: str, hold_key: str, held: str, now: datetime, expires_at: datetime | None = None) -> Hold:
    """
    Set aside, as a hold, what is left of a mark: in one transaction, so that nothing can come in between.

    Asked again, it is answered with the hold as it is now.

    :raises HoldExceeded: if nothing is left of the mark and it never became this hold
    :raises PostingKeyReused: if `hold_key` stands for another hold
    :raises UnknownMark: if there is no such mark
    """
    with transaction.atomic():
        found = get_mark(key=key)
        lock_accounts([(found.account, found.money.asset), (held, found.money.asset)])
        rest = _lower(key)
        if not rest:
            made = HoldRow.objects.filter(key=hold_key, available__code=found.account, held__code=held).exists()
            if not made:
                raise HoldExceeded
            return get_hold(key=hold_key)
        money = Money(rest, found.money.asset)
        return reserve(key=hold_key, available=found.account, held=held, money=money, now=now, expires_at=expires_at)


def _lower(key: str) -> int:
    """Bring the mark to nothing and return what it was. Its account is locked, and that guards the mark too."""
    remaining = MarkRow.objects.values_list("remaining", flat=True).filter(key=key).first()
    if remaining is None:
        raise UnknownMark(key)
    if remaining:
        MarkRow.objects.filter(key=key).update(remaining=0)
    return remaining
