"""Sweeps of addresses that cannot pay their gas: topped up from the hot wallet, never taken for a deposit."""

from typing import Any

import pytest

import custody.queries
import ledger.queries
from accounts.models import User
from chains.models import BlockRecord, Cursor
from events.models import Event
from ledger.models import Posting
from tests.factories.world import World
from tests.laws.whole import check_laws
from transactions.flows import deposit, sweep, sweep_gas
from transactions.models import Attempt, Deposit, RecoveryAttempt, Transaction
from transactions.services.accounts import network_account
from wallets.queries import deposit_address

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]

ENDS = ("TransactionCompleted", "TransactionFailed")
REFUSES = "0x60006000fd"
"""Code that refuses whatever is sent to it."""


def hot() -> str:
    return custody.queries.hot_address(network="ethereum")


def address_of(world: World, owner: User) -> str:
    return deposit_address(world.wallet(owner, "ethereum"))


def booked(name: str) -> int:
    """Wei that the company holds on one of its accounts."""
    return -ledger.queries.balance(code=network_account("ethereum", name), asset="ETH")


def funded(world: World, amount: str = "1") -> User:
    """Return a person whose deposit is final and not swept yet."""
    owner = world.person("ethereum")
    world.fund(owner, "ethereum", amount)
    world.mine("ethereum", world.settings.NETWORKS["ethereum"].final_depth + 1)
    while deposit.scan(network="ethereum", now=world.now):
        deposit.progress(network="ethereum", now=world.now)
    deposit.progress(network="ethereum", now=world.now)
    return owner


def drain(world: World, address: str, minor: int) -> None:
    """Take coins off an address by hand, past everybody's books; below nothing: put them there."""
    world.node("ethereum", "anvil_setBalance", address, hex(world.chain_balance("ethereum", address) - minor))


def open_sweep(world: World) -> Transaction:
    assert sweep.find(network="ethereum", now=world.now) == 1
    return Transaction.objects.filter(type="sweep").latest("id")


def child(of: Transaction) -> Transaction:
    return Transaction.objects.get(parent=of, type="top_up")


def figures(world: World, owner: User) -> tuple[int, int, int]:
    balance = world.balance(owner, "ethereum")
    return balance.available, balance.held, balance.pending


def test_a_sweep_that_failed_and_cost_gas_is_topped_up_and_done(world: World) -> None:
    world.fund_hot_wallet("ethereum", "1")
    owner = funded(world)
    whole = world.minor("1", "ETH")
    first = open_sweep(world)
    world.pump()
    world.node("ethereum", "anvil_setCode", hot(), REFUSES)
    world.mine("ethereum", 1)
    world.node("ethereum", "anvil_setCode", hot(), "0x")
    world.mine("ethereum", world.settings.NETWORKS["ethereum"].final_depth + 1)
    while deposit.scan(network="ethereum", now=world.now):
        pass
    world.pass_time(minutes=1)
    world.pump()
    first.refresh_from_db()
    assert (first.status, first.failure_code) == ("failed", "failed_on_network")
    fee = first.fee_minor
    assert fee
    assert (booked("deposits"), booked("fees")) == (whole - fee, fee)
    assert world.chain_balance("ethereum", address_of(world, owner)) == whole - fee
    check_laws()

    arrivals = Deposit.objects.count()
    again = open_sweep(world)
    assert (again.amount_minor, again.status, again.sub_status) == (whole, "balance_reserved", "")
    world.pump()
    again.refresh_from_db()
    funding = child(again)
    assert (funding.amount_minor, funding.to_address, funding.status) == (
        fee,
        address_of(world, owner),
        "blockchain_pending",
    )
    confirmations = world.settings.NETWORKS["ethereum"].confirmations
    for _ in range(confirmations):
        again.refresh_from_db()
        assert (again.status, again.sub_status) == ("balance_reserved", "waiting_for_gas")
        assert not again.attempts.exists()
        world.mine("ethereum")
        world.work("ethereum")
    world.work("ethereum")
    funding.refresh_from_db()
    again.refresh_from_db()
    assert funding.status == "completed"
    assert funding.fee_minor
    assert (again.status, again.attempts.count()) == ("blockchain_pending", 1)
    world.finalize("ethereum")
    assert world.finish(again).status == "completed"
    world.finalize("ethereum")
    assert again.steps.get(name="gas_ready").memo == {"topped_up": True}
    assert {attempt.status for attempt in Attempt.objects.all()} == {Attempt.State.FINAL, Attempt.State.LANDED}
    assert again.fee_minor is not None
    for movement in (first, again, funding):
        ends = Event.objects.filter(subject=f"transactions.transaction:{movement.pk}", name__in=ENDS)
        assert [(end.data["fee_asset"], end.data["fee_minor"]) for end in ends] == [("ETH", str(movement.fee_minor))]
    assert booked("fees") == fee + funding.fee_minor + again.fee_minor
    assert booked("deposits") == world.chain_balance("ethereum", address_of(world, owner))
    assert figures(world, owner) == (whole, 0, 0)
    assert Deposit.objects.count() == arrivals
    check_laws()


