"""A company's word and ours: which differences count, and which settle themselves."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from assets.models import Asset
from providers.base import RampStage, RampState
from reconciliation.queries.purchases import PATIENCE, Ordered, judge, to_minor
from transactions.models import Transaction

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TXID = "0x" + "ab" * 32
OLD = NOW - PATIENCE - timedelta(seconds=1)


def order(status: str, *, at: datetime = OLD, is_current: bool = True, arrived: int = 10**16) -> Ordered:
    transaction = Transaction(
        id="txn_" + "0" * 26,
        status=status,
        provider="moonpay",
        network_id="ethereum",
        asset=Asset(code="ETH", scale=18),
        txid=TXID,
        updated_at=at,
    )
    return Ordered(transaction, "moonpay", arrived, is_current)


def state(stage: RampStage, **more: Any) -> RampState:
    return RampState(stage=stage, **more)


def delivered(amount: str = "0.01", txid: str = TXID.upper().replace("0X", "0x")) -> RampState:
    return state(RampStage.COMPLETED, crypto_amount=Decimal(amount), crypto_txid=txid)


@pytest.mark.parametrize(
    ("order", "state"),
    [
        (order("completed"), delivered()),
        (order("completed"), state(RampStage.COMPLETED)),
        (order("completed", at=NOW), state(RampStage.DELIVERING)),
        (order("failed"), state(RampStage.CANCELLED)),
        (order("failed"), state(RampStage.REFUNDED)),
        (order("failed"), state(RampStage.ABSENT)),
        (order("provider_processing"), state(RampStage.AWAITING_PAYMENT)),
        (order("provider_processing", at=NOW), delivered()),
        (order("provider_processing", at=NOW), state(RampStage.ABSENT)),
        (order("completed", is_current=False), state(RampStage.CANCELLED)),
    ],
)
def test_what_agrees_or_may_still_agree(order: Ordered, state: RampState) -> None:
    assert judge(order, state, now=NOW) is None


@pytest.mark.parametrize(
    ("order", "state", "words"),
    [
        (order("completed"), state(RampStage.DELIVERING), "they say delivering"),
        (order("completed", at=NOW), state(RampStage.REFUNDED), "they say refunded"),
        (order("completed", at=NOW), state(RampStage.ABSENT), "they say absent"),
        (order("completed"), delivered("0.0100001"), "they delivered 10000100000000000 minor units of ETH"),
        (order("completed"), delivered(txid="0x" + "cd" * 32), "and we credited " + TXID),
        (order("failed"), delivered(), "we hold it as failed"),
        (order("blockchain_pending"), delivered(), "nothing was credited"),
        (order("provider_processing"), state(RampStage.ABSENT), "they do not know it"),
        (order("completed", is_current=False), state(RampStage.PAID), "after another company took their place"),
        (order("failed"), state(RampStage.FAILED, is_refund_due=True), "they owe the person their money"),
    ],
)
def test_what_differs_says_what(order: Ordered, state: RampState, words: str) -> None:
    found = judge(order, state, now=NOW)
    assert found is not None
    assert words in found.summary
    assert found.key == f"purchase:{order.transaction.pk}:moonpay"
    assert found.evidence["they_say"]["stage"] == state.stage
    assert found.evidence["we_say"]["status"] == order.transaction.status


def test_amounts_are_whole_minor_units() -> None:
    assert to_minor(Decimal("0.010000000000000001"), Asset(scale=18)) == 10**16 + 1
    assert to_minor(Decimal("1.23456789"), Asset(scale=6)) == 1_234_567
