"""Sui from end to end: what arrives in either form is sent on, side by side, and what expires never lands twice."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

import chains.queries
import custody.queries
import ledger.queries
from assets.queries import get_asset
from chains.adapters import sui_bcs, sui_form, sui_payload
from chains.adapters.sui import SuiAdapter
from chains.services import get_fee_rate
from chains.values import ObjectVersion, Output, Payment, Priority, Signed
from custody.base import Intent
from custody.errors import ConflictingSignature, IntentMismatch
from custody.models import Key, SignatureGuard
from custody.services import sign
from custody.services.sealing import open_private_key
from custody.signers import ed25519
from tests.factories.sui import SuiNode, ask, execute, public, signed_by, sui_nodes, sui_used
from tests.factories.sui import transaction as transaction_bytes
from tests.factories.world import World, living_world
from transactions.flows.quote import quote
from transactions.models import Attempt, Deposit, Transaction
from transactions.services.accounts import network_account
from transactions.services.preparing import prepare

pytestmark = pytest.mark.django_db(transaction=True)
SUI, USDC = 10**9, "USDC.SUI"


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[list[SuiNode]]:
    with sui_nodes(tmp_path / "sui", mirrors=2) as nodes:
        yield nodes


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path, nodes: list[SuiNode]) -> Iterator[World]:
    with sui_used(settings, nodes[0]), living_world(settings, tmp_path, ["sui"]) as made:
        yield made


def booked(name: str, asset: str) -> int:
    return ledger.queries.balance(code=network_account("sui", name), asset=asset)


def landed(send: Transaction) -> int:
    """How many of the transaction's attempts the network has."""
    adapter = chains.queries.get_adapter("sui")
    return sum(adapter.state(each.txid).presence == "mined" for each in send.attempts.all())


def pay_into_balance(world: World, person: Any, minor: int, coin: str) -> str:
    address = world.wallet(person, "sui").addresses.get().address
    return str(world.node("sui", "fund", address, minor, coin, "balance"))


