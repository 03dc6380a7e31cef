"""One of three Horizons is dead, behind, silent or lying, and asked first: money comes in and goes out once."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stellar_sdk import MuxedAccount, Payment

import chains.queries
from accounts.models import User
from chains.errors import NodeUnavailable
from tests.factories.horizon_front import MODES, Front, front
from tests.factories.stellar import Horizon, keypair, lent_horizon, stellar_world
from tests.factories.world import World
from transactions.models import Attempt, Deposit, Transaction
from wallets.queries import deposit_address

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.nodes]
STELLAR = "stellar"


@pytest.fixture
def node() -> Horizon:
    made = lent_horizon()
    made.open("payer", "friend", amount="100000")
    return made


@pytest.fixture
def fronts(node: Horizon) -> Iterator[list[Front]]:
    with ExitStack() as stack:
        yield [stack.enter_context(front(node.url)) for _ in range(3)]


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path, node: Horizon) -> Iterator[World]:
    with stellar_world(settings, tmp_path, node, capital="1000") as made:
        yield made


def aim(world: World, urls: list[str]) -> None:
    """Ask these nodes from now on, as a process that has just started."""
    config = replace(world.settings.NETWORKS[STELLAR], rpc_urls=tuple(urls), timeout_seconds=20)
    world.settings.NETWORKS = {**world.settings.NETWORKS, STELLAR: config}
    chains.queries.forget()


def work(world: World, node: Horizon, rounds: int) -> None:
    """Ledgers close and workers come round; a round that a node has spoilt is not the last."""
    for _ in range(rounds):
        node.mine()
        with suppress(NodeUnavailable):
            world.scan(STELLAR)
        world.pump()
        world.pass_time(seconds=40)


def pay_in(world: World, node: Horizon, owner: User, amount: str) -> str:
    to = MuxedAccount.from_account(deposit_address(world.wallet(owner, STELLAR)))
    envelope = node.build("payer", Payment(to, node.lumens(), amount))
    assert node.post(envelope)[0] == 201
    return str(envelope.hash().hex())


def test_with_one_of_three_nodes_bad_everything_happens_once(world: World, node: Horizon, fronts: list[Front]) -> None:
    owner, to = world.person(STELLAR), keypair("friend").public_key
    had = Decimal(node.balance("friend"))
    sent: list[Transaction] = []
    for number, mode in enumerate(MODES):
        bad = fronts[number % 3]
        bad.mode, before = mode, [each.asked for each in fronts]
        aim(world, [fronts[(number + turn) % 3].url for turn in range(3)])  # the bad one is asked first
        txid = pay_in(world, node, owner, "10")
        work(world, node, 5)
        assert Deposit.objects.get(txid=txid).status == "final", mode
        sent.append(world.send(owner, STELLAR, "5", to))
        for _ in range(8):
            work(world, node, 1)
            sent[-1].refresh_from_db()
            if sent[-1].status == "completed":
                break
        assert sent[-1].status == "completed", mode
        assert bad.asked > before[number % 3], mode
        bad.mode = "honest"
    aim(world, [node.url])
    count = len(MODES)
    assert Deposit.objects.filter(wallet=world.wallet(owner, STELLAR)).count() == count
    assert Attempt.objects.filter(transaction__in=sent).count() == count  # none was signed twice
    assert Decimal(node.balance("friend")) == had + 5 * count
    assert world.balance(owner, STELLAR).available == world.minor("5", "XLM") * count - 100 * count
