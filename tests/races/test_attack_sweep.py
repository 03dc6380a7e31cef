"""Nodes that lie about what lies on a deposit address: no hot wallet is drained, and nothing is signed twice."""

from collections.abc import Callable

import pytest

import chains.queries
import ledger.queries
from accounts.models import User
from tests.factories.world import World
from tests.laws.whole import check_laws
from transactions.flows import deposit, sweep, sweep_gas
from transactions.models import Attempt, Transaction
from transactions.services.accounts import network_account
from wallets.queries import deposit_address

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


def booked(name: str) -> int:
    return -ledger.queries.balance(code=network_account("ethereum", name), asset="ETH")


def funded(world: World) -> tuple[User, Transaction]:
    """Return a person whose deposit is final, and the sweep that was opened for it."""
    owner = world.person("ethereum")
    world.fund(owner, "ethereum", "1")
    world.mine("ethereum", world.settings.NETWORKS["ethereum"].final_depth + 1)
    while deposit.scan(network="ethereum", now=world.now):
        deposit.progress(network="ethereum", now=world.now)
    deposit.progress(network="ethereum", now=world.now)
    assert sweep.find(network="ethereum", now=world.now) == 1
    return owner, Transaction.objects.filter(type="sweep").latest("id")


def lie(monkeypatch: pytest.MonkeyPatch, about: str, balance: Callable[[int], int]) -> None:
    adapter = chains.queries.get_adapter("ethereum")
    true = adapter.balance

    def said(address: str, contract: str = "") -> int:
        return balance(true(address)) if address == about and not contract else true(address, contract)

    monkeypatch.setattr(adapter, "balance", said, raising=False)


def test_a_node_that_never_shows_the_gas_does_not_drain_the_hot_wallet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fund_hot_wallet("ethereum", "1")
    owner, opened = funded(world)
    address = deposit_address(world.wallet(owner, "ethereum"))
    whole, most = world.minor("1", "ETH"), opened.max_fee_minor * sweep_gas.GAS_TIMES_FEE
    with monkeypatch.context() as patch:
        lie(patch, address, lambda balance: whole - opened.max_fee_minor)
        for _ in range(40):
            world.pump()
            world.mine("ethereum", 4)
            world.scan("ethereum")
            world.pass_time(minutes=10)
        given = opened.children.filter(status="completed")
        assert 0 < sum(each.amount_minor for each in given) <= most
        opened.refresh_from_db()
        assert opened.status == "balance_reserved"
        assert opened.steps.get(name="gas_ready").error_code == "address_short"
        assert not opened.attempts.exists()
    world.pass_time(minutes=10)
    assert world.finish(opened).status == "completed"  # the truth goes on by itself
    world.finalize("ethereum")
    assert world.chain_balance("ethereum", address) == booked("deposits")
    check_laws()


def test_a_node_that_shows_too_much_has_one_transaction_signed_and_no_second(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fund_hot_wallet("ethereum", "1")
    owner, opened = funded(world)
    address = deposit_address(world.wallet(owner, "ethereum"))
    balance = world.chain_balance("ethereum", address)
    world.node("ethereum", "anvil_setBalance", address, "0x0")  # somebody has emptied it past our books
    with monkeypatch.context() as patch:
        lie(patch, address, lambda _: balance)
        for _ in range(10):
            world.pump()
            world.mine("ethereum", 2)
            world.scan("ethereum")
            world.pass_time(minutes=1)
    opened.refresh_from_db()
    assert opened.status in ("provider_processing", "blockchain_pending")
    assert Attempt.objects.filter(transaction=opened).count() == 1
    assert booked("treasury") == world.minor("1", "ETH")  # nothing was lost, nothing is believed to have come
    world.node("ethereum", "anvil_setBalance", address, hex(balance))
    world.pass_time(minutes=2)
    assert world.finish(opened).status == "completed"
    assert Attempt.objects.filter(transaction=opened).count() == 1
    world.finalize("ethereum")
