"""
The SQL of a page of somebody's list (transactions/queries/listing.py).

A branch reads one index in the order of the list and lets through what fits; the page is merged from its branches.
The inner query of each ends in OFFSET 0: PostgreSQL guesses how many rows will fit, and where it guessed low it would
rather fetch and sort them all than go on in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import TYPE_CHECKING, Any, NamedTuple

from assets.queries import get_asset, list_assets
from kit import sql
from kit.ids import is_id
from kit.money import exactly
from transactions.models import Status, Transaction

if TYPE_CHECKING:
    from transactions.queries.listing import Narrowing

INCOMING_TYPES = (Transaction.Type.DEPOSIT.value, Transaction.Type.ON_RAMP.value)
RECEIVED_TYPES = frozenset({Transaction.Type.TRANSFER.value, Transaction.Type.REFUND.value})
UNDER_WAY = frozenset(Status.values) - {Status.COMPLETED, Status.FAILED}
MOST_WORDS = 40
"""Words that a beginning may stand for; of more, the first in the alphabet count."""

COMMON_WORD = 5_000
"""A word with more notes than this is rather looked for in what else is wanted."""

LARGEST = 10**78
"""Above every amount there can be."""

LIGHT = "t.id, t.created_at, t.type, t.parent_id, t.amount_minor"
"""Columns that the lists' own indexes hold, so that the rows themselves need not be read."""


class Place(NamedTuple):
    """A row of the list: it goes on from there, towards what is older or what is newer."""

    at: datetime
    id: str
    is_backward: bool


class Kind(NamedTuple):
    """What all rows of a branch have in common: type, asset, and how many digits their minor units have."""

    type: str
    asset: str
    digits: int


@dataclass(frozen=True)
class Side:
    """From which end of a transaction a person, or one of their wallets, is looked for."""

    column: str
    value: str
    is_received: bool


@dataclass
class Conditions:
    """What a row has to be, with its parameters in order."""

    texts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, text: str, *values: Any) -> None:
        self.texts.append(text)
        self.values += values

    def __str__(self) -> str:
        return " AND ".join(self.texts or ["true"])


def ids(*, user_id: str, wanted: "Narrowing", place: Place | None, limit: int) -> list[str]:
    """Return the ids of one page, the nearest to its place first."""
    writer = _Writer(user_id, wanted, place, limit)
    merged, order = writer.write(), writer.order
    if not merged:
        return []
    statement = f"SELECT id FROM ({merged}) merged ORDER BY created_at {order}, id {order} LIMIT %s"  # noqa: S608
    return [row[0] for row in sql.rows(statement, [*writer.parameters, limit])]


def count(*, user_id: str, wanted: "Narrowing", most: int) -> int:
    """Return how many there are, up to `most`; they are counted where they lie, and none is fetched."""
    writer = _Writer(user_id, wanted, None, most)
    merged = writer.write()
    if not merged:
        return 0
    statement = f"SELECT count(*) FROM (SELECT 1 FROM ({merged}) merged LIMIT %s) counted"  # noqa: S608
    ((found,),) = sql.rows(statement, [*writer.parameters, most])
    return int(found)


