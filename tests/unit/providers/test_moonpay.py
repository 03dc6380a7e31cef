"""
MoonPay's own samples, cut to what is read, through the parsers.

Source: dev.moonpay.com, "Get Real-time Buy quote", "Webhooks: Buy", "Stage failure reasons".
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers.adapters.moonpay import (
    FAILURES,
    PENDING,
    STAGES,
    check_signature,
    read_news,
    read_quote,
    read_transaction,
)
from providers.adapters.reading import UNREADABLE, document, which_counts
from providers.base import RampStage, RampState
from providers.errors import WebhookForged

QUOTE = b"""{
  "accountId": "717a8a80-5c17-46f9-84f8-a5253c372f51", "baseCurrencyCode": "usd", "baseCurrencyAmount": 288.37,
  "quoteCurrencyCode": "btc", "quoteCurrencyAmount": 0.0055, "quoteCurrencyPrice": 52474.5036,
  "paymentMethod": "credit_debit_card", "feeAmount": 3.99, "extraFeePercentage": 0, "extraFeeAmount": 0,
  "networkFeeAmount": 7.64, "networkFeeAmountNonRefundable": false, "totalAmount": 300, "externalId": null,
  "signature": "really-long-string", "expiresIn": 1800, "expiresAt": "2024-02-23T00:58:26.577Z"
}"""

CREATED = b"""{
  "data": {
    "isFromQuote": true, "isRecurring": false, "id": "bda09e91-559f-4e7a-807a-cdec1a903d9d",
    "createdAt": "2022-08-31T10:00:03.640Z", "updatedAt": "2022-08-31T10:00:31.251Z", "baseCurrencyAmount": 295.45,
    "quoteCurrencyAmount": 0.1819, "feeAmount": 3.99, "extraFeeAmount": 0, "networkFeeAmount": 0.56,
    "areFeesIncluded": true, "flow": "principal", "status": "completed",
    "walletAddress": "0xc216eD2D6c295579718dbd4a797845CdA70B3C36", "walletAddressTag": null,
    "cryptoTransactionId": "0x6751c8fce2e0fb5d57bb4801b31b35a7160fa362e0c5703d44cfd508317ee2f8",
    "failureReason": null, "externalTransactionId": null, "paymentMethod": "credit_debit_card"
  },
  "type": "transaction_created"
}"""

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def transaction(**changes: Any) -> dict[str, Any]:
    return {**document(CREATED)["data"], **changes}


def stages(reached: int, status: str, reason: str | None = None) -> list[dict[str, Any]]:
    names = ["stage_one_ordering", "stage_two_verification", "stage_three_processing", "stage_four_delivery"]
    states = ["success"] * reached + [status] + ["not_started"] * 4
    return [
        {"stage": name, "status": state, "failureReason": reason if state == "failed" else None, "actions": []}
        for name, state in zip(names, states, strict=False)
    ]


def test_the_sample_of_a_quote() -> None:
    quote = read_quote(document(QUOTE))
    assert (quote.crypto_amount, quote.fee) == (Decimal("0.0055"), Decimal("11.63"))
    assert quote.expires_at == datetime(2024, 2, 23, 0, 58, 26, 577_000, tzinfo=UTC)


def test_the_sample_of_a_created_transaction_that_is_completed_already() -> None:
    """The event's name says nothing about the state."""
    assert read_transaction(transaction()) == RampState(
        stage=RampStage.COMPLETED,
        order_id="bda09e91-559f-4e7a-807a-cdec1a903d9d",
        crypto_amount=Decimal("0.1819"),
        crypto_txid="0x6751c8fce2e0fb5d57bb4801b31b35a7160fa362e0c5703d44cfd508317ee2f8",
        fee=Decimal("4.55"),
        version="2022-08-31T10:00:31.251Z",
    )
    news = read_news(CREATED)
    assert news.type == "transaction_created"
    assert news.event_id == "transaction_created:bda09e91-559f-4e7a-807a-cdec1a903d9d:2022-08-31T10:00:31.251Z"
    assert news.operation_id == ""


@pytest.mark.parametrize(
    ("status", "steps", "stage"),
    [
        ("waitingPayment", [], RampStage.AWAITING_PAYMENT),
        ("waitingAuthorization", stages(0, "in_progress"), RampStage.PAYMENT_PENDING),
        ("pending", [], RampStage.PAYMENT_PENDING),
        ("pending", stages(0, "in_progress"), RampStage.PAYMENT_PENDING),
        ("pending", stages(1, "in_progress"), RampStage.PAYMENT_PENDING),
        ("pending", stages(2, "in_progress"), RampStage.PAID),
        ("pending", stages(3, "in_progress"), RampStage.DELIVERING),
        ("completed", stages(4, ""), RampStage.COMPLETED),
    ],
)
def test_how_far_it_is(status: str, steps: list[dict[str, Any]], stage: RampStage) -> None:
    state = read_transaction(transaction(status=status, stages=steps))
    assert (state.stage, state.is_refund_due, state.reason) == (stage, False, "")


