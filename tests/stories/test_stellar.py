"""One account for all wallets: deposits by number, by memo and by nobody; sends that open accounts or are refused."""

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from stellar_sdk import Asset as StellarAsset
from stellar_sdk import IdMemo, ManageData, MuxedAccount, Payment, TextMemo
from stellar_sdk.memo import Memo

import chains.queries
import custody.queries
import ledger.queries
from accounts.models import User
from chains.adapters.stellar_node import LIFE_LEDGERS
from chains.errors import MemoInvalid, MemoMissing, PaymentImpossible
from chains.values import Signed
from custody.base import Intent
from custody.errors import ConflictingSignature, IntentMismatch
from custody.models import SignatureGuard
from custody.services import sign, signing
from events.models import Event
from kit.ids import new_id
from ledger.models import Posting
from tests.factories.accounts import make_user
from tests.factories.stellar import Horizon, keypair, lent_horizon, stellar_world
from tests.factories.world import World
from tests.stories.test_after_restore import forgotten
from transactions.errors import NotAssignable, NotCompared, OwnTreasury, SecondPersonNeeded
from transactions.flows import restored
from transactions.flows.order import Order, prepare
from transactions.models import Attempt, Deposit, Intervention, Transaction
from transactions.services import interventions
from wallets.queries import deposit_address, shared_place

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
STELLAR = "stellar"
CAPITAL = "10000"
TRUSTLINE_FEE = 100
"""What opening the trustline cost the company, in stroops."""

NATIVE = StellarAsset.native()


@pytest.fixture(scope="module")
def shared() -> Horizon:
    node = lent_horizon()
    node.open("payer", "friend", amount="100000")
    return node


@pytest.fixture
def node(shared: Horizon) -> Horizon:
    return shared


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path, node: Horizon) -> Iterator[World]:
    """The company has capital there, so that the account of all wallets is open."""
    with stellar_world(settings, tmp_path, node, capital=CAPITAL) as made:
        yield made


def pay(world: World, node: Horizon, to: str | MuxedAccount, amount: str, memo: Memo | None = None) -> str:
    """Let a stranger pay; return the transaction's hash, in a ledger."""
    envelope = node.build("payer", Payment(to, NATIVE, amount), memo=memo)
    status, body = node.post(envelope)
    assert (status, body["tx_status"]) == (201, "PENDING"), body
    node.mine()
    world.work(STELLAR)
    return envelope.hash().hex()


def suspense(asset: str = "XLM") -> int:
    return ledger.queries.balance(code=f"network:{STELLAR}:suspense", asset=asset)


def held_for_company(world: World) -> int:
    return world.minor(CAPITAL, "XLM")


def available(world: World, user: User) -> int:
    return world.balance(user, STELLAR).available


def hot() -> str:
    return custody.queries.hot_address(network=STELLAR)


def moved_nothing(before: tuple[int, int, int]) -> bool:
    return before == (Posting.objects.count(), Transaction.objects.count(), Attempt.objects.count())


def counted() -> tuple[int, int, int]:
    return Posting.objects.count(), Transaction.objects.count(), Attempt.objects.count()


# --- Deposits
def test_wallets_share_one_account_and_are_told_apart_by_a_number(world: World) -> None:
    people = [world.person(STELLAR) for _ in range(3)]
    addresses = [deposit_address(world.wallet(each, STELLAR)) for each in people]
    places = [shared_place(world.wallet(each, STELLAR)) for each in people]
    assert len(set(addresses)) == 3
    for address, place in zip(addresses, places, strict=True):
        assert place is not None
        muxed = MuxedAccount.from_account(address)
        assert (muxed.account_id, str(muxed.account_muxed_id)) == (place.address, place.memo) == (hot(), place.memo)