class _Writer:
    """Writes the branches of one page."""

    def __init__(self, user_id: str, wanted: "Narrowing", place: Place | None, limit: int) -> None:
        self.user_id, self.wanted, self.place, self.limit = user_id, wanted, place, limit
        self.order = "ASC" if place and place.is_backward else "DESC"
        self.branches: list[str] = []
        self.parameters: list[Any] = []
        self.noted: list[str] = []  # words that notes have to have, in branches that are not about words

    def write(self) -> str:
        """Return all branches as one query; empty: there is nothing to look in."""
        self._write_all()
        return " UNION ".join(f"({branch})" for branch in self.branches)

    def _write_all(self) -> None:
        text, wallet = self.wanted.text, self.wanted.wallet
        if wallet and not sql.rows(_OWN_WALLET, [wallet, self.user_id]):
            return  # nobody learns of a stranger's wallet whether there is one
        if not text:
            self._write_sides()
        elif is_id(text, "txn"):
            self._write("t.id = %s", [text])
        else:
            self._write("t.txid = %s AND t.txid <> ''", [text])
            to_address = "t.user_id = %s AND t.to_address = %s AND t.to_address <> '' AND t.recipient_user_id IS NULL"
            self._write(to_address, [self.user_id, text])
            self._write_people(text)
            self._write_notes(text)

    # what is narrowed
    def _write_sides(self) -> None:
        owner = (("user_id", False), ("recipient_user_id", True))
        if not self.wanted.wallet:
            sides = [Side(column, self.user_id, is_received) for column, is_received in owner]
        else:
            ends = (("wallet_id", False), ("recipient_wallet_id", True))
            sides = [Side(column, self.wanted.wallet, is_received) for column, is_received in ends]
        for side, (column, _) in zip(sides, owner, strict=True):
            if side.is_received and self.wanted.types and RECEIVED_TYPES.isdisjoint(self.wanted.types):
                continue
            if self.wanted.statuses and set(self.wanted.statuses) <= {*UNDER_WAY, Status.FAILED}:
                self._write_unusual(f"t.{column} = %s AND t.{side.column} = %s", [self.user_id, side.value])
            else:
                self._write_kinds(side)
        if set(self.wanted.statuses) & UNDER_WAY and Status.COMPLETED not in self.wanted.statuses:
            self._write_arriving()

    def _write_unusual(self, scope: str, values: Sequence[Any]) -> None:
        """What failed or is on its way: few of many, and in indexes of their own."""
        if Status.FAILED in self.wanted.statuses:
            self._write(f"{scope} AND t.failure_code <> ''", values)
        if set(self.wanted.statuses) & UNDER_WAY:
            self._write(f"{scope} AND t.next_look_at IS NOT NULL", values)

    def _write_arriving(self) -> None:
        """Deposits on their way: blocks move them and no clock, so they are found by their arrival."""
        conditions = self._all_conditions()
        self._add(
            f"""
            SELECT t.id, t.created_at FROM transactions_deposit d JOIN wallets_wallet w ON w.id = d.wallet_id
            JOIN transactions_transaction t ON t.id = d.transaction_id
            WHERE w.user_id = %s AND d.status IN ('seen', 'confirmed') AND {conditions}
            ORDER BY t.created_at {self.order}, t.id {self.order} LIMIT %s
            """,  # noqa: S608
            [self.user_id, *conditions.values, self.limit],
        )

    def _write_kinds(self, side: Side) -> None:
        """Everything at one end, kind by kind: each is in order by itself."""
        kinds = [kind for kind in _kinds(side) if self._fits(kind, side)]
        if not kinds:
            return
        bounds = [self._bounds(kind.asset) for kind in kinds]
        conditions = self._conditions()
        if side.column == "recipient_wallet_id" and self.wanted.direction:  # one's own other wallet pays out, too
            conditions.add(f"t.user_id {'<>' if self.wanted.direction == 'in' else '='} %s", self.user_id)
        columns = LIGHT if conditions.texts == [_TOLD_ELSEWHERE] else "t.*"
        within = self._since("t.created_at", "t.id")
        is_paid = " AND t.recipient_user_id <> t.user_id" if side.column == "recipient_user_id" else ""
        self._add(
            f"""
            SELECT x.id, x.created_at
            FROM ROWS FROM (unnest(%s::text[]), unnest(%s::text[]), unnest(%s::int[]), unnest(%s::numeric[]),
                unnest(%s::numeric[])) AS k(type, asset, digits, least, most)
            CROSS JOIN LATERAL (
                SELECT t.id, t.created_at FROM (
                    SELECT {columns} FROM transactions_transaction t
                    WHERE t.{side.column} = %s AND t.type = k.type AND t.asset_id = k.asset
                        AND length(t.amount_minor::text) = k.digits{is_paid} AND {within}
                    ORDER BY t.created_at {self.order}, t.id {self.order} OFFSET 0
                ) t WHERE {conditions} AND t.amount_minor BETWEEN k.least AND k.most LIMIT %s
            ) x ORDER BY x.created_at {self.order}, x.id {self.order} LIMIT %s
            """,  # noqa: S608
            [
                *([each[number] for each in kinds] for number in range(3)),
                *([each[number] for each in bounds] for number in range(2)),
                *(side.value, *within.values, *conditions.values),
                *(self.limit, self.limit),
            ],
        )

    def _fits(self, kind: Kind, side: Side) -> bool:
        wanted, is_incoming = self.wanted, side.is_received or kind.type in INCOMING_TYPES
        least, most = self._bounds(kind.asset)
        return (
            (not wanted.types or kind.type in wanted.types)
            and (not wanted.asset or kind.asset == wanted.asset)
            and (not wanted.network or get_asset(kind.asset).network_id == wanted.network)
            and (
                not wanted.direction
                or is_incoming == (wanted.direction == "in")
                or side.column == "recipient_wallet_id"
            )
            and len(str(least)) <= kind.digits <= len(str(most))
        )

    # what is searched for
    def _write_people(self, text: str) -> None:
        """What went to or came from a person, known by e-mail address, or by an id of theirs or of a wallet."""
        found = [(text,)] if is_id(text, "usr") else []
        if "@" in text:
            found = sql.rows("SELECT id FROM accounts_user WHERE email = %s", [text.lower()])
        elif is_id(text, "wal"):
            found = sql.rows("SELECT user_id FROM wallets_wallet WHERE id = %s", [text])
        for (other,) in found:
            for sender, recipient in {(self.user_id, other), (other, self.user_id)}:
                self._write("t.user_id = %s AND t.recipient_user_id = %s", [sender, recipient])

    def _write_notes(self, text: str) -> None:
        """Notes in which every word of the text begins a word, looked up by the rarest of them."""
        words = [row[0] for row in sql.rows("SELECT word FROM transactions_words(%s) word", [text])]
        counts = [sql.rows(_COUNT, [self.user_id, word, word, COMMON_WORD])[0][0] for word in words]
        if not words or not min(counts):
            return
        rarest = min(zip(counts, [-len(word) for word in words], words, strict=True))
        self.noted = [word for word in words if word != rarest[2]]
        if rarest[0] < COMMON_WORD or not self._is_narrowed():
            self._write_word(rarest[2])
        else:  # so common that it is soon met in what else is wanted
            self.noted = words
            self._write_sides()

    def _write_word(self, word: str) -> None:
        meant = [row[0] for row in sql.rows(_WORDS, [self.user_id, word, word, self.user_id, word, MOST_WORDS])]
        conditions, within = self._all_conditions(), self._since("n.created_at", "n.transaction_id")
        self._add(
            f"""
            SELECT x.id, x.created_at FROM unnest(%s::text[]) AS k(word) CROSS JOIN LATERAL (
                SELECT t.id, t.created_at FROM (
                    SELECT n.transaction_id FROM transactions_noteword n
                    WHERE n.user_id = %s AND n.word = k.word AND {within}
                    ORDER BY n.created_at {self.order}, n.transaction_id {self.order} OFFSET 0
                ) n JOIN LATERAL (
                    SELECT * FROM transactions_transaction whole WHERE whole.id = n.transaction_id OFFSET 0
                ) t ON {conditions} LIMIT %s
            ) x
            """,  # noqa: S608
            [meant, self.user_id, *within.values, *conditions.values, self.limit],
        )

    def _write(self, condition: str, parameters: Sequence[Any]) -> None:
        """One index's own order; `condition` says which index it is, and nothing else."""
        conditions, within = self._all_conditions(), self._since("t.created_at", "t.id")
        self._add(
            f"""
            SELECT t.id, t.created_at FROM (
                SELECT t.id FROM transactions_transaction t WHERE {condition} AND {within}
                ORDER BY t.created_at {self.order}, t.id {self.order} OFFSET 0
            ) found JOIN LATERAL (
                SELECT * FROM transactions_transaction whole WHERE whole.id = found.id OFFSET 0
            ) t ON {conditions} LIMIT %s
            """,  # noqa: S608
            [*parameters, *within.values, *conditions.values, self.limit],
        )

    def _add(self, branch: str, parameters: Sequence[Any]) -> None:
        self.branches.append(branch)
        self.parameters += parameters

    # conditions
    def _conditions(self) -> Conditions:
        """What every row has to be that its kind does not say."""
        found = Conditions()
        found.add(_TOLD_ELSEWHERE)
        if self.wanted.statuses:
            found.add("t.status = ANY(%s)", list(self.wanted.statuses))
        for word in self.noted:
            found.add("lower(t.memo) ~ ('(^|[[:space:][:punct:]])' || %s::text)", word)
        return found

    def _all_conditions(self) -> Conditions:
        """The same for rows of any kind, and of anybody."""
        found, wanted = self._conditions(), self.wanted
        found.add("%s::text IN (t.user_id, t.recipient_user_id)", self.user_id)
        if wanted.types:
            found.add("t.type = ANY(%s)", list(wanted.types))
        if wanted.asset:
            found.add("t.asset_id = %s", wanted.asset)
        if wanted.network:
            found.add("t.network_id = %s", wanted.network)
        if wanted.wallet:
            found.add("%s::text IN (t.wallet_id, t.recipient_wallet_id)", wanted.wallet)
        if wanted.direction:
            found.add(f"{_IS_INCOMING} = %s::boolean", self.user_id, wanted.direction == "in")
        if wanted.least is not None or wanted.most is not None:
            assets = [asset.code for asset in list_assets()]
            bounds = [self._bounds(asset) for asset in assets]
            found.add(_WITHIN, assets, [least for least, _ in bounds], [most for _, most in bounds])
        inside = self._since("t.created_at", "t.id")
        found.add(str(inside), *inside.values)
        return found

    def _since(self, at: str, key: str) -> Conditions:
        """The dates asked for, and on from where the last page ended."""
        found = Conditions()
        if self.wanted.since:
            found.add(f"{at} >= %s", self.wanted.since)
        if self.wanted.until:
            found.add(f"{at} < %s", self.wanted.until)
        if self.place:
            comparison = ">" if self.place.is_backward else "<"
            found.add(f"({at}, {key}) {comparison} (%s, %s)", self.place.at, self.place.id)
        return found

    def _bounds(self, asset: str) -> tuple[int, int]:
        """Return the least and the most in minor units of this asset."""
        scale, least, most = get_asset(asset).scale, self.wanted.least, self.wanted.most
        with exactly():
            return (
                0 if least is None else int(least.scaleb(scale).to_integral_value(ROUND_CEILING)),
                LARGEST if most is None else int(most.scaleb(scale).to_integral_value(ROUND_FLOOR)),
            )

    def _is_narrowed(self) -> bool:
        """Tell whether anything but a time is wanted besides the text."""
        wanted = self.wanted
        named = (wanted.types, wanted.statuses, wanted.asset, wanted.network, wanted.wallet, wanted.direction)
        return any(named) or wanted.least is not None or wanted.most is not None


