"""kill -9 at every commit of a deposit and of a sweep, with real processes: credited once, gathered once."""

import itertools

import pytest

import custody.queries
from accounts.models import User
from ledger.models import Posting
from tests.factories.crash import Reaper, run_process
from tests.factories.world import World
from tests.laws.whole import check_laws
from transactions.flows import deposit, sweep
from transactions.models import Attempt, Deposit, Transaction
from wallets.queries import deposit_address

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(600)]

AMOUNTS = {"bitcoin": "0.02", "ethereum": "0.5"}


def scan(world: World, network: str) -> None:
    """One round of the scanner's task, sweeps apart."""
    while deposit.scan(network=network, now=world.now):
        deposit.progress(network=network, now=world.now)
    deposit.progress(network=network, now=world.now)
    deposit.see_pending(network=network, now=world.now)


@pytest.mark.parametrize("network", ["bitcoin", "ethereum"])
def test_a_deposit_is_credited_once_wherever_the_scanner_dies(world: World, network: str) -> None:
    owner = world.person(network)
    config = world.settings.NETWORKS[network]
    scan(world, network)

    def live(reaper: Reaper) -> None:
        for blocks in (1, config.confirmations - 1, config.final_depth + 1):
            reaper.is_watching = True
            scan(world, network)
            reaper.is_watching = False
            world.mine(network, blocks)
        reaper.is_watching = True
        scan(world, network)

    moments: list[str] = []
    for number in itertools.count(1):
        txid = world.fund(owner, network, AMOUNTS[network])
        outcome = run_process(live, kill_at=number, networks=[network])
        world.pass_time(minutes=5)
        if not outcome.is_done:
            run_process(live, kill_at=None, networks=[network])
            moments.append(outcome.moment)
        landed = Deposit.objects.get(txid=txid)
        assert (landed.status, landed.credits, landed.reversals) == ("final", 1, 0)
        assert Posting.objects.filter(key__startswith=f"deposit:{landed.pk}:").count() == 1
        if outcome.is_done:
            break
    assert len(moments) > config.final_depth
    arrived = (len(moments) + 1) * world.minor(AMOUNTS[network], world.balance(owner, network).asset)
    assert world.balance(owner, network).available == arrived
    check_laws()


def test_a_reorg_is_rolled_back_once_wherever_the_scanner_dies(world: World) -> None:
    owner = world.person("bitcoin")
    world.scan("bitcoin")
    minor = world.minor(AMOUNTS["bitcoin"], "BTC")
    for number in itertools.count(1):
        txid = world.fund(owner, "bitcoin", AMOUNTS["bitcoin"])
        world.mine("bitcoin", 2)
        world.scan("bitcoin")
        assert Deposit.objects.get(txid=txid).status == "confirmed"
        world.reorg("bitcoin", 3)
        outcome = run_process(lambda reaper: scan(world, "bitcoin"), kill_at=number, networks=["bitcoin"])
        scan(world, "bitcoin")
        assert world.balance(owner, "bitcoin").available == (number - 1) * minor
        world.mine("bitcoin", world.settings.NETWORKS["bitcoin"].final_depth + 1)
        scan(world, "bitcoin")
        landed = Deposit.objects.get(txid=txid)
        assert (landed.status, landed.credits, landed.reversals) == ("final", 2, 1)
        assert world.balance(owner, "bitcoin").available == number * minor
        if outcome.is_done:
            assert number >= 4  # rolled back, taken back, shown as waiting: each a commit
            break
    check_laws()


def test_a_sweep_killed_at_any_moment_gathers_once(world: World) -> None:
    owner = world.person("ethereum")
    config = world.settings.NETWORKS["ethereum"]
    hot_before = treasury(world)

    def live(reaper: Reaper) -> None:
        for blocks in (config.confirmations, config.final_depth + 1, 0):
            reaper.is_watching = True
            sweep.find(network="ethereum", now=world.now)
            world.pump()
            reaper.is_watching = False
            world.mine("ethereum", blocks) if blocks else None
            scan(world, "ethereum")
            world.pass_time(seconds=30)

    moments: list[str] = []
    for number in itertools.count(1):
        fund_finally(world, owner)
        outcome = run_process(live, kill_at=number, networks=["ethereum"])
        world.pass_time(minutes=5)
        run_process(live, kill_at=None, networks=["ethereum"])
        world.pass_time(minutes=5)
        last = Transaction.objects.filter(type="sweep").order_by("id").last()
        assert last is not None
        assert last.status == "completed"
        assert Transaction.objects.filter(type="sweep").count() == number
        assert last.attempts.get().status == Attempt.State.FINAL
        if outcome.is_done:
            break
        moments.append(outcome.moment)
    assert moments.count("before broadcast") >= 1
    assert moments.count("commit") >= 6
    deposited = (len(moments) + 1) * world.minor(AMOUNTS["ethereum"], "ETH")
    ceilings = sum(attempt.max_fee_minor for attempt in Attempt.objects.all())
    assert treasury(world) - hot_before == deposited - ceilings
    check_laws()


def test_a_sweep_with_a_top_up_killed_at_any_moment_is_funded_once(world: World) -> None:
    owner = world.person("ethereum")
    config = world.settings.NETWORKS["ethereum"]
    world.fund_hot_wallet("ethereum", "1")
    minor = world.minor(AMOUNTS["ethereum"], "ETH")
    address = deposit_address(world.wallet(owner, "ethereum"))

    def live(reaper: Reaper) -> None:
        for blocks in (config.confirmations, 0, config.final_depth + 1, config.final_depth + 1, 0):
            reaper.is_watching = True
            sweep.find(network="ethereum", now=world.now)
            world.pump()
            reaper.is_watching = False
            world.mine("ethereum", blocks) if blocks else None
            scan(world, "ethereum")
            world.pass_time(seconds=30)

    moments: list[str] = []
    for number in itertools.count(1):
        fund_finally(world, owner)
        there = world.chain_balance("ethereum", address)
        world.node("ethereum", "anvil_setBalance", address, hex(minor - 1_000))  # drained by hand
        outcome = run_process(live, kill_at=number, networks=["ethereum"])
        world.pass_time(minutes=5)
        run_process(live, kill_at=None, networks=["ethereum"])
        world.pass_time(minutes=5)
        last = Transaction.objects.filter(type="sweep").latest("id")
        funding = last.children.get()
        assert (last.status, funding.status, funding.amount_minor) == ("completed", "completed", 1_000)
        assert (last.attempts.get().status, funding.attempts.get().status) == (Attempt.State.FINAL,) * 2
        assert Transaction.objects.filter(type="sweep").count() == number
        left = world.chain_balance("ethereum", address)
        world.node("ethereum", "anvil_setBalance", address, hex(left + there - minor + 1_000))
        check_laws()
        if outcome.is_done:
            break
        moments.append(outcome.moment)
    assert "before broadcast" in moments  # a node's health is written by the clock, and may come between two
    assert moments.count("commit") >= 12
    for kind in ("sweep.dispatch", "sweep.settle", "top_up.dispatch", "top_up.settle"):
        assert Posting.objects.filter(kind=kind).count() == len(moments) + 1
    assert world.balance(owner, "ethereum").available == (len(moments) + 1) * minor


def fund_finally(world: World, owner: User) -> None:
    world.fund(owner, "ethereum", AMOUNTS["ethereum"])
    world.mine("ethereum", world.settings.NETWORKS["ethereum"].final_depth + 1)
    scan(world, "ethereum")


def treasury(world: World) -> int:
    """Wei of the hot wallet on the network itself."""

    return world.chain_balance("ethereum", custody.queries.hot_address(network="ethereum"))
