"""Sends of an asset that are halted: none is taken on, none that waits is signed, and two people let them go on."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from custody.models import SignatureGuard
from events.models import Event
from kit.errors import InvalidInput, NotFound
from ledger.models import Posting
from tests.factories.world import World
from transactions.errors import HaltDecided, SecondPersonNeeded, SendsHalted
from transactions.flows import send
from transactions.models import SendHalt, Transaction
from transactions.queries import desk
from transactions.queries.describe import describe
from transactions.services import halts

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
