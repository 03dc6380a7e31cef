"""Transactions written down as a file to take away, a batch at a time, so that memory stays bounded."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from transactions.errors import ExportTooLarge
from transactions.queries.describe import describe
from transactions.queries.listing import History

LARGEST_EXPORT = 10_000
"""Rows; more than that is asked for by time."""

BATCH = 500

COLUMNS = (
    *("id", "created_at", "updated_at", "type", "direction", "status", "asset", "amount", "fee_asset", "fee"),
    *("wallet_id", "to", "memo", "network", "txid", "confirmations", "failure"),
)

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "pdf": "application/pdf"}

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", *"＝＋－＠")  # some read the wide ones, too


def export(history: History, *, form: str) -> Iterator[str]:
    """
    Return the text of a file, piece by piece, newest first: "csv" with a header row, or "json", the list's objects.

    :raises ExportTooLarge: at once, if there are more than LARGEST_EXPORT
    """
    if history.has_more_than(LARGEST_EXPORT):
        raise ExportTooLarge
    return texts(described(history), form=form)


def described(history: History) -> Iterator[list[dict[str, Any]]]:
    """Return the list's objects, a batch at a time."""
    for batch in history.batches(BATCH):
        yield [describe(each, viewer_id=history.user_id) for each in batch]


def texts(batches: Iterator[list[dict[str, Any]]], *, form: str) -> Iterator[str]:
    """Return the text of a "csv" or "json" file with these objects, a piece for each batch."""
    return _csv(batches) if form == "csv" else _json(batches)


def file_name(form: str, *, at: datetime) -> str:
    """Return what to save a file made at this time under; its date is in UTC."""
    return f"transactions-{at.astimezone(UTC):%Y-%m-%d}.{form}"


def _csv(described: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    yield _lines([COLUMNS])
    for batch in described:
        yield _lines([tuple(map(spreadsheet_cell, _row(each))) for each in batch])


def _json(described: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    separator = "["
    for batch in described:
        yield separator + ",".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in batch)
        separator = ","
    yield "]" if separator == "," else "[]"


def _lines(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _row(described: dict[str, Any]) -> tuple[str, ...]:
    """Return one value per column; a fee that is not known yet, or not this person's, is empty."""
    fee, network, failure = (described[name] or {} for name in ("fee", "network", "failure"))
    more = {
        "fee_asset": fee.get("asset"),
        "fee": fee.get("amount"),
        "network": network.get("code"),
        "txid": network.get("txid"),
        "confirmations": network.get("confirmations"),
        "failure": failure.get("code"),
    }
    values = {**described, **more}
    return tuple("" if values[name] is None else str(values[name]) for name in COLUMNS)


def spreadsheet_cell(text: str) -> str:
    """Keep a spreadsheet from running as a formula what somebody wrote; amounts are unsigned, so none is touched."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
