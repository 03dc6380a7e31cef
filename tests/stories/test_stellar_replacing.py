"""Fee bumps: what waits on Stellar is sped up byte for byte as it is, or called off; of all one lands."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stellar_sdk import FeeBumpTransactionEnvelope, TransactionBuilder, TransactionEnvelope, xdr

import chains.queries
from accounts.models import User
from chains.values import Presence, TransactionState
from custody.models import SignatureGuard
from devnet.stellar.ledger import PASSPHRASE
from ledger.errors import InsufficientFunds
from tests.factories.stellar import Horizon, keypair, lent_horizon, stellar_world
from tests.factories.world import World
from tests.stories.test_after_restore import forgotten
from tests.stories.test_lost_replacements import company_fees, reopen, replaced
from tests.stories.test_replacement import ask, figures, refused
from transactions.errors import NotCancellable, NotCompared, SpeedUpUnavailable
from transactions.flows import replacement
from transactions.models import Attempt, Replacement, Transaction
from transactions.services import attempts

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
STELLAR = "stellar"
CAPITAL = "10000"
DEAR = 500
"""Stroops for each operation that bids have risen to: what offers a hundred waits."""


@pytest.fixture(scope="module")
def node() -> Horizon:
    node = lent_horizon()
    node.open("payer", "bumped friend", amount="100000")
    return node


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path, node: Horizon) -> Iterator[World]:
    with stellar_world(settings, tmp_path, node, capital=CAPITAL) as made:
        yield made
        node.control("reset")


def waiting(world: World, node: Horizon, amount: str = "10") -> tuple[User, Transaction, int]:
    """A send that was signed when fees were low, and waits now that they are not; and what its owner had before."""
    owner = world.rich(STELLAR, "100")
    start = world.balance(owner, STELLAR).available
    send = world.send(owner, STELLAR, amount, keypair("bumped friend").public_key, memo="7")
    node.control("fee", stroops=DEAR)
    world.pump()
    world.pass_time(minutes=1)  # what fees were then is forgotten
    send.refresh_from_db()
    assert (send.status, send.attempts.get().last_outcome) == ("blockchain_pending", "succeeded")
    return owner, send, start


def settle(world: World, send: Transaction) -> None:
    for _ in range(3):
        world.finalize(STELLAR)
    send.refresh_from_db()


def arrived(node: Horizon, before: str) -> Decimal:
    return Decimal(node.balance("bumped friend")) - Decimal(before)


def envelope_of(attempt: Attempt) -> str:
    return str(xdr.TransactionEnvelope.from_xdr_bytes(bytes(attempt.raw)).to_xdr())


def within(attempt: Attempt) -> bytes:
    bump = FeeBumpTransactionEnvelope.from_xdr(envelope_of(attempt), PASSPHRASE)
    return bump.transaction.inner_transaction_envelope.to_xdr_object().to_xdr_bytes()


def test_what_is_sped_up_stays_as_it_is_and_lands_once_for_what_the_ledger_charged(world: World, node: Horizon) -> None:
    before = node.balance("bumped friend")
    owner, send, start = waiting(world, node)
    node.mine()
    offered = replacement.offer(send, user_id=owner.pk, cancels=False, now=world.now)
    for _ in range(2):  # a second press
        replacement.request(offered, user_id=owner.pk, key="one", now=world.now)
        assert figures(world, owner, STELLAR)[1] == send.amount_minor + 2_000
    world.pump()
    first, second = send.attempts.order_by("number")
    assert (second.replaces_id, second.cancels, second.last_outcome) == (first.pk, False, "succeeded")
    assert (second.nonce, second.replay_tokens, second.last_block) == (
        first.nonce,
        first.replay_tokens,
        first.last_block,
    )
    assert (first.max_fee_minor, second.max_fee_minor, second.rate) == (100, 2_000, 1_000)  # ten times, for two
    assert within(second) == bytes(first.raw)
    guards = SignatureGuard.objects.filter(subject=send.pk).order_by("generation")
    assert [(each.generation, each.replay_token) for each in guards] == [
        (0, first.replay_tokens[0]),
        (1, first.replay_tokens[0]),
    ]
    assert node.post(envelope_of(first))[1]["tx_status"] == "DUPLICATE"
    settle(world, send)
    assert (send.status, send.txid, send.fee_minor) == ("completed", second.txid, 2 * DEAR)
    assert [each.status for each in send.attempts.order_by("number")] == ["dead", "final"]
    assert arrived(node, before) == 10
    assert figures(world, owner, STELLAR) == (start - send.amount_minor - 2 * DEAR, 0)
    assert node.get(f"/transactions/{second.txid}")[1]["memo"] == "7"
    refused(world, owner, send, SpeedUpUnavailable)


def test_the_ledger_knows_it_by_both_hashes_and_the_books_by_the_one_that_landed(world: World, node: Horizon) -> None:
    owner, send, _ = waiting(world, node)
    ask(world, owner, send)
    world.pump()
    node.mine()
    first, second = send.attempts.order_by("number")
    adapter = chains.queries.get_adapter(STELLAR)
    inner, outer = adapter.state(first.txid), adapter.state(second.txid)
    assert (inner.presence, inner.carried_by, outer.presence, outer.carried_by) == (
        Presence.MINED,
        second.txid,
        Presence.MINED,
        "",
    )
    assert (inner.height, inner.fee_minor) == (outer.height, outer.fee_minor)
    assert adapter.paid([first.txid, second.txid])[first.txid].fee_minor == 2 * DEAR
    settle(world, send)
    assert (send.status, send.txid) == ("completed", second.txid)
    first.refresh_from_db()
    assert (first.height, first.seen_height) == (None, None)


def test_the_first_bytes_may_land_after_all_and_cost_what_they_offered(world: World, node: Horizon) -> None:
    before = node.balance("bumped friend")
    owner, send, start = waiting(world, node)
    ask(world, owner, send)
    world.pump()
    first, second = send.attempts.order_by("number")
    node.control("forget")
    node.control("reset")
    assert node.post(envelope_of(first))[1]["tx_status"] == "PENDING"
    node.mine()
    settle(world, send)
    assert (send.status, send.txid, send.fee_minor) == ("completed", first.txid, 100)
    assert [each.status for each in send.attempts.order_by("number")] == ["final", "dead"]
    assert arrived(node, before) == 10
    assert figures(world, owner, STELLAR) == (start - send.amount_minor - 100, 0)
    assert chains.queries.get_adapter(STELLAR).state(second.txid).presence is Presence.ABSENT


def test_it_is_bumped_again_and_the_same_bytes_are_within(world: World, node: Horizon) -> None:
    before = node.balance("bumped friend")
    owner, send, start = waiting(world, node)
    ask(world, owner, send, key="one")
    world.pump()
    node.control("fee", stroops=5_000)
    world.pass_time(minutes=1)
    ask(world, owner, send, key="two")
    world.pump()
    first, second, third = send.attempts.order_by("number")
    assert (second.max_fee_minor, third.max_fee_minor) == (2_000, 20_000)
    assert within(third) == within(second) == bytes(first.raw)
    settle(world, send)
    assert (send.status, send.txid, send.fee_minor) == ("completed", third.txid, 10_000)
    assert [each.status for each in send.attempts.order_by("number")] == ["dead", "dead", "final"]
    assert arrived(node, before) == 10
    assert figures(world, owner, STELLAR) == (start - send.amount_minor - 10_000, 0)


def test_silence_after_the_bump_was_taken_and_a_restart_change_nothing(world: World, node: Horizon) -> None:
    before = node.balance("bumped friend")
    owner, send, _ = waiting(world, node)
    ask(world, owner, send)
    node.control("fault", mode="timeout", path="transactions_async", count=1)
    world.settings.NETWORKS = {**world.settings.NETWORKS}
    world.pump()
    second = send.attempts.get(number=2)
    chains.queries.forget()  # another process, which knows nothing but what is stored
    settle(world, send)
    assert (send.status, send.txid) == ("completed", second.txid)
    assert send.attempts.count() == 2
    assert arrived(node, before) == 10


def test_bumps_that_were_dropped_on_the_way_go_out_again(world: World, node: Horizon) -> None:
    before = node.balance("bumped friend")
    owner, send, _ = waiting(world, node)
    ask(world, owner, send)
    node.control("fault", mode="drop", path="transactions_async", count=1)
    world.pump()
    chains.queries.forget()
    node.control("forget")
    for _ in range(3):
        world.work(STELLAR)
    settle(world, send)
    assert (send.status, send.attempts.count()) == ("completed", 2)
    assert arrived(node, before) == 10


def test_what_expires_with_its_bump_is_signed_anew_once(world: World, node: Horizon) -> None:
    before = node.balance("bumped friend")
    owner, send, start = waiting(world, node)
    ask(world, owner, send)
    node.control("fee", stroops=90_000)
    world.pump()
    first = send.attempts.get(number=1)
    assert first.last_block is not None
    world.mine(STELLAR, first.last_block - world.mine(STELLAR))
    world.work(STELLAR)
    assert send.attempts.count() == 2  # in flight: not yet proved dead
    node.control("reset")
    node.control("forget")
    world.pass_time(minutes=1)
    world.mine(STELLAR)
    settle(world, send)
    third = send.attempts.get(number=3)
    assert [each.status for each in send.attempts.order_by("number")] == ["dead", "dead", "final"]
    assert (send.status, send.txid, send.fee_minor) == ("completed", third.txid, 100)
    assert (third.nonce or 0) == (first.nonce or 0) + 1
    assert arrived(node, before) == 10
    assert figures(world, owner, STELLAR) == (start - send.amount_minor - 100, 0)


def test_what_is_called_off_comes_back_less_the_fee_for_that(world: World, node: Horizon) -> None:
    before = node.balance("bumped friend")
    owner, send, start = waiting(world, node)
    number = send.attempts.get().nonce
    ask(world, owner, send, cancels=True)
    refused(world, owner, send, NotCancellable, cancels=True)
    refused(world, owner, send, SpeedUpUnavailable)
    world.pump()
    second = send.attempts.get(number=2)
    assert (second.cancels, second.last_outcome, second.nonce) == (True, "succeeded", number)
    settle(world, send)
    assert (send.status, send.failure_code, send.txid) == ("failed", "cancelled", second.txid)
    assert [each.status for each in send.attempts.order_by("number")] == ["dead", "landed"]
    assert arrived(node, before) == 0
    assert send.fee_minor == 2 * DEAR
    assert figures(world, owner, STELLAR) == (start - 2 * DEAR, 0)


def test_a_payment_that_is_faster_than_its_cancellation_is_a_payment(world: World, node: Horizon) -> None:
    before = node.balance("bumped friend")
    owner, send, start = waiting(world, node)
    ask(world, owner, send, cancels=True)
    node.control("reset")
    node.mine()  # the ledger has taken the payment, and nobody here has read it yet
    world.pump()
    settle(world, send)
    assert (send.status, send.fee_minor, send.attempts.count()) == ("completed", 100, 1)
    assert arrived(node, before) == 10
    assert figures(world, owner, STELLAR) == (start - send.amount_minor - 100, 0)


def test_a_strangers_fee_bump_is_our_payment_and_costs_its_owner_nothing(world: World, node: Horizon) -> None:
    """Anybody may pay to have it land: they cannot change it, and the books take what it did, and what it cost us."""
    before = node.balance("bumped friend")
    owner, send, start = waiting(world, node)
    first = send.attempts.get()
    inner = TransactionEnvelope.from_xdr(envelope_of(first), PASSPHRASE)
    theirs = TransactionBuilder.build_fee_bump_transaction(keypair("payer"), 1_000, inner, PASSPHRASE)
    theirs.sign(keypair("payer"))
    assert node.post(theirs)[1]["tx_status"] == "PENDING"
    node.mine()
    settle(world, send)
    assert (send.status, send.txid, send.fee_minor) == ("completed", theirs.hash().hex(), 0)
    assert arrived(node, before) == 10
    assert figures(world, owner, STELLAR) == (start - send.amount_minor, 0)
    first.refresh_from_db()
    assert first.status == "dead"
    later = world.finish(world.send(owner, STELLAR, "5", keypair("bumped friend").public_key, memo="7"))
    assert later.status == "completed"
    assert arrived(node, before) == 15


def test_a_look_that_began_before_a_strangers_bump_landed_buries_nothing(
    world: World, node: Horizon, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = node.balance("bumped friend")
    owner, send, start = waiting(world, node)
    first = send.attempts.get()
    inner = TransactionEnvelope.from_xdr(envelope_of(first), PASSPHRASE)
    theirs = TransactionBuilder.build_fee_bump_transaction(keypair("payer"), 1_000, inner, PASSPHRASE)
    theirs.sign(keypair("payer"))
    node.control("reset")  # no node has ours any more
    answer = attempts.state_of
    found: list[TransactionState] = []

    def slow(attempt: Attempt) -> TransactionState:
        state = answer(attempt)
        if not found and attempt.pk == first.pk:
            found.append(state)
            assert node.post(theirs)[1]["tx_status"] == "PENDING"
            for _ in range((first.last_block or 0) - chains.queries.scanned_height(network=STELLAR) + 2):
                node.mine()
            world.scan(STELLAR)  # while the node's answer is on its way
        return state

    monkeypatch.setattr(attempts, "state_of", slow)
    world.pass_time(minutes=10)
    world.pump()
    assert [each.presence for each in found] == [Presence.ABSENT]
    settle(world, send)
    assert (send.status, send.txid) == ("completed", theirs.hash().hex())
    assert arrived(node, before) == 10
    assert send.attempts.count() == 2
    assert figures(world, owner, STELLAR) == (start - send.amount_minor, 0)


@pytest.mark.parametrize("cancels", [False, True])
def test_a_bump_that_a_restore_has_lost_is_found_where_it_landed(world: World, node: Horizon, cancels: bool) -> None:
    before = node.balance("bumped friend")
    owner, send, start = waiting(world, node)
    company = company_fees(STELLAR)
    with forgotten():
        lost = replaced(world, owner, send, cancels=cancels)
    with pytest.raises(NotCompared, match=send.pk):  # it waits at a node, where nobody can see it
        reopen(world, STELLAR)
    node.mine()
    reopen(world, STELLAR)
    settle(world, send)
    ceiling = send.max_fee_minor
    assert (send.status, send.txid) == ("failed" if cancels else "completed", lost.txid)
    assert arrived(node, before) == (0 if cancels else 10)
    paid = send.amount_minor * (not cancels)
    assert (send.fee_minor, company_fees(STELLAR) - company) == (ceiling, 2 * DEAR - ceiling)
    assert figures(world, owner, STELLAR) == (start - paid - ceiling, 0)


def test_what_cannot_be_replaced_is_refused_in_words_and_nothing_moves(world: World, node: Horizon) -> None:
    owner, send, _ = waiting(world, node)
    rest = world.balance(owner, STELLAR).available
    world.transfer(owner, STELLAR, f"{rest / 10**7:.7f}", world.person(STELLAR).email)
    refused(world, owner, send, InsufficientFunds)
    world.settings.NETWORKS[STELLAR].__dict__["fee_cap"] = 900
    chains.queries.forget()
    error = refused(world, owner, send, SpeedUpUnavailable)
    assert "as much already" in str(error.why)
    node.control("reset")
    node.mine()
    refused(world, owner, send, SpeedUpUnavailable)
    refused(world, owner, send, NotCancellable, cancels=True)
    settle(world, send)
    assert (send.status, Replacement.objects.count()) == ("completed", 0)
