"""The record's checkpoints in a public ledger: once each, at the company's cost, and found there by an auditor."""

import base64
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connections

import custody.queries
import ledger.queries
from audit.models import Checkpoint, NetworkAnchor
from audit.services import anchor_on_network, copy, export, seal
from audit.tasks import anchor as anchor_task
from audit.verify import Report, checkpoint_hash, verify
from chains.adapters.stellar_node import LIFE_LEDGERS
from custody.models import SignatureGuard
from events.models import Event
from ledger.models import Posting
from tests.factories.audit import make_events, use_key
from tests.factories.reconciliation import is_clean
from tests.factories.stellar import Horizon, keypair, lent_horizon, stellar_world
from tests.factories.world import World
from tests.races.together import do_together
from tests.stories.test_after_restore import forgotten
from transactions.engine import run as engine
from transactions.flows import anchor, restored
from transactions.models import Attempt, Deposit, Transaction
from transactions.services import halts, schedule
from wallet_project.figures import look

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.nodes]
STELLAR = "stellar"
HOUR = {"hours": 1}


@pytest.fixture(scope="module")
def node() -> Horizon:
    made = lent_horizon()
    made.open("friend", amount="100000")
    return made


@pytest.fixture
def public_key(settings: Any, tmp_path: Path) -> str:
    settings.AUDIT_ANCHOR_NETWORK, settings.AUDIT_ANCHOR_SECONDS = STELLAR, 3_600
    return use_key(settings, tmp_path)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path, node: Horizon) -> Iterator[World]:
    with stellar_world(settings, tmp_path, node, capital="1000") as made:
        yield made


def hot() -> str:
    return custody.queries.hot_address(network=STELLAR)


def sealed(world: World) -> Checkpoint:
    """The next checkpoint, over all that has happened."""
    world.pass_time(minutes=10)
    copy(limit=5_000)
    made = seal(now=world.now)
    assert made is not None
    return made


def land(world: World) -> Transaction:
    """Let the anchor that is under way come to its end, and the record learn of it."""
    newest = Transaction.objects.filter(type="anchor").latest("created_at")
    done = world.finish(newest)
    world.turn(1)
    anchor_on_network(now=world.now)
    return done


def memo_in(node: Horizon, txid: str) -> str:
    """What an auditor reads off any Horizon."""
    shown = node.get(f"/transactions/{txid}")[1]
    assert (shown["memo_type"], shown["source_account"], shown["successful"]) == ("hash", hot(), True)
    return str(shown["memo"])


def booked(name: str) -> int:
    return ledger.queries.balance(code=f"network:{STELLAR}:{name}", asset="XLM")


def counted() -> tuple[int, ...]:
    counts = (Posting, Transaction, Attempt, SignatureGuard, Deposit, NetworkAnchor)
    return tuple(model.objects.count() for model in counts)


def figures(world: World) -> dict[str, Any]:
    return {family.name: [value for _, value in family.samples] for family in look(now=world.now)}


def check_export(public_key: str, *memos: str) -> Report:
    return verify(export(), public_keys=[public_key], memos=memos)