def test_what_arrives_in_either_form_is_sent_on_and_gathered_whole(world: World) -> None:
    world.fund_hot_wallet("sui", "5")
    world.fund_hot_wallet("sui", "100", USDC)
    person = world.person("sui")
    world.fund(person, "sui", "2.5")
    world.fund(person, "sui", "40", USDC)
    pay_into_balance(world, person, SUI // 2, "SUI")
    pay_into_balance(world, person, 2_000_000, "USDC")
    world.work("sui")
    assert world.balance(person, "sui").available == 0
    world.mine("sui")
    world.work("sui")
    assert world.balance(person, "sui").available == 3 * SUI
    assert world.balance(person, "sui", USDC).available == 42_000_000

    to = world.stranger("sui")
    sent = world.finish(world.send(person, "sui", "0.75", to))
    assert sent.status == "completed"
    assert 0 < sent.fee_minor < sent.max_fee_minor
    assert world.chain_balance("sui", to) == 750_000_000
    dollars = world.finish(world.send(person, "sui", "12.5", to, asset=USDC))
    assert (dollars.status, dollars.fee_asset_id) == ("completed", "SUI")
    assert world.chain_balance("sui", to, USDC) == 12_500_000
    assert world.balance(person, "sui").available == 3 * SUI - 750_000_000 - sent.fee_minor - dollars.fee_minor
    assert world.balance(person, "sui", USDC).available == 29_500_000

    for _ in range(8):
        world.mine("sui")
        world.work("sui")
    sweeps = Transaction.objects.filter(type=Transaction.Type.SWEEP).order_by("asset_id")
    assert [(each.asset_id, each.status, each.amount_minor) for each in sweeps] == [
        ("SUI", "completed", 3 * SUI),
        (USDC, "completed", 42_000_000),
    ]
    assert not Transaction.objects.filter(type=Transaction.Type.TOP_UP).exists()
    own, hot = world.wallet(person, "sui").addresses.get().address, custody.queries.hot_address(network="sui")
    for asset in ("SUI", USDC):
        assert world.chain_balance("sui", own, asset) == 0
        assert booked("treasury", asset) == -world.chain_balance("sui", hot, asset)
        assert (booked("deposits", asset), booked("in_transit", asset)) == (0, 0)


def test_many_are_paid_side_by_side(world: World) -> None:
    """Payments that wait for the same checkpoint take coins of their own; where there are none, they wait."""
    world.fund_hot_wallet("sui", "10")
    person = world.rich("sui", "5")
    for _ in range(3):
        world.finish(world.send(person, "sui", "0.01", world.stranger("sui")))
    sends = [world.send(person, "sui", "0.05", world.stranger("sui")) for _ in range(6)]
    world.work("sui")
    signed = Attempt.objects.filter(transaction__in=sends)
    tokens = [token for attempt in signed for token in attempt.replay_tokens]
    assert signed.count() >= 4
    assert len(set(tokens)) == len(tokens)
    assert all(world.finish(send).status == "completed" for send in sends)
    assert sum(landed(send) for send in sends) == 6


def test_what_thirty_sweeps_brought_leaves_in_one_send(world: World) -> None:
    """Each of them is a coin of its own; what so many cost to merge is seen before it is agreed to."""
    world.fund_hot_wallet("sui", "5")
    person = world.rich("sui", "3")
    hot, usual = custody.queries.hot_address(network="sui"), 0
    for _ in range(30):
        world.fund(person, "sui", "20", USDC)
        world.finalize("sui")
        usual = usual or quoted(world, person, "20", asset=USDC)
    world.finalize("sui")
    assert Transaction.objects.filter(type=Transaction.Type.SWEEP, asset=USDC, status="completed").count() == 30
    assert len(prepare(planned_tokens(world, hot), network="sui").objects) > 30
    assert quoted(world, person, "20", asset=USDC) == usual
    to, previewed = world.stranger("sui"), quoted(world, person, "600", asset=USDC)
    assert previewed > usual
    send = world.finish(world.send(person, "sui", "600", to, asset=USDC))
    assert (send.status, world.chain_balance("sui", to, USDC)) == ("completed", 600_000_000)
    assert (send.max_fee_minor, send.fee_minor < previewed) == (previewed, True)
    assert booked("treasury", USDC) == -world.chain_balance("sui", hot, USDC) == 0


def quoted(world: World, person: Any, amount: str, *, asset: str) -> int:
    """Return what is said to be held for the fee at most."""
    return quote(
        user_id=person.pk,
        wallet_id=world.wallet(person, "sui").pk,
        asset=asset,
        minor=world.minor(amount, asset),
        to=world.stranger("sui"),
        memo="",
        priority=Priority.NORMAL,
        now=world.now,
    ).max_fee_minor


def planned_tokens(world: World, hot: str) -> Payment:
    rate = get_fee_rate(network="sui", priority=Priority.NORMAL, now=world.now)
    return Payment(world.stranger("sui"), 1, get_asset(USDC).contract, rate, sender=hot)


@pytest.mark.parametrize(("asset", "each"), [("SUI", SUI // 20), (USDC, 1_000_000)])
def test_more_coins_than_one_sweep_can_take_are_gathered_in_turns(world: World, asset: str, each: int) -> None:
    """A hundred and thirty arrivals, one by one, and nothing of them is left behind."""
    world.fund_hot_wallet("sui", "5")
    person = world.person("sui")
    own = world.wallet(person, "sui").addresses.get().address
    for _ in range(130):
        world.node("sui", "fund", own, each, "USDC" if asset == USDC else "SUI")
    gather(world)
    assert swept(asset) == [100 * each, 30 * each]
    assert not Deposit.objects.filter(sweep__isnull=True, wallet__isnull=False).exists()
    check_gathered(world, own, asset)


def test_one_arrival_of_more_coins_than_a_sweep_can_take_is_gathered_in_turns(world: World) -> None:
    """Somebody divides one payment so that no single sweep can ever take it; what comes after it is not held up."""
    world.fund_hot_wallet("sui", "5")
    person = world.person("sui")
    own = world.wallet(person, "sui").addresses.get().address
    pay_in_pieces(world, own, count=230, minor=SUI // 20)
    gather(world, rounds=1)
    world.node("sui", "fund", own, 3 * SUI, "SUI")
    gather(world)
    assert Deposit.objects.filter(wallet__isnull=False).count() == 2
    assert swept("SUI")[0] == 5 * SUI
    assert sum(swept("SUI")) == 230 * SUI // 20 + 3 * SUI
    assert not Deposit.objects.filter(sweep__isnull=True, wallet__isnull=False).exists()
    check_gathered(world, own, "SUI")
    assert world.balance(person, "sui").available == 230 * SUI // 20 + 3 * SUI
    sweep = Transaction.objects.filter(type=Transaction.Type.SWEEP).order_by("id")[0]
    assert not sweep.swept_deposits.exists()  # it took a part of one, which the last of them says to have swept


def test_a_sweep_that_is_for_too_many_coins_gives_way_to_smaller_ones(world: World) -> None:
    """One that was opened before turns were known is not tried for ever: it ends, and moves nothing."""
    world.fund_hot_wallet("sui", "5")
    person = world.person("sui")
    own = world.wallet(person, "sui").addresses.get().address
    with pytest.MonkeyPatch.context() as before:
        before.setattr(SuiAdapter, "gatherable", lambda self, payment: payment.minor)
        pay_in_pieces(world, own, count=130, minor=SUI // 20)
        gather(world, rounds=2)
    [old] = Transaction.objects.filter(type=Transaction.Type.SWEEP)
    assert old.status != "completed"
    world.pass_time(minutes=5)
    gather(world)
    old.refresh_from_db()
    assert (old.status, old.txid, swept("SUI")) == ("failed", "", [5 * SUI, 30 * SUI // 20])
    check_gathered(world, own, "SUI")


def gather(world: World, *, rounds: int = 8) -> None:
    for _ in range(rounds):
        world.mine("sui")
        world.work("sui")


def swept(asset: str) -> list[int]:
    done = Transaction.objects.filter(type=Transaction.Type.SWEEP, asset=asset, status="completed")
    return list(done.order_by("id").values_list("amount_minor", flat=True))


def check_gathered(world: World, own: str, asset: str) -> None:
    """Nothing is left on the address nor booked there, and the treasury has what the hot wallet holds."""
    assert world.chain_balance("sui", own, asset) == 0
    assert (booked("deposits", asset), booked("in_transit", asset)) == (0, 0)
    hot = custody.queries.hot_address(network="sui")
    assert booked("treasury", asset) == -world.chain_balance("sui", hot, asset)


def pay_in_pieces(world: World, to: str, *, count: int, minor: int) -> None:
    """Let a stranger pay with so many coins of one size in one transaction."""
    world.node("sui", "fund", public("mallory"), count * minor + SUI)
    world.mine("sui")
    node = SuiNode(world.settings.NETWORKS["sui"].rpc_urls[0])
    kind, mask = f"0x2::coin::Coin<{sui_form.NATIVE}>", "object_id,version,digest"
    found = ask(node, "ListOwnedObjects", owner=public("mallory"), object_type=kind, read_mask=mask).objects[0]
    places = [place.to_bytes(2, "little") for place in range(count)]
    content = transaction_bytes(
        "mallory",
        inputs=[b"\0" + sui_bcs.sized(sui_bcs.u64(minor)), b"\0" + sui_bcs.sized(sui_bcs.address(to))],
        commands=[
            b"\2\0" + sui_bcs.listed([b"\1\0\0"] * count),
            b"\1" + sui_bcs.listed([b"\3\0\0" + place for place in places]) + b"\1\1\0",
        ],
        gas=[ObjectVersion(found.object_id, found.version, found.digest)],
        budget=SUI,
    )
    execute(node, content, signed_by(content, "mallory"))


def test_what_expired_is_signed_anew_and_lands_once(world: World) -> None:
    """Its coin is free again by then: the second takes the same version, which can be spent once."""
    world.fund_hot_wallet("sui", "5")
    person = world.rich("sui", "2")
    to = world.stranger("sui")
    world.node("sui", "drop", 100)  # the node says yes, and forgets
    send = world.send(person, "sui", "1", to)
    world.work("sui")
    first = send.attempts.get()
    assert first.last_block is not None
    world.node("sui", "epoch")
    world.work("sui")
    assert send.attempts.get() == first  # it may still land
    world.node("sui", "epoch")
    world.node("sui", "drop", 0)
    world.work("sui")
    assert [each.status for each in send.attempts.order_by("number")] == [Attempt.State.DEAD, Attempt.State.SIGNED]
    second = send.attempts.get(number=2)
    assert set(first.replay_tokens) & set(second.replay_tokens)
    places = SignatureGuard.objects.filter(subject=send.pk).values_list("replay_token", flat=True)
    assert len({place.partition("@")[0] for place in places}) < len(places)
    send = world.finish(send)
    assert (send.status, send.txid, landed(send)) == ("completed", second.txid, 1)
    assert world.chain_balance("sui", to) == SUI
    late = chains.queries.get_adapter("sui").broadcast(Signed(raw=bytes(first.raw), txid=first.txid))
    assert (late.outcome, late.code) == ("failed", "expired")


def test_while_the_first_may_land_nobody_gets_a_second_signature(world: World) -> None:
    """Custody refuses by itself, whoever asks: for the same purpose, and for the same version of a coin."""
    world.fund_hot_wallet("sui", "5")
    person = world.rich("sui", "2")
    world.node("sui", "drop", 100)
    send = world.send(person, "sui", "1", world.stranger("sui"))
    world.work("sui")
    first = send.attempts.get()
    guards = SignatureGuard.objects.count()
    same_coin = replace(planned(world, send), minor=send.amount_minor)
    with pytest.raises(ConflictingSignature):
        attempt_to_sign(world, send, replace(same_coin, minor=send.amount_minor - 1), subject="another")
    others = [each for each in same_coin.objects if each.at.token not in first.replay_tokens]
    assert others
    another_coin = replace(same_coin, objects=tuple(others))
    with pytest.raises(ConflictingSignature):
        attempt_to_sign(world, send, another_coin)
    world.node("sui", "epoch", 2)
    with pytest.raises(ConflictingSignature):
        attempt_to_sign(world, send, another_coin)  # that the epochs are over is not read yet
    for last_height in (1, same_coin.last_height + 50):
        with pytest.raises(IntentMismatch):
            attempt_to_sign(world, send, replace(same_coin, last_height=last_height))
    assert SignatureGuard.objects.count() == guards
    world.scan("sui")
    assert attempt_to_sign(world, send, planned(world, send)).txid != first.txid
    with pytest.raises(ConflictingSignature):
        attempt_to_sign(world, send, replace(planned(world, send), minor=send.amount_minor - 1), subject="another")


def planned(world: World, send: Transaction) -> Payment:
    rate = get_fee_rate(network="sui", priority=Priority.NORMAL, now=world.now)
    hot = custody.queries.hot_address(network="sui")
    return prepare(Payment(send.to_address, send.amount_minor, "", rate, sender=hot), network="sui")


def attempt_to_sign(world: World, send: Transaction, payment: Payment, *, subject: str = "") -> Any:
    payload = chains.queries.get_adapter("sui").build(payment).payload
    change = (custody.queries.hot_address(network="sui"),)
    intent = Intent("sui", send.to_address, payment.minor, "", send.max_fee_minor, change, subject or send.pk)
    with transaction.atomic():
        return sign(payload=payload, intent=intent, now=world.now)


def test_what_is_divided_for_anybody_else_is_not_signed(world: World) -> None:
    """Change goes to an address that the intent names, and in the asset that was approved."""
    world.fund_hot_wallet("sui", "5")
    person = world.rich("sui", "2")
    send = world.send(person, "sui", "1", world.stranger("sui"))
    payment = planned(world, send)
    unsigned = chains.queries.get_adapter("sui").build(payment)
    hot = custody.queries.hot_address(network="sui")
    assert Output(hot, unsigned.outputs[1].minor) == unsigned.outputs[1]
    intent = Intent("sui", send.to_address, payment.minor, "", send.max_fee_minor, (), send.pk)
    with pytest.raises(IntentMismatch), transaction.atomic():
        sign(payload=unsigned.payload, intent=intent, now=world.now)
    assert not SignatureGuard.objects.filter(subject=send.pk).exists()


def test_a_timeout_after_the_node_took_it_sends_once(world: World) -> None:
    world.fund_hot_wallet("sui", "5")
    person = world.rich("sui", "2")
    to = world.stranger("sui")
    world.node("sui", "fault", "drop", "ExecuteTransaction", 2)
    send = world.send(person, "sui", "1", to)
    world.work("sui")
    assert send.attempts.get().last_outcome == "unknown"
    chains.queries.forget()  # by now the node is asked again
    send = world.finish(send)
    assert (send.status, send.attempts.count(), landed(send)) == ("completed", 1, 1)
    assert world.chain_balance("sui", to) == SUI


def test_what_is_locked_waits_for_the_epoch_and_is_neither_refunded_nor_sent_twice(world: World) -> None:
    world.fund_hot_wallet("sui", "5")
    person = world.rich("sui", "2")
    to = world.stranger("sui")
    world.node("sui", "fault", "drop", "ExecuteTransaction", 2)
    send = world.send(person, "sui", "1", to)
    world.work("sui")
    attempt = send.attempts.get()
    world.node("sui", "lock", attempt.replay_tokens[0].partition(":")[0])
    chains.queries.forget()
    world.pass_time(minutes=5)
    world.work("sui")
    attempt.refresh_from_db()
    assert (attempt.last_outcome, attempt.last_code, attempt.status) == ("failed", "locked", "signed")
    world.node("sui", "epoch")
    world.pass_time(minutes=5)
    send = world.finish(send)
    assert (send.status, send.attempts.count(), landed(send)) == ("completed", 1, 1)


def test_what_lost_its_coin_to_another_can_never_land_and_its_money_is_back(world: World) -> None:
    """Somebody who has our key uses its version first: a block proves it, no epoch has to end."""
    world.fund_hot_wallet("sui", "5")
    person = world.rich("sui", "2")
    world.node("sui", "drop", 100)
    send = world.send(person, "sui", "1", world.stranger("sui"))
    before = world.balance(person, "sui").available
    world.work("sui")
    world.node("sui", "drop", 0)
    attempt = send.attempts.get()
    move_away(world, attempt.replay_tokens[0])
    world.mine("sui")
    world.pass_time(minutes=5)
    world.work("sui")
    send.refresh_from_db()
    attempt.refresh_from_db()
    assert (send.status, send.failure_code, attempt.status) == ("failed", "replaced", Attempt.State.DEAD)
    assert world.balance(person, "sui").available == before + SUI + send.max_fee_minor
    assert landed(send) == 0


def move_away(world: World, token: str) -> None:
    """Hand a coin of the hot wallet to itself, past custody, at a stranger's cost: it is another version then."""
    object_id, version, digest = token.split(":")
    hot, coin = custody.queries.hot_address(network="sui"), ObjectVersion(object_id, int(version), digest)
    world.node("sui", "fund", public("mallory"), SUI)
    world.mine("sui")
    kind = f"0x2::coin::Coin<{sui_form.NATIVE}>"
    node = SuiNode(world.settings.NETWORKS["sui"].rpc_urls[0])
    mask = "object_id,version,digest"
    [gas] = ask(node, "ListOwnedObjects", owner=public("mallory"), object_type=kind, read_mask=mask).objects
    inputs = [b"\0" + sui_bcs.sized(sui_bcs.address(hot)), b"\1\0" + sui_bcs.reference(coin)]
    content = transaction_bytes(
        "mallory",
        inputs=inputs,
        commands=[b"\1" + sui_bcs.listed([b"\1\1\0"]) + b"\1\0\0"],
        gas=[ObjectVersion(gas.object_id, gas.version, gas.digest)],
        sender=hot,
    )
    key = Key.objects.get(address=hot)
    with open_private_key(key, now=world.now) as private:
        made = ed25519.sign(private, sui_payload.signing_hash(content), public_key=bytes(key.public_key))
    execute(node, content, [b"\0" + made + bytes(key.public_key), *signed_by(content, "mallory")])


@pytest.mark.parametrize("lever", [("die",), ("lag", 8), ("lie", True, 5 * SUI)])
def test_with_one_of_three_nodes_dead_late_or_lying_all_goes_well(
    world: World, nodes: list[SuiNode], settings: Any, lever: tuple[Any, ...]
) -> None:
    """The node that is asked first is the one that is not well."""
    config = replace(settings.NETWORKS["sui"], rpc_urls=tuple(node.url for node in nodes), timeout_seconds=2)
    settings.NETWORKS = {**settings.NETWORKS, "sui": config}
    chains.queries.forget()
    world.mine("sui", 10)
    world.work("sui")
    nodes[0].control(*lever)
    world.mine("sui", 5)
    world.fund_hot_wallet("sui", "5")
    person = world.person("sui")
    world.fund(person, "sui", "2")
    for _ in range(3):
        world.finalize("sui")
    assert world.balance(person, "sui").available == 2 * SUI
    to = world.stranger("sui")
    send = world.finish(world.send(person, "sui", "1", to))
    assert (send.status, send.attempts.count(), landed(send)) == ("completed", 1, 1)
    nodes[0].control("reset")
    assert world.chain_balance("sui", to) == SUI