def test_a_deposit_to_the_number_or_with_it_as_memo_is_credited_at_once_and_for_good(
    world: World, node: Horizon
) -> None:
    one, two = world.person(STELLAR), world.person(STELLAR)
    txid = pay(world, node, MuxedAccount.from_account(deposit_address(world.wallet(one, STELLAR))), "25.5")
    assert (available(world, one), available(world, two)) == (world.minor("25.5", "XLM"), 0)
    deposit = Deposit.objects.get(txid=txid)
    assert (deposit.status, deposit.memo, deposit.transaction.status) == ("final", "", "completed")
    assert suspense() == held_for_company(world)
    assert world.chain_balance(STELLAR, hot()) == world.minor("10025.5", "XLM") - TRUSTLINE_FEE
    place = shared_place(world.wallet(two, STELLAR))
    assert place is not None
    txid = pay(world, node, place.address, "7", IdMemo(int(place.memo)))
    assert (available(world, one), available(world, two)) == (world.minor("25.5", "XLM"), world.minor("7", "XLM"))
    deposit = Deposit.objects.get(txid=txid)
    assert (deposit.address, deposit.memo) == (deposit_address(world.wallet(two, STELLAR)), f"id:{place.memo}")


def test_what_names_nobody_waits_until_two_people_say_whose_it_is(world: World, node: Horizon) -> None:
    one = world.person(STELLAR)
    wallet = world.wallet(one, STELLAR)
    own = MuxedAccount.from_account(deposit_address(wallet))
    assert own.account_muxed_id is not None
    nobodys: list[tuple[str | MuxedAccount, Memo | None]] = [
        (hot(), IdMemo(7)),
        (hot(), TextMemo("for my wallet")),
        (MuxedAccount(hot(), 7), None),
        (own, IdMemo(own.account_muxed_id + 1)),
        (hot(), None),
    ]
    amount = world.minor("12", "XLM")
    for number, (to, memo) in enumerate(nobodys, start=1):
        deposit = Deposit.objects.get(txid=pay(world, node, to, "12", memo))
        assert (deposit.status, deposit.wallet, deposit.address) == ("final", None, hot())
        assert (suspense(), available(world, one)) == (held_for_company(world) + number * amount, 0)
    in_suspense = suspense()

    asked, second = make_user(), make_user()
    wanted = interventions.assign(
        intervention_id=new_id("itv"),
        transaction_id=deposit.transaction_id,
        wallet_id=wallet.pk,
        reason="They wrote to us and named the transaction.",
        actor=asked.pk,
        now=world.now,
    )
    assert (suspense(), available(world, one)) == (in_suspense, 0)
    with pytest.raises(SecondPersonNeeded):
        interventions.approve(intervention_id=wanted.pk, actor=asked.pk, now=world.now)
    assert available(world, one) == 0
    for _ in range(2):  # the same approval again changes nothing
        interventions.approve(intervention_id=wanted.pk, actor=second.pk, now=world.now)
    assert (suspense(), available(world, one)) == (in_suspense - amount, amount)
    deposit.refresh_from_db()
    assert (deposit.wallet_id, deposit.transaction.user_id, deposit.transaction.status) == (
        wallet.pk,
        one.pk,
        "completed",
    )
    facts = Event.objects.filter(subject=f"transactions.intervention:{wanted.pk}").order_by("id")
    assert [(each.name, each.actor) for each in facts] == [
        ("AssignDepositCommand", asked.pk),
        ("ManualInterventionCarriedOut", second.pk),
    ]
    assert facts[1].data["wallet_id"] == wallet.pk


def test_only_what_is_final_and_nobodys_is_assigned_and_only_within_its_network(world: World, node: Horizon) -> None:
    one = world.person(STELLAR, "bitcoin")
    wallet = world.wallet(one, STELLAR)
    owned = pay(world, node, MuxedAccount.from_account(deposit_address(wallet)), "5")
    nobodys = pay(world, node, hot(), "6")
    before = counted()
    for txid, target in ((owned, wallet), (nobodys, world.wallet(one, "bitcoin"))):
        with pytest.raises(NotAssignable):
            interventions.assign(
                intervention_id=new_id("itv"),
                transaction_id=Deposit.objects.get(txid=txid).transaction_id,
                wallet_id=target.pk,
                reason="A mistake.",
                actor=make_user().pk,
                now=world.now,
            )
    assert moved_nothing(before)
    assert not Intervention.objects.exists()
    first, second = make_user(), make_user()
    wanted = interventions.assign(
        intervention_id=new_id("itv"),
        transaction_id=Deposit.objects.get(txid=nobodys).transaction_id,
        wallet_id=wallet.pk,
        reason="They say so.",
        actor=first.pk,
        now=world.now,
    )
    before = counted()
    interventions.refuse(intervention_id=wanted.pk, actor=second.pk, now=world.now)
    assert moved_nothing(before)
    assert available(world, one) == world.minor("5", "XLM")