def test_a_checkpoint_is_anchored_once_and_its_fee_is_the_companys(
    world: World, node: Horizon, public_key: str
) -> None:
    assert not anchor_on_network(now=world.now)  # nothing is signed yet
    first, before = sealed(world), (booked("fees"), booked("suspense"), Deposit.objects.count())
    world.pass_time(seconds=1)
    outcomes = do_together([lambda: anchor_on_network(now=world.now)] * 4)
    assert sorted(outcomes) == [False, False, False, True]
    world.pump()
    world.mine(STELLAR)
    world.scan(STELLAR)
    is_clean(world, STELLAR)  # in a ledger, and not settled yet
    done = land(world)
    assert (done.status, done.fee_minor, done.amount_minor, done.to_address) == ("completed", 100, 1, hot())
    memo = memo_in(node, done.txid)
    assert base64.b64decode(memo).hex() == checkpoint_hash(first.content)
    paid = node.records(f"/ledgers/{done.attempts.get().height}/payments")
    assert [(each["type"], each["from"], each["to"], each["amount"]) for each in paid] == [
        ("payment", hot(), hot(), "0.0000001")
    ]

    # What goes from us to ourselves is no arrival: only the fee has left, and the company paid it.
    assert (booked("fees"), booked("suspense"), Deposit.objects.count()) == (before[0] - 100, *before[1:])
    assert (-booked("treasury"), booked("in_transit")) == (world.chain_balance(STELLAR, hot()), 0)
    is_clean(world, STELLAR)
    kept = NetworkAnchor.objects.get()
    assert (kept.checkpoint, kept.hash, kept.txid, kept.account) == (
        1,
        checkpoint_hash(first.content),
        done.txid,
        hot(),
    )
    assert (kept.network, kept.chain, kept.height) == (STELLAR, "devnet", done.attempts.get().height)
    command = Event.objects.get(subject=f"transactions.transaction:{done.pk}", category="command")
    assert command.name == "InitiateAnchorCommand"

    # Again and again, nothing follows before its time; then the newest does, and the one between never.
    still = counted()
    sealed(world)
    anchor_task()
    assert not anchor_on_network(now=world.now)
    assert not anchor.begin(network=STELLAR, hash=kept.hash, now=world.now)
    assert counted() == still
    world.pass_time(**HOUR)
    newest = sealed(world)
    assert anchor_on_network(now=world.now)
    world.pass_time(**HOUR)
    sealed(world)
    assert not anchor_on_network(now=world.now)  # one at a time, however long it takes
    second = land(world)
    assert [each.checkpoint for each in NetworkAnchor.objects.order_by("height")] == [1, newest.number] == [1, 3]
    assert base64.b64decode(memo_in(node, second.txid)).hex() == checkpoint_hash(newest.content)
    assert figures(world)["holdfast_audit_anchor_age_seconds"] == [(world.now - newest.signed_at).total_seconds()]

    # The export says where to look, and an auditor who looks there finds what was cut off.
    lines = list(export())
    told = [json.loads(line) for line in lines if '"kind": "anchor"' in line]
    assert [(each["checkpoint"], each["txid"], each["account"]) for each in told] == [
        (1, done.txid, hot()),
        (3, second.txid, hot()),
    ]
    assert check_export(public_key, memo, memo_in(node, second.txid)).is_proved
    cut = lines[: next(at for at, line in enumerate(lines) if second.txid in line) - 1]
    assert verify(cut, public_keys=[public_key]).is_proved
    assert not verify(cut, public_keys=[public_key], memos=[memo_in(node, second.txid)]).is_proved


def test_while_nothing_may_leave_or_lumens_are_missing_it_waits_and_nothing_moves(
    world: World, node: Horizon, public_key: str
) -> None:
    halted = halts.halt(asset="XLM", reason="we look", missing_minor=0, actor="usr_one", now=world.now)
    first = sealed(world)
    assert anchor_on_network(now=world.now)
    world.pump()
    waiting = Transaction.objects.get(type="anchor")
    still = counted()
    for _ in range(3):
        world.pass_time(**HOUR)
        sealed(world)
        anchor_on_network(now=world.now)
        world.turn(1)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.sub_status) == ("balance_reserved", "sends_halted")
    assert counted() == still
    seen = figures(world)
    assert seen["holdfast_audit_anchor_age_seconds"] == [(world.now - first.signed_at).total_seconds()]
    assert seen["holdfast_audit_anchor_age_seconds"][0] > 3 * seen["holdfast_audit_anchor_interval_seconds"][0]

    halts.want_resume(halt_id=halted.pk, reason="fine", missing_minor=0, actor="usr_one", now=world.now)
    halts.approve_resume(halt_id=halted.pk, actor="usr_two", now=world.now)
    node.control("fault", mode="drop", path="transactions_async")  # and the network hangs up once
    done = land(world)
    assert (done.status, done.attempts.get().broadcast_count > 1) == ("completed", True)
    assert base64.b64decode(memo_in(node, done.txid)).hex() == checkpoint_hash(first.content)


