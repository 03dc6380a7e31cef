"""Sends that something stands in the way of: they wait, heal or give the money back, and never pay twice."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction as database
from django.utils import timezone
from eth_account import Account

import chains.queries
import custody.queries
from accounts.models import User
from assets.queries import native_asset
from custody.models import Key, SignatureGuard
from custody.services.sealing import open_private_key
from ledger.models import Posting
from tests.factories.world import World
from transactions import tasks
from transactions.engine import run as engine
from transactions.errors import MayStillLand, NotCancellable
from transactions.flows import send
from transactions.models import Attempt, Coin, NonceLane, RecoveryAttempt, Step, Transaction
from transactions.queries import desk
from transactions.queries.find import locked

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


def figures(world: World, user: User, network: str) -> tuple[int, int, int]:
    balance = world.balance(user, network)
    return balance.available, balance.held, balance.pending


def aim(world: World, network: str, url: str, *, timeout_seconds: int = 10) -> None:
    """Point the product, though not the test, at another node."""
    config = replace(world.settings.NETWORKS[network], rpc_urls=(url,), timeout_seconds=timeout_seconds)
    world.settings.NETWORKS = {**world.settings.NETWORKS, network: config}
    chains.queries.forget()


@pytest.mark.parametrize("mode", ["timeout", "drop", "error"])
def test_a_broadcast_of_unknown_outcome_is_repeated_with_the_same_bytes(world: World, mode: str) -> None:
    owner = world.rich("bitcoin", "1")
    aim(world, "bitcoin", world.settings.NETWORKS["bitcoin"].rpc_urls[0], timeout_seconds=1)
    sending = world.send(owner, "bitcoin", "0.1", world.stranger("bitcoin"))
    world.node("bitcoin", "devnet_fault", mode, "sendrawtransaction", 1)
    world.node("bitcoin", "devnet_fault", "drop", "getrawtransaction", 1)
    world.pump()
    sending.refresh_from_db()
    first = sending.attempts.get()
    assert (sending.status, first.status, first.last_outcome) == ("provider_processing", "signed", "unknown")
    assert world.balance(owner, "bitcoin").held == sending.amount_minor + sending.max_fee_minor
    guards = SignatureGuard.objects.count()

    time.sleep(1.1)  # the only node is left alone for a second
    world.pass_time(minutes=2)
    world.finish(sending)
    again = sending.attempts.get()
    assert (again.pk, again.txid, again.raw) == (first.pk, first.txid, first.raw)
    assert SignatureGuard.objects.count() == guards
    assert world.chain_balance("bitcoin", sending.to_address) == sending.amount_minor


@BOTH
def test_a_send_waits_for_liquidity_then_completes(world: World, network: str) -> None:
    config = world.settings.NETWORKS[network]
    owner = world.person(network)
    world.fund(owner, network, "1")
    world.mine(network, config.confirmations)
    world.work(network)  # credited; not final, so neither spendable on the network nor swept
    sending = world.send(owner, network, "0.4", world.stranger(network))
    held = world.balance(owner, network).held
    for _ in range(3):
        world.work(network)
        sending.refresh_from_db()
        assert (sending.status, sending.sub_status) == ("balance_reserved", "waiting_for_liquidity")
        assert not sending.attempts.exists()
        assert not NonceLane.objects.exists()
        assert world.balance(owner, network).held == held
    for _ in range(4):
        world.finalize(network)
    sending.refresh_from_db()
    assert sending.status == "completed"
    assert world.chain_balance(network, sending.to_address) == sending.amount_minor
    assert world.balance(owner, network).held == 0


def test_coins_that_cost_more_than_they_carry_pay_for_nothing(world: World) -> None:
    """An input costs 68 virtual bytes: at 100 satoshi each, more than any coin of 5,000 carries."""
    owner = world.person("bitcoin")
    for _ in range(4):
        world.fund(owner, "bitcoin", "0.00005")
    for _ in range(3):
        world.finalize("bitcoin")
    sending = world.send(owner, "bitcoin", "0.00006", world.stranger("bitcoin"))
    before = figures(world, owner, "bitcoin"), Posting.objects.count(), SignatureGuard.objects.count()
    world.node("bitcoin", "devnet_fee", 100_000)
    for _ in range(2):
        world.pass_time(minutes=2)
        world.pump()
        sending.refresh_from_db()
        assert (sending.status, sending.sub_status) == ("balance_reserved", "waiting_for_liquidity")
    assert (figures(world, owner, "bitcoin"), Posting.objects.count(), SignatureGuard.objects.count()) == before
    assert not sending.attempts.exists()
    assert not Coin.objects.filter(reserved_by__isnull=False).exists()
    world.node("bitcoin", "devnet_fee", 0)
    world.pass_time(minutes=2)
    assert world.finish(sending).status == "completed"


def raise_fees(world: World, network: str) -> None:
    if network == "bitcoin":
        world.node(network, "devnet_fee", 400_000)
    else:
        world.node(network, "anvil_setNextBlockBaseFeePerGas", hex(200_000_000_000))
        world.mine(network)


@BOTH
def test_a_fee_above_the_ceiling_is_waited_out_for_a_day_and_then_given_up(world: World, network: str) -> None:
    owner = world.rich(network, "1")
    before = figures(world, owner, network)
    sending = world.send(owner, network, "0.1", world.stranger(network))
    raise_fees(world, network)
    for _ in range(2):
        world.pass_time(hours=11)
        raise_fees(world, network)
        world.pump()
        sending.refresh_from_db()
        assert (sending.status, sending.sub_status) == ("balance_reserved", "waiting_for_lower_fees")
    assert [(each.transaction.pk, each.why) for each in desk.stuck(now=world.now)] == [
        (sending.pk, "waits for the network's fees to fall to its ceiling")
    ]
    world.pass_time(hours=3)
    raise_fees(world, network)
    world.pump()
    sending.refresh_from_db()
    assert (sending.status, sending.failure_code, sending.next_look_at) == ("failed", "fee_above_ceiling", None)
    assert not sending.attempts.exists()
    assert figures(world, owner, network) == before
    assert world.chain_balance(network, sending.to_address) == 0


def test_a_send_waits_for_the_key_file_and_goes_on_when_it_is_back(world: World) -> None:
    owner = world.rich("ethereum", "1")
    sending = world.send(owner, "ethereum", "0.1", world.stranger("ethereum"))
    held = world.balance(owner, "ethereum").held
    keys = Path(world.settings.KEY_FILE)
    keys.rename(keys.with_suffix(".away"))
    advance_now(sending)
    sending.refresh_from_db()
    assert (sending.status, sending.attempts.count(), SignatureGuard.objects.filter(subject=sending.pk).count()) == (
        "balance_reserved",
        0,
        0,
    )
    assert sending.next_look_at is not None
    assert sending.next_look_at < timezone.now() + timedelta(seconds=30)  # soon, and not when its lease ends
    assert world.balance(owner, "ethereum").held == held
    met = RecoveryAttempt.objects.get(transaction=sending)
    assert (met.step, met.number, met.treatment, met.code) == ("signed", 1, "temporary", "key_file_refused")
    keys.with_suffix(".away").rename(keys)
    advance_now(sending)
    sending.refresh_from_db()
    assert sending.status == "blockchain_pending"
    assert world.finish(sending).status == "completed"


def advance_now(sending: Transaction) -> None:
    """Let the worker's own task take it a step on, whatever the world's clock says and however it paused."""
    Step.objects.filter(transaction=sending, wake_at__isnull=False).update(wake_at=timezone.now())
    Transaction.objects.filter(pk=sending.pk).update(next_look_at=timezone.now())
    tasks.advance(sending.pk)


@BOTH
def test_a_send_can_be_cancelled_until_it_is_signed(world: World, network: str) -> None:
    owner = world.rich(network, "1")
    before = figures(world, owner, network)
    first = world.send(owner, network, "0.1", world.stranger(network))
    cancelled = send.cancel(user_id=owner.pk, transaction=first, now=world.now)
    assert (cancelled.status, cancelled.failure_code) == ("failed", "cancelled")
    assert figures(world, owner, network) == before
    with pytest.raises(NotCancellable):
        send.cancel(user_id=owner.pk, transaction=first, now=world.now)
    world.work(network)
    assert figures(world, owner, network) == before
    assert not Attempt.objects.filter(transaction=first).exists()

    second = world.send(owner, network, "0.1", world.stranger(network))
    world.pump()
    with pytest.raises(NotCancellable):
        send.cancel(user_id=owner.pk, transaction=second, now=world.now)
    assert world.finish(second).status == "completed"


@BOTH
def test_what_may_still_land_is_never_given_back_whoever_asks(world: World, network: str) -> None:
    """Not even the engine's own stop, past every guard before it, returns what is signed and not proved dead."""
    owner = world.rich(network, "1")
    sending = world.send(owner, network, "0.1", world.stranger(network))
    world.pump()
    before = figures(world, owner, network)
    postings = Posting.objects.count()
    for _ in range(2):
        with pytest.raises(MayStillLand), database.atomic():
            engine.stop(locked(sending.pk), code="cancelled", reason="Somebody said so.", now=world.now)
        sending.refresh_from_db()
        assert (sending.status, sending.failure_code) == ("blockchain_pending", "")
        assert (figures(world, owner, network), Posting.objects.count()) == (before, postings)
        assert sending.attempts.get().status == Attempt.State.SIGNED
        world.pass_time(minutes=2)
    assert world.finish(sending).status == "completed"
    assert world.chain_balance(network, sending.to_address) == sending.amount_minor


