"""Sends of an asset that are halted: none is taken on, none that waits is signed, and two people let them go on."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from rest_framework.test import APIClient

import custody.queries
from accounts.models import User
from custody.models import SignatureGuard
from events.models import Event
from kit.errors import InvalidInput, NotFound
from ledger.models import Posting
from reconciliation.models import Run
from reconciliation.services import history
from tests.factories.world import World
from transactions.errors import HaltDecided, SecondPersonNeeded, SendsHalted
from transactions.flows import send
from transactions.models import RecoveryAttempt, SendHalt, Transaction
from transactions.queries import desk
from transactions.queries.describe import describe
from transactions.services import attempts, halts
from wallets.queries import deposit_address

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


def figures(world: World, user: User, network: str) -> tuple[int, int]:
    balance = world.balance(user, network)
    return balance.available, balance.held


def stop(world: World, asset: str) -> SendHalt:
    return halts.halt(asset=asset, reason="coins are missing", missing_minor=5, actor="system", now=world.now)


@pytest.mark.parametrize(("network", "asset", "other"), [("bitcoin", "BTC", "ETH"), ("ethereum", "ETH", "BTC")])
def test_nothing_of_the_asset_leaves_until_two_people_agree(world: World, network: str, asset: str, other: str) -> None:
    owner = world.rich(network, "1")
    waiting = world.send(owner, network, "0.1", world.stranger(network))
    before = figures(world, owner, network)
    halted = stop(world, asset)
    postings, transactions = Posting.objects.count(), Transaction.objects.count()

    with pytest.raises(SendsHalted) as refused:
        world.send(owner, network, "0.1", world.stranger(network))
    assert refused.value.code == "sends_halted"
    assert all([refused.value.what_happened, refused.value.why, refused.value.what_to_do, refused.value.alternatives])
    for _ in range(4):
        world.turn(1)
        world.pass_time(hours=9)  # longer in all than a send waits for anything else
    waiting.refresh_from_db()
    assert (waiting.status, waiting.sub_status) == ("balance_reserved", "sends_halted")
    assert "paused" in describe(waiting, viewer_id=owner.pk)["message"]
    assert (waiting.pk, desk.Reason.HALTED) in [(row.transaction.pk, row.reason) for row in desk.stuck(now=world.now)]
    assert not SignatureGuard.objects.filter(subject=waiting.pk).exists()
    assert (Posting.objects.count(), Transaction.objects.count()) == (postings, transactions)
    assert figures(world, owner, network) == before

    friend = world.person(network)
    assert world.transfer(owner, network, "0.05", friend.email).status == "completed"  # it does not leave the house

    wish: Any = {"halt_id": halted.pk, "now": world.now}
    halts.want_resume(reason="a node lied", missing_minor=5, actor="usr_first", **wish)
    with pytest.raises(SecondPersonNeeded):
        halts.approve_resume(actor="usr_first", **wish)
    world.turn(1)
    waiting.refresh_from_db()
    assert waiting.sub_status == "sends_halted"
    halts.approve_resume(actor="usr_second", **wish)
    world.pass_time(minutes=1)
    assert world.finish(waiting).status == "completed"
    assert world.finish(world.send(owner, network, "0.1", world.stranger(network))).status == "completed"
    told = Event.objects.filter(type__startswith="sendhalt.").order_by("id").values_list("type", "actor")
    assert list(told) == [
        ("sendhalt.halted", "system"),
        ("sendhalt.resume_wanted", "usr_first"),
        ("sendhalt.resumed", "usr_second"),
    ]
    assert other != asset


def settled(world: World) -> None:
    for _ in range(3):
        world.finalize("ethereum")


def test_what_pays_the_fee_is_halted_and_nothing_of_it_moves_for_tokens_either(world: World) -> None:
    """Neither for people's sends of a token, nor for the house: no sweep is signed, and no gas is given for one."""
    world.fund_hot_wallet("ethereum", "1")
    owner, late = world.person("ethereum"), world.person("ethereum")
    world.fund(owner, "ethereum", "100", "USDC.ETH")
    world.fund(owner, "ethereum", "0.1")
    settled(world)
    waiting = world.send(owner, "ethereum", "10", world.stranger("ethereum"), asset="USDC.ETH")
    halted = stop(world, "ETH")
    world.fund(late, "ethereum", "50", "USDC.ETH")  # its sweep lacks gas
    settled(world)
    world.pass_time(hours=30)  # longer than either waits for anything else
    world.work("ethereum")

    def moved() -> tuple[object, ...]:
        hot = custody.queries.hot_address(network="ethereum")
        chain = [world.chain_balance("ethereum", hot, asset) for asset in ("", "USDC.ETH")]
        held = [world.balance(owner, "ethereum", asset) for asset in ("", "USDC.ETH")]
        return chain, held, Posting.objects.count(), Transaction.objects.count(), SignatureGuard.objects.count()

    before = moved()
    api, wallet = APIClient(), world.wallet(owner, "ethereum").pk
    api.force_authenticate(owner)
    order = {"type": "send", "wallet_id": wallet, "asset": "USDC.ETH", "amount": "1", "to": world.stranger("ethereum")}
    for path in ("/api/v1/transactions/preview", "/api/v1/transactions"):
        answer = api.post(path, order, format="json", HTTP_IDEMPOTENCY_KEY=f"key{len(path)}")
        found = answer.json()
        assert (answer.status_code, found["code"], found["halted_asset"]) == (503, "sends_halted", "ETH")
        assert (found["why"], "fee is paid in ETH" in found["what_happened"]) == ("coins are missing", True)
    assert moved() == before

    swept = Transaction.objects.get(type="sweep", from_address=deposit_address(world.wallet(late, "ethereum")))
    assert (swept.sub_status, swept.attempts.count()) == ("waiting_for_gas", 0)
    for held in (Transaction.objects.get(pk=waiting.pk), Transaction.objects.get(type="top_up", parent=swept)):
        assert (held.status, held.sub_status, held.attempts.count()) == ("balance_reserved", "sends_halted", 0)
    said = api.get(f"/api/v1/transactions/{waiting.pk}").json()["message"]
    assert said == "Its fee is paid in ETH, of which nothing leaves now: coins are missing. Your money is set aside."
    assert world.transfer(owner, "ethereum", "5", late.email, asset="USDC.ETH").status == "completed"
    with pytest.raises(SendsHalted), transaction.atomic():  # at the last door, whoever comes to it
        attempts.sign(waiting, plan=None, minor=waiting.amount_minor, now=world.now)  # type: ignore[arg-type]

    wish: Any = {"halt_id": halted.pk, "now": world.now}
    halts.want_resume(reason="found again", missing_minor=5, actor="usr_first", **wish)
    halts.approve_resume(actor="usr_second", **wish)
    assert api.get(f"/api/v1/transactions/{waiting.pk}").json()["message"].startswith("Sends go on again")
    world.pass_time(minutes=1)
    assert world.finish(waiting).status == "completed"
    assert world.finish(swept).status == "completed"
    check_that_each_asset_is_replayed_for_itself(world, waiting)