def test_a_top_up_is_no_deposit_however_often_it_is_shown(world: World) -> None:
    world.fund_hot_wallet("ethereum", "1")
    owner = funded(world)
    opened = open_sweep(world)
    drain(world, address_of(world, owner), 1_000)
    world.pump()
    funding = child(opened)
    world.scan("ethereum")  # waiting in the mempool
    arrivals = Deposit.objects.count()
    world.mine("ethereum")
    world.work("ethereum")
    head = Cursor.objects.get(pk="ethereum")
    for _ in range(2):
        world.reorg("ethereum", 1)
        world.scan("ethereum")  # gone, and waiting again
        world.mine("ethereum")
        world.scan("ethereum")  # shown again
    earlier = BlockRecord.objects.filter(network="ethereum", height__lt=head.height).latest("height")
    BlockRecord.objects.filter(network="ethereum", height__gt=earlier.height).delete()
    Cursor.objects.filter(pk="ethereum").update(height=earlier.height, hash=earlier.hash)
    world.scan("ethereum")  # read anew from further back
    for _ in range(3):
        world.finalize("ethereum")
    funding.refresh_from_db()
    opened.refresh_from_db()
    assert (funding.status, opened.status) == ("completed", "completed")
    assert Deposit.objects.count() == arrivals
    assert not Deposit.objects.filter(txid=funding.txid).exists()
    assert not Transaction.objects.filter(type="deposit", txid=funding.txid).exists()
    assert figures(world, owner) == (world.minor("1", "ETH"), 0, 0)
    drain(world, address_of(world, owner), -1_000)


@pytest.mark.parametrize("over", [0, 1])
def test_gas_is_sent_up_to_what_gas_explains_and_nothing_beyond(world: World, over: int) -> None:
    world.fund_hot_wallet("ethereum", "1")
    owner = funded(world)
    opened = open_sweep(world)
    missing = opened.max_fee_minor * sweep_gas.GAS_TIMES_FEE + over
    drain(world, address_of(world, owner), missing)
    world.pump()
    opened.refresh_from_db()
    if not over:
        assert child(opened).amount_minor == missing
        assert world.finish(opened).status == "completed"
    else:
        assert opened.status == "balance_reserved"
        refused_more_and_more(world, opened)
        drain(world, address_of(world, owner), 1)
        world.pass_time(minutes=2)
        world.work("ethereum")
        assert not opened.children.exists()
        drain(world, address_of(world, owner), -missing - 1)
        world.pass_time(minutes=2)
        assert world.finish(opened).status == "completed"
        assert not opened.children.exists()
        missing = 0
    world.finalize("ethereum")
    drain(world, address_of(world, owner), -missing)


def refused_more_and_more(world: World, opened: Transaction) -> None:
    for tries in range(1, 4):
        met = RecoveryAttempt.objects.filter(transaction=opened).latest("id")
        assert (met.step, met.number, met.code, met.treatment) == ("gas_ready", tries, "address_short", "temporary")
        assert not opened.children.exists()
        assert not opened.attempts.exists()
        assert not Posting.objects.filter(kind__startswith="top_up").exists()
        world.pass_time(minutes=2)
        world.pump()


def test_an_empty_hot_wallet_lets_top_up_and_sweep_wait(world: World) -> None:
    owner = funded(world)
    opened = open_sweep(world)
    drain(world, address_of(world, owner), 5_000)
    for _ in range(3):
        world.pump()
        world.pass_time(minutes=2)
        opened.refresh_from_db()
        funding = child(opened)
        assert (opened.sub_status, funding.sub_status) == ("waiting_for_gas", "waiting_for_liquidity")
        assert not Attempt.objects.exists()
    world.fund_hot_wallet("ethereum", "1")
    for _ in range(3):
        world.pass_time(minutes=2)
        world.finalize("ethereum")
    opened.refresh_from_db()
    assert opened.status == "completed"
    assert figures(world, owner) == (world.minor("1", "ETH"), 0, 0)
    drain(world, address_of(world, owner), -5_000)


def test_a_top_up_that_fails_costs_its_fee_and_another_follows_after_a_while(world: World) -> None:
    world.fund_hot_wallet("ethereum", "1")
    owner = funded(world)
    address = address_of(world, owner)
    opened = open_sweep(world)
    drain(world, address, 7_000)
    treasury = booked("treasury")
    world.pump()
    first = child(opened)
    world.node("ethereum", "anvil_setCode", address, REFUSES)
    world.mine("ethereum", 1)
    world.node("ethereum", "anvil_setCode", address, "0x")
    world.mine("ethereum", world.settings.NETWORKS["ethereum"].final_depth + 1)
    world.scan("ethereum")
    world.pass_time(minutes=1)
    world.pump()
    first.refresh_from_db()
    assert (first.status, first.failure_code) == ("failed", "failed_on_network")
    assert first.fee_minor
    assert booked("treasury") == treasury - first.fee_minor
    assert booked("fees") == first.fee_minor
    lag = sweep_gas.LAG_BLOCKS * world.settings.NETWORKS["ethereum"].block_seconds
    world.pass_time(seconds=lag * 0.9)
    world.pump()
    assert opened.children.count() == 1
    world.pass_time(seconds=lag)
    world.pump()
    assert opened.children.count() == 2
    assert world.finish(opened).status == "completed"
    assert {found.status for found in opened.children.all()} == {"completed", "failed"}
    world.finalize("ethereum")
    world.finalize("ethereum")
    assert figures(world, owner) == (world.minor("1", "ETH"), 0, 0)
    drain(world, address, -7_000)


def test_one_top_up_at_a_time(world: World) -> None:
    world.fund_hot_wallet("ethereum", "1")
    owner = funded(world)
    opened = open_sweep(world)
    drain(world, address_of(world, owner), 3_000)
    for _ in range(5):
        world.pump()
        world.pass_time(minutes=1)
    assert opened.children.count() == 1
    dispatched: Any = Posting.objects.filter(kind="top_up.dispatch")
    assert dispatched.count() == 1
    assert world.finish(opened).status == "completed"
    world.finalize("ethereum")
    drain(world, address_of(world, owner), -3_000)
