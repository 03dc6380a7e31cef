"""
Moving money. Every movement is one posting: entries on accounts that sum to zero in each asset.

Whatever is asked twice under one key happens once. All functions run in the caller's transaction if there
is one; a refusal (InsufficientFunds, PostingKeyReused, ...) has written nothing and leaves that transaction usable.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from kit import sql
from kit.errors import DomainError
from kit.money import Money
from ledger.errors import (
    AlreadyReversed,
    HoldExceeded,
    InsufficientFunds,
    PostingKeyReused,
    Unbalanced,
    UnknownAccount,
    UnknownPosting,
)
from ledger.models import CREDIT_PURPOSES, Account, Posting, Purpose, Side, fingerprint
from ledger.models import Hold as HoldRow
from ledger.queries import Hold, get_hold

__all__ = [
    "Hold",
    "Line",
    "NewPosting",
    "Posted",
    "Purpose",
    "expire_holds",
    "lock_accounts",
    "open_account",
    "post",
    "post_many",
    "release",
    "reserve",
    "reverse",
    "settle",
]

MAX_BATCH = 10_000
"""Most postings that one post_many takes."""


class Line(NamedTuple):
    """One account's part in a posting; above zero raises what we owe, below zero lowers it."""

    account: str
    money: Money


class NewPosting(NamedTuple):
    """What one posting of a batch is to be."""

    key: str
    kind: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting that stands. `is_new` is false where the key had been posted before."""

    id: int
    key: str
    is_new: bool


def open_account(*, code: str, asset: str, purpose: Purpose, now: datetime) -> None:
    """
    Open the account, empty, unless it is open already.

    :raises UnknownAccount: if it is open for another purpose
    """
    side = Side.CREDIT if purpose in CREDIT_PURPOSES else Side.DEBIT
    account = Account(code=code, asset_id=asset, purpose=purpose, normal_side=side, opened_at=now)
    Account.objects.bulk_create([account], ignore_conflicts=True)
    opened = Account.objects.only("purpose").get(code=code, asset_id=asset)
    if opened.purpose != purpose:
        raise UnknownAccount(f"{code} {asset} is open for {opened.purpose}, not for {purpose}")


def post(*, key: str, kind: str, lines: Sequence[Line], now: datetime) -> Posted:
    """
    Move money along the lines; the same key and content again is answered with the first posting.

    Lines are carried out in the order given, and none may overdraw its account.

    :raises InsufficientFunds: if an account would be overdrawn
    :raises PostingKeyReused: if the key stands for other content
    :raises Unbalanced: if the lines do not sum to zero in every asset
    :raises UnknownAccount: if an account was never opened
    """
    check_balanced(key, lines)
    return _post(key=key, kind=kind, lines=lines, content=_fingerprint(kind, lines), now=now)


def post_many(*, postings: Sequence[NewPosting], now: datetime) -> list[Posted]:
    """
    Post them all or, on any refusal, none; answers stand in the order asked.

    The batch counts as if posted one by one: no entry may overdraw its account at its own place,
    even if a later one would make up for it. A key that stands twice in the batch is posted once.

    :raises InsufficientFunds, PostingKeyReused, Unbalanced, UnknownAccount: as post does
    """
    assert len(postings) <= MAX_BATCH, f"at most {MAX_BATCH} postings in one batch"
    if not postings:
        return []
    owners: list[int] = []
    positions: list[int] = []
    lines: list[Line] = []
    for owner, posting in enumerate(postings, 1):
        check_balanced(posting.key, posting.lines)
        owners += [owner] * len(posting.lines)
        positions += range(1, len(posting.lines) + 1)
        lines += posting.lines
    ids, are_new = _call(
        "SELECT * FROM ledger_post_many(%s::text[], %s::bytea[], %s::text[], %s::int[], %s,"
        " %s::int[], %s::int[], %s::text[], %s::text[], %s::numeric[])",
        [
            [posting.key for posting in postings],
            [_fingerprint(posting.kind, posting.lines) for posting in postings],
            [posting.kind for posting in postings],
            [len(posting.lines) for posting in postings],
            now,
            owners,
            positions,
            *_columns(lines),
        ],
    )
    answers = zip(ids, postings, are_new, strict=True)
    return [Posted(posting_id, posting.key, is_new) for posting_id, posting, is_new in answers]


def reverse(*, key: str, posting_key: str, kind: str, now: datetime) -> Posted:
    """
    Post the exact opposite of a posting; each posting can be reversed once.

    The reversal of a hold's posting gives back to the hold (or takes from it) what that posting took (or gave).

    :raises AlreadyReversed: if another key has reversed it
    :raises InsufficientFunds: if the money is no longer where the posting had moved it
    :raises UnknownPosting: if there is no posting under `posting_key`
    """
    posting = Posting.objects.filter(key=posting_key).first()
    if posting is None:
        raise UnknownPosting(posting_key)
    entries = posting.entries.order_by("-position").values_list("account__code", "account__asset_id", "amount")
    lines = [Line(code, Money(-amount, asset)) for code, asset, amount in entries]
    return _post(
        key=key,
        kind=kind,
        lines=lines,
        content=_fingerprint(kind, lines, f"reverses {posting_key}"),
        reverses=posting.pk,
        hold=posting.hold_id,
        now=now,
    )


def reserve(
    *, key: str, available: str, held: str, money: Money, now: datetime, expires_at: datetime | None = None
) -> Hold:
    """
    Set money aside under a key, from the available to the held account.

    The same key and content again is answered with the hold as it is now, open or not.

    :raises InsufficientFunds: if less is available
    :raises PostingKeyReused: if the key stands for another hold
    :raises UnknownAccount: if an account was never opened
    """
    if money.minor <= 0:
        raise Unbalanced(f"a hold of {money}")
    lines = [Line(available, -money), Line(held, money)]
    content = _fingerprint("hold_reserved", lines, f"hold {key}")
    _call(
        "SELECT * FROM ledger_reserve(%s, %s, %s, 'hold_reserved', %s, %s, %s, %s, %s, %s::numeric)",
        [key, f"hold:{key}:reserved", content, now, expires_at, available, held, money.asset, money.minor],
    )
    return get_hold(key=key)


def settle(
    *,
    key: str,
    posting_key: str,
    kind: str,
    lines: Sequence[Line],
    now: datetime,
    is_final: bool = True,
) -> Posted:
    """
    Pay from a hold: the lines say where to, and the ledger adds what leaves the held account.

    If final, what then remains goes back to the available account in the same posting; if not, it stays
    set aside for the next settlement. Expiry does not forbid it: whoever comes first wins.

    :raises HoldExceeded: if the hold has less left than the lines' sum
    :raises PostingKeyReused: if the posting key stands for other content
    :raises InsufficientFunds: if one of the lines would overdraw its account
    :raises UnknownHold: if there is no such hold
    """
    with transaction.atomic(durable=False):
        hold = _lock_hold(key, also=lines)
        content = _fingerprint(kind, lines, f"settles {key} {'finally' if is_final else 'partly'}")
        total = sum(line.money.minor for line in lines)
        if total <= 0 or any(line.account == hold.held or line.money.asset != hold.money.asset for line in lines):
            raise Unbalanced(f"{posting_key} cannot settle {key}: {lines}")
        known = Posting.objects.filter(key=posting_key).exists()
        if not known and total > hold.remaining:
            raise HoldExceeded
        rest = hold.remaining - total if is_final else 0
        taken = Money(-(total + rest), hold.money.asset)
        given_back = [Line(hold.available, Money(rest, hold.money.asset))] if rest > 0 else []
        all_lines = [Line(hold.held, taken), *lines, *given_back]
        return _post(key=posting_key, kind=kind, lines=all_lines, content=content, hold=_hold_id(key), now=now)


def release(*, key: str, now: datetime) -> None:
    """
    Give back whatever the hold still has; harmless when nothing is left.

    :raises UnknownHold: if there is no such hold
    """
    _give_back(key, "hold_released", now)


def expire_holds(*, now: datetime, limit: int = 100) -> int:
    """Give back what is left of holds whose time has passed, the oldest first; return how many there were."""
    overdue = HoldRow.objects.filter(remaining__gt=0, expires_at__lte=now).order_by("expires_at")
    keys = list(overdue.values_list("key", flat=True)[:limit])
    return sum(_give_back(key, "hold_expired", now) for key in keys)


def lock_accounts(accounts: Iterable[tuple[str, str]]) -> list[Account]:
    """
    Lock the accounts of these codes and assets, in the one order that everybody keeps, until the transaction ends.

    Who is going to touch several accounts by more than one call locks them first: then nobody waits in a circle.

    :raises UnknownAccount: if one of them was never opened
    """
    wanted = set(accounts)
    rows = Account.objects.filter(code__in={code for code, _ in wanted}, asset_id__in={asset for _, asset in wanted})
    found = [
        row
        for row in rows.order_by("pk").select_for_update(no_key=True, of=("self",))
        if (row.code, row.asset_id) in wanted
    ]
    if len(found) < len(wanted):
        raise UnknownAccount(str(sorted(wanted - {(row.code, row.asset_id) for row in found})))
    return found


def _give_back(key: str, kind: str, now: datetime) -> bool:
    with transaction.atomic():
        hold = _lock_hold(key)
        if hold.remaining == 0:
            return False
        rest = Money(hold.remaining, hold.money.asset)
        lines = [Line(hold.held, -rest), Line(hold.available, rest)]
        row = _hold_id(key)
        number = Posting.objects.filter(hold_id=row).count()
        _post(
            key=f"hold:{key}:{number}:{kind}",
            kind=kind,
            lines=lines,
            content=_fingerprint(kind, lines, f"hold {key}"),
            hold=row,
            now=now,
        )
        return True


def _fingerprint(kind: str, lines: Iterable[Line], more: str = "") -> bytes:
    return fingerprint(kind, [(line.account, line.money.asset, line.money.minor) for line in lines], more)


def _lock_hold(key: str, also: Sequence[Line] = ()) -> Hold:
    """Lock, in id order, every account the hold's next posting will touch: that guards the hold itself too."""
    hold = get_hold(key=key)
    codes = {hold.available, hold.held, *(line.account for line in also)}
    rows = Account.objects.filter(code__in=codes, asset_id=hold.money.asset).order_by("pk")
    list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk"))
    return get_hold(key=key)