def test_a_sweep_that_is_ready_meets_a_halt_that_came_while_its_network_was_asked(world: World) -> None:
    """Gas is there and every question is answered; between that and the commit that signs, somebody stops it all."""
    owner = world.person("ethereum")
    adapter = world.adapter("ethereum")
    asked = adapter.next_nonce

    def halting(address: str, *, depth: int = 0, up_to: int | None = None) -> int:
        stop(world, "ETH")
        return asked(address, depth=depth, up_to=up_to)

    adapter.next_nonce = halting  # type: ignore[method-assign]  # the last thing that is asked before signing
    world.fund(owner, "ethereum", "1")
    settled(world)
    adapter.next_nonce = asked  # type: ignore[method-assign]
    swept = Transaction.objects.get(type="sweep")
    states = {step.name: step.state for step in swept.steps.all()}
    assert (states["gas_ready"], states["signed"]) == ("done", "active")
    assert (swept.sub_status, swept.attempts.count()) == ("sends_halted", 0)
    assert not RecoveryAttempt.objects.filter(transaction=swept).exists()  # it waits for people: nothing failed
    assert not SignatureGuard.objects.filter(subject=swept.pk).exists()
    assert not Posting.objects.filter(kind__startswith="sweep").exists()
    assert world.chain_balance("ethereum", swept.from_address) == swept.amount_minor

    wish: Any = {"halt_id": SendHalt.objects.get().pk, "now": world.now}
    halts.want_resume(reason="all is there", missing_minor=0, actor="usr_first", **wish)
    halts.approve_resume(actor="usr_second", **wish)
    world.pass_time(minutes=1)
    assert world.finish(swept).status == "completed"


