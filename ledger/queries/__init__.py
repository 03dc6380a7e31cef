"""Reading the books. Nothing here writes or locks."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from kit import sql
from kit.money import Money
from ledger.errors import UnknownAccount, UnknownHold, UnknownMark
from ledger.models import Account, Entry, Posting, fingerprint
from ledger.models import Hold as HoldRow
from ledger.models import Mark as MarkRow


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
class Mark:
    """Money promised where it lies: how much it was, and how much of it still is."""

    key: str
    account: str
    money: Money
    remaining: int
    marked_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """An account's signed balance, and how much of it is marked, in minor units."""

    balance: int = 0
    marked: int = 0

    @property
    def spendable(self) -> int:
        return self.balance - self.marked


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


def standings(codes: Collection[str]) -> dict[tuple[str, str], Standing]:
    """Return code and asset to balance and marks, for every asset in which one of the codes is open."""
    rows = sql.rows("SELECT code, asset_id, balance, marked FROM ledger_account WHERE code = ANY(%s)", [list(codes)])
    return {(code, asset): Standing(int(minor), int(marked)) for code, asset, minor, marked in rows}


def spendable(*, code: str, asset: str) -> int:
    """
    Return what can be taken from the account, in minor units: its balance without what is marked.

    :raises UnknownAccount: if it was never opened
    """
    found = standings([code]).get((code, asset))
    if found is None:
        raise UnknownAccount(f"{code} {asset}")
    return found.spendable


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


@dataclass(frozen=True, slots=True)
class PostedLine:
    """One line of a posting, with what it belongs to."""

    posting_key: str
    kind: str
    posted_at: datetime
    account: str
    money: Money


def lines_of(*, posting_keys: Collection[str] = (), hold_keys: Collection[str] = ()) -> list[PostedLine]:
    """Return every line of these postings and of all postings on these holds, in the order they were written."""
    holds = HoldRow.objects.filter(key__in=hold_keys)
    postings = [
        *Posting.objects.filter(key__in=posting_keys).values_list("pk", flat=True),
        *Posting.objects.filter(hold__in=holds).values_list("pk", flat=True),
    ]
    rows = Entry.objects.filter(posting__in=postings).order_by("posting", "position")
    return [
        PostedLine(key, kind, posted_at, account, Money(amount, asset))
        for key, kind, posted_at, account, asset, amount in rows.values_list(
            "posting__key", "posting__kind", "posted_at", "account__code", "account__asset_id", "amount"
        )
    ]


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


def has_hold(*, key: str) -> bool:
    """Say whether there ever was a hold under this key."""
    return HoldRow.objects.filter(key=key).exists()


def get_mark(*, key: str) -> Mark:
    """
    Return the mark as it is now.

    :raises UnknownMark: if there is none under this key
    """
    rows = MarkRow.objects.filter(key=key)
    row = rows.values_list("account__code", "account__asset_id", "amount", "remaining", "marked_at").first()
    if row is None:
        raise UnknownMark(key)
    account, asset, amount, remaining, marked_at = row
    return Mark(key, account, Money(amount, asset), remaining, marked_at)


def remaining_of(*, keys: Collection[str]) -> dict[str, int]:
    """Return what is left of the holds and marks under these keys together; a key that nobody used is left out."""
    found: dict[str, int] = {}
    for model in (HoldRow, MarkRow):
        for key, remaining in model._default_manager.filter(key__in=keys).values_list("key", "remaining"):
            found[key] = found.get(key, 0) + remaining
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in the books that its own postings contradict."""

    what: str
    account: str
    entry: int | None
    posting: str

    def __str__(self) -> str:
        places = [("account", self.account), ("entry", self.entry), ("posting", self.posting)]
        return f"{self.what}: " + ", ".join(f"{name} {value}" for name, value in places if value)


@dataclass(frozen=True, slots=True)
class Verified:
    """How much was replayed without a difference."""

    accounts: int
    postings: int
    entries: int
    holds: int


def verify() -> Iterator[Difference]:
    """
    Replay all entries, and yield whatever disagrees with them, the most telling first.

    It reads one snapshot, row by row through server-side cursors, so the books may go on meanwhile.
    """
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for what, query in _CONTRADICTIONS:
            for account, entry, posting in _stream(query):
                yield Difference(what, account or "", entry, posting or "")
        for key, kind, content, lines, reverses, hold in _stream(_POSTINGS):
            if bytes(content) not in _possible_fingerprints(kind, lines, reverses, hold):
                yield Difference("fingerprint does not match the entries", "", None, key)


def count_verified() -> Verified:
    """Return how many rows the books have."""
    return Verified(*(model._default_manager.count() for model in (Account, Posting, Entry, HoldRow)))


def _stream(query: str) -> Iterator[Any]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        yield from cursor


def _possible_fingerprints(kind: str, rows: list[list[str]], reverses: str | None, hold: str | None) -> list[bytes]:
    """Return what the fingerprint may be; a settlement's does not cover what the ledger added to its lines."""
    lines = [(code, asset, int(minor)) for code, asset, minor in rows]
    if reverses:
        return [fingerprint(kind, lines, f"reverses {reverses}")]
    if not hold:
        return [fingerprint(kind, lines)]
    return [
        fingerprint(kind, lines, f"hold {hold}"),
        fingerprint(kind, lines[1:], f"settles {hold} partly"),
        fingerprint(kind, lines[1:], f"settles {hold} finally"),
        fingerprint(kind, lines[1:-1], f"settles {hold} finally"),
    ]


