"""Solana from end to end: coins and dollars arrive, are sent on, and what expires never lands twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

import chains.queries
import custody.queries
import ledger.queries
from chains.errors import PaymentImpossible
from chains.services import get_fee_rate
from chains.values import Payment, Priority, Signed
from custody.base import Intent
from custody.errors import ConflictingSignature
from custody.models import SignatureGuard
from custody.services import sign
from tests.factories.world import World, living_world
from transactions.models import Attempt, Transaction
from transactions.services.accounts import network_account
from transactions.services.preparing import prepare

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    with living_world(settings, tmp_path, networks=["solana"]) as made:
        yield made


RENT = 2_039_280
USDC = "USDC.SOL"


def booked(name: str, asset: str) -> int:
    return ledger.queries.balance(code=network_account("solana", name), asset=asset)


def landed(world: World, transaction: Transaction) -> int:
    """How many of the transaction's attempts the network has."""
    adapter = chains.queries.get_adapter("solana")
    return sum(adapter.state(each.txid).presence == "mined" for each in transaction.attempts.all())


def test_coins_and_dollars_arrive_and_are_sent_on(world: World) -> None:
    world.fund_hot_wallet("solana", "1")
    world.fund_hot_wallet("solana", "100", USDC)
    person = world.person("solana")
    world.fund(person, "solana", "2.5")
    world.fund(person, "solana", "40", USDC)
    world.work("solana")
    assert world.balance(person, "solana").available == 0
    world.mine("solana")
    world.work("solana")
    assert world.balance(person, "solana").available == 2_500_000_000
    assert world.balance(person, "solana", USDC).available == 40_000_000

    to = world.stranger("solana")
    sent = world.finish(world.send(person, "solana", "0.75", to))
    assert (sent.status, sent.fee_minor) == ("completed", 5_001)
    assert world.chain_balance("solana", to) == 750_000_000
    assert world.balance(person, "solana").available == 2_500_000_000 - 750_000_000 - 5_001

    dollars = world.send(person, "solana", "12.5", to, asset=USDC)
    assert dollars.fee_asset_id == "SOL"
    assert dollars.max_fee_minor == (5_081 + RENT) * 3 // 2  # the recipient's account is the sender's to pay
    dollars = world.finish(dollars)
    assert (dollars.status, dollars.fee_minor) == ("completed", 5_081 + RENT)
    adapter = chains.queries.get_adapter("solana")
    assert adapter.balance(to, dollars.asset.contract) == 12_500_000
    assert world.balance(person, "solana", USDC).available == 27_500_000
    assert world.balance(person, "solana").available == 2_500_000_000 - 750_000_000 - 5_001 - 5_081 - RENT
    assert (booked("in_transit", "SOL"), booked("in_transit", USDC)) == (0, 0)

    again = world.finish(world.send(person, "solana", "1", to, asset=USDC, memo="invoice 7"))
    assert (again.status, again.fee_minor) == ("completed", 5_081)  # their account is there by now; a memo costs little
    assert b"invoice 7" in adapter.raw(again.txid)


def test_what_expired_is_signed_anew_and_lands_once(world: World) -> None:
    world.fund_hot_wallet("solana", "5")
    person = world.rich("solana", "2")
    to = world.stranger("solana")
    world.node("solana", "devnet_drop", 100)  # the node says yes, and forgets
    send = world.send(person, "solana", "1", to)
    world.work("solana")
    first = send.attempts.get()
    assert first.status == Attempt.State.SIGNED
    assert first.last_block is not None

    world.mine("solana", 140)
    world.work("solana")
    assert send.attempts.get() == first  # it may still land

    world.mine("solana", 20)
    world.node("solana", "devnet_drop", 0)
    world.work("solana")
    assert [each.status for each in send.attempts.order_by("number")] == [Attempt.State.DEAD, Attempt.State.SIGNED]
    send = world.finish(send)
    assert (send.status, send.attempts.count()) == ("completed", 2)
    assert send.txid == send.attempts.get(number=2).txid != first.txid
    assert landed(world, send) == 1
    assert world.chain_balance("solana", to) == 1_000_000_000
    late = chains.queries.get_adapter("solana").broadcast(signed_bytes(first))
    assert (late.outcome, late.code) == ("failed", "expired")


def signed_bytes(attempt: Attempt) -> Any:
    return Signed(raw=bytes(attempt.raw), txid=attempt.txid)