def test_without_lumens_above_the_reserve_it_waits_for_some(
    transactional_db: None, settings: Any, tmp_path: Path, node: Horizon, public_key: str
) -> None:
    reserve_and_trustline = "1.50001"
    with stellar_world(settings, tmp_path, node, capital=reserve_and_trustline) as world:
        sealed(world)
        assert anchor_on_network(now=world.now)
        still = counted()
        world.turn(3)
        waiting = Transaction.objects.get(type="anchor")
        assert (waiting.status, waiting.sub_status) == ("balance_reserved", "waiting_for_liquidity")
        assert counted() == still
        world.fund_hot_wallet(STELLAR, "1")
        world.pass_time(minutes=2)
        assert land(world).status == "completed"


def test_after_a_restore_the_memo_says_which_of_two_was_sent(world: World, node: Horizon, public_key: str) -> None:
    """Both pay as much to one address (an exchange's), and the network knows the later one only."""
    owner, to = world.person(STELLAR), keypair("friend").public_key
    world.fund(owner, STELLAR, "50")
    world.finalize(STELLAR)
    one, two = (world.send(owner, STELLAR, "7", to, memo=memo) for memo in ("11", "22"))
    sealed(world)
    with forgotten():
        claimed = schedule.claim(now=world.now, transaction_id=two.pk)
        assert claimed is not None
        engine.advance(claimed, now=world.now)
        txid = two.attempts.get().txid
    world.mine(STELLAR)
    made = restored.compare(network=STELLAR, skip=2, actor="usr_operator", now=world.now)
    assert (made.taken_over, made.unknown, made.unsure) == ([two.pk], [], [one.pk])
    world.mine(STELLAR, LIFE_LEDGERS + 1)  # until nothing that may have been signed for the other can land any more
    restored.reopen(network=STELLAR, skip=2, reason="", actor="usr_operator", now=world.now)
    assert (world.finish(one).status, world.finish(two).status) == ("completed", "completed")
    assert two.txid == txid
    assert node.get(f"/transactions/{one.txid}")[1]["memo"] == "11"
    assert node.get(f"/transactions/{two.txid}")[1]["memo"] == "22"

    # An anchor is found again by its memo, too, and not sent a second time.
    assert anchor_on_network(now=world.now)
    waiting = Transaction.objects.get(type="anchor")
    with forgotten():
        world.pump()
        txid = waiting.attempts.get().txid
    world.mine(STELLAR)
    assert restored.reopen(network=STELLAR, skip=2, reason="", actor="usr_operator", now=world.now).taken_over[-1] == (
        waiting.pk
    )
    assert (land(world).txid, waiting.attempts.count()) == (txid, 1)
    assert NetworkAnchor.objects.get().txid == txid


def test_a_record_that_was_cut_off_meanwhile_is_told(world: World, node: Horizon, public_key: str) -> None:
    sealed(world)
    make_events(3, now=world.now)
    sealed(world)
    assert anchor_on_network(now=world.now)
    with connections["audit"].cursor() as cursor:  # whoever owns the server
        cursor.execute("SET session_replication_role = replica; DELETE FROM audit_checkpoint WHERE number = 2")
        cursor.execute("SET session_replication_role = DEFAULT")
    done = land(world)
    kept = NetworkAnchor.objects.get()
    assert (kept.checkpoint, kept.txid) == (None, done.txid)
    told = Event.objects.get(type="record.contradicted")
    assert told.data == {"network": STELLAR, "txid": done.txid, "hash": kept.hash}
    anchor_on_network(now=world.now)
    assert Event.objects.filter(type="record.contradicted").count() == 1
    assert not check_export(public_key, memo_in(node, done.txid)).is_proved
    for change in ("UPDATE audit_networkanchor SET checkpoint = 1", "DELETE FROM audit_networkanchor"):
        with pytest.raises(DatabaseError, match="append-only"), connections["audit"].cursor() as cursor:
            cursor.execute(change)
    with pytest.raises(DatabaseError, match="another hash"):
        NetworkAnchor.objects.create(
            transaction_id="txn_x", checkpoint=1, hash="0" * 64, txid="x", height=1, recorded_at=world.now
        )
    assert anchor.anchored(network=STELLAR, above=kept.height) == []
    hashes = ["a" * 64, "b" * 64] * 2
    begun = do_together([partial(anchor.begin, network=STELLAR, hash=each, now=world.now) for each in hashes])
    assert sorted(begun) == [False, False, False, True]  # one at a time, whichever was first
