"""Scanners and their rounds at once: every block taken in once, every deposit credited and gathered once."""

from collections import Counter

import pytest

from chains.errors import ScanLost
from chains.models import Cursor
from ledger.models import Posting
from tests.factories.world import World
from tests.races.together import do_together
from transactions.engine import run as engine
from transactions.flows import deposit, sweep
from transactions.models import Coin, Deposit, Transaction

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


@BOTH
def test_scanners_at_once_take_every_block_in_once(world: World, network: str) -> None:
    owner = world.person(network)
    world.scan(network)
    for _ in range(4):
        for _ in range(3):
            world.fund(owner, network, "0.1")
            world.mine(network)
        outcomes = do_together([lambda: deposit.scan(network=network, now=world.now)] * 4)
        assert all(isinstance(each, int | ScanLost) for each in outcomes), outcomes
    world.mine(network, world.settings.NETWORKS[network].final_depth + 1)
    world.scan(network)
    assert Counter(Deposit.objects.values_list("status", flat=True)) == {"final": 12}
    minor = 12 * world.minor("0.1", world.balance(owner, network).asset)
    assert world.balance(owner, network).available == minor
    if network == "bitcoin":
        assert Coin.objects.count() == 12


def test_scanners_at_once_roll_a_reorg_back_once(world: World) -> None:
    owner = world.person("bitcoin")
    world.scan("bitcoin")
    for number in range(1, 5):
        world.fund(owner, "bitcoin", "0.1")
        world.mine("bitcoin", 2)
        world.scan("bitcoin")
        assert world.balance(owner, "bitcoin").available == number * world.minor("0.1", "BTC")
        world.reorg("bitcoin", 2)

        def take_in() -> int:
            taken = deposit.scan(network="bitcoin", now=world.now) + deposit.scan(network="bitcoin", now=world.now)
            deposit.progress(network="bitcoin", now=world.now)
            return taken

        outcomes = do_together([take_in] * 4)
        assert all(isinstance(each, int | ScanLost) for each in outcomes), outcomes
        world.scan("bitcoin")
        world.mine("bitcoin", 7)
        world.scan("bitcoin")
        assert world.balance(owner, "bitcoin").available == number * world.minor("0.1", "BTC")
    assert set(Deposit.objects.values_list("status", "credits", "reversals")) == {("final", 2, 1)}
    assert Cursor.objects.get(pk="bitcoin").halted_at is None


@BOTH
def test_rounds_at_once_credit_a_deposit_once(world: World, network: str) -> None:
    owner = world.person(network)
    config = world.settings.NETWORKS[network]
    for _ in range(5):
        world.fund(owner, network, "0.1")
    for blocks in (config.confirmations, config.final_depth + 1):
        world.mine(network, blocks)
        while deposit.scan(network=network, now=world.now):
            pass
        outcomes = do_together([lambda: deposit.progress(network=network, now=world.now)] * 5)
        assert all(isinstance(each, int) for each in outcomes), outcomes
    minor = 5 * world.minor("0.1", world.balance(owner, network).asset)
    assert world.balance(owner, network).available == minor
    assert Posting.objects.filter(kind="deposit.credit").count() == 5
    assert set(Deposit.objects.values_list("status", "credits")) == {("final", 1)}


def test_rounds_at_once_open_one_sweep_for_an_address(world: World) -> None:
    owner = world.person("ethereum")
    for _ in range(3):
        world.fund(owner, "ethereum", "0.5")
    world.mine("ethereum", world.settings.NETWORKS["ethereum"].final_depth + 1)
    while deposit.scan(network="ethereum", now=world.now):
        deposit.progress(network="ethereum", now=world.now)
    deposit.progress(network="ethereum", now=world.now)
    outcomes = do_together([lambda: sweep.find(network="ethereum", now=world.now)] * 5)
    assert sorted(outcomes) == [0, 0, 0, 0, 1]
    opened = Transaction.objects.get(type="sweep")
    assert opened.amount_minor == world.minor("1.5", "ETH")
    outcomes = do_together([lambda: engine.advance(Transaction.objects.get(pk=opened.pk), now=world.now)] * 4)
    assert outcomes == [None] * 4
    assert opened.attempts.count() == 1
    assert Posting.objects.filter(kind="sweep.dispatch").count() == 1
    assert world.finish(opened).status == "completed"
    world.finalize("ethereum")
