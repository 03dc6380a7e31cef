"""Where a block is final at once, another one in its place halts the network, until an operator lets it go on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import chains.queries
import chains.services
from assets.queries import native_asset
from chains.errors import NetworkHalted
from chains.models import BlockRecord, Cursor, FailedBlock
from chains.values import BlockRef
from events.models import Event
from ledger.models import Posting
from tests.factories.stellar import lent_horizon, stellar_world
from tests.factories.sui import sui_nodes, sui_used
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
    elif network == "sui":
        with (
            sui_nodes(tmp_path / "sui") as nodes,
            sui_used(settings, nodes[0]),
            living_world(settings, tmp_path, ["sui"]) as made,
        ):
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


@pytest.mark.parametrize("network", ["solana", "stellar", "sui", "ethereum"], indirect=True)
@pytest.mark.parametrize("is_back_before", [True, False])
def test_nodes_that_come_back_to_the_chain_that_was_read_are_read_on(
    world: World, network: str, is_back_before: bool
) -> None:
    for _ in range(2):
        world.mine(network, 3)
        world.work(network)
    read, adapter = chains.queries.scanned_height(network=network), world.adapter(network)
    records = BlockRecord.objects.filter(network=network).order_by("height")
    kept = list(records.values_list("height", "hash", "number"))

    def strays(height: int) -> BlockRef | None:
        return replace(adapter_ref(height), hash=f"other-{height}", parent=f"other-{height - 1}")

    def adapter_ref(height: int) -> BlockRef:
        ref = block_ref(height)
        assert ref is not None
        return ref

    block_ref = adapter.block_ref
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapter, "block_ref", strays)
        world.scan(network)
        assert Event.objects.filter(type="chains.halted").count() == 1
        if not is_back_before:
            chains.services.resume(network=network, actor="usr_operator", now=world.now)
    if is_back_before:
        assert chains.services.resume(network=network, actor="usr_operator", now=world.now) == read
        assert list(records.values_list("height", "hash", "number")) == kept
    world.mine(network)
    world.work(network)
    if Cursor.objects.get(pk=network).halted_at:  # nothing was kept but the cursor's block: that was taken from strays
        assert not is_back_before
        chains.services.resume(network=network, actor="usr_operator", now=world.now)
        world.work(network)
    cursor = Cursor.objects.get(pk=network)
    assert (cursor.halted_at, cursor.height > read) == (None, True)
    assert not FailedBlock.objects.exists()
    assert not Event.objects.filter(type="chains.rolled_back").exists()
