"""The main job: a person receives coins from a network, sends some, and both stand in the books."""

import pytest

from events.models import Event
from tests.factories.world import STRANGERS, World
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize(("network", "deposited", "sent"), [("bitcoin", "0.5", "0.015"), ("ethereum", "3", "1.25")])
def test_deposit_then_send(world: World, network: str, deposited: str, sent: str) -> None:
    owner = world.person(network)
    asset = world.balance(owner, network).asset
    world.fund(owner, network, deposited)
    world.mine(network)
    world.turn(1)
    seen = world.balance(owner, network)
    assert (seen.available, seen.held, seen.pending) == (0, 0, world.minor(deposited, asset))

    world.mine(network, world.settings.NETWORKS[network].confirmations - 1)
    world.turn(1)
    credited = world.balance(owner, network)
    assert (credited.available, credited.held, credited.pending) == (world.minor(deposited, asset), 0, 0)
    deposit = Transaction.objects.get(user=owner, type="deposit")
    assert deposit.status == "blockchain_confirmed"

    world.mine(network, world.settings.NETWORKS[network].final_depth + 1)
    world.turn(2)
    deposit.refresh_from_db()
    assert deposit.status == "completed"

    before = world.chain_balance(network, STRANGERS[network])
    sending = world.send(owner, network, sent)
    held = world.balance(owner, network)
    assert held.held == sending.amount_minor + sending.max_fee_minor
    assert held.available == world.minor(deposited, asset) - held.held
    world.finish(sending)
    assert sending.status == "completed"
    assert world.chain_balance(network, STRANGERS[network]) - before == world.minor(sent, asset)
    assert sending.fee_minor is not None
    assert 0 < sending.fee_minor <= sending.max_fee_minor
    after = world.balance(owner, network)
    assert (after.available, after.held) == (
        world.minor(deposited, asset) - world.minor(sent, asset) - sending.fee_minor,
        0,
    )
    facts = Event.objects.filter(subject=f"transactions.transaction:{sending.pk}").order_by("id")
    walked = facts.filter(type__startswith="transaction.").exclude(type="transaction.progressed")
    assert list(walked.values_list("type", flat=True)) == [
        "transaction.initiated",
        "transaction.balance_reserved",
        "transaction.provider_selected",
        "transaction.provider_processing",
        "transaction.blockchain_pending",
        "transaction.blockchain_confirmed",
        "transaction.balance_updated",
        "transaction.completed",
    ]
    last = facts.get(type="transaction.completed").data
    assert (last["fee_asset"], last["fee_minor"]) == (sending.fee_asset_id, str(sending.fee_minor))
    assert facts.get(type="transaction.blockchain_pending").data["fee_minor"] is None
    told = facts.filter(type__startswith="flow.").values_list("category", "name")
    assert list(told) == [
        ("command", "InitiateSendCommand"),
        ("domain", "RecipientValidated"),
        ("integration", "BlockchainConfirmationReceived"),
    ]