# --- Sends
def rich(world: World, node: Horizon, amount: str = "100") -> User:
    user = world.person(STELLAR)
    pay(world, node, MuxedAccount.from_account(deposit_address(world.wallet(user, STELLAR))), amount)
    return user


def test_a_send_with_a_memo_arrives_with_it(world: World, node: Horizon) -> None:
    owner = rich(world, node)
    to = keypair("friend").public_key
    before = node.balance("friend")
    sent = world.send(owner, STELLAR, "30", to, memo="42")
    done = world.finish(sent)
    assert (done.status, done.fee_minor) == ("completed", 100)
    shown = node.get(f"/transactions/{done.txid}")[1]
    assert (shown["memo_type"], shown["memo"], shown["source_account"]) == ("id", "42", hot())
    assert Decimal(node.balance("friend")) == Decimal(before) + 30
    assert available(world, owner) == world.minor("70", "XLM") - 100
    [attempt] = Attempt.objects.filter(transaction=done)
    assert attempt.replay_tokens == [f"{hot()}:{shown['source_account_sequence']}"]
    assert attempt.last_block is not None


def test_a_memo_is_advised_where_many_may_share_an_address(world: World, node: Horizon) -> None:
    owner, to = rich(world, node), keypair("friend").public_key
    wallet = world.wallet(owner, STELLAR)

    def is_advised(to: str, memo: str = "") -> bool:
        order = Order("send", wallet.pk, "XLM", "5", to, memo)
        return prepare(order, user_id=owner.pk, now=world.now).preview.may_need_memo

    before = counted()
    assert is_advised(to)
    assert not is_advised(to, "7")
    assert not is_advised(MuxedAccount(to, 7).account_muxed or "")  # names its owner by itself
    assert moved_nothing(before)
    world.finish(world.send(owner, STELLAR, "5", to))
    assert not is_advised(to)  # it has arrived there without


def test_a_send_opens_an_account_that_is_not_there(world: World, node: Horizon) -> None:
    owner, stranger = rich(world, node), f"stranger {new_id('txn')}"
    to = keypair(stranger).public_key
    before = counted()
    with pytest.raises(PaymentImpossible, match="at least 1 XLM"):
        world.send(owner, STELLAR, "0.9999999", to)
    assert moved_nothing(before)
    assert world.finish(world.send(owner, STELLAR, "1", to)).status == "completed"
    assert node.balance(stranger) == "1.0000000"
    assert world.finish(world.send(owner, STELLAR, "0.5", to)).status == "completed"
    assert node.balance(stranger) == "1.5000000"


def test_a_recipient_who_needs_a_memo_is_sent_nothing_without(world: World, node: Horizon) -> None:
    owner, exchange = rich(world, node), f"exchange {new_id('txn')}"
    node.open(exchange)
    node.post(node.build(exchange, ManageData("config.memo_required", "1")))
    node.mine()
    to, before = keypair(exchange).public_key, counted()
    held = available(world, owner)
    with pytest.raises(MemoMissing):
        world.send(owner, STELLAR, "5", to)
    with pytest.raises(MemoInvalid):
        world.send(owner, STELLAR, "5", MuxedAccount(to, 7).account_muxed or "", memo="7")
    with pytest.raises(MemoInvalid):
        world.send(owner, STELLAR, "5", to, memo="far more than twenty-eight bytes of words")
    assert moved_nothing(before)
    assert available(world, owner) == held
    assert world.finish(world.send(owner, STELLAR, "5", to, memo="7")).status == "completed"
    assert world.finish(world.send(owner, STELLAR, "5", MuxedAccount(to, 7).account_muxed or "")).status == "completed"