@pytest.mark.parametrize(
    ("reached", "reason", "stage", "is_refund_due"),
    [
        (0, "payment_authorization_declined", RampStage.FAILED, False),
        (0, "card_not_supported", RampStage.FAILED, False),
        (0, "timeout_3d_secure", RampStage.EXPIRED, False),
        (0, "timeout_bank_transfer", RampStage.EXPIRED, False),
        (1, "timeout_kyc_verification", RampStage.EXPIRED, False),
        (1, "rejected_kyc", RampStage.FAILED, False),
        (0, "cancelled", RampStage.CANCELLED, False),
        (2, "cancelled", RampStage.CANCELLED, True),
        (2, "error", RampStage.FAILED, True),
        (2, "", RampStage.FAILED, True),
        (3, "a_reason_of_next_year", RampStage.FAILED, True),
        (2, "refund", RampStage.REFUNDED, False),
    ],
)
def test_why_it_failed(reached: int, reason: str, stage: RampStage, is_refund_due: bool) -> None:
    data = transaction(
        status="failed", failureReason="A sentence for people.", stages=stages(reached, "failed", reason)
    )
    state = read_transaction(data)
    assert (state.stage, state.is_refund_due) == (stage, is_refund_due)
    assert state.reason == (reason or "A sentence for people.")


@pytest.mark.parametrize("wrong", [{"status": "thinking"}, {"status": None}, {"feeAmount": "much"}, {"feeAmount": -1}])
def test_what_cannot_be_read_is_no_state(wrong: dict[str, Any]) -> None:
    with pytest.raises(UNREADABLE):
        read_transaction(transaction(**wrong))


def test_the_tables_know_every_state_they_may_give() -> None:
    assert {*STAGES.values(), *PENDING.values(), *FAILURES.values()} == set(RampStage) - {RampStage.ABSENT}


def test_of_several_attempts_what_was_delivered_counts_then_what_may_be_then_what_is_owed() -> None:
    old = RampState(stage=RampStage.COMPLETED, version="1")
    open_, owed = RampState(stage=RampStage.PAID, version="2"), RampState(RampStage.FAILED, is_refund_due=True)
    failed = RampState(stage=RampStage.FAILED, version="9")
    assert which_counts([failed, open_, old, owed]) is old
    assert which_counts([RampState(stage=RampStage.COMPLETED, version="7"), old]) is old
    assert which_counts([failed, open_, owed]) is open_
    assert which_counts([failed, owed]) is owed
    assert which_counts([RampState(stage=RampStage.EXPIRED, version="8"), failed]) is failed
    assert which_counts([]).stage == RampStage.ABSENT


# --- Signatures
def signed(raw: bytes, *, key: str = "wk_1", at: datetime = NOW, name: str = "Moonpay-Signature-V2") -> dict[str, str]:
    seconds = str(int(at.timestamp()))
    return {name: f"t={seconds},s={hmac.new(key.encode(), f'{seconds}.'.encode() + raw, hashlib.sha256).hexdigest()}"}


def test_the_signature_is_of_the_raw_bytes() -> None:
    check_signature(signed(CREATED), CREATED, keys=["wk_1"], now=NOW)
    check_signature(signed(CREATED, name="moonpay-signature-v2"), CREATED, keys=["wk_2", "wk_1"], now=NOW)
    again = json.dumps(json.loads(CREATED)).encode()
    with pytest.raises(WebhookForged):
        check_signature(signed(CREATED), again, keys=["wk_1"], now=NOW)


@pytest.mark.parametrize("age", [timedelta(minutes=-5), timedelta(minutes=5)])
def test_five_minutes_are_near_enough(age: timedelta) -> None:
    check_signature(signed(CREATED, at=NOW - age), CREATED, keys=["wk_1"], now=NOW)
    with pytest.raises(WebhookForged):
        check_signature(signed(CREATED, at=NOW - age * 1.01), CREATED, keys=["wk_1"], now=NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,s=",
        "s=ab",
        "t=1",
        "t=-1,s=ab",
        "t=１,s=ab",
        "t=999999999999999,s=ab",
        "t=1,s=\N{SNOWMAN}",
        "nonsense,,=",
    ],
)
def test_what_is_no_signature_is_refused(header: str) -> None:
    with pytest.raises(WebhookForged):
        check_signature({"Moonpay-Signature-V2": header}, CREATED, keys=["wk_1"], now=NOW)
    with pytest.raises(WebhookForged):
        check_signature(signed(CREATED), CREATED, keys=[], now=NOW)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"type": 1}', b'{"data": [], "type": "x"}', b"\xff", b"[" * 9_999]
)
def test_news_that_says_nothing_is_known_by_its_bytes(raw: bytes) -> None:
    news = read_news(raw)
    assert (news.type, news.operation_id) == ("unreadable", "")
    assert news.event_id == f"sha256:{hashlib.sha256(raw).hexdigest()}"