def test_a_send_cancelled_while_a_worker_finds_no_liquidity_stays_cancelled(world: World) -> None:
    owner = world.person("bitcoin")
    world.fund(owner, "bitcoin", "1")
    world.mine("bitcoin", 2)
    world.work("bitcoin")
    before = figures(world, owner, "bitcoin")
    sending = world.send(owner, "bitcoin", "0.1", world.stranger("bitcoin"))
    in_hand = Transaction.objects.get(pk=sending.pk)  # the worker has claimed it
    send.cancel(user_id=owner.pk, transaction=sending, now=world.now)
    engine.advance(in_hand, now=world.now)
    sending.refresh_from_db()
    assert (sending.status, sending.next_look_at) == ("failed", None)
    assert figures(world, owner, "bitcoin") == before


def test_a_send_that_the_network_runs_and_refuses_costs_its_fee_only(world: World) -> None:
    owner = world.rich("ethereum", "1")
    contract = world.stranger("ethereum")
    start = world.balance(owner, "ethereum").available
    sending = world.send(owner, "ethereum", "0.1", contract)
    world.pump()
    world.node("ethereum", "anvil_setCode", contract, "0x60006000fd")  # refuses everything from now on
    world.mine("ethereum", world.settings.NETWORKS["ethereum"].confirmations)
    world.work("ethereum")
    sending.refresh_from_db()
    assert sending.status == "blockchain_pending"  # a reorg could still let it through
    assert world.balance(owner, "ethereum").held == sending.amount_minor + sending.max_fee_minor
    world.finalize("ethereum")
    sending.refresh_from_db()
    assert (sending.status, sending.failure_code) == ("failed", "failed_on_network")
    assert sending.fee_minor
    assert figures(world, owner, "ethereum") == (start - sending.fee_minor, 0, 0)
    assert world.chain_balance("ethereum", contract) == 0


