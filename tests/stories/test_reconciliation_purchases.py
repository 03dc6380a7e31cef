"""Purchases against what payment companies say of them: sandboxes that are asked as the real ones are."""

from collections.abc import Iterator

import pytest

from providers.models import Provider, Webhook
from reconciliation.models import Case, Run
from reconciliation.services import purchases
from tests.factories import vendors
from tests.factories.vendors import Sandboxes
from tests.factories.world import World
from tests.stories.test_on_ramp import advance, arrive, buy, pay_url

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def sandboxes() -> Iterator[Sandboxes]:
    found = vendors.lent()
    yield found
    found.reset()


def check(world: World, scope: Run.Scope = Run.Scope.FULL) -> Run:
    run = purchases.check(scope=scope, now=world.now)
    assert run is not None
    return run


def test_a_purchase_agrees_from_payment_to_credit(world: World, sandboxes: Sandboxes) -> None:
    person = world.person("ethereum")
    bought = buy(world, person)
    for pay in (False, True):
        if pay:
            vendors.choose(pay_url(bought, person), "pay")
            sandboxes.advance(600)
            advance(world, bought)
        assert check(world).result == "clean"
    arrive(world, bought)
    assert bought.status == "completed"
    for scope in (Run.Scope.ROUND, Run.Scope.FULL):
        run = check(world, scope)
        assert (run.result, run.figures) == ("clean", {"compared": 1, "refused": 0, "left_over": 0})
    world.pass_time(days=15)
    assert check(world).figures["compared"] == 0
    assert not Case.objects.exists()


def test_what_was_delivered_and_never_came_has_a_case_until_it_comes(world: World, sandboxes: Sandboxes) -> None:
    person = world.person("ethereum")
    bought = buy(world, person)
    vendors.choose(pay_url(bought, person), "pay")
    sandboxes.advance(600)
    advance(world, bought)
    assert check(world).result == "clean"
    world.pass_time(hours=3)
    assert check(world).result == "different"
    case = Case.objects.get()
    assert (case.kind, case.status, case.network) == ("purchase", "open", "ethereum")
    assert "nothing was credited" in case.summary
    assert case.evidence["they_say"]["stage"] == "completed"
    arrive(world, bought)
    assert check(world).result == "clean"
    case.refresh_from_db()
    assert case.status == "closed"


def test_a_company_that_is_silent_makes_no_case(world: World, sandboxes: Sandboxes) -> None:
    person = world.person("ethereum")
    bought = buy(world, person)
    vendors.choose(pay_url(bought, person), "pay")
    sandboxes.advance(600)
    advance(world, bought)
    world.pass_time(hours=3)
    sandboxes.scenario(bought.provider, calls=20, status=503)
    run = check(world)
    assert (run.result, bought.provider in run.reason) == ("inconclusive", True)
    assert not Case.objects.exists()


def test_an_order_that_only_the_company_knows_has_a_case(world: World, sandboxes: Sandboxes) -> None:
    Webhook.objects.create(
        provider=Provider.objects.get(pk="moonpay"),
        event_id="one",
        type="transaction_updated",
        operation_id="txn_nobody-moonpay",
        raw=b"{}",
        status="parked",
        received_at=world.now,
        updated_at=world.now,
    )
    assert check(world).result == "clean"
    world.pass_time(hours=3)
    assert check(world).result == "different"
    assert "that we do not have" in Case.objects.get().summary