def test_what_the_recipient_does_not_trust_is_refused(world: World, node: Horizon) -> None:
    owner = rich(world, node)
    node.open("cousin")
    order = Order("send", world.wallet(owner, STELLAR).pk, "USDC.XLM", "5", keypair("cousin").public_key)
    before = counted()
    with pytest.raises(PaymentImpossible, match="no trustline for USDC"):
        prepare(order, user_id=owner.pk, now=world.now)
    assert moved_nothing(before)


def test_our_own_account_is_no_recipient_but_a_wallet_in_it_is(world: World, node: Horizon) -> None:
    owner, other = rich(world, node), world.person(STELLAR)
    with pytest.raises(OwnTreasury):
        world.send(owner, STELLAR, "5", hot(), memo="7")
    sent = world.finish(world.send(owner, STELLAR, "5", deposit_address(world.wallet(other, STELLAR))))
    world.turn()
    assert sent.status == "completed"
    assert (available(world, owner), available(world, other)) == (
        world.minor("95", "XLM") - 100,
        world.minor("5", "XLM"),
    )


def test_sends_wait_for_the_one_before_and_all_arrive(world: World, node: Horizon) -> None:
    owner = rich(world, node)
    to = keypair("friend").public_key
    asked = [world.send(owner, STELLAR, f"{each}", to) for each in (1, 2, 3)]
    world.work(STELLAR)
    assert Attempt.objects.filter(transaction__in=asked).count() == 1
    assert [world.finish(each, turns=40).status for each in asked] == ["completed"] * 3
    assert available(world, owner) == world.minor("94", "XLM") - 300
    numbers = [each.nonce or 0 for each in Attempt.objects.filter(transaction__in=asked).order_by("id")]
    assert len(set(numbers)) == 3
    assert numbers == sorted(numbers)


def test_what_gets_into_no_ledger_in_time_is_signed_anew_under_a_number_of_its_own(world: World, node: Horizon) -> None:
    owner = rich(world, node)
    to, before = keypair("friend").public_key, Decimal(node.balance("friend"))
    sent = world.send(owner, STELLAR, "10", to)
    node.control("fee", stroops=10_000)  # bids rise: this one is not taken any more
    world.work(STELLAR)
    attempt = Attempt.objects.get(transaction=sent)
    assert attempt.last_block is not None
    world.mine(STELLAR, attempt.last_block - world.mine(STELLAR))
    world.work(STELLAR)
    sent.refresh_from_db()
    assert (sent.status, sent.attempts.count()) == ("blockchain_pending", 1)  # in flight: not yet proved dead
    node.control("reset")
    node.control("forget")
    world.mine(STELLAR)
    done = world.finish(sent)
    first, second = done.attempts.order_by("number")
    assert (done.status, first.status, second.status) == ("completed", "dead", "final")
    assert (second.nonce or 0) == (first.nonce or 0) + 1
    assert available(world, owner) == world.minor("90", "XLM") - 100
    assert Decimal(node.balance("friend")) == before + 10


def test_what_was_signed_before_guards_knew_its_last_ledger_is_signed_anew_after_the_upgrade(
    world: World, node: Horizon
) -> None:
    owner = rich(world, node)
    sent = world.send(owner, STELLAR, "10", keypair("friend").public_key)
    node.control("fee", stroops=10_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing, "_last_block", lambda unsigned: None)
        world.work(STELLAR)
    attempt = Attempt.objects.get(transaction=sent)
    guards = SignatureGuard.objects.filter(subject=sent.pk)
    assert [guard.last_block for guard in guards] == [None]
    upgrade = import_module("transactions.migrations.0031_guards_last_blocks").FILL
    with connection.cursor() as cursor:
        cursor.execute(upgrade)
    assert [guard.last_block for guard in guards.all()] == [attempt.last_block]
    with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
        guards.update(last_block=1)
    world.mine(STELLAR, (attempt.last_block or 0) - world.mine(STELLAR))
    world.work(STELLAR)
    node.control("reset")
    node.control("forget")
    world.mine(STELLAR)
    done = world.finish(sent)
    assert [done.status, *done.attempts.order_by("number").values_list("status", flat=True)] == [
        "completed",
        "dead",
        "final",
    ]


