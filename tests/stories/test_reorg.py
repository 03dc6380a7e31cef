"""Reorgs: what a block took back is taken back once, and what lands again is credited once."""

from datetime import timedelta

import pytest

import chains.queries
import chains.services
import ledger.queries
from accounts.models import User
from assets.queries import native_asset
from chains.errors import NetworkHalted
from devnet import faucet
from ledger.models import Posting
from tests.factories.world import World
from tests.laws.whole import check_laws
from transactions.models import Attempt, Deposit, Transaction
from transactions.queries import desk
from transactions.services.accounts import network_account

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


def figures(world: World, user: User, network: str) -> tuple[int, int, int]:
    balance = world.balance(user, network)
    return balance.available, balance.held, balance.pending


def owed(network: str) -> int:
    return -ledger.queries.balance(code=network_account(network, "receivable"), asset=native_asset(network).code)


@BOTH
def test_reorg_after_credit(world: World, network: str) -> None:
    owner = world.person(network)
    config = world.settings.NETWORKS[network]
    txid = world.fund(owner, network, "0.5")
    minor = world.minor("0.5", native_asset(network).code)
    world.mine(network, config.confirmations)
    world.work(network)
    assert figures(world, owner, network) == (minor, 0, 0)

    world.reorg(network, config.confirmations)
    world.work(network)
    assert figures(world, owner, network) == (0, 0, minor)
    deposit = Deposit.objects.get(txid=txid)
    assert (deposit.status, deposit.height, deposit.credits, deposit.reversals) == ("seen", None, 1, 1)
    transaction = Transaction.objects.get(user=owner)
    assert transaction.status == "compensating"
    check_laws()

    world.mine(network, config.confirmations)
    world.work(network)
    assert figures(world, owner, network) == (minor, 0, 0)
    world.finalize(network)
    deposit.refresh_from_db()
    transaction.refresh_from_db()
    assert (deposit.status, deposit.credits, deposit.reversals) == ("final", 2, 1)
    assert transaction.status == "completed"
    assert figures(world, owner, network) == (minor, 0, 0)
    assert Posting.objects.filter(key__startswith=f"deposit:{deposit.pk}:").count() == 3


@BOTH
def test_a_deposit_taken_back_after_it_was_spent_is_owed_and_repaid(world: World, network: str) -> None:
    world.fund_hot_wallet(network, "3")
    owner = world.person(network)
    config = world.settings.NETWORKS[network]
    asset = native_asset(network).code
    minor = world.minor("1", asset)
    world.fund(owner, network, "1")
    world.mine(network, config.confirmations)
    world.work(network)
    sending = world.send(owner, network, "0.4", world.stranger(network))
    world.work(network)
    world.mine(network, config.confirmations)
    world.work(network)
    sending.refresh_from_db()
    assert sending.status == "completed"
    spent = sending.amount_minor + (sending.fee_minor or 0)
    assert figures(world, owner, network) == (minor - spent, 0, 0)
    assert 2 * config.confirmations < config.final_depth

    world.reorg(network, 2 * config.confirmations)
    world.work(network)
    assert figures(world, owner, network) == (0, 0, minor)
    assert owed(network) == spent
    assert Deposit.objects.get(wallet__user=owner).owed_minor == spent

    world.mine(network, config.confirmations)
    world.work(network)
    assert figures(world, owner, network) == (minor - spent, 0, 0)
    assert owed(network) == 0
    world.finalize(network)
    assert world.chain_balance(network, sending.to_address) == sending.amount_minor
    assert sending.attempts.get().status == Attempt.State.FINAL


@BOTH
def test_after_a_reorg_of_any_depth_the_books_are_those_of_the_winning_branch(world: World, network: str) -> None:
    reorgs_of_every_depth(world, network)


def reorgs_of_every_depth(world: World, network: str) -> None:
    """Have the last blocks replaced by others, one after another as many as the window has, and compare each time."""
    config = world.settings.NETWORKS[network]
    asset = native_asset(network).code
    for depth in range(1, config.final_depth + 1):
        owner = world.person(network)
        amounts = [world.minor(f"0.{number:03}", asset) for number in range(1, config.final_depth + 2)]
        for number in range(1, config.final_depth + 2):
            world.fund(owner, network, f"0.{number:03}")
            world.mine(network)
            world.work(network)
        world.reorg(network, depth, keep=False)
        world.work(network)
        kept = amounts[: config.final_depth + 1 - depth]  # one empty block more than were dropped stands on them
        credited = [minor for place, minor in enumerate(reversed(kept)) if place + depth + 2 >= config.confirmations]
        assert world.balance(owner, network).available == sum(credited), f"depth {depth}"
        world.finalize(network)
        world.pass_time(hours=1)
        world.work(network)
        assert figures(world, owner, network) == (sum(kept), 0, 0), f"depth {depth}"
        lost = Deposit.objects.filter(wallet__user=owner, status="lost")
        assert lost.count() == depth
        assert set(lost.values_list("transaction__status", "transaction__failure_code")) == {("failed", "replaced")}
        for _ in range(2):  # sweeps
            world.finalize(network)
        check_laws()


