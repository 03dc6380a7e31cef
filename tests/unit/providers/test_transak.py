"""
Transak's own samples, cut to what is read, through the parsers.

Sources: docs.transak.com, "Get Orders", "Get Webhooks", "Order Webhooks".
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import jwt
import pytest

from providers.adapters.client import VendorAnswer
from providers.adapters.reading import UNREADABLE, document
from providers.adapters.transak import STAGES, _is_not_found, check_signature, is_at, read_news, read_order, read_quote
from providers.base import RampStage, RampState
from providers.errors import WebhookForged

ORDER = b"""{
  "_id": "7d8e0655-728e-458c-9c15-b3e9f2aa66ed", "walletAddress": "0x12d8885e0F0BFc487d93A9e3DcB5c23cB86EE9ae",
  "createdAt": "2024-04-23T14:41:14.063Z", "status": "COMPLETED", "fiatCurrency": "GBP", "cryptoCurrency": "ETH",
  "isBuyOrSell": "BUY", "fiatAmount": 50, "amountPaid": 50, "paymentOptionId": "gbp_bank_transfer",
  "network": "ethereum", "quoteId": "4015367c-3636-4ea1-a4a9-f583608ad3b5", "dispute": false,
  "conversionPrice": 0.0003803236484877352, "cryptoAmount": 0.01596979, "totalFeeInFiat": 8.01,
  "fiatAmountInUsd": 62.17
}"""

QUOTE = b"""{"response": {
  "quoteId": "db19d05e-cacc-43c0-80e7-0ae973662063", "conversionPrice": 0.0004898564956664364, "slippage": 0.72,
  "fiatCurrency": "USD", "cryptoCurrency": "ETH", "paymentMethod": "credit_debit_card", "fiatAmount": 13.17,
  "cryptoAmount": 0.00570193, "isBuyOrSell": "BUY", "network": "base", "totalFee": 1.53,
  "feeBreakdown": [{"name": "Transak fee", "value": 1.53, "id": "transak_fee"}], "nonce": 1773074894
}}"""

CLAIMS: dict[str, Any] = {
    "webhookData": {
        "id": "322dc79c-fad2-4df1-bf50-b292191fc953",
        "walletAddress": "0xD902d7E",
        "createdAt": "2024-10-15T14:29:11.104Z",
        "status": "COMPLETED",
        "fiatCurrency": "EUR",
        "cryptoCurrency": "ETH",
        "isBuyOrSell": "BUY",
        "fiatAmount": 45,
        "partnerOrderId": "op-1",
        "statusHistories": [
            {"status": "AWAITING_PAYMENT_FROM_USER", "createdAt": "2024-10-15T14:29:12.217Z"},
            {"status": "PROCESSING", "createdAt": "2024-10-15T14:29:22.217Z"},
        ],
    },
    "eventID": "ORDER_COMPLETED",
}
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TOKENS = [f"an access token of this week, number {number}, long enough for a key" for number in range(3)]


def order(**changes: Any) -> dict[str, Any]:
    return {**document(ORDER), **changes}


def sent(token: str, *, algorithm: str = "HS256", **claims: Any) -> bytes:
    return b'{"data": "%s"}' % jwt.encode({**CLAIMS, **claims}, token, algorithm=algorithm).encode()


def test_the_sample_of_an_order() -> None:
    assert read_order(order()) == RampState(
        stage=RampStage.COMPLETED,
        order_id="7d8e0655-728e-458c-9c15-b3e9f2aa66ed",
        crypto_amount=Decimal("0.01596979"),
        fee=Decimal("8.01"),
        version="2024-04-23T14:41:14.063Z",
    )


def test_the_sample_of_a_quote() -> None:
    quote = read_quote(document(QUOTE), now=NOW)
    assert (quote.crypto_amount, quote.fee) == (Decimal("0.00570193"), Decimal("1.53"))
    assert quote.expires_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(("status", "stage"), STAGES.items())
def test_every_state(status: str, stage: RampStage) -> None:
    is_lost = stage in {RampStage.FAILED, RampStage.CANCELLED, RampStage.EXPIRED}
    assert read_order(order(status=status)).stage == stage
    assert read_order(order(status=status, amountPaid=50)).is_refund_due is is_lost
    assert read_order(order(status=status, amountPaid=0)).is_refund_due is False
    assert read_order(order(status=status, amountPaid=None)).is_refund_due is False


@pytest.mark.parametrize("wrong", [{"status": "NEW_ONE"}, {"status": None}, {"cryptoAmount": True}])
def test_what_cannot_be_read_is_no_state(wrong: dict[str, Any]) -> None:
    with pytest.raises(UNREADABLE):
        read_order(order(**wrong))


def test_the_version_is_the_last_change_that_is_told() -> None:
    histories = CLAIMS["webhookData"]["statusHistories"]
    assert read_order(order(statusHistories=histories)).version == "2024-10-15T14:29:22.217Z"
    assert read_order(order(statusHistories=histories, updatedAt="2025")).version == "2025"


def test_the_sample_of_a_webhook() -> None:
    raw = sent(TOKENS[0], iat=int(NOW.timestamp()))
    news = read_news(check_signature(raw, tokens=TOKENS[:1], now=NOW), raw)
    assert (news.type, news.operation_id) == ("ORDER_COMPLETED", "op-1")
    assert news.event_id == "ORDER_COMPLETED:322dc79c-fad2-4df1-bf50-b292191fc953:COMPLETED:2024-10-15T14:29:22.217Z"


def test_each_of_the_last_tokens_is_known_and_no_other() -> None:
    for token in TOKENS:
        assert check_signature(sent(token), tokens=TOKENS, now=NOW)["eventID"] == "ORDER_COMPLETED"
    with pytest.raises(WebhookForged):
        check_signature(sent("some other token that is long enough for a key"), tokens=TOKENS, now=NOW)
    with pytest.raises(WebhookForged):
        check_signature(sent(TOKENS[0]), tokens=[], now=NOW)


@pytest.mark.parametrize("age", [timedelta(minutes=-6), timedelta(days=7, seconds=1)])
def test_one_from_another_time_is_refused(age: timedelta) -> None:
    with pytest.raises(WebhookForged):
        check_signature(sent(TOKENS[0], iat=int((NOW - age).timestamp())), tokens=TOKENS, now=NOW)


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b'{"data": 1}', b'{"data": "a.b.c"}', b'{"data": "\xc3\xa9"}', b"\xff"]
)
def test_what_is_no_signed_document_is_refused(raw: bytes) -> None:
    with pytest.raises(WebhookForged):
        check_signature(raw, tokens=TOKENS, now=NOW)


def test_an_unsigned_document_is_refused_whatever_it_calls_itself() -> None:
    unsigned = b'{"data": "%s"}' % jwt.encode(CLAIMS, "", algorithm="none").encode()
    with pytest.raises(WebhookForged):
        check_signature(unsigned, tokens=TOKENS, now=NOW)
    with pytest.raises(WebhookForged):
        check_signature(sent(TOKENS[0] * 2, algorithm="HS512"), tokens=[TOKENS[0] * 2], now=NOW)


@pytest.mark.parametrize("claims", [{"webhookData": None}, {"eventID": 1}, {"webhookData": {}}])
def test_news_that_says_nothing_is_known_by_its_bytes(claims: dict[str, Any]) -> None:
    raw = sent(TOKENS[0], **claims)
    news = read_news(check_signature(raw, tokens=TOKENS, now=NOW), raw)
    assert (news.type, news.operation_id) == ("unreadable", "")
    assert news.event_id.startswith("sha256:")


@pytest.mark.parametrize(
    ("status", "data", "is_absent"),
    [
        (404, None, True),
        (400, {"error": {"statusCode": 400, "message": "Invalid partnerOrderId or order not found"}}, True),
        (400, {"error": {"statusCode": 400, "message": "Invalid filter"}}, False),
        (400, {"error": "order not found"}, False),
        (400, ["order not found"], False),
        (200, {"data": []}, False),
    ],
)
def test_how_an_unknown_order_looks(status: int, data: Any, is_absent: bool) -> None:
    assert _is_not_found(VendorAnswer(status, {}, b"", data)) is is_absent


@pytest.mark.parametrize(
    ("url", "is_there"),
    [
        ("https://global.transak.com?apiKey=a&sessionId=b", True),
        ("https://global.transak.com/", True),
        ("http://global.transak.com/", False),
        ("https://global.transak.com:8443/", False),
        ("https://global.transak.com@thief.example/", False),
        ("https://global.transak.com\\@thief.example/", False),
        ("https://global.transak.com\t.thief.example/", False),
        ("https://thief.example/https://global.transak.com", False),
        ("//global.transak.com/", False),
        ("javascript:alert(1)", False),
        ("https://[global.transak.com", False),
        ("", False),
    ],
)
def test_people_are_led_to_its_own_pages_only(url: str, is_there: bool) -> None:
    assert is_at(url, "https://global.transak.com") is is_there
