"""A statement as a file: CSV for calculating, PDF for reading and keeping."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC

from django.utils.translation import gettext as _

from assets.queries import get_asset
from kit.money import format_minor
from transactions.queries.export import spreadsheet_cell
from transactions.services.pdf import Column, Sheet
from transactions.services.statements import Line, Part, Statement

HEADER = ("month", "wallet_id", "wallet", "asset", "part", "row", "time", "what", "transaction", "amount", "balance")
COLUMNS = (
    Column("Time (UTC)", 0.14),
    Column("What", 0.2),
    Column("Transaction", 0.24),
    Column("Amount", 0.21, is_end=True),
    Column("Balance", 0.21, is_end=True),
)
WORDS = {
    "transfer": "Transfer",
    "refund": "Given back",
    "deposit": "Received",
    "deposit.credit": "Received from a network",
    "deposit.assign": "Received from a network",
    "deposit.reversal": "Taken back by the network",
    "send.dispatch": "Sent",
    "send.return": "Send undone",
    "send.settle": "Sent",
    "send.fee": "Network fee",
    "hold_reserved": "Set aside",
    "hold_released": "Not set aside any more",
    "hold_expired": "Not set aside any more",
}
"""What entries are, by the kinds of their postings; one not named here is shown by its own name."""


def file_name(statement: Statement, form: str) -> str:
    return f"statement-{statement.month}.{form}"


def pieces(statement: Statement, form: str) -> Iterator[str | bytes]:
    """Return the file of this form, "csv" or "pdf", piece by piece."""
    if form == "pdf":
        yield as_pdf(statement)
    else:
        yield from as_csv(statement)


def as_csv(statement: Statement) -> Iterator[str]:
    """Return the file piece by piece: for each part its opening balance, every entry, and its closing balance."""
    yield _csv_line(HEADER)
    for part in statement.parts:
        yield _csv_line(_csv_row(statement, part, "opening", part.opening))
        for line in part.lines:
            yield _csv_line(_csv_row(statement, part, "entry", line.balance, line))
        yield _csv_line(_csv_row(statement, part, "closing", part.closing))


def as_pdf(statement: Statement) -> bytes:
    """Return the file; every part has its own table."""
    file = io.BytesIO()
    month = statement.month
    sheet = Sheet(file, title=f"Statement of {month.begins_at:%B %Y}")
    sheet.text(f"{statement.email}, {statement.user_id}", strong=True)
    sheet.text(f"From {month.begins_at:%d %b %Y, %H:%M} to {month.ends_at:%d %b %Y, %H:%M} UTC, the end not included.")
    sheet.text(
        f"Made {statement.made_at.astimezone(UTC):%d %b %Y, %H:%M} UTC. Opening balance and entries add up to the"
    )
    sheet.text("closing balance of every account, as the ledger has them; that was checked before this was made.")
    if not statement.parts:
        sheet.space()
        sheet.text("Nothing was held and nothing moved in this month.")
    for part in statement.parts:
        sheet.space()
        sheet.text(f"{part.wallet} ({part.wallet_id}), {part.asset}, {_part_words(part)}", strong=True)
        sheet.table(COLUMNS, _pdf_rows(part))
    sheet.save()
    return file.getvalue()


def what(line: Line) -> str:
    """Return in words what an entry was."""
    return WORDS.get(line.kind, line.kind.replace("_", " ").replace(".", ": "))


def amount(part: Part, minor: int) -> str:
    """Return minor units of a part's asset as a decimal, with its sign if it is below zero."""
    return format_minor(minor, scale=get_asset(part.asset).scale)


def _part_words(part: Part) -> str:
    return _("to spend") if part.name == "available" else _("set aside")


def _pdf_rows(part: Part) -> Iterator[Sequence[str]]:
    yield ("", "Opening balance", "", "", amount(part, part.opening))
    for line in part.lines:
        yield (
            f"{line.at.astimezone(UTC):%d %b %Y %H:%M:%S}",
            what(line),
            line.transaction_id or line.posting_key,
            amount(part, line.amount),
            amount(part, line.balance),
        )
    yield ("", "Closing balance", "", "", amount(part, part.closing))


def _csv_row(statement: Statement, part: Part, row: str, balance: int, line: Line | None = None) -> Sequence[str]:
    texts = (line.at.astimezone(UTC).isoformat(), what(line), line.transaction_id) if line else ("", "", "")
    moved = amount(part, line.amount) if line else ""
    before = (str(statement.month), part.wallet_id, spreadsheet_cell(part.wallet), part.asset, part.name, row)
    return (*before, *texts, moved, amount(part, balance))


def _csv_line(values: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()
