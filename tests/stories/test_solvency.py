"""Proofs of solvency on the local networks: solvent after deposits and sends, and halted when coins vanish."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

import chains.queries
import custody.queries
from chains.values import Coin, Outpoint, Payment, Priority
from custody.errors import KeysUnavailable
from custody.models import Key, SignatureGuard
from custody.services.sealing import open_private_key
from custody.signers.secp256k1 import sign_digest
from events.models import Event
from ledger.models import Posting
from solvency.models import Reading, Snapshot
from solvency.services import guard, snapshots
from tests.factories.custody import use_no_keys
from tests.factories.solvency import check_person, check_reserves, roots_of
from tests.factories.world import World, living_world
from transactions.errors import SendsHalted
from transactions.models import Coin as CoinRow
from transactions.models import SendHalt, Transaction
from transactions.queries.halts import find_halt
from transactions.services import halts

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def _strict(settings: Any) -> None:
    settings.SOLVENCY_TOLERANCE_PPM = 0


class Over(Exception):
    """Leaves a world whose laws do not hold any more: somebody has robbed it."""


@pytest.fixture
def robbed(settings: Any, tmp_path: Path) -> Iterator[World]:
    with suppress(Over), living_world(settings, tmp_path) as world:
        yield world
        raise Over


def look(world: World) -> dict[str, Reading]:
    world.pass_time(minutes=3)
    return {each.asset_id: each for each in guard.check_reserves(now=world.now)}


def test_solvent_after_deposits_and_sends(world: World) -> None:
    first, second = world.rich("bitcoin", "1"), world.rich("bitcoin", "2")
    for each in look(world).values():
        assert (each.verdict, each.missing_minor, each.nodes) == ("covered", 0, 1), (each.asset_id, each.reason)
    snapshot = snapshots.take(now=world.now)
    found = roots_of(snapshot)["assets"]["BTC"]
    assert (found["liabilities"], found["reserves"], found["ratio"]) == ("300000000", "300000000", "1.0000")
    assert check_reserves(snapshot) == {"BTC": 300_000_000}
    check_person(snapshot, first.pk, "BTC", 100_000_000)
    check_person(snapshot, second.pk, "BTC", 200_000_000)

    # On every step of a send, what is there covers what is owed, to the last satoshi.
    sending = world.send(first, "bitcoin", "0.4", world.stranger("bitcoin"))
    seen = set()
    for _ in range(14):
        world.turn(1)
        reading = look(world)["BTC"]
        seen |= {name for name, minor in reading.figures.items() if minor != "0"}
        assert (reading.verdict, reading.assets_minor) == ("covered", reading.liabilities_minor)
        world.mine("bitcoin")
    sending.refresh_from_db()
    assert sending.status == "completed"
    assert seen == {"liabilities", "reserves", "in_transit", "leaving"}

    # A deposit that is credited and not final yet is named as arriving.
    world.fund(second, "bitcoin", "0.5")
    world.mine("bitcoin", world.settings.NETWORKS["bitcoin"].confirmations)
    world.work("bitcoin")
    later = snapshots.take(now=world.now)
    found = roots_of(later)["assets"]["BTC"]
    assert (found["arriving"], found["assets"]) == ("50000000", found["liabilities"])
    check_person(later, second.pk, "BTC", 250_000_000)
    assert roots_of(later)["previous"] == {"snapshot": snapshot.pk, "sha256": snapshot.digest}
    assert not SendHalt.objects.exists()


def test_gas_that_the_house_pays_is_its_own_to_bring(world: World) -> None:
    owner = world.rich("ethereum", "1")
    assert look(world)["ETH"].verdict == "short"  # the sweep's gas was paid out of people's coins
    world.fund_hot_wallet("ethereum", "0.1")
    assert look(world)["ETH"].verdict == "covered"
    assert find_halt("ETH") is None
    world.finish(world.send(owner, "ethereum", "0.7", world.stranger("ethereum")))
    world.finalize("ethereum")
    assert look(world)["ETH"].verdict == "covered"
    snapshot = snapshots.take(now=world.now)
    found = roots_of(snapshot)["assets"]["ETH"]
    assert check_reserves(snapshot)["ETH"] == int(found["reserves"]) >= int(found["liabilities"])
    check_person(snapshot, owner.pk, "ETH", world.balance(owner, "ethereum").available)


@pytest.mark.parametrize(("network", "asset"), [("bitcoin", "BTC"), ("ethereum", "ETH")])
def test_coins_vanish_and_sends_halt(robbed: World, network: str, asset: str) -> None:
    world = robbed
    world.fund_hot_wallet(network, "0.1")
    owner = world.rich(network, "1")
    waiting = world.send(owner, network, "0.2", world.stranger(network))
    assert look(world)[asset].verdict == "covered"
    steal(world, network)
    before = (world.balance(owner, network), Posting.objects.count(), Transaction.objects.count())

    first = look(world)[asset]
    assert (first.verdict, find_halt(asset)) == ("short", None)  # one reading may be a slip
    second = look(world)[asset]
    assert (second.verdict, second.missing_minor) == ("short", first.missing_minor)
    halted = find_halt(asset)
    assert halted is not None
    assert (halted.halted_by, halted.missing_minor) == ("system", second.missing_minor)
    told = Event.objects.get(type="sendhalt.halted")
    assert (told.data["severity"], told.data["asset"]) == ("critical", asset)
    with pytest.raises(SendsHalted):
        world.send(owner, network, "0.1", world.stranger(network))
    world.turn(2)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.sub_status) == ("balance_reserved", "sends_halted")
    assert not SignatureGuard.objects.filter(subject=waiting.pk).exists()
    assert before == (world.balance(owner, network), Posting.objects.count(), Transaction.objects.count())

    resume(world, halted, reason="made good", missing=0, first="usr_a", second="usr_b")
    assert look(world)[asset].verdict == "short"
    assert find_halt(asset) is not None  # nothing was made good: it halts again
    give_back(world, network)
    halted = find_halt(asset)
    assert halted is not None
    assert look(world)[asset].verdict == "covered"
    assert find_halt(asset) is not None  # it never resumes by itself
    resume(world, halted, reason="made good", missing=0, first="usr_b", second="usr_a")
    world.pass_time(minutes=1)
    for _ in range(3):
        world.finalize(network)
        world.pass_time(minutes=3)
    world.work(network)
    waiting.refresh_from_db()
    assert waiting.status == "completed"
    assert look(world)[asset].verdict == "covered"
    assert find_halt(asset) is None


def test_two_people_may_let_sends_go_on_with_what_they_know_to_be_missing(robbed: World) -> None:
    world = robbed
    world.rich("ethereum", "1")
    missing = look(world)["ETH"].missing_minor
    look(world)
    halted = find_halt("ETH")
    assert halted is not None
    resume(world, halted, reason="the gas of a sweep", missing=missing, first="usr_a", second="usr_b")
    for _ in range(3):
        assert (look(world)["ETH"].verdict, find_halt("ETH")) == ("short", None)
    world.node("ethereum", "anvil_setBalance", custody.queries.hot_address(network="ethereum"), hex(10**17))
    world.finalize("ethereum")
    look(world)
    look(world)
    assert find_halt("ETH") is not None  # more is missing than they knew
    give_back(world, "ethereum")


def resume(world: World, halted: SendHalt, *, reason: str, missing: int, first: str, second: str) -> None:
    halts.want_resume(halt_id=halted.pk, reason=reason, missing_minor=missing, actor=first, now=world.now)
    halts.approve_resume(halt_id=halted.pk, actor=second, now=world.now)


def steal(world: World, network: str) -> None:
    """Let most of what the paying wallet or the pool holds be gone, past the product."""
    if network == "ethereum":
        world.node(network, "anvil_setBalance", custody.queries.hot_address(network=network), hex(10**17))
    else:
        thief(world)
    world.mine(network)
    world.scan(network)


def give_back(world: World, network: str) -> None:
    if network == "ethereum":
        world.node(network, "anvil_setBalance", custody.queries.hot_address(network=network), hex(2 * 10**18))
        world.mine(network)
    else:
        world.fund_hot_wallet(network, "2")
    world.finalize(network)


def thief(world: World) -> None:
    """Somebody who has our key spends the largest coin to an address of their own."""
    row = CoinRow.objects.filter(network_id="bitcoin", reserved_by__isnull=True, spent_height__isnull=True)
    coin = row.order_by("-minor").first()
    assert coin is not None
    adapter = chains.queries.get_adapter("bitcoin")
    rate = next(rate for rate in adapter.fee_rates() if rate.priority is Priority.FAST)
    to = world.stranger("bitcoin")
    spent = (Coin(Outpoint(coin.txid, coin.vout), coin.minor, coin.address),)
    payment = Payment(to, coin.minor, "", rate, coins=spent, change_address=to, subtract_fee=True)
    payload = adapter.build(payment).payload
    key = Key.objects.get(network="bitcoin", address=coin.address)
    with open_private_key(key, now=timezone.now()) as private:
        signatures = [
            sign_digest(private, digest, public_key=bytes(key.public_key)) for digest in adapter.digests(payload)
        ]
    assert adapter.broadcast(adapter.attach(payload, signatures, [bytes(key.public_key)])).outcome == "succeeded"


def test_a_lying_node_and_a_silent_one(world: World) -> None:
    """One reading that no other bears out halts nothing; nodes that cannot say for an hour do."""
    world.rich("bitcoin", "1")
    assert look(world)["BTC"].verdict == "covered"
    world.node("bitcoin", "devnet_fault", "error", "scantxoutset", 1)
    assert look(world)["BTC"].verdict == "unknown"
    assert find_halt("BTC") is None
    for _ in range(21):
        world.node("bitcoin", "devnet_fault", "error", "scantxoutset", 2)
        found = look(world)
    assert found["BTC"].verdict == "unknown"
    assert find_halt("BTC") is not None
    world.node("bitcoin", "devnet_reset")


def test_a_process_without_keys_publishes_nothing(world: World) -> None:
    use_no_keys(world.settings)
    with pytest.raises(KeysUnavailable):
        snapshots.take(now=world.now)
    assert not Snapshot.objects.exists()


def test_snapshots_are_due_once_a_day(world: World) -> None:
    assert snapshots.is_due(now=world.now)
    world.rich("bitcoin", "1")
    snapshots.take(now=world.now)
    assert not snapshots.is_due(now=world.now + timedelta(hours=23, minutes=59))
    assert snapshots.is_due(now=world.now + timedelta(hours=24))