def check_that_each_asset_is_replayed_for_itself(world: World, sent: Transaction) -> None:
    """One unit of the token too many and one of the fee's too few are no clean history."""
    change = "UPDATE transactions_transaction SET amount_minor = amount_minor + %s, fee_minor = fee_minor - %s"
    for step, result in ((0, "clean"), (1, "different"), (-1, "clean")):
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"{change} WHERE id = %s", [step, step, sent.pk])
            cursor.execute("SET session_replication_role = DEFAULT")
        run = history.check(scope=Run.Scope.FULL, now=world.now)
        assert run is not None
        assert (run.result, step) == (result, step), run.reason


def test_a_halted_token_leaves_the_coin_that_pays_its_fee_alone(world: World) -> None:
    owner = world.rich("ethereum", "1")
    stop(world, "USDC.ETH")
    assert world.finish(world.send(owner, "ethereum", "0.1", world.stranger("ethereum"))).status == "completed"


def test_one_asset_is_halted_and_not_the_other(world: World) -> None:
    owner = world.rich("ethereum", "1")
    stop(world, "BTC")
    assert world.finish(world.send(owner, "ethereum", "0.1", world.stranger("ethereum"))).status == "completed"


def test_a_waiting_send_can_be_cancelled(world: World) -> None:
    owner = world.rich("bitcoin", "1")
    before = figures(world, owner, "bitcoin")
    waiting = world.send(owner, "bitcoin", "0.1", world.stranger("bitcoin"))
    stop(world, "BTC")
    world.work("bitcoin")
    send.cancel(user_id=owner.pk, transaction=waiting, now=world.now)
    world.work("bitcoin")
    waiting.refresh_from_db()
    assert waiting.status == "failed"
    assert figures(world, owner, "bitcoin") == before


def test_deciding(world: World) -> None:
    now = world.now
    halted = stop(world, "BTC")
    assert stop(world, "BTC").pk == halted.pk
    with pytest.raises(HaltDecided):
        halts.approve_resume(halt_id=halted.pk, actor="usr_b", now=now)
    with pytest.raises(InvalidInput):
        halts.want_resume(halt_id=halted.pk, reason=" ", missing_minor=0, actor="usr_a", now=now)
    with pytest.raises(NotFound):
        halts.want_resume(halt_id="hlt_" + "0" * 26, reason="x", missing_minor=0, actor="usr_a", now=now)
    halts.want_resume(halt_id=halted.pk, reason="checked", missing_minor=7, actor="usr_a", now=now)
    again = halts.want_resume(halt_id=halted.pk, reason="checked", missing_minor=7, actor="usr_a", now=now)
    assert (again.status, again.accepted_minor) == ("resume_wanted", 7)
    with pytest.raises(HaltDecided):
        halts.want_resume(halt_id=halted.pk, reason="me too", missing_minor=7, actor="usr_b", now=now)
    refused = halts.refuse_resume(halt_id=halted.pk, actor="usr_b", now=now)
    assert (refused.status, refused.wanted_by, refused.accepted_minor) == ("halted", "", 0)
    halts.want_resume(halt_id=halted.pk, reason="checked", missing_minor=7, actor="usr_b", now=now)
    halts.approve_resume(halt_id=halted.pk, actor="usr_a", now=now + timedelta(minutes=1))
    assert halts.approve_resume(halt_id=halted.pk, actor="usr_a", now=now).status == "resumed"
    with pytest.raises(HaltDecided):
        halts.approve_resume(halt_id=halted.pk, actor="usr_c", now=now)
    assert stop(world, "BTC").pk != halted.pk


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "resumed", "wanted_by": "usr_a", "approved_by": "usr_a"},
        {"status": "resumed", "wanted_by": "usr_a", "approved_by": ""},
        {"status": "resumed", "wanted_by": "", "approved_by": "usr_a"},
    ],
)
def test_the_database_itself_wants_two_people(world: World, fields: dict[str, str]) -> None:
    halted = stop(world, "BTC")
    with pytest.raises(IntegrityError), transaction.atomic():
        SendHalt.objects.filter(pk=halted.pk).update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        SendHalt.objects.create(
            id="hlt_" + "2" * 26,
            asset_id="BTC",
            status="halted",
            reason="x",
            missing_minor=0,
            halted_by="system",
            created_at=world.now,
            updated_at=world.now,
        )
