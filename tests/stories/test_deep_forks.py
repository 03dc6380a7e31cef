"""Where a block is final at once, another one in its place halts the network, until an operator lets it go on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import chains.queries
import chains.services
from assets.queries import native_asset
from chains.errors import NetworkHalted
from chains.models import BlockRecord, Cursor
from events.models import Event
from ledger.models import Posting
from tests.factories.stellar import lent_horizon, stellar_world
from tests.factories.world import World, living_world
from transactions.models import Deposit, Transaction

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


@pytest.fixture(params=["solana", "stellar"])
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path, network: str) -> Iterator[World]:
    if network == "stellar":
        with stellar_world(settings, tmp_path, lent_horizon(), capital="10000") as made:
            yield made
    else:
        with living_world(settings, tmp_path, networks=[network]) as made:
            yield made


def have_read_another_branch(network: str, blocks: int) -> None:
    """Remember other blocks than the nodes have: as if they had all gone over to another branch since."""
    newest = BlockRecord.objects.filter(network=network).order_by("-height")[:blocks]
    for kept in newest:
        BlockRecord.objects.filter(pk=kept.pk).update(hash=f"other-{kept.height}", parent=f"other-{kept.height - 1}")
    Cursor.objects.filter(pk=network).update(hash=f"other-{newest[0].height}")


@pytest.mark.parametrize("is_new", [False, True])
def test_a_fork_below_what_is_final_halts_and_goes_on_when_resumed(world: World, network: str, is_new: bool) -> None:
    first, second = world.person(network), world.person(network)
    minor = world.minor("2.5", native_asset(network).code)
    world.fund(first, network, "2.5")
    for _ in range(3):
        world.mine(network)
        world.work(network)
    assert Deposit.objects.get(wallet__user=first).status == "final"

    have_read_another_branch(network, 3)
    if is_new:  # and older ones are not known: nothing is read again
        BlockRecord.objects.exclude(hash=Cursor.objects.get(pk=network).hash).filter(network=network).delete()
    read = chains.queries.scanned_height(network=network)
    world.fund(second, network, "2.5")
    world.mine(network)
    for _ in range(2):
        world.scan(network)
    halted = Event.objects.get(type="chains.halted")
    assert (halted.data["height"], halted.data["reason"]) == (
        read,
        f"The chain forked more than 0 blocks below {read}.",
    )
    assert chains.queries.scanned_height(network=network) == read
    assert not Deposit.objects.filter(wallet__user=second, height__isnull=False).exists()
    with pytest.raises(NetworkHalted):
        world.send(first, network, "1", world.stranger(network))
    assert not Transaction.objects.filter(type="send").exists()
    assert world.balance(first, network).available == minor

    chains.services.resume(network=network, actor="usr_operator", now=world.now)
    for _ in range(2):
        world.mine(network)
        world.work(network)
    cursor = Cursor.objects.get(pk=network)
    there = world.adapter(network).block_ref(cursor.height)
    assert (cursor.halted_at, there and there.hash) == (None, cursor.hash)
    assert chains.queries.scanned_height(network=network) > read
    for owner in (first, second):
        assert world.balance(owner, network).available == minor
        assert Deposit.objects.get(wallet__user=owner).credits == 1
    assert Posting.objects.filter(kind="deposit.credit").count() == Deposit.objects.count()
    assert Event.objects.filter(type="chains.halted").count() == 1
