"""Many workers and requests at once: one signature, one payment, one effect per key, nothing overdrawn."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db import transaction as database

from accounts.models import User
from kit.errors import BusyElsewhere
from kit.states import IllegalMove
from ledger.errors import InsufficientFunds
from ledger.models import Posting
from tests.factories.accounts import make_api_client, make_user
from tests.factories.world import World
from tests.races.together import do_together
from transactions.engine import run as engine
from transactions.errors import NotCancellable
from transactions.flows import send
from transactions.models import Attempt, Coin, IdempotencyRecord, Transaction
from transactions.queries.find import locked
from transactions.services import schedule
from wallets.models import Wallet

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])
OBSTACLES = (BusyElsewhere, IllegalMove)


def advancing(transaction: Transaction, world: World) -> Callable[[], None]:
    """A worker that has this transaction in hand, whoever else has it too."""
    return lambda: engine.advance(Transaction.objects.get(pk=transaction.pk), now=world.now)


@BOTH
def test_workers_that_hold_the_same_send_at_once_pay_once(world: World, network: str) -> None:
    owner = world.rich(network, "1")
    start = world.balance(owner, network).available
    config = world.settings.NETWORKS[network]
    sending = world.send(owner, network, "0.2", world.stranger(network))
    for blocks in (config.confirmations, config.final_depth + 1, 0):
        outcomes = do_together([advancing(sending, world)] * 5)
        assert all(outcome is None or isinstance(outcome, OBSTACLES) for outcome in outcomes), outcomes
        if blocks:
            world.mine(network, blocks)
        world.scan(network)
        world.pass_time(minutes=2)
    world.pump()
    sending.refresh_from_db()
    assert (sending.status, sending.attempts.get().status) == ("completed", Attempt.State.FINAL)
    assert Posting.objects.filter(kind="send.dispatch").count() == 1
    assert Posting.objects.filter(kind="send.settle").count() == 1
    assert world.chain_balance(network, sending.to_address) == sending.amount_minor
    after = world.balance(owner, network)
    assert (after.available, after.held) == (start - sending.amount_minor - (sending.fee_minor or 0), 0)


@BOTH
def test_sends_signed_at_once_share_no_replay_token(world: World, network: str) -> None:
    owner = world.rich(network, "1")
    for _ in range(3):
        world.fund(owner, network, "1")
    world.finalize(network)
    for _ in range(2):
        world.finalize(network)
    sends = [world.send(owner, network, "0.2", world.stranger(network)) for _ in range(4)]
    outcomes = do_together([advancing(sending, world) for sending in sends])
    assert outcomes == [None] * 4
    for sending in sends:
        assert world.finish(sending).status == "completed"
        assert world.chain_balance(network, sending.to_address) == sending.amount_minor
    tokens = [token for attempt in Attempt.objects.filter(transaction__in=sends) for token in attempt.replay_tokens]
    assert len(tokens) == len(set(tokens))
    if network == "ethereum":
        nonces = Attempt.objects.filter(transaction__in=sends).values_list("nonce", flat=True)
        assert set(nonces) == {0, 1, 2, 3}
    assert not Coin.objects.filter(spent_height__isnull=False, reserved_by__isnull=True).exists()


def test_of_many_cancels_one_counts(world: World) -> None:
    owner = world.rich("bitcoin", "1")
    before = world.balance(owner, "bitcoin")
    sending = world.send(owner, "bitcoin", "0.2")
    outcomes = do_together([cancelling(sending, world)] * 6)
    assert Counter(type(each) for each in outcomes) == {Transaction: 1, NotCancellable: 5}
    assert world.balance(owner, "bitcoin") == before


def cancelling(sending: Transaction, world: World) -> Callable[[], Any]:
    return lambda: send.cancel(
        user_id=str(sending.user_id), transaction=Transaction.objects.get(pk=sending.pk), now=world.now
    )


@BOTH
def test_a_send_is_either_cancelled_or_signed(world: World, network: str) -> None:
    owner = world.rich(network, "1")
    ended = Counter[str]()
    for _ in range(8):
        before = world.balance(owner, network)
        sending = world.send(owner, network, "0.01", world.stranger(network))
        cancelled, worked = do_together([cancelling(sending, world), advancing(sending, world)])
        assert worked is None or isinstance(worked, OBSTACLES), worked
        if isinstance(cancelled, Transaction):
            assert not sending.attempts.exists()
            assert world.balance(owner, network) == before
            world.mine(network)
            assert world.chain_balance(network, sending.to_address) == 0
        else:
            assert isinstance(cancelled, NotCancellable), cancelled
            assert world.finish(sending).status == "completed"
            world.finalize(network)
        sending.refresh_from_db()
        ended[sending.status] += 1
    assert sum(ended.values()) == 8


def test_sends_asked_for_at_once_never_overdraw(world: World) -> None:
    owner = world.rich("bitcoin", "1")
    outcomes = do_together([lambda: world.send(owner, "bitcoin", "0.3")] * 8)
    assert Counter(type(each) for each in outcomes) == {Transaction: 3, InsufficientFunds: 5}
    balance = world.balance(owner, "bitcoin")
    assert balance.available + balance.held == world.minor("1", "BTC")
    assert Transaction.objects.filter(user=owner, type="send").count() == 3


def test_transfers_to_and_fro_lose_nothing(world: World) -> None:
    left, right = world.rich("bitcoin", "1"), world.rich("bitcoin", "1")

    def storm(giver: User, taker: User) -> int:
        done = 0
        for _ in range(8):
            try:
                world.transfer(giver, "bitcoin", "0.3", taker.email)
                done += 1
            except InsufficientFunds:
                pass
        return done

    there = [lambda: storm(left, right)] * 4
    back = [lambda: storm(right, left)] * 4
    outcomes = do_together([*there, *back])
    assert all(isinstance(each, int) for each in outcomes), outcomes
    moved = sum(outcomes[:4]) - sum(outcomes[4:])
    unit = world.minor("0.3", "BTC")
    assert world.balance(left, "bitcoin").available == world.minor("1", "BTC") - moved * unit
    assert world.balance(right, "bitcoin").available == world.minor("1", "BTC") + moved * unit
    assert Transaction.objects.filter(type="transfer", status="completed").count() == sum(outcomes)


def test_a_recipients_first_wallet_is_opened_once(world: World) -> None:
    giver, taker = world.rich("bitcoin", "1"), make_user(now=world.now)
    outcomes = do_together([lambda: world.transfer(giver, "bitcoin", "0.1", taker.email)] * 5)
    assert {type(each) for each in outcomes} == {Transaction}, outcomes
    assert Wallet.objects.filter(user=taker).count() == 1
    assert world.balance(taker, "bitcoin").available == world.minor("0.5", "BTC")


@pytest.mark.parametrize("type", ["send", "transfer"])
def test_one_key_asked_eight_times_at_once_has_one_effect(world: World, type: str) -> None:
    owner, other = world.rich("bitcoin", "1"), world.person("bitcoin")
    client = make_api_client(owner)
    body = {
        "type": type,
        "wallet_id": world.wallet(owner, "bitcoin").pk,
        "asset": "BTC",
        "amount": "0.1",
        "to": world.stranger("bitcoin") if type == "send" else other.email,
    }
    count = Transaction.objects.count()

    def ask() -> Any:
        return client.post("/api/v1/transactions", body, format="json", headers={"Idempotency-Key": "eightfold"})

    outcomes = do_together([ask] * 8)
    statuses = Counter(answer.status_code for answer in outcomes)
    assert set(statuses) <= {201, 409}, statuses
    assert Transaction.objects.count() == count + 1
    assert IdempotencyRecord.objects.count() == 1
    made = [answer for answer in outcomes if answer.status_code == 201]
    assert len({answer.json()["id"] for answer in made}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in made) == 1
    for answer in outcomes:
        if answer.status_code == 409:
            assert answer.json()["code"] == "request_in_flight"
            assert int(answer.headers["Retry-After"]) >= 1
    again = ask()
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == made[0].json()


def test_whoever_brings_coins_wakes_what_waits_for_them_and_waits_for_no_worker(world: World) -> None:
    """A worker that has one of them in hand may itself wait for what the caller holds."""
    owner = world.person("ethereum")
    world.fund(owner, "ethereum", "1")
    world.mine("ethereum", world.settings.NETWORKS["ethereum"].confirmations)
    world.work("ethereum")
    in_hand, free = (world.send(owner, "ethereum", "0.1", world.stranger("ethereum")) for _ in range(2))
    world.pump()
    looks = dict(Transaction.objects.filter(type="send").values_list("pk", "next_look_at"))
    assert all(look and look > world.now for look in looks.values())
    is_held, may_end = threading.Event(), threading.Event()

    def work() -> None:
        with database.atomic():
            locked(in_hand.pk)
            is_held.set()
            may_end.wait(20)

    def wake() -> None:
        is_held.wait(20)
        try:
            with database.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '5s'")
                schedule.wake_waiting(network="ethereum", now=world.now)
        finally:
            may_end.set()

    assert do_together([work, wake]) == [None, None]
    after = dict(Transaction.objects.filter(type="send").values_list("pk", "next_look_at"))
    assert after == {in_hand.pk: looks[in_hand.pk], free.pk: world.now}
    assert free.steps.get(name="signed").wake_at == world.now
