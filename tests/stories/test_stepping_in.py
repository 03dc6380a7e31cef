"""Operators step in on real networks: what is not signed is given up, what is signed is left to the network."""

import pytest

from accounts.models import Role
from kit.ids import new_id
from tests.factories.accounts import make_user
from tests.factories.world import World
from transactions.errors import MayStillLand
from transactions.models import Transaction
from transactions.queries import desk
from transactions.services import interventions

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


def compensate(world: World, found: Transaction) -> None:
    interventions.compensate(
        intervention_id=new_id("itv"),
        transaction_id=found.pk,
        reason="It hangs.",
        actor=make_user(role=Role.OPERATOR).pk,
        now=world.now,
    )


@BOTH
def test_a_send_that_waits_for_coins_is_given_up_and_its_money_is_free_again(world: World, network: str) -> None:
    config = world.settings.NETWORKS[network]
    owner = world.person(network)
    world.fund(owner, network, "1")
    world.mine(network, config.confirmations)
    world.work(network)  # credited, and not spendable on the network yet
    before = world.balance(owner, network)
    sending = world.send(owner, network, "0.4", world.stranger(network))
    world.work(network)
    (stuck,) = desk.stuck(now=world.now)
    assert (stuck.transaction.pk, stuck.why) == (sending.pk, "waits for coins in the paying wallet")
    compensate(world, sending)
    assert world.balance(owner, network) == before
    assert desk.stuck(now=world.now) == []
    for _ in range(3):
        world.finalize(network)
    sending.refresh_from_db()
    assert (sending.status, sending.failure_code) == ("failed", "stopped_by_hand")
    assert not sending.attempts.exists()
    assert world.chain_balance(network, sending.to_address) == 0


@BOTH
def test_a_send_that_is_signed_is_the_networks_to_decide(world: World, network: str) -> None:
    owner = world.rich(network, "1")
    sending = world.send(owner, network, "0.4", world.stranger(network))
    world.pump()
    held = world.balance(owner, network)
    with pytest.raises(MayStillLand):
        compensate(world, sending)
    assert world.balance(owner, network) == held
    assert world.finish(sending).status == "completed"
    assert world.chain_balance(network, sending.to_address) == sending.amount_minor
