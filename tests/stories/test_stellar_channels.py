"""Channel accounts: sends go out side by side under their numbers, each place of replay once, from the one account."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from stellar_sdk import (
    Account,
    AccountMerge,
    BumpSequence,
    FeeBumpTransactionEnvelope,
    Keypair,
    TransactionBuilder,
    xdr,
)

import chains.queries
import custody.queries
from accounts.models import User
from chains.errors import PayloadInvalid
from custody.base import Intent, Purpose
from custody.errors import ConflictingSignature, IntentMismatch
from custody.models import Key, SignatureGuard
from custody.services import sign
from custody.services.sealing import open_private_key
from devnet.stellar.ledger import PASSPHRASE
from tests.factories.reconciliation import is_clean
from tests.factories.stellar import Horizon, keypair, lent_horizon, stellar_world
from tests.factories.world import World
from tests.races.together import do_together
from tests.stories.test_after_restore import forgotten
from tests.stories.test_lost_replacements import reopen
from tests.stories.test_replacement import ask, figures
from transactions.engine import run as engine
from transactions.models import Attempt, NonceLane, Transaction
from transactions.services import channels

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
STELLAR = "stellar"
CAPITAL = "10000"
COUNT = 3
FEE = 200
"""Stroops: a payment of a hundred, bumped."""


@pytest.fixture(scope="module")
def node() -> Horizon:
    node = lent_horizon()
    node.open("payer", "channel friend", amount="100000")
    return node


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path, node: Horizon) -> Iterator[World]:
    with stellar_world(settings, tmp_path, node, capital=CAPITAL, channels=COUNT) as made:
        yield made
        node.control("reset")


def hot() -> str:
    return custody.queries.hot_address(network=STELLAR)


def lent() -> list[str]:
    return channels.keys(network=STELLAR)


def sends(world: World, owner: User, count: int, to: str = "channel friend") -> list[Transaction]:
    return [world.send(owner, STELLAR, f"{1 + each}", keypair(to).public_key) for each in range(count)]


def lanes_of(asked: list[Transaction]) -> list[str]:
    return sorted(Attempt.objects.filter(transaction__in=asked).values_list("sender", flat=True))


def one_lane(world: World, patch: pytest.MonkeyPatch, channel: str) -> None:
    """Let every worker look at the same channel."""
    patch.setattr(channels, "pick", lambda _: channel)


def test_channels_are_opened_at_the_companys_cost_and_stay_in_its_books(world: World, node: Horizon) -> None:
    opened = Transaction.objects.filter(type="opening", to_address__in=lent())
    assert [(each.status, each.amount_minor, each.fee_minor) for each in opened] == [("completed", 10**7, 100)] * COUNT
    assert [world.chain_balance(STELLAR, each) for each in lent()] == [10**7] * COUNT
    books = world.minor(CAPITAL, "XLM") - 100 * (COUNT + 1)  # and the trustline
    assert world.chain_balance(STELLAR, hot()) == books - COUNT * 10**7
    for _ in range(2):
        world.turn(1)
    assert Transaction.objects.filter(type="opening").count() == COUNT + 1
    assert set(lent()) == set(custody.queries.list_addresses(network=STELLAR, purpose=Purpose.CHANGE))


def test_several_sends_go_out_in_one_ledger_and_each_arrives_once(world: World, node: Horizon) -> None:
    owner, before = world.rich(STELLAR, "100"), Decimal(node.balance("channel friend"))
    start = world.balance(owner, STELLAR).available
    asked = sends(world, owner, COUNT + 1)
    for _ in range(5):
        world.pump()
        world.pass_time(seconds=5)
    assert lanes_of(asked) == sorted([*lent(), hot()])
    is_clean(world, STELLAR)  # what is under way is no difference
    head = node.mine()
    world.work(STELLAR)
    world.work(STELLAR)
    for each in asked:
        each.refresh_from_db()
    assert {each.status for each in asked} == {"completed"}
    assert set(Attempt.objects.filter(transaction__in=asked).values_list("height", flat=True)) == {head}
    assert sorted(each.fee_minor or 0 for each in asked) == [100, *[FEE] * COUNT]
    assert Decimal(node.balance("channel friend")) - before == 1 + 2 + 3 + 4
    assert figures(world, owner, STELLAR) == (start - 10 * 10**7 - 100 - COUNT * FEE, 0)
    assert [world.chain_balance(STELLAR, each) for each in lent()] == [10**7] * COUNT  # it pays no fee
    is_clean(world, STELLAR)
    shown = node.get(f"/transactions/{asked[0].txid}")[1]
    if shown["source_account"] != hot():
        assert shown["fee_account"] == hot()


def test_both_accounts_sign_for_that_payment_alone(world: World, node: Horizon) -> None:
    owner = world.rich(STELLAR, "100")
    [send] = sends(world, owner, 1)
    world.pump()
    attempt = send.attempts.get()
    number = f"{attempt.sender}:{attempt.nonce}"
    assert attempt.replay_tokens == [number]
    guards = SignatureGuard.objects.filter(subject=send.pk).select_related("key")
    assert {(each.key.address, each.replay_token) for each in guards} == {
        (attempt.sender, number),
        (hot(), f"{number}:payer"),
    }
    envelope = FeeBumpTransactionEnvelope.from_xdr(
        xdr.TransactionEnvelope.from_xdr_bytes(bytes(attempt.raw)).to_xdr(), PASSPHRASE
    )
    inner = envelope.transaction.inner_transaction_envelope
    assert (len(inner.signatures), len(envelope.signatures), inner.transaction.fee) == (2, 1, 0)
    status, body = node.post(inner)  # who takes it out of its envelope gains nothing
    assert (status, body["tx_status"]) == (409, "DUPLICATE")
    adapter, to = world.adapter(STELLAR), keypair("channel friend").public_key
    wanted = adapter.prepare(world.payment(STELLAR, to=to, minor=10**7))
    wanted = replace(wanted, channel=attempt.sender, nonce=attempt.nonce or 0)
    intent = Intent(STELLAR, to, 10**7, "", 1_000, (), "txn_other")
    before = SignatureGuard.objects.count()
    with transaction.atomic(), pytest.raises(ConflictingSignature):
        sign(payload=adapter.build(wanted).payload, intent=intent, now=world.now)
    stranger = replace(wanted, channel=keypair("mallory").public_key)
    with transaction.atomic(), pytest.raises(IntentMismatch, match="senders"):
        sign(payload=adapter.build(stranger).payload, intent=intent, now=world.now)
    again, _ = adapter.replace(chains.values.Replacing(bytes(attempt.raw), wanted.rate))
    with transaction.atomic(), pytest.raises(ConflictingSignature):  # another subject bumps what is not its own
        sign(payload=again.payload, intent=replace(intent, max_fee_minor=10**6), now=world.now)
    assert SignatureGuard.objects.count() == before
    assert world.finish(send).status == "completed"


def test_custody_signs_nothing_around_that_was_not_checked(world: World, node: Horizon, monkeypatch: Any) -> None:
    """Neither a higher fee nor another payment gets its second signature, and the first is not handed out."""
    adapter, to = chains.queries.get_adapter(STELLAR), keypair("channel friend").public_key
    wanted = adapter.prepare(world.payment(STELLAR, to=to, minor=10**7))
    wanted = replace(wanted, channel=lent()[0], nonce=adapter.next_nonce(lent()[0]))
    intent = Intent(STELLAR, to, 10**7, "", 1_000, (), "txn_forged")
    others: dict[str, Any]
    around, others = adapter.around, {"rate": replace(wanted.rate, rate=10**5), "minor": 2 * 10**7}
    for name, value in others.items():
        other = adapter.build(replace(wanted, **{name: value}))

        def forged(payload: bytes, signed: Any, other: Any = other, name: str = name) -> bytes:
            whole = around(payload, signed)
            if name == "minor":
                return bytes(other.payload)
            fee = (2 * wanted.rate.rate).to_bytes(8)
            assert whole.count(fee) == 1
            return whole.replace(fee, (2 * 10**5).to_bytes(8))

        monkeypatch.setattr(adapter, "around", forged)
        before = SignatureGuard.objects.count()
        with transaction.atomic(), pytest.raises((IntentMismatch, PayloadInvalid)):
            sign(payload=adapter.build(wanted).payload, intent=intent, now=world.now)
        assert SignatureGuard.objects.count() == before
    monkeypatch.undo()
    with transaction.atomic():
        assert sign(payload=adapter.build(wanted).payload, intent=intent, now=world.now).txid


def test_a_channelled_send_is_sped_up_in_its_place(world: World, node: Horizon) -> None:
    owner, before = world.rich(STELLAR, "100"), Decimal(node.balance("channel friend"))
    [send] = sends(world, owner, 1)
    node.control("fee", stroops=500)
    world.pump()
    world.pass_time(minutes=1)
    ask(world, owner, send)
    world.pump()
    first, second = send.attempts.order_by("number")
    assert (second.sender, second.nonce, second.max_fee_minor) == (first.sender, first.nonce, 2_000)
    assert world.finish(send).fee_minor == 1_000
    assert [each.status for each in send.attempts.order_by("number")] == ["dead", "final"]
    assert Decimal(node.balance("channel friend")) - before == 1


def test_a_channelled_send_is_called_off_in_its_place(world: World, node: Horizon) -> None:
    owner, before = world.rich(STELLAR, "100"), Decimal(node.balance("channel friend"))
    start = world.balance(owner, STELLAR).available
    [send] = sends(world, owner, 1)
    node.control("fee", stroops=500)
    world.pump()
    world.pass_time(minutes=1)
    ask(world, owner, send, cancels=True)
    world.pump()
    first, second = send.attempts.order_by("number")
    assert (second.sender, second.nonce, second.last_outcome) == (first.sender, first.nonce, "succeeded")
    done = world.finish(send)
    assert (done.status, done.failure_code, done.fee_minor) == ("failed", "cancelled", 1_000)
    assert Decimal(node.balance("channel friend")) == before
    assert figures(world, owner, STELLAR) == (start - 1_000, 0)


def test_a_channel_that_is_stuck_holds_up_nobody_else(world: World, node: Horizon, monkeypatch: Any) -> None:
    owner, before = world.rich(STELLAR, "100"), Decimal(node.balance("channel friend"))
    [stuck] = sends(world, owner, 1)
    node.control("fault", mode="drop", path="transactions_async", count=1)
    world.pump()
    attempt = stuck.attempts.get()
    node.control("forget")
    broadcast = world.adapter(STELLAR).broadcast

    def loses_it(signed: Any) -> Any:
        if signed.txid == attempt.txid:
            return chains.values.Broadcast(chains.values.Outcome.UNKNOWN)
        return broadcast(signed)

    monkeypatch.setattr(chains.queries.get_adapter(STELLAR), "broadcast", loses_it)
    others = sends(world, owner, 5)
    for each in others:
        assert world.finish(each).status == "completed"
    assert attempt.sender not in lanes_of(others)
    stuck.refresh_from_db()
    assert (stuck.status, stuck.attempts.count()) == ("blockchain_pending", 1)
    assert attempt.last_block is not None
    world.mine(STELLAR, max(1, attempt.last_block + 2 - world.mine(STELLAR)))
    done = world.finish(stuck)
    assert (done.status, [each.status for each in done.attempts.order_by("number")]) == ("completed", ["dead", "final"])
    assert Decimal(node.balance("channel friend")) - before == 1 + 15


def test_a_number_that_moved_outside_is_leapt_over_without_anybody(
    world: World, node: Horizon, monkeypatch: Any
) -> None:
    owner, channel = world.rich(STELLAR, "100"), lent()[0]
    one_lane(world, monkeypatch, channel)
    [first] = sends(world, owner, 1)
    assert world.finish(first).status == "completed"
    key = Key.objects.get(address=channel)
    with open_private_key(key, now=world.now) as private:
        own = Keypair.from_raw_ed25519_seed(bytes(private.reveal()))
    jump = (first.attempts.get().nonce or 0) + 1_000
    numbered = stellar_account(channel, world)
    inner = numbered.append_operation(BumpSequence(jump)).add_time_bounds(0, 0).build()
    inner.sign(own)
    outer = fee_bump(inner)
    assert node.post(outer)[1]["tx_status"] == "PENDING"
    [second] = sends(world, owner, 1)
    world.pump()  # signed before the jump is in a ledger, and after it in the queue: it can never land
    node.mine()
    world.work(STELLAR)
    attempt = second.attempts.get(number=1)
    assert attempt.last_block is not None
    world.mine(STELLAR, max(1, attempt.last_block + 2 - world.mine(STELLAR)))
    assert world.finish(second).status == "completed"
    assert second.attempts.get(number=2).nonce == jump + 1
    [third] = sends(world, owner, 1)
    assert world.finish(third).status == "completed"
    assert third.attempts.get().nonce == jump + 2


def stellar_account(channel: str, world: World) -> Any:

    return TransactionBuilder(Account(channel, world.adapter(STELLAR).next_nonce(channel) - 1), PASSPHRASE, base_fee=0)


def fee_bump(inner: Any) -> Any:

    outer = TransactionBuilder.build_fee_bump_transaction(keypair("payer"), 100, inner, PASSPHRASE)
    outer.sign(keypair("payer"))
    return outer


def test_what_failed_has_used_its_number_up(world: World, node: Horizon, monkeypatch: Any) -> None:
    owner, channel = world.rich(STELLAR, "100"), lent()[1]
    start = world.balance(owner, STELLAR).available
    one_lane(world, monkeypatch, channel)
    node.open("leaver")
    [send] = sends(world, owner, 1, to="leaver")
    node.post(node.build("leaver", AccountMerge(keypair("payer").public_key)))
    world.pump()
    done = world.finish(send)
    assert (done.status, done.failure_code, done.fee_minor) == ("failed", "failed_on_network", FEE)
    assert figures(world, owner, STELLAR) == (start - FEE, 0)
    [later] = sends(world, owner, 1)
    assert world.finish(later).status == "completed"
    assert later.attempts.get().nonce == (send.attempts.get().nonce or 0) + 1


def test_a_channel_without_its_reserve_is_not_used(world: World, node: Horizon, monkeypatch: Any) -> None:
    owner, adapter = world.rich(STELLAR, "100"), chains.queries.get_adapter(STELLAR)
    balance, poor = adapter.balance, set(lent())
    monkeypatch.setattr(
        adapter, "balance", lambda address, contract="": 0 if address in poor else balance(address, contract)
    )
    [send] = sends(world, owner, 1)
    assert world.finish(send).status == "completed"
    assert lanes_of([send]) == [hot()]
    poor.remove(lent()[2])
    [send] = sends(world, owner, 1)
    assert world.finish(send).status == "completed"
    assert lanes_of([send]) == [lent()[2]]
    monkeypatch.undo()


def test_two_workers_do_not_take_one_channel(world: World, node: Horizon, monkeypatch: Any) -> None:
    """Each has looked at the same free channel; in one commit after the other its number is taken once."""
    owner, channel = world.rich(STELLAR, "100"), lent()[0]
    one_lane(world, monkeypatch, channel)
    asked = sends(world, owner, 4)
    for each in asked:
        engine.advance(each, now=world.now)  # up to the step that signs

    def work(each: Transaction) -> None:
        for _ in range(3):
            engine.advance(Transaction.objects.get(pk=each.pk), now=world.now)

    do_together([partial(work, each) for each in asked])
    signed = Attempt.objects.filter(transaction__in=asked)
    assert (signed.count(), SignatureGuard.objects.filter(replay_token=signed.get().replay_tokens[0]).count()) == (1, 1)
    assert NonceLane.objects.filter(sender=channel).count() == 1
    assert [world.finish(each, turns=60).status for each in asked] == ["completed"] * 4
    assert len({each.nonce for each in Attempt.objects.filter(transaction__in=asked)}) == 4


def test_a_lying_or_silent_node_changes_nothing_of_that(world: World, node: Horizon) -> None:
    owner, before = world.rich(STELLAR, "100"), Decimal(node.balance("channel friend"))
    node.control("lie", wrong_balance="5000")
    asked = sends(world, owner, 3)
    node.control("fault", mode="timeout", path="transactions_async", count=2)
    world.pump()
    node.control("lie")
    node.control("stall")
    chains.queries.forget()
    assert [world.finish(each, turns=40).status for each in asked] == ["completed"] * 3
    assert Decimal(node.balance("channel friend")) - before == 6
    assert Attempt.objects.filter(transaction__in=asked).count() == 3


def test_coins_that_are_on_their_way_are_not_counted_twice(world: World, node: Horizon) -> None:
    owner = world.rich(STELLAR, "100")
    asked = sends(world, owner, 2)
    world.pump()
    native = {each.contract: each.minor for each in channels.under_way(network=STELLAR)}[""]
    assert native == 3 * 10**7 + sum(each.max_fee_minor for each in asked)
    assert [world.finish(each).status for each in asked] == ["completed"] * 2
    assert channels.under_way(network=STELLAR) == ()


def test_a_channelled_send_that_a_restore_has_lost_is_taken_over(world: World, node: Horizon) -> None:
    owner, before = world.rich(STELLAR, "100"), Decimal(node.balance("channel friend"))
    start = world.balance(owner, STELLAR).available
    [send] = sends(world, owner, 1)
    with forgotten():
        world.pump()
        lost = send.attempts.get()
    assert lost.sender in lent()
    node.mine()
    assert reopen(world, STELLAR).taken_over == [send.pk]
    done = world.finish(send)
    assert (done.status, done.txid, done.fee_minor) == ("completed", lost.txid, FEE)
    attempt = done.attempts.get()
    assert (attempt.sender, attempt.nonce, attempt.replay_tokens) == (lost.sender, lost.nonce, lost.replay_tokens)
    assert Decimal(node.balance("channel friend")) - before == 1
    assert figures(world, owner, STELLAR) == (start - 10**7 - FEE, 0)
    again = [world.finish(each) for each in sends(world, owner, COUNT)]
    assert [each.status for each in again] == ["completed"] * COUNT
