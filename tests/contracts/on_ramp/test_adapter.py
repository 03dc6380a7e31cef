"""What every on-ramp's adapter must do, whichever company it is. A new adapter inherits these."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from urllib.error import HTTPError

import pytest

from providers.base import RampStage
from providers.errors import ProviderRefused, ProviderUnavailable, WebhookForged
from tests.contracts.on_ramp.conftest import ADDRESS, REQUEST, order
from tests.factories.vendors import choose, visit

ONE_STEP = 61


# --- Quotes
def test_a_quote_is_what_is_delivered(rig):
    quote = rig.adapter.quote(REQUEST)
    assert Decimal("0.06") < quote.crypto_amount < Decimal("0.074")
    assert Decimal(5) < quote.fee < Decimal(20)
    assert quote.expires_at > datetime.now(UTC)
    assert quote.seconds > 0
    choose(rig.adapter.initiate_fiat_to_crypto(order("op-quoted")).pay_url, "pay")
    state = rig.adapter.check_payment_status("op-quoted")
    assert (state.crypto_amount, state.fee) == (quote.crypto_amount, quote.fee)


def test_bitcoin_is_sold_too(rig):
    quote = rig.adapter.quote(replace(REQUEST, asset="BTC", network="bitcoin", fiat="EUR"))
    assert Decimal("0.0025") < quote.crypto_amount < Decimal("0.0028")


@pytest.mark.parametrize(
    "wrong", [{"fiat_amount": Decimal(1)}, {"fiat": "JPY"}, {"asset": "DOGE"}, {"network": "bitcoin"}]
)
def test_what_it_does_not_sell_is_refused(rig, wrong):
    with pytest.raises(ProviderRefused):
        rig.adapter.quote(replace(REQUEST, **wrong))


# --- A purchase
def test_it_is_unknown_until_the_person_confirms(rig):
    assert rig.adapter.check_payment_status("op-new").stage == RampStage.ABSENT
    state = rig.adapter.initiate_fiat_to_crypto(order("op-new"))
    assert (state.stage, state.order_id) == (RampStage.AWAITING_PAYMENT, "")
    page = visit(state.pay_url)
    assert ADDRESS in page
    assert "op-new" in page
    assert rig.adapter.check_payment_status("op-new").stage == RampStage.ABSENT
    assert rig.sandboxes.orders(rig.name) == []


def test_initiating_twice_buys_once(rig):
    rig.adapter.initiate_fiat_to_crypto(order("op-twice"))
    pay_url = rig.adapter.initiate_fiat_to_crypto(order("op-twice")).pay_url
    assert choose(pay_url, "pay").startswith("http://127.0.0.1:8000/wallets/?")
    first = rig.adapter.initiate_fiat_to_crypto(order("op-twice"))
    assert first.stage == RampStage.PAYMENT_PENDING
    assert rig.again().initiate_fiat_to_crypto(order("op-twice")) == first
    assert len(rig.sandboxes.orders(rig.name)) == 1


def test_it_walks_from_payment_to_delivery(rig):
    choose(rig.adapter.initiate_fiat_to_crypto(order("op-walk")).pay_url, "pay")
    seen = [rig.adapter.check_payment_status("op-walk")]
    for _ in range(3):
        rig.sandboxes.advance(ONE_STEP)
        seen.append(rig.adapter.check_payment_status("op-walk"))
    assert [state.stage for state in seen] == [
        RampStage.PAYMENT_PENDING,
        RampStage.PAID,
        RampStage.DELIVERING,
        RampStage.COMPLETED,
    ]
    assert {state.order_id for state in seen} == {rig.sandboxes.orders(rig.name)[0]["id"]}
    assert seen[-1].crypto_txid == f"pretended-ethereum-{ADDRESS[-6:]}-{seen[-1].crypto_amount}"
    assert not any(state.is_refund_due for state in seen)
    versions = [state.version for state in seen]
    assert versions == sorted(set(versions))


@pytest.mark.parametrize(
    ("outcome", "steps", "stage", "is_refund_due"),
    [
        ("declined", 1, RampStage.FAILED, False),
        ("stuck", 9, RampStage.PAID, False),
        ("failed", 2, RampStage.FAILED, True),
        ("refunded", 2, RampStage.FAILED, True),
        ("refunded", 3, RampStage.REFUNDED, False),
    ],
)
def test_it_may_end_otherwise(rig, outcome, steps, stage, is_refund_due):
    rig.scenario(outcome=outcome)
    choose(rig.adapter.initiate_fiat_to_crypto(order("op-ends")).pay_url, "pay")
    rig.sandboxes.advance(ONE_STEP * steps)
    state = rig.adapter.check_payment_status("op-ends")
    assert (state.stage, state.is_refund_due, state.crypto_txid) == (stage, is_refund_due, "")
    assert bool(state.reason) == (stage == RampStage.FAILED or (rig.name == "moonpay" and stage == RampStage.REFUNDED))


@pytest.mark.parametrize(
    ("choice", "seconds", "stage"),
    [
        ("decline", ONE_STEP, RampStage.FAILED),
        ("refund", ONE_STEP * 3, RampStage.REFUNDED),
        ("cancel", 0, RampStage.CANCELLED),
        ("later", 0, RampStage.AWAITING_PAYMENT),
        ("later", 3_600, RampStage.EXPIRED),
    ],
)
def test_the_person_may_choose_otherwise(rig, choice, seconds, stage):
    choose(rig.adapter.initiate_fiat_to_crypto(order("op-choice")).pay_url, choice)
    rig.sandboxes.advance(seconds)
    state = rig.adapter.check_payment_status("op-choice")
    assert (state.stage, state.is_refund_due, state.crypto_txid) == (stage, False, "")


def test_of_several_attempts_the_one_that_is_paid_counts(rig):
    """A page that was open before goes on to be good for another attempt after a declined card."""
    first = rig.adapter.initiate_fiat_to_crypto(order("op-again")).pay_url
    second = rig.adapter.initiate_fiat_to_crypto(order("op-again")).pay_url
    choose(first, "decline")
    rig.sandboxes.advance(ONE_STEP)
    assert rig.adapter.check_payment_status("op-again").stage == RampStage.FAILED
    choose(second, "pay")
    assert rig.adapter.check_payment_status("op-again").stage == RampStage.PAYMENT_PENDING
    rig.sandboxes.advance(ONE_STEP * 3)
    assert rig.adapter.check_payment_status("op-again").stage == RampStage.COMPLETED
    assert len(rig.sandboxes.orders(rig.name)) == 2


def test_cancelling_says_how_it_stands(rig):
    assert rig.adapter.cancel_payment("op-cancel").stage == RampStage.ABSENT
    choose(rig.adapter.initiate_fiat_to_crypto(order("op-cancel")).pay_url, "pay")
    assert rig.adapter.cancel_payment("op-cancel").stage == RampStage.PAYMENT_PENDING


def test_a_changed_address_of_the_page_is_refused(rig):
    pay_url = rig.adapter.initiate_fiat_to_crypto(order("op-forged")).pay_url
    for changed in (pay_url.replace(ADDRESS, "0x" + "ab" * 20), pay_url[:-8] + "AAAAAAAA"):
        if changed != pay_url:
            with pytest.raises(HTTPError):
                visit(changed)


def test_people_are_led_to_the_place_of_its_pages_or_nowhere(rig):
    away = replace(rig.access, secrets={**rig.access.secrets, "widget_url": "https://pages.example"})
    led_to, refused = "", ""
    try:
        led_to = type(rig.adapter)(away).initiate_fiat_to_crypto(order("op-away")).pay_url
    except ProviderUnavailable as refusal:
        refused = refusal.kind
    assert led_to.startswith("https://pages.example/?") or refused == "broken"  # where it names another place itself


# --- When it does not answer
def test_what_was_accepted_but_not_answered_is_found_again(rig):
    rig.adapter.initiate_fiat_to_crypto(order("op-lost"))
    choose(rig.adapter.initiate_fiat_to_crypto(order("op-lost")).pay_url, "pay")
    rig.scenario(drop="after")
    with pytest.raises(ProviderUnavailable) as lost:
        rig.adapter.initiate_fiat_to_crypto(order("op-lost"))
    assert (lost.value.kind, lost.value.has_left) == ("broken", True)
    assert rig.again().check_payment_status("op-lost").stage == RampStage.PAYMENT_PENDING
    assert len(rig.sandboxes.orders(rig.name)) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 429}, "rate_limited"),
        ({"status": 402}, "quota"),
        ({"status": 403, "calls": 9}, "forbidden"),
        ({"status": 500}, "server"),
        ({"status": 503}, "server"),
        ({"status": 418}, "broken"),
        ({"is_malformed": True}, "broken"),
        ({"drop": "before"}, "broken"),
        ({"latency_seconds": 3}, "timeout"),
    ],
)
def test_what_is_no_answer_is_classed(rig, fault, kind):
    rig.adapter.check_payment_status("op-warm")  # whatever it needs to be let in, it has
    rig.scenario(**fault)
    with pytest.raises(ProviderUnavailable) as failure:
        rig.adapter.check_payment_status("op-warm")
    assert failure.value.kind == kind
    rig.sandboxes.reset()
    rig.scenario(**fault)
    with pytest.raises(ProviderUnavailable) as failure:
        rig.adapter.quote(REQUEST)
    assert failure.value.kind == kind


def test_nobody_there_means_nothing_has_left(rig):
    away = replace(rig.access, base_url="http://127.0.0.1:1")
    with pytest.raises(ProviderUnavailable) as failure:
        type(rig.adapter)(away).quote(REQUEST)
    assert (failure.value.kind, failure.value.has_left) == ("connection", False)


# --- Webhooks
@pytest.fixture
def paid(rig):
    choose(rig.adapter.initiate_fiat_to_crypto(order("op-hook")).pay_url, "pay")
    return rig


def test_a_webhook_names_our_operation(paid):
    news = paid.read(paid.webhook("again", "op-hook"))
    assert [item.operation_id for item in news] == ["op-hook"]
    assert all(item.event_id and item.type for item in news)


def test_the_same_twice_has_one_id_and_another_has_another(paid):
    first = paid.read(paid.webhook("again", "op-hook"))
    assert paid.read(paid.webhook("again", "op-hook")) == first
    paid.sandboxes.advance(ONE_STEP)
    assert paid.read(paid.webhook("again", "op-hook"))[0].event_id != first[0].event_id


def test_the_order_in_which_they_come_does_not_matter(paid):
    paid.sandboxes.advance(ONE_STEP * 3)
    webhooks = paid.sandboxes.emit(paid.name, "op-hook", "reorder", is_sent=False)
    assert len(webhooks) == 5
    assert {paid.read(each)[0].operation_id for each in webhooks} == {"op-hook"}
    assert len({paid.read(each)[0].event_id for each in webhooks}) == 5
    assert paid.adapter.check_payment_status("op-hook").stage == RampStage.COMPLETED


@pytest.mark.parametrize("how", ["wrong_secret", "stale"])
def test_a_forged_or_stale_webhook_is_refused(paid, how):
    with pytest.raises(WebhookForged):
        paid.read(paid.webhook(how, "op-hook"))


@pytest.mark.parametrize("change", [lambda raw: raw + b" ", lambda raw: raw.replace(b"a", b"b", 1), lambda raw: b""])
def test_other_bytes_are_refused(paid, change):
    webhook = paid.webhook("again", "op-hook")
    changed = change(webhook.raw)
    if paid.name == "transak" and changed == webhook.raw + b" ":
        return  # what is signed is within the JSON, not the JSON itself
    with pytest.raises(WebhookForged):
        paid.read(replace(webhook, raw=changed))


@pytest.mark.parametrize("headers", [{}, {"Moonpay-Signature-V2": ""}, {"Moonpay-Signature-V2": "t=1,s=\N{SNOWMAN}"}])
def test_without_a_signature_it_is_refused(rig, headers):
    with pytest.raises(WebhookForged):
        rig.adapter.read_webhook(headers=headers, raw=b'{"data": {"id": "1"}}', now=datetime.now(UTC))


def test_after_a_rotation_the_secret_before_is_still_known(paid):
    if paid.name == "transak":  # whose secret is the access token: it rotates when another one is asked for
        paid.sandboxes.advance(8 * 24 * 3_600)
        paid.adapter.check_payment_status("op-hook")
    news = paid.read(paid.webhook("old_secret", "op-hook"))
    assert news == paid.read(paid.webhook("again", "op-hook"))
    assert paid.again().read_webhook(
        headers=(webhook := paid.webhook("old_secret", "op-hook")).headers, raw=webhook.raw, now=datetime.now(UTC)
    )
