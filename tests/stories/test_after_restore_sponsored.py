"""After a restore, where the hot wallet pays for sweeps and is a second signer: what was swept since is recognised."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import custody.queries
import ledger.queries
from assets.queries import native_asset
from chains.adapters.solana import SolanaAdapter
from chains.adapters.sui import SuiAdapter
from chains.errors import NodeUnavailable
from chains.models import Cursor
from chains.queries import is_compared, newest_block
from chains.values import BlockRef, Signed
from tests.factories.sui import sui_nodes, sui_used
from tests.factories.world import World, living_world
from tests.stories.test_after_restore import check_what_comes_next_is_swept, forgotten
from transactions.engine import by_hand
from transactions.errors import MayStillLand, NotCompared
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
    check_what_comes_next_is_swept(world, network, address, asset)
    check_books(world, network, address)


def compare(world: World, network: str) -> restored.Comparison:
    return restored.compare(network=network, skip=2, actor="system", now=world.now)


EXPIRING = pytest.mark.parametrize("network", ["solana", "sui"])
FORGET = {"solana": ("devnet_forget",), "sui": ("forget",)}


def end_of_life(world: World, network: str) -> None:
    """Let so much pass that nothing signed before can land."""
    if network == "sui":
        world.node("sui", "epoch", 2)
    else:
        world.mine(network, 153)


def waiting_send(world: World, network: str) -> Transaction:
    world.fund_hot_wallet(network, "50")
    return world.send(world.rich(network, "20"), network, "4", world.stranger(network))


@EXPIRING
def test_what_may_have_been_signed_and_lost_is_not_signed_until_it_has_expired(world: World, network: str) -> None:
    """A node took the bytes and has not passed them on; they land while we wait, and never twice."""
    send = waiting_send(world, network)
    with forgotten():
        world.pump()
        lost = send.attempts.get()
        signed = Signed(raw=bytes(lost.raw), txid=lost.txid)
    world.node(network, *FORGET[network])
    assert compare(world, network).unsure == [send.pk]
    with pytest.raises(NotCompared, match=f"{send.pk}.*can still land"):
        restored.reopen(network=network, skip=2, reason="x", actor="usr_operator", now=world.now)
    assert not is_compared(network)
    assert world.adapter(network).broadcast(signed).outcome == "succeeded"
    world.mine(network)
    assert compare(world, network).taken_over == [send.pk]
    restored.reopen(network=network, skip=2, reason="", actor="usr_operator", now=world.now)
    send = world.finish(send)
    assert (send.status, send.txid, send.attempts.count()) == ("completed", lost.txid, 1)
    assert world.chain_balance(network, send.to_address) == send.amount_minor


@EXPIRING
def test_once_what_was_lost_has_expired_it_is_signed_anew(world: World, network: str) -> None:
    send = waiting_send(world, network)
    with forgotten():
        world.pump()
        lost = send.attempts.get()
        signed = Signed(raw=bytes(lost.raw), txid=lost.txid)
    world.node(network, *FORGET[network])
    assert compare(world, network).unsure == [send.pk]
    world.pass_time(hours=30)  # longer than a send waits: but it waits for people
    world.turn()
    with pytest.raises(MayStillLand):
        by_hand.check_stop(send, now=world.now)
    world.pass_time(hours=30)
    world.turn()
    send.refresh_from_db()
    assert (send.status, send.attempts.count()) == ("balance_reserved", 0)
    end_of_life(world, network)
    restored.reopen(network=network, skip=2, reason="", actor="usr_operator", now=world.now)
    assert world.adapter(network).broadcast(signed).outcome == "failed"
    send = world.finish(send)
    assert (send.status, send.attempts.count()) == ("completed", 1)
    assert send.txid != lost.txid
    assert world.chain_balance(network, send.to_address) == send.amount_minor


@contextmanager
def head_says(world: World, network: str, **false: Any) -> Iterator[None]:
    """One node gives the head first, and gives it so; blocks are what the others say, too."""
    adapter = world.adapter(network)
    assert isinstance(adapter, SolanaAdapter | SuiAdapter)
    node, honest = adapter._node, adapter._node.head

    def head() -> BlockRef:
        return replace(honest(), **false)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node, "head", head)
        yield


@EXPIRING
@pytest.mark.parametrize("first", [1, 10**6])
def test_no_node_alone_says_when_what_was_lost_has_expired(world: World, network: str, first: int) -> None:
    """Neither a number that is too low at first, or too high later, opens it; nor one too high shuts it for good."""
    send = waiting_send(world, network)
    with forgotten():
        world.pump()
    world.node(network, *FORGET[network])
    with head_says(world, network, number=first):
        made = compare(world, network)
    assert made.unsure == [send.pk]
    assert made.until == made.now + world.adapter(network).lasts()
    with head_says(world, network, number=10**7), pytest.raises(NotCompared, match="can still land"):
        restored.reopen(network=network, skip=2, reason="x", actor="usr_operator", now=world.now)
    assert not is_compared(network)
    end_of_life(world, network)
    restored.reopen(network=network, skip=2, reason="", actor="usr_operator", now=world.now)
    send = world.finish(send)
    assert (send.status, send.attempts.count()) == ("completed", 1)
    assert world.chain_balance(network, send.to_address) == send.amount_minor


@EXPIRING
def test_nodes_that_are_behind_the_books_say_nothing_of_what_was_lost(world: World, network: str) -> None:
    send = waiting_send(world, network)
    if network == "sui":
        world.node("sui", "epoch", 1)
        world.scan(network)
    with forgotten():
        world.pump()
    world.node(network, *FORGET[network])
    newest = newest_block(network=network)
    assert newest is not None
    with head_says(world, network, height=newest.height - 3), pytest.raises(NodeUnavailable, match="behind"):
        compare(world, network)
    assert Cursor.objects.get(pk=network).first_compared_on == ""
    assert compare(world, network).unsure == [send.pk]


@EXPIRING
def test_what_was_signed_anew_and_lost_is_known_by_what_it_pays(world: World, network: str) -> None:
    send = waiting_send(world, network)
    world.pump()
    world.node(network, *FORGET[network])
    end_of_life(world, network)
    world.mine(network, 40)
    with forgotten():
        world.pass_time(minutes=5)
        world.turn()
        again = send.attempts.get(number=2).txid
    world.mine(network)
    assert compare(world, network).unknown == []
    restored.reopen(network=network, skip=2, reason="", actor="usr_operator", now=world.now)
    send = world.finish(send)
    assert (send.status, send.txid) == ("completed", again)
    assert world.chain_balance(network, send.to_address) == send.amount_minor


@EXPIRING
def test_what_pays_the_same_is_not_taken_for_a_send_whose_own_bytes_can_land(world: World, network: str) -> None:
    """It was not signed in their place, and both leave the house: the treasury is short of both."""
    world.fund_hot_wallet(network, "50")
    owner, to = world.rich(network, "20"), world.stranger(network)
    send = world.send(owner, network, "4", to)
    world.pump()
    first = send.attempts.get()
    world.node(network, *FORGET[network])
    world.mine(network)
    with forgotten():
        world.scan(network)
        other = world.send(owner, network, "4", to)
        world.pump()
        txid = other.attempts.get().txid
    world.node(network, *FORGET[network], first.txid)
    world.mine(network)
    made = compare(world, network)
    assert [(each.txid, each.subject) for each in made.unknown] == [(txid, "")]
    assert made.unsure == [send.pk]
