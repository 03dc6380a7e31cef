"""Reading the books. Nothing here writes or locks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from kit.money import Money
from ledger.errors import UnknownAccount, UnknownHold
from ledger.models import Account, Entry
from ledger.models import Hold as HoldRow


@dataclass(frozen=True, slots=True)
class Hold:
    """Money set aside: how much it was, and how much of it is still there."""

    key: str
    available: str
    held: str
    money: Money
    remaining: int
    reserved_at: datetime
    expires_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.remaining > 0


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry of an account, with the posting it belongs to; `version` is its place in the account."""

    version: int
    posting_id: int
    posting_key: str
    kind: str
    amount: int
    balance_after: int
    posted_at: datetime


def balance(*, code: str, asset: str) -> int:
    """
    Return the account's balance in minor units, signed: credit is above zero.

    :raises UnknownAccount: if it was never opened
    """
    found = Account.objects.filter(code=code, asset_id=asset).values_list("balance", flat=True).first()
    if found is None:
        raise UnknownAccount(f"{code} {asset}")
    return found


def balances(codes: Collection[str]) -> dict[tuple[str, str], int]:
    """Return code and asset to signed balance, for every asset in which one of the codes is open."""
    rows = Account.objects.filter(code__in=codes).values_list("code", "asset_id", "balance")
    return {(code, asset): minor for code, asset, minor in rows}


def balance_at(*, code: str, asset: str, at: datetime) -> int:
    """
    Return the balance after the last entry that was posted at or before this time; zero before the first.

    :raises UnknownAccount: if the account was never opened
    """
    account = Account.objects.filter(code=code, asset_id=asset).only("pk").first()
    if account is None:
        raise UnknownAccount(f"{code} {asset}")
    entries = Entry.objects.filter(account=account, posted_at__lte=at).order_by("-version")
    return entries.values_list("balance_after", flat=True).first() or 0


def statement(*, code: str, asset: str, after: int | None = None, limit: int = 50) -> list[StatementLine]:
    """Return the account's entries, newest first; `after` is the version of the last one already seen."""
    entries = Entry.objects.filter(account__code=code, account__asset_id=asset)
    if after is not None:
        entries = entries.filter(version__lt=after)
    rows = entries.order_by("-version").values_list(
        "version", "posting_id", "posting__key", "posting__kind", "amount", "balance_after", "posted_at"
    )
    return [StatementLine(*row) for row in rows[:limit]]


def totals() -> dict[tuple[str, str], int]:
    """Return asset and purpose to the signed sum of balances; per asset they sum to zero."""
    rows = Account.objects.values_list("asset_id", "purpose").annotate(total=Sum("balance")).order_by()
    return {(asset, purpose): int(total) for asset, purpose, total in rows}


def get_hold(*, key: str) -> Hold:
    """
    Return the hold as it is now.

    :raises UnknownHold: if there is none under this key
    """
    rows = HoldRow.objects.filter(key=key).values_list(
        "available__code",
        "held__code",
        "available__asset_id",
        "amount",
        "remaining",
        "reserved_at",
        "expires_at",
    )
    row = rows.first()
    if row is None:
        raise UnknownHold(key)
    available, held, asset, amount, remaining, reserved_at, expires_at = row
    return Hold(key, available, held, Money(amount, asset), remaining, reserved_at, expires_at)