def test_while_the_first_may_land_nobody_gets_a_second_signature(world: World) -> None:
    """Custody refuses by itself, whoever asks and whatever they believe."""
    world.fund_hot_wallet("solana", "5")
    person = world.rich("solana", "2")
    world.node("solana", "devnet_drop", 100)
    send = world.send(person, "solana", "1", world.stranger("solana"))
    world.work("solana")
    first = send.attempts.get()
    adapter = chains.queries.get_adapter("solana")
    world.mine("solana", 3)
    world.scan("solana")
    second = another(world, send)
    guards = SignatureGuard.objects.count()
    with pytest.raises(ConflictingSignature):
        attempt_to_sign(world, send, second)
    assert SignatureGuard.objects.count() == guards
    world.mine("solana", 155)
    world.scan("solana")
    assert attempt_to_sign(world, send, another(world, send)).txid != first.txid
    assert adapter.state(first.txid).presence == "absent"


def another(world: World, send: Transaction) -> bytes:
    rate = get_fee_rate(network="solana", priority=Priority.NORMAL, now=world.now)
    hot = custody.queries.hot_address(network="solana")
    payment = Payment(send.to_address, send.amount_minor, "", rate, sender=hot)
    return chains.queries.get_adapter("solana").build(prepare(payment, network="solana")).payload


def attempt_to_sign(world: World, send: Transaction, payload: bytes) -> Any:
    intent = Intent("solana", send.to_address, send.amount_minor, "", send.max_fee_minor, (), send.pk)
    with transaction.atomic():
        return sign(payload=payload, intent=intent, now=world.now)


def test_a_timeout_after_the_node_took_it_sends_once(world: World) -> None:
    world.fund_hot_wallet("solana", "5")
    person = world.rich("solana", "2")
    to = world.stranger("solana")
    world.node("solana", "devnet_fault", "drop", "sendTransaction", 2)
    send = world.send(person, "solana", "1", to)
    world.work("solana")
    assert send.attempts.get().last_outcome == "unknown"
    chains.queries.forget()  # by now the node is asked again
    send = world.finish(send)
    assert (send.status, send.attempts.count(), landed(world, send)) == ("completed", 1, 1)
    assert world.chain_balance("solana", to) == 1_000_000_000


def test_too_little_for_an_empty_address_is_refused_in_words(world: World) -> None:
    world.fund_hot_wallet("solana", "5")
    person = world.rich("solana", "2")
    before = world.balance(person, "solana")
    with pytest.raises(PaymentImpossible, match=r"0\.00089088"):
        world.send(person, "solana", "0.0001", world.stranger("solana"))
    assert world.balance(person, "solana") == before


def test_deposits_are_gathered_whole_and_the_hot_wallet_pays(world: World) -> None:
    """One transaction with two signatures; the address needs no coins of its own for it."""
    world.fund_hot_wallet("solana", "1")
    person = world.person("solana")
    world.fund(person, "solana", "2")
    world.fund(person, "solana", "30", USDC)
    for _ in range(6):
        world.mine("solana")
        world.work("solana")
    sweeps = Transaction.objects.filter(type=Transaction.Type.SWEEP).order_by("asset_id")
    assert [(each.asset_id, each.status, each.amount_minor, each.fee_minor) for each in sweeps] == [
        ("SOL", "completed", 2_000_000_000, 10_001),
        (USDC, "completed", 30_000_000, 10_081 + RENT),
    ]
    assert not Transaction.objects.filter(type=Transaction.Type.TOP_UP).exists()
    own = world.wallet(person, "solana").addresses.get().address
    hot = custody.queries.hot_address(network="solana")
    adapter, contract = chains.queries.get_adapter("solana"), sweeps[1].asset.contract
    assert (adapter.balance(own), adapter.balance(own, contract)) == (0, 0)
    assert (adapter.balance(hot), adapter.balance(hot, contract)) == (
        3_000_000_000 - 10_001 - 10_081 - RENT,
        30_000_000,
    )
    assert (booked("deposits", "SOL"), booked("deposits", USDC)) == (0, 0)
    assert (booked("treasury", "SOL"), booked("treasury", USDC)) == (
        -adapter.balance(hot),
        -adapter.balance(hot, contract),
    )
    assert world.balance(person, "solana").available == 2_000_000_000
    # And what was gathered can be sent.
    sent = world.finish(world.send(person, "solana", "30", world.stranger("solana"), asset=USDC))
    assert (sent.status, booked("treasury", USDC)) == ("completed", 0)
