"""A list of transactions as PDF: every row, and per asset what came and what went."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from kit.money import exactly
from transactions.models import Export, Status
from transactions.services.pdf import Column, Sheet

COLUMNS = (
    Column("Time (UTC)", 0.115),
    Column("What", 0.08),
    Column("Status", 0.1),
    Column("Amount", 0.17, is_end=True),
    Column("Fee", 0.13, is_end=True),
    Column("To", 0.22),
    Column("Reference", 0.185),
)
TOTALS = (
    Column("Asset", 0.2),
    Column("Transactions", 0.15, is_end=True),
    Column("Received", 0.22, is_end=True),
    Column("Sent", 0.22, is_end=True),
    Column("Network fees paid", 0.21, is_end=True),
)


@dataclass
class Total:
    """Of one asset, what is completed."""

    count: int = 0
    received: Decimal = Decimal(0)
    sent: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)


def write(path: Path, export: Export, batches: Iterator[list[dict[str, Any]]], *, at: datetime) -> None:
    """Draw the list into a new file; amounts stand there as the API has them."""
    sheet = Sheet(path, title=f"Transactions of {export.user.email}")
    sheet.text(f"Made {at.astimezone(UTC):%d %b %Y, %H:%M} UTC. Newest first. {_filters(export.wanted)}")
    sheet.space()
    totals: dict[str, Total] = {}
    sheet.table(COLUMNS, _rows(batches, totals))
    sheet.space()
    sheet.text("Totals of what is completed", strong=True)
    sheet.table(TOTALS, [_total_row(asset, totals[asset]) for asset in sorted(totals)])
    sheet.save()


def add(each: dict[str, Any], totals: dict[str, Total]) -> None:
    """Count a transaction, as the API shows it, into its asset's total, and its fee into that of the fee's asset."""
    if each["status"] != Status.COMPLETED:
        return
    total = totals.setdefault(each["asset"], Total())
    total.count += 1
    with exactly():
        if each["direction"] == "in":
            total.received += Decimal(each["amount"])
        else:
            total.sent += Decimal(each["amount"])
            fee = each["fee"] or {}
            totals.setdefault(fee.get("asset", each["asset"]), Total()).fees += Decimal(fee.get("amount") or 0)


def _rows(batches: Iterator[list[dict[str, Any]]], totals: dict[str, Total]) -> Iterator[Sequence[str]]:
    for batch in batches:
        for each in batch:
            add(each, totals)
            yield _row(each)


def _row(each: dict[str, Any]) -> Sequence[str]:
    made = datetime.fromisoformat(each["created_at"]).astimezone(UTC)
    fee = each["fee"] or {}
    paid = f"{fee['amount']} {fee['asset']}" if fee.get("amount") else ""
    sign = "+" if each["direction"] == "in" else "-"
    return (
        f"{made:%d %b %Y %H:%M:%S}",
        each["type"].replace("_", " "),
        each["status"].replace("_", " "),
        f"{sign}{each['amount']} {each['asset']}",
        paid,
        " ".join(part for part in (each["to"], each["memo"]) if part),
        each["id"],
    )


def _total_row(asset: str, total: Total) -> Sequence[str]:
    return (asset, f"{total.count:,}", *(f"{each:f}" for each in (total.received, total.sent, total.fees)))


def _filters(wanted: dict[str, Any]) -> str:
    if not wanted:
        return "All transactions."
    return "Only: " + "; ".join(
        f"{name} {', '.join(value) if isinstance(value, list) else value}" for name, value in sorted(wanted.items())
    )
