"""A person buys coins: paid at a company, failed over to another, refunded, cancelled, never credited twice."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from events.models import Event
from providers.services import inbox
from tests.factories import vendors
from tests.factories.vendors import Sandboxes
from tests.factories.world import World
from transactions.engine import run as engine
from transactions.errors import NoQuestion, NotCancellable
from transactions.flows import on_ramp, ramp_orders
from transactions.flows.ramp_offers import offers, wish
from transactions.models import Deposit, Step, Transaction
from transactions.queries.describe import describe
from transactions.queries.find import list_transactions
from transactions.services import actions, schedule, webhooks

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def sandboxes() -> Iterator[Sandboxes]:
    found = vendors.lent()
    yield found
    found.reset()


def buy(world: World, person: User, network: str = "ethereum", amount: str = "100", **more: str) -> Transaction:
    asset = {"ethereum": "ETH", "bitcoin": "BTC"}[network]
    asked = wish(
        user_id=person.pk,
        wallet_id=world.wallet(person, network).pk,
        asset=asset,
        fiat="USD",
        fiat_amount=amount,
        **more,
    )
    offered = offers(asked, subject="test", now=world.now)
    bought = on_ramp.request(offered, user_id=person.pk, key=f"buy:{person.pk}:{amount}", now=world.now)
    advance(world, bought)
    return bought


def advance(world: World, bought: Transaction) -> None:
    """Let workers do all they can do now, and look again whenever the flow wants to within a minute."""
    for _ in range(6):
        world.pump()
        world.pass_time(seconds=10)
    bought.refresh_from_db()


def pay_url(bought: Transaction, person: User) -> str:
    assert describe(bought, viewer_id=person.pk)["payment"]["can_pay"]
    return ramp_orders.payment_link(bought, now=timezone.now())


def arrive(world: World, bought: Transaction, network: str = "ethereum") -> None:
    for _ in range(4):
        world.mine(network, 4)
        world.scan(network)
        advance(world, bought)


@pytest.mark.parametrize("network", ["ethereum", "bitcoin"])
def test_a_purchase_is_credited_with_what_arrived(world: World, sandboxes: Sandboxes, network: str) -> None:
    person = world.person(network)
    bought = buy(world, person, network)
    assert (bought.status, bought.sub_status) == ("provider_processing", "waiting_for_you")
    assert bought.choice["candidates"]
    assert world.balance(person, network).available == 0
    vendors.choose(pay_url(bought, person), "pay")
    sandboxes.advance(600)
    advance(world, bought)
    arrive(world, bought, network)
    deposit = Deposit.objects.get(wallet__user=person)
    assert bought.status == "completed"
    assert (bought.txid, bought.amount_minor) == (deposit.txid, deposit.amount_minor)
    assert world.balance(person, network).available == deposit.amount_minor
    assert [each.pk for each in list_transactions(user_id=person.pk)] == [bought.pk]  # its deposit is not told twice
    names = Event.objects.filter(subject=f"transactions.transaction:{bought.pk}").exclude(name="")
    assert names.get(name="TransactionCompleted").data["provider"] == bought.provider
    assert list(names.order_by("id").values_list("name", flat=True)) == [
        "InitiateDepositCommand",
        "TransactionInitiated",
        "BalanceReserved",
        "OnRampProviderSelected",
        "ProviderSelected",
        "OnRampPaymentRequested",
        "ProviderProcessing",
        "FiatPaymentConfirmed",
        f"{bought.asset_id}ConversionCompleted",
        "ProviderResponseReceived",
        "BlockchainTransactionBroadcast",
        "InvestedBalanceUpdated",
        "TransactionConfirmed",
        "BalanceUpdated",
        "TransactionCompleted",
    ]


def test_another_company_takes_over_when_the_first_does_not_answer(world: World, sandboxes: Sandboxes) -> None:
    person = world.person("ethereum")
    first = buy(world, person, amount="90").provider
    second = {"moonpay": "transak", "transak": "moonpay"}[first]
    # Prices are asked first: only the order fails.
    path = {"moonpay": "/v1/transactions/ext/", "transak": "/api/v2/auth/session"}[first]
    sandboxes.scenario(first, path=path, calls=20, status=503)
    bought = buy(world, person, amount="100")
    advance(world, bought)
    assert (bought.provider, bought.status) == (second, "provider_processing")
    assert [each.provider for each in bought.interactions.order_by("pk")] == [first, second]
    assert bought.choice["excluded"][0]["provider"] == first
    vendors.choose(pay_url(bought, person), "pay")
    sandboxes.advance(600)
    advance(world, bought)
    arrive(world, bought)
    assert bought.status == "completed"
    assert world.balance(person, "ethereum").available == bought.amount_minor


def test_a_declined_payment_goes_to_the_other_company_and_then_ends(world: World, sandboxes: Sandboxes) -> None:
    person = world.person("ethereum")
    bought = buy(world, person)
    first = bought.provider
    for _ in range(2):
        vendors.choose(pay_url(bought, person), "decline")
        sandboxes.advance(120)
        advance(world, bought)
        if bought.status != "failed":
            assert bought.provider != first
    advance(world, bought)
    assert bought.status == "failed"
    assert world.balance(person, "ethereum").available == 0
    assert {each.provider for each in bought.interactions.all()} == {"moonpay", "transak"}


def test_a_payment_that_cannot_be_delivered_is_followed_until_it_is_given_back(
    world: World, sandboxes: Sandboxes
) -> None:
    person = world.person("ethereum")
    bought = buy(world, person)
    sandboxes.scenario(bought.provider, outcome="refunded", step_seconds=600)
    vendors.choose(pay_url(bought, person), "pay")
    sandboxes.advance(1_300)  # taken, and not delivered: to be given back
    advance(world, bought)
    assert bought.status == "compensating"
    sandboxes.advance(1_200)
    world.pass_time(minutes=10)
    advance(world, bought)
    assert (bought.status, bought.failure_code[:8]) == ("failed", "payment_")
    assert world.balance(person, "ethereum").available == 0
    assert Event.objects.filter(name="FiatPaymentRefunded").count() == 1
    assert not Deposit.objects.filter(wallet__user=person).exists()


def test_cancelling_before_paying_cancels_there_too(world: World, sandboxes: Sandboxes) -> None:
    person = world.person("ethereum")
    bought = buy(world, person)
    on_ramp.cancel(user_id=person.pk, transaction=bought, now=world.now)
    advance(world, bought)
    assert (bought.status, bought.failure_code) == ("failed", "cancelled")
    with pytest.raises(NotCancellable):
        on_ramp.cancel(user_id=person.pk, transaction=bought, now=world.now)


def test_what_is_being_paid_is_neither_paid_again_nor_cancelled(world: World, sandboxes: Sandboxes) -> None:
    person = world.person("ethereum")
    bought = buy(world, person)
    sandboxes.scenario(bought.provider, step_seconds=600)
    vendors.choose(pay_url(bought, person), "pay")
    advance(world, bought)
    assert (bought.status, bought.sub_status) == ("provider_processing", "fiat_payment_pending")
    shown = describe(bought, viewer_id=person.pk)
    assert (shown["can_cancel"], shown["payment"]["can_pay"], shown["payment"]["question"]) == (False, False, "")
    with pytest.raises(NoQuestion):
        ramp_orders.payment_link(bought, now=world.now)
    with pytest.raises(NotCancellable):
        on_ramp.cancel(user_id=person.pk, transaction=bought, now=world.now)
    bought.refresh_from_db()
    assert (bought.status, bought.failure_code) == ("provider_processing", "")


@pytest.mark.parametrize(("step", "state"), [("ordered", "active"), ("paid", "active"), ("paid", "done")])
def test_nobody_cancels_while_an_order_is_being_opened_or_once_it_is_paid(
    world: World, sandboxes: Sandboxes, step: str, state: str
) -> None:
    person = world.person("ethereum")
    bought = buy(world, person)
    Step.objects.filter(transaction=bought, name="paid").update(state="waiting")
    Step.objects.filter(transaction=bought, name=step).update(state=state)
    with pytest.raises(NotCancellable):
        on_ramp.cancel(user_id=person.pk, transaction=bought, now=world.now)


def test_what_nobody_pays_for_ends_by_itself(world: World, sandboxes: Sandboxes) -> None:
    person = world.person("ethereum")
    bought = buy(world, person)
    world.pass_time(minutes=31)
    sandboxes.advance(31 * 60)
    advance(world, bought)
    assert bought.status == "failed"
    assert world.balance(person, "ethereum").available == 0


def test_a_webhook_rings_for_its_purchase_and_one_that_comes_too_early_is_parked(
    world: World, sandboxes: Sandboxes, client: object
) -> None:
    person = world.person("ethereum")
    bought = buy(world, person)
    sandboxes.hold_webhooks(bought.provider)
    vendors.choose(pay_url(bought, person), "pay")
    sandboxes.advance(600)
    news = sandboxes.emit(bought.provider, ramp_orders.operation_id(bought), "deliver", is_sent=False)
    assert news
    for webhook in news:
        inbox.receive(provider=bought.provider, headers=webhook.headers, raw=webhook.raw, now=world.now)
    Transaction.objects.filter(pk=bought.pk).update(next_look_at=world.now.replace(year=world.now.year + 1))
    for item in inbox.waiting(now=world.now, limit=50):
        webhooks.take(item, now=world.now)
    claimed = schedule.claim(now=world.now, transaction_id=bought.pk)
    assert claimed is not None
    engine.advance(claimed, now=world.now)
    bought.refresh_from_db()
    assert bought.steps.get(name="paid").state == "done"


def test_a_person_may_have_more_time_to_pay_and_not_for_ever(world: World, sandboxes: Sandboxes) -> None:
    person, stranger = world.person("ethereum"), world.person("ethereum")
    bought = buy(world, person)
    first = bought.steps.get(name="paid").deadline_at
    with pytest.raises(NoQuestion):
        actions.answer(bought.pk, user_id=stranger.pk, said=on_ramp.MORE_TIME, now=world.now)
    for _ in range(on_ramp.MOST_EXTENSIONS + 1):
        world.pass_time(minutes=20)
        actions.answer(bought.pk, user_id=person.pk, said=on_ramp.MORE_TIME, now=world.now)
        advance(world, bought)
    paid = bought.steps.get(name="paid")
    assert paid.memo["extensions"] == on_ramp.MOST_EXTENSIONS
    assert first is not None
    assert paid.deadline_at is not None
    assert paid.deadline_at > first + timedelta(minutes=60)
    said = bought.actions.filter(type="answered")
    assert (said.count(), {each.actor for each in said}) == (on_ramp.MOST_EXTENSIONS + 1, {person.pk})
    world.pass_time(minutes=31)
    advance(world, bought)
    assert bought.status == "failed"
    with pytest.raises(NoQuestion):
        actions.answer(bought.pk, user_id=person.pk, said=on_ramp.MORE_TIME, now=world.now)


def test_a_reorg_that_takes_the_coins_back_takes_the_purchase_back_to_waiting(
    world: World, sandboxes: Sandboxes
) -> None:
    person = world.person("ethereum")
    bought = buy(world, person)
    vendors.choose(pay_url(bought, person), "pay")
    sandboxes.advance(600)
    advance(world, bought)
    confirmations = world.settings.NETWORKS["ethereum"].confirmations
    world.mine("ethereum", confirmations)
    world.scan("ethereum")
    advance(world, bought)
    assert bought.status == "blockchain_confirmed"
    assert world.balance(person, "ethereum").available == bought.amount_minor
    world.reorg("ethereum", confirmations + 1)  # what was in the blocks waits again
    world.scan("ethereum")
    world.scan("ethereum")
    advance(world, bought)
    assert bought.status == "compensating"
    assert world.balance(person, "ethereum").available == 0
    arrive(world, bought)
    assert bought.status == "completed"
    assert world.balance(person, "ethereum").available == bought.amount_minor