def test_a_send_that_the_network_would_refuse_is_given_up_before_it_takes_a_nonce(world: World) -> None:
    owner = world.rich("ethereum", "1")
    contract = world.stranger("ethereum")
    start = figures(world, owner, "ethereum")
    sending = world.send(owner, "ethereum", "0.1", contract)
    world.node("ethereum", "anvil_setCode", contract, "0x60006000fd")
    world.pump()
    sending.refresh_from_db()
    assert sending.status == "failed"
    assert not NonceLane.objects.filter(sender=custody.queries.hot_address(network="ethereum")).exists()
    assert figures(world, owner, "ethereum") == start


@pytest.mark.parametrize("drift", ["deleted", "rewound", "advanced"])
@pytest.mark.parametrize("waiting", [False, True])
def test_a_nonce_lane_that_has_drifted_heals(world: World, drift: str, waiting: bool) -> None:
    owner = world.rich("ethereum", "2")
    first = world.send(owner, "ethereum", "0.1", world.stranger("ethereum"))
    world.pump()
    if not waiting:
        world.finish(first)
    lane = NonceLane.objects.filter(sender=custody.queries.hot_address(network="ethereum"))
    if drift == "deleted":
        lane.delete()
    else:
        lane.update(next_nonce=0 if drift == "rewound" else 50)
    second = world.send(owner, "ethereum", "0.2", world.stranger("ethereum"))
    world.pump()
    assert [attempt.nonce for attempt in (first.attempts.get(), second.attempts.get())] == [0, 1]
    for sending in (first, second):
        world.finish(sending)
        assert sending.status == "completed"
        assert world.chain_balance("ethereum", sending.to_address) == sending.amount_minor
    assert lane.get().next_nonce == 2


