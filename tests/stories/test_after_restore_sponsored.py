"""After a restore, where the hot wallet pays for sweeps and is a second signer: what was swept since is recognised."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import custody.queries
import ledger.queries
from assets.queries import native_asset
from tests.factories.sui import sui_nodes, sui_used
from tests.factories.world import World, living_world
from tests.stories.test_after_restore import forgotten
from transactions.flows import deposit, restored
from transactions.models import Attempt, Deposit, Transaction
from transactions.services.accounts import network_account
from wallets.queries import deposit_address

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]

SPONSORED = pytest.mark.parametrize(
    ("network", "asset"), [("solana", "SOL"), ("solana", "USDC.SOL"), ("sui", "SUI"), ("sui", "USDC.SUI")]
)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path, network: str) -> Iterator[World]:
    with ExitStack() as stack:
        if network == "sui":
            [node] = stack.enter_context(sui_nodes(tmp_path / "sui"))
            stack.enter_context(sui_used(settings, node))
        yield stack.enter_context(living_world(settings, tmp_path, [network]))


def booked(network: str, asset: str, name: str) -> int:
    return ledger.queries.balance(code=network_account(network, name), asset=asset)


def final_deposit(world: World, network: str, asset: str) -> str:
    """Return the address of somebody whose deposit is final and not swept: nobody has looked yet."""
    world.fund_hot_wallet(network, "1")
    owner = world.person(network)
    world.fund(owner, network, "50", asset)
    world.mine(network)
    for _ in range(3):
        deposit.scan(network=network, now=world.now)
        deposit.progress(network=network, now=world.now)
    assert Deposit.objects.get(wallet__isnull=False).status == "final"
    return deposit_address(world.wallet(owner, network))


def check_books(world: World, network: str, address: str) -> None:
    """What each address holds is what the books say, in both assets; the fee is the company's."""
    hot = custody.queries.hot_address(network=network)
    for asset in (native_asset(network).code, f"USDC.{native_asset(network).code}"):
        assert booked(network, asset, "treasury") == -world.chain_balance(network, hot, asset)
        assert booked(network, asset, "deposits") == -world.chain_balance(network, address, asset)
        assert booked(network, asset, "in_transit") == 0


@SPONSORED
def test_a_sweep_that_was_sent_since_is_taken_over(world: World, network: str, asset: str) -> None:
    address = final_deposit(world, network, asset)
    world.scan(network)
    waiting = Transaction.objects.get(type=Transaction.Type.SWEEP)
    with forgotten():
        world.pump()
        swept = Attempt.objects.get()
    world.mine(network)
    made = compare(world, network)
    assert (made.taken_over, made.unknown, made.not_yet) == ([waiting.pk], [], {})
    restored.reopen(network=network, skip=2, reason="", actor="usr_operator", now=world.now)
    assert world.finish(waiting).status == "completed"
    attempt = Attempt.objects.get()
    assert (attempt.txid, attempt.sender, attempt.max_fee_minor) == (swept.txid, address, waiting.max_fee_minor)
    assert not Deposit.objects.filter(txid=swept.txid).exists()
    assert world.chain_balance(network, address, asset) == 0
    check_books(world, network, address)


@SPONSORED
def test_a_sweep_that_no_row_asks_for_is_booked_where_it_came_from(world: World, network: str, asset: str) -> None:
    address = final_deposit(world, network, asset)
    with forgotten():
        world.scan(network)
        world.pump()
        swept = Attempt.objects.get()
    world.mine(network)
    made = restored.reopen(network=network, skip=2, reason="a sweep", actor="usr_operator", now=world.now)
    [found] = made.unknown
    assert (found.txid, found.sender) == (swept.txid, address)
    check_books(world, network, address)


def compare(world: World, network: str) -> restored.Comparison:
    return restored.compare(network=network, skip=2, actor="system", now=world.now)