def _hold_id(key: str) -> int:
    return HoldRow.objects.values_list("pk", flat=True).get(key=key)


def _post(
    *,
    key: str,
    kind: str,
    lines: Sequence[Line],
    content: bytes,
    now: datetime,
    reverses: int | None = None,
    hold: int | None = None,
) -> Posted:
    posting_id, is_new = _call(
        "SELECT * FROM ledger_post(%s, %s, %s, %s, %s::text[], %s::text[], %s::numeric[], %s, %s)",
        [key, content, kind, now, *_columns(lines), reverses, hold],
    )
    return Posted(posting_id, key, is_new)


def _columns(lines: Sequence[Line]) -> tuple[list[str], list[str], list[str]]:
    codes = [line.account for line in lines]
    assets = [line.money.asset for line in lines]
    return codes, assets, [str(line.money.minor) for line in lines]


def check_balanced(key: str, lines: Sequence[Line]) -> None:
    totals: dict[str, int] = defaultdict(int)
    for line in lines:
        if line.money.minor == 0:
            raise Unbalanced(f"{key}: a line of nothing on {line.account}")
        totals[line.money.asset] += line.money.minor
    if not lines or any(totals.values()):
        raise Unbalanced(f"{key}: {dict(totals)} should be zero in every asset")


def _call(statement: str, parameters: list[Any]) -> list[Any]:
    """Return what the function answers, without its last two columns, which say why it refused."""
    answer: list[Any]
    ((*answer, problem, detail),) = sql.rows(statement, parameters)
    if problem:
        raise refusal(problem, detail)
    return answer


def refusal(problem: str, detail: str) -> DomainError | UnknownAccount:
    """Return the error for a problem that a function in PostgreSQL has answered with."""
    if problem == "insufficient_funds":
        short = InsufficientFunds()
        short.account = detail
        return short
    if problem == "key_reused":
        return PostingKeyReused()
    if problem == "already_reversed":
        return AlreadyReversed()
    return UnknownAccount(detail)