def test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice(world: World, node: Horizon) -> None:
    owner, before = rich(world, node), node.balance("friend")
    sent = world.send(owner, STELLAR, "10", keypair("friend").public_key)
    node.control("fault", mode="drop", path="transactions_async", count=1)
    world.pump()
    time.sleep(1.1)  # the node is left alone for a second
    world.mine(STELLAR)
    done = world.finish(sent)
    assert done.status == "completed"
    assert Attempt.objects.get(transaction=done).number == 1
    assert Decimal(node.balance("friend")) == Decimal(before) + 10


# --- Custody
def test_custody_signs_no_other_memo_and_no_number_twice(world: World, node: Horizon) -> None:
    owner = rich(world, node)
    done = world.finish(world.send(owner, STELLAR, "10", keypair("friend").public_key, memo="7"))
    attempt = Attempt.objects.get(transaction=done)
    adapter = world.adapter(STELLAR)
    number = attempt.nonce or 0
    world.scan(STELLAR)
    wanted = adapter.prepare(world.payment(STELLAR, to=keypair("friend").public_key, minor=10**8))
    intent = Intent(STELLAR, wanted.to, wanted.minor, "", 1_000, (), "txn_other", memo="id:7")
    payload = adapter.build(replace(wanted, memo="id:7", nonce=number)).payload
    with transaction.atomic(), pytest.raises(ConflictingSignature):
        sign(payload=payload, intent=intent, now=world.now)
    other = adapter.build(replace(wanted, memo="id:8", nonce=number + 1)).payload
    with transaction.atomic(), pytest.raises(IntentMismatch, match="memo"):
        sign(payload=other, intent=intent, now=world.now)
    for last in (2**31 - 1, wanted.last_height + 1):  # as long as a node may say, and longer than we can tell
        late = adapter.build(replace(wanted, memo="id:7", nonce=number + 1, last_height=last)).payload
        with transaction.atomic(), pytest.raises(IntentMismatch, match="expire"):
            sign(payload=late, intent=intent, now=world.now)


def test_a_node_does_not_say_when_a_payment_expires(
    world: World, node: Horizon, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = rich(world, node)
    adapter, prepare_as_told = world.adapter(STELLAR), world.adapter(STELLAR).prepare

    def ahead(payment: Any) -> Any:
        return replace(prepare_as_told(payment), last_height=2**31 - 1)

    monkeypatch.setattr(adapter, "prepare", ahead)
    sent = world.send(owner, STELLAR, "5", keypair("friend").public_key)
    world.pump()
    assert sent.attempts.count() == 0  # it waits: nobody has read so far
    monkeypatch.undo()
    assert world.finish(sent).status == "completed"
    bound = sent.attempts.get().last_block or 0
    assert bound <= chains.queries.scanned_height(network=STELLAR) + LIFE_LEDGERS


def test_after_a_restore_nothing_is_signed_while_what_was_lost_may_still_get_in(world: World, node: Horizon) -> None:
    """It names its last ledger: until that is closed, the network stays shut, and then the number is used again."""
    owner = rich(world, node)
    to, before = keypair("friend").public_key, Decimal(node.balance("friend"))
    sent = world.send(owner, STELLAR, "10", to)
    with forgotten():
        world.pump()
        lost = sent.attempts.get()
        signed = Signed(raw=bytes(lost.raw), txid=lost.txid)
    node.control("forget")
    reopen = partial(restored.reopen, network=STELLAR, skip=2, reason="", actor="usr_operator")
    with pytest.raises(NotCompared, match=f"{sent.pk}.*can still land"):
        reopen(now=world.now)
    world.mine(STELLAR, LIFE_LEDGERS)
    with pytest.raises(NotCompared):
        reopen(now=world.now)
    world.mine(STELLAR)
    reopen(now=world.now)
    assert world.adapter(STELLAR).broadcast(signed).outcome == "failed"
    done = world.finish(sent)
    assert (done.status, done.attempts.count()) == ("completed", 1)
    assert Decimal(node.balance("friend")) == before + 10
