"""The totals at the end of a list as PDF."""

from typing import Any

from transactions.services.export_pdf import Total, add


def moved(amount: str, direction: str, **more: Any) -> dict[str, Any]:
    return {"status": "completed", "asset": "SHIB", "amount": amount, "direction": direction, "fee": None, **more}


def test_totals_keep_every_digit_and_leave_out_what_is_not_completed() -> None:
    totals: dict[str, Total] = {}
    for each in (
        moved("589000000000000.000000000000000001", "in"),
        moved("589000000000000.000000000000000001", "in"),
        moved("0.25", "out", fee={"asset": "ETH", "amount": "0.000000000000000001"}),
        moved("7", "in", status="failed"),
    ):
        add(each, totals)
    shib, ether = totals["SHIB"], totals["ETH"]
    assert (shib.count, f"{shib.received:f}", f"{shib.sent:f}") == (3, "1178000000000000.000000000000000002", "0.25")
    assert (ether.count, f"{ether.fees:f}") == (0, "0.000000000000000001")