def test_an_attempt_whose_nonce_was_used_elsewhere_gives_the_money_back_once(world: World) -> None:
    owner = world.rich("ethereum", "1")
    start = figures(world, owner, "ethereum")
    hot = custody.queries.hot_address(network="ethereum")
    coins = world.chain_balance("ethereum", hot)
    sending = world.send(owner, "ethereum", "0.1", world.stranger("ethereum"))
    world.pump()
    attempt = sending.attempts.get()
    world.node("ethereum", "anvil_dropTransaction", attempt.txid)
    with open_private_key(Key.objects.get(network="ethereum", address=hot), now=world.now) as private:
        fields: dict[str, Any] = {
            "chainId": int(world.settings.NETWORKS["ethereum"].chain),
            "nonce": attempt.nonce,
            "gas": 21_000,
        }
        fields |= {"to": hot, "value": 0, "gasPrice": 10**11}
        elsewhere = Account.sign_transaction(fields, bytes(private.reveal()))
    world.node("ethereum", "eth_sendRawTransaction", "0x" + elsewhere.raw_transaction.hex())
    for _ in range(world.settings.NETWORKS["ethereum"].final_depth):
        world.mine("ethereum")
        world.work("ethereum")
        sending.refresh_from_db()
        assert sending.status != "failed"  # a reorg could still let ours land
        assert world.balance(owner, "ethereum").held == sending.amount_minor + sending.max_fee_minor
    world.finalize("ethereum")
    sending.refresh_from_db()
    assert (sending.status, sending.failure_code) == ("failed", "replaced")
    assert sending.attempts.get().status == Attempt.State.DEAD
    assert figures(world, owner, "ethereum") == start
    assert Posting.objects.filter(kind="send.return").count() == 1
    world.work("ethereum")
    assert figures(world, owner, "ethereum") == start
    world.node("ethereum", "anvil_setBalance", hot, hex(coins))  # what the stranger's transaction cost

    again = world.send(owner, "ethereum", "0.1", world.stranger("ethereum"))
    assert world.finish(again).status == "completed"


@BOTH
def test_a_node_that_is_down_at_every_step_only_delays(world: World, network: str) -> None:
    owner = world.rich(network, "1")
    url = world.settings.NETWORKS[network].rpc_urls[0]
    sending = world.send(owner, network, "0.1", world.stranger(network))
    steps: list[str] = []
    for blocks in (0, world.settings.NETWORKS[network].confirmations, world.settings.NETWORKS[network].final_depth + 1):
        aim(world, network, "http://127.0.0.1:1")
        world.pass_time(seconds=90)
        world.pump()
        sending.refresh_from_db()
        steps.append(sending.status)
        aim(world, network, url)
        world.pass_time(seconds=90)
        world.work(network)
        if blocks:
            world.mine(network, blocks)
            world.work(network)
    assert steps == ["balance_reserved", "blockchain_pending", "completed"]
    sending.refresh_from_db()
    attempt = sending.attempts.get()
    assert (sending.status, attempt.status) == ("completed", Attempt.State.FINAL)
    assert world.chain_balance(network, sending.to_address) == sending.amount_minor
    assert native_asset(network).code == sending.asset_id
