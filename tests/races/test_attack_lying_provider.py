"""A payment partner that lies: about whose coins it sent, about amounts, about whom its webhooks concern."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from providers.base import Access, Kind, RampOrder, RampQuote, RampRequest, RampStage, RampState
from providers.errors import NoProvider
from providers.models import Provider, Webhook
from providers.registry import ADAPTERS
from rates.services import record_price
from tests.factories.world import World
from transactions.flows import on_ramp, ramp_orders
from transactions.flows.ramp_offers import offers, wish
from transactions.models import Deposit, Transaction
from transactions.services import webhooks

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]

LATER = datetime(2100, 1, 1, tzinfo=UTC)


class Liar:
    """An OnRampProvider that says whatever it is told to say."""

    amount = Decimal("0.05")
    states: dict[str, RampState]

    def __init__(self, access: Access) -> None:
        pass

    def quote(self, request: RampRequest) -> RampQuote:
        return RampQuote(Liar.amount, Decimal(1), LATER, 60)

    def initiate_fiat_to_crypto(self, order: RampOrder) -> RampState:
        return RampState(stage=RampStage.AWAITING_PAYMENT, pay_url="https://liar.example/pay")

    def check_payment_status(self, operation_id: str) -> RampState:
        return Liar.states.get(operation_id, RampState(stage=RampStage.ABSENT))

    cancel_payment = check_payment_status


class Shop:
    """One person's purchases at the liar."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.person = world.person("ethereum")
        self._count = 0

    def buy(self, person: User | None = None) -> Transaction:
        buyer, self._count = person or self.person, self._count + 1
        asked = wish(
            user_id=buyer.pk,
            wallet_id=self.world.wallet(buyer, "ethereum").pk,
            asset="ETH",
            fiat="USD",
            fiat_amount="100",
        )
        offered = offers(asked, subject="test", now=self.world.now)
        bought = on_ramp.request(offered, user_id=buyer.pk, key=f"liar:{self._count}", now=self.world.now)
        self.advance(bought)
        return bought

    def advance(self, bought: Transaction, turns: int = 4) -> None:
        for _ in range(turns):
            self.world.pump()
            self.world.pass_time(minutes=1)
        bought.refresh_from_db()

    def says(self, bought: Transaction, stage: RampStage, **more: Any) -> None:
        Liar.states[ramp_orders.operation_id(bought)] = RampState(stage=stage, **more)
        self.advance(bought)

    def deposit(self, person: User | None = None, amount: str = "0.5") -> Deposit:
        """Let a stranger pay this person, final."""
        self.world.fund(person or self.person, "ethereum", amount)
        for _ in range(2):
            self.world.finalize("ethereum")
        return Deposit.objects.filter(wallet__user=person or self.person).latest("created_at")


@pytest.fixture
def shop(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setitem(ADAPTERS[Kind.ON_RAMP].entries, "liar", f"{__name__}.Liar")
    Provider.objects.create(code="liar", kind=Kind.ON_RAMP, adapter="liar", name="Liar", updated_at=world.now)
    settings.PROVIDERS = {"liar": Access("liar", "http://127.0.0.1:1")}
    Liar.states, Liar.amount = {}, Decimal("0.05")
    return Shop(world)


def test_an_ordinary_deposit_of_before_is_not_what_was_bought(shop: Shop) -> None:
    earlier = shop.deposit()
    bought = shop.buy()
    shop.says(bought, RampStage.COMPLETED, crypto_txid=earlier.txid)
    assert bought.status == "blockchain_pending"  # and stays there: somebody has to ask the company
    assert Transaction.objects.get(pk=earlier.transaction_id).parent is None


def test_one_delivery_pays_for_one_purchase(shop: Shop) -> None:
    first, second = shop.buy(), shop.buy()
    delivery = shop.deposit()
    shop.says(first, RampStage.COMPLETED, crypto_txid=delivery.txid)
    shop.says(second, RampStage.COMPLETED, crypto_txid=delivery.txid)
    assert (first.status, second.status) == ("completed", "blockchain_pending")
    assert Transaction.objects.get(pk=delivery.transaction_id).parent == first


def test_somebody_elses_coins_are_not_what_was_bought(shop: Shop) -> None:
    other = shop.world.person("ethereum")
    bought = shop.buy()
    theirs = shop.deposit(other)
    shop.says(bought, RampStage.COMPLETED, crypto_txid=theirs.txid)
    assert bought.status == "blockchain_pending"
    assert shop.world.balance(shop.person, "ethereum").available == 0


def test_what_arrives_counts_and_not_what_was_said(shop: Shop) -> None:
    bought = shop.buy()
    delivery = shop.deposit(amount="0.01")
    said = "0x" + delivery.txid[2:].upper()
    shop.says(bought, RampStage.COMPLETED, crypto_txid=said, crypto_amount=Decimal("1E+900"))
    assert (bought.status, bought.amount_minor) == ("completed", delivery.amount_minor)
    assert shop.world.balance(shop.person, "ethereum").available == delivery.amount_minor


@pytest.mark.parametrize("txid", ["0x" + "ab" * 5_000, "0x\x00", "\ud800"])
def test_a_number_of_no_transaction_stops_no_worker(shop: Shop, txid: str) -> None:
    bought = shop.buy()
    shop.says(bought, RampStage.COMPLETED, crypto_txid=txid)
    assert bought.status in ("provider_processing", "blockchain_pending")
    delivery = shop.deposit()
    shop.says(bought, RampStage.COMPLETED, crypto_txid=delivery.txid)
    assert bought.status == "completed"


@pytest.mark.parametrize("amount", ["0", "1E+60", "1E+70", "1E+900000", "1E-900000"])
def test_what_nobody_can_deliver_is_no_offer(shop: Shop, amount: str) -> None:
    Liar.amount = Decimal(amount)
    with pytest.raises(NoProvider):
        shop.buy()
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    ("amount", "is_offer"), [("0.0625", True), ("0.062501", False), ("0.025", True), ("0.024999", False)]
)
def test_coins_worth_far_more_or_less_than_the_money_are_no_offer(shop: Shop, amount: str, is_offer: bool) -> None:
    record_price(base="ETH", quote="USD", price=Decimal(2_000), source="tests", now=shop.world.now)
    Liar.amount = Decimal(amount)
    if is_offer:
        assert shop.buy().provider == "liar"
        return
    with pytest.raises(NoProvider, match="Nobody can do this") as refusal:
        shop.buy()
    assert "than the money is worth" in refusal.value.why
    assert not Transaction.objects.exists()
    shop.world.pass_time(days=1)  # an old price says nothing about an offer
    assert shop.buy().provider == "liar"


def test_a_companys_webhook_rings_for_its_own_purchases_only(shop: Shop, now: datetime) -> None:
    bought = shop.buy()
    for number, about in enumerate(["{}-moonpay", "{}", "{}-liar-liar", "{}-"]):
        operation_id = about.format(bought.pk)
        item = Webhook.objects.create(
            provider_id="liar",
            event_id=f"evt-{number}",
            operation_id=operation_id,
            raw=b"{}",
            status="waiting",
            next_try_at=now,
            received_at=now,
            updated_at=now,
        )
        before = Transaction.objects.get(pk=bought.pk).next_look_at
        webhooks.take(item, now=now - timedelta(hours=1))
        assert Transaction.objects.get(pk=bought.pk).next_look_at == before, operation_id