@BOTH
def test_a_reorg_that_would_take_back_what_is_final_halts_the_network(world: World, network: str) -> None:
    owner = world.person(network)
    config = world.settings.NETWORKS[network]
    txid = world.fund(owner, network, "0.5")
    world.mine(network, config.final_depth + 1)
    world.scan(network)
    assert Deposit.objects.get(txid=txid).status == "final"
    before = figures(world, owner, network)

    world.reorg(network, config.final_depth + 1)
    world.scan(network)
    cursor = chains.queries.get_cursor(network)
    assert cursor is not None
    assert cursor.halted_at == world.now
    assert Deposit.objects.get(txid=txid).status == "final"
    assert figures(world, owner, network) == before
    world.mine(network)  # it was put back to wait: what is on the network is what is in the books


@BOTH
def test_a_halted_network_signs_nothing_and_takes_back_what_is_gone_once_resumed(world: World, network: str) -> None:
    sender = world.rich(network, "2")
    config = world.settings.NETWORKS[network]
    world.finalize(network)
    sending = world.send(sender, network, "0.3", world.stranger(network))
    owner = world.person(network)
    minor = world.minor("0.5", native_asset(network).code)
    # A stranger's payment makes sure that the first block of the other branch is another: empty ones may be the same.
    faucet.fund(network=network, address=world.stranger(network), minor=minor)
    world.mine(network, config.final_depth + 1 - config.confirmations)
    world.fund(owner, network, "0.5")
    world.mine(network, config.confirmations)
    world.scan(network)
    assert figures(world, owner, network) == (minor, 0, 0)

    world.reorg(network, config.final_depth + 1, keep=False)
    world.scan(network)
    world.pump()
    sending.refresh_from_db()
    assert (sending.status, sending.attempts.count()) == ("balance_reserved", 0)
    with pytest.raises(NetworkHalted):
        world.send(sender, network, "0.1", world.stranger(network))
    assert Transaction.objects.filter(user=sender, type="send").count() == 1
    assert figures(world, owner, network) == (minor, 0, 0)

    chains.services.resume(network=network, actor="usr_operator", now=world.now)
    world.scan(network)
    assert figures(world, owner, network) == (0, 0, minor)
    world.pass_time(hours=12)
    world.scan(network)
    assert figures(world, owner, network) == (0, 0, 0)
    assert Deposit.objects.get(wallet__user=owner).status == "lost"
    for _ in range(2):
        world.finalize(network)
    sending.refresh_from_db()
    assert sending.status == "completed"
    assert world.chain_balance(network, sending.to_address) == sending.amount_minor


@BOTH
def test_a_settled_send_that_a_reorg_drops_goes_out_again_unchanged(world: World, network: str) -> None:
    owner = world.rich(network, "2")
    config = world.settings.NETWORKS[network]
    sending = world.send(owner, network, "0.3", world.stranger(network))
    world.work(network)
    world.mine(network, config.confirmations)
    world.work(network)
    sending.refresh_from_db()
    assert sending.status == "completed"
    attempt = sending.attempts.get()
    assert (attempt.status, attempt.broadcast_count) == (Attempt.State.LANDED, 1)

    world.reorg(network, config.confirmations, keep=False)
    assert world.chain_balance(network, sending.to_address) == 0
    world.work(network)
    assert desk.stuck(now=world.now) == []
    late = desk.stuck(now=world.now + timedelta(hours=2))
    assert [(each.transaction.pk, each.why) for each in late] == [
        (sending.pk, "settled, but a reorg dropped it and no block has taken it again")
    ]
    again = sending.attempts.get()
    assert (again.pk, again.txid, again.raw, again.broadcast_count) == (attempt.pk, attempt.txid, attempt.raw, 2)
    world.finalize(network)
    assert world.chain_balance(network, sending.to_address) == sending.amount_minor
    assert sending.attempts.get().status == Attempt.State.FINAL
    assert Posting.objects.filter(kind="send.settle").count() == 1


@pytest.mark.parametrize("base_fees", [(1_000_000_000, 3_000_000_000), (3_000_000_000, 1_000_000_000)])
def test_a_settled_send_that_lands_again_at_another_fee_is_set_right(world: World, base_fees: tuple[int, int]) -> None:
    owner = world.rich("ethereum", "2")
    config = world.settings.NETWORKS["ethereum"]
    first, second = base_fees
    world.node("ethereum", "anvil_setNextBlockBaseFeePerGas", hex(3_000_000_000))
    world.mine("ethereum")
    world.pass_time(minutes=1)
    sending = world.send(owner, "ethereum", "0.3", world.stranger("ethereum"))
    world.work("ethereum")
    world.node("ethereum", "anvil_setNextBlockBaseFeePerGas", hex(first))
    world.mine("ethereum", config.confirmations)
    world.work("ethereum")
    sending.refresh_from_db()
    settled_fee = sending.fee_minor or 0
    assert sending.status == "completed"
    left = world.balance(owner, "ethereum").available

    world.reorg("ethereum", config.confirmations, keep=False)
    world.work("ethereum")
    world.node("ethereum", "anvil_setNextBlockBaseFeePerGas", hex(second))
    world.finalize("ethereum")
    assert sending.attempts.get().status == Attempt.State.FINAL
    saved = (first - second) * 21_000
    sending.refresh_from_db()
    assert sending.fee_minor == settled_fee - max(saved, 0)  # dearer than settled is the company's loss
    assert world.balance(owner, "ethereum").available == left + max(saved, 0)