_CONTRADICTIONS = [
    (
        "entry of no account",
        "SELECT NULL, e.id, p.key FROM ledger_entry e LEFT JOIN ledger_account a ON a.id = e.account_id"
        " LEFT JOIN ledger_posting p ON p.id = e.posting_id WHERE a.id IS NULL",
    ),
    (
        "entry does not continue its account",
        """
        SELECT a.code || ' ' || a.asset_id, c.id, p.key
        FROM (
            SELECT id, account_id, posting_id, version, amount, balance_after,
                   coalesce(lag(version) OVER w, 0) AS version_before,
                   coalesce(lag(balance_after) OVER w, 0) AS balance_before
            FROM ledger_entry WINDOW w AS (PARTITION BY account_id ORDER BY version)
        ) c
        JOIN ledger_account a ON a.id = c.account_id LEFT JOIN ledger_posting p ON p.id = c.posting_id
        WHERE c.version <> c.version_before + 1 OR c.balance_after <> c.balance_before + c.amount
           OR CASE a.normal_side WHEN 'credit' THEN c.balance_after < 0 ELSE c.balance_after > 0 END
        ORDER BY c.account_id, c.version
        """,
    ),
    (
        "balance is not that of the last entry",
        """
        SELECT a.code || ' ' || a.asset_id, e.id, NULL
        FROM ledger_account a LEFT JOIN LATERAL (
            SELECT id, version, balance_after FROM ledger_entry WHERE account_id = a.id ORDER BY version DESC LIMIT 1
        ) e ON true
        WHERE a.balance <> coalesce(e.balance_after, 0) OR a.version <> coalesce(e.version, 0)
        ORDER BY a.id
        """,
    ),
    (
        "posting is not complete or not balanced",
        """
        SELECT NULL, s.entry, coalesce(p.key, s.posting_id::text)
        FROM (
            SELECT posting_id, bool_or(total <> 0) AS unbalanced, sum(entries) AS entries, min(first) AS first,
                   max(last) AS last, min(since) AS since, max(until) AS until, min(entry) AS entry
            FROM (
                SELECT e.posting_id, sum(e.amount) AS total, count(*) AS entries, min(e.position) AS first,
                       max(e.position) AS last, min(e.posted_at) AS since, max(e.posted_at) AS until, min(e.id) AS entry
                FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id GROUP BY e.posting_id, a.asset_id
            ) g GROUP BY posting_id
        ) s FULL JOIN ledger_posting p ON p.id = s.posting_id
        WHERE p.id IS NULL OR s.posting_id IS NULL OR s.unbalanced OR s.entries <> p.entry_count OR s.first <> 1
           OR s.last <> p.entry_count OR s.since <> p.posted_at OR s.until <> p.posted_at
        ORDER BY coalesce(p.id, s.posting_id)
        """,
    ),
    (
        "reversal is not the exact opposite",
        """
        SELECT NULL, NULL, p.key FROM ledger_posting p LEFT JOIN ledger_posting o ON o.id = p.reverses_id
        WHERE p.reverses_id IS NOT NULL AND (o.id IS NULL OR p.hold_id IS DISTINCT FROM o.hold_id
           OR EXISTS (SELECT account_id, amount FROM ledger_entry WHERE posting_id = p.id
                      EXCEPT ALL SELECT account_id, -amount FROM ledger_entry WHERE posting_id = o.id))
        ORDER BY p.id
        """,
    ),
    (
        "hold is not what its postings say",
        """
        SELECT a.code || ' ' || a.asset_id, NULL, h.key
        FROM ledger_hold h JOIN ledger_account a ON a.id = h.held_id LEFT JOIN LATERAL (
            SELECT sum(e.amount) AS remaining, (array_agg(e.amount ORDER BY e.version))[1] AS reserved
            FROM ledger_posting p JOIN ledger_entry e ON e.posting_id = p.id AND e.account_id = h.held_id
            WHERE p.hold_id = h.id
        ) s ON true
        WHERE h.remaining <> coalesce(s.remaining, 0) OR h.amount <> coalesce(s.reserved, h.amount)
        ORDER BY h.id
        """,
    ),
    (
        "marked is not the sum of its marks, or more than there is",
        """
        SELECT a.code || ' ' || a.asset_id, NULL, NULL
        FROM ledger_account a LEFT JOIN ledger_mark m ON m.account_id = a.id
        GROUP BY a.id HAVING a.marked <> coalesce(sum(m.remaining), 0) OR a.marked > greatest(a.balance, 0)
        ORDER BY a.id
        """,
    ),
    (
        "held money without its hold",
        """
        SELECT a.code || ' ' || a.asset_id, NULL, NULL
        FROM ledger_account a LEFT JOIN ledger_hold h ON h.held_id = a.id
        WHERE a.purpose = 'user_held' GROUP BY a.id HAVING a.balance <> coalesce(sum(h.remaining), 0) ORDER BY a.id
        """,
    ),
]

_POSTINGS = """
    SELECT p.key, p.kind, p.fingerprint, array_agg(ARRAY[a.code, a.asset_id, e.amount::text] ORDER BY e.position),
           min(r.key), min(h.key)
    FROM ledger_posting p JOIN ledger_entry e ON e.posting_id = p.id JOIN ledger_account a ON a.id = e.account_id
    LEFT JOIN ledger_posting r ON r.id = p.reverses_id LEFT JOIN ledger_hold h ON h.id = p.hold_id
    GROUP BY p.id ORDER BY p.id
"""