def _kinds(side: Side) -> list[Kind]:
    """Return every kind there is at this end: the index is asked for the next one, and the next."""
    more = " AND recipient_user_id <> user_id" if side.column == "recipient_user_id" else ""
    statement = _KINDS.format(column=side.column, more=more)
    return [Kind(*row) for row in sql.rows(statement, [side.value, side.value])]


_OWN_WALLET = "SELECT id FROM wallets_wallet WHERE id = %s AND user_id = %s"

_TOLD_ELSEWHERE = "NOT (t.type = 'deposit' AND t.parent_id IS NOT NULL)"
"""Coins that were bought: the purchase tells of them."""

_IS_INCOMING = f"(t.type IN {INCOMING_TYPES} OR (t.user_id <> %s::text AND t.recipient_user_id IS NOT NULL))"

_WITHIN = """EXISTS (
    SELECT FROM unnest(%s::text[], %s::numeric[], %s::numeric[]) AS k(asset, least, most)
    WHERE k.asset = t.asset_id AND t.amount_minor BETWEEN k.least AND k.most
)"""

_KINDS = """
WITH RECURSIVE kind AS (
    (SELECT type, asset_id, length(amount_minor::text) AS digits FROM transactions_transaction
     WHERE {column} = %s{more} ORDER BY type, asset_id, length(amount_minor::text) LIMIT 1)
    UNION ALL
    SELECT following.type, following.asset_id, following.digits FROM kind, LATERAL (
        SELECT type, asset_id, length(amount_minor::text) AS digits FROM transactions_transaction
        WHERE {column} = %s{more}
            AND (type, asset_id, length(amount_minor::text)) > (kind.type, kind.asset_id, kind.digits)
        ORDER BY type, asset_id, length(amount_minor::text) LIMIT 1
    ) following
)
SELECT type, asset_id, digits FROM kind
"""

_COUNT = """
SELECT count(*) FROM (
    SELECT FROM transactions_noteword WHERE user_id = %s AND word >= %s AND word < %s || chr(1114111) LIMIT %s
) few
"""

_WORDS = """
WITH RECURSIVE found AS (
    (SELECT word FROM transactions_noteword WHERE user_id = %s AND word >= %s AND word < %s || chr(1114111)
     ORDER BY word LIMIT 1)
    UNION ALL
    SELECT following.word FROM found, LATERAL (
        SELECT word FROM transactions_noteword
        WHERE user_id = %s AND word > found.word AND word < %s || chr(1114111) ORDER BY word LIMIT 1
    ) following
)
SELECT word FROM found LIMIT %s
"""
