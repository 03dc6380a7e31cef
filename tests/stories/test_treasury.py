"""Between the hot wallet and cold: what is too much leaves, what is lacking comes back at the word of two people."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from eth_account import Account

import chains.queries
import custody.queries
import ledger.queries
from assets.queries import native_asset
from chains.errors import SignedRefused
from chains.values import Signed
from custody.base import Purpose
from custody.services import allocate_key
from devnet import faucet
from ledger.errors import InsufficientFunds
from ledger.models import Posting
from rates.services import record_price
from reconciliation.models import Case
from reconciliation.services import corrections
from solvency.services import guard, snapshots
from tests.factories.cold import approve, cold_key, export, keep_cold
from tests.factories.reconciliation import check, is_clean
from tests.factories.world import World
from tests.stories.test_after_restore import forgotten
from transactions.engine import run as engine
from transactions.errors import OwnTreasury, RefillDecided, SecondPersonNeeded
from transactions.flows import cold_signing, overflow, restored
from transactions.models import Attempt, Deposit, Refill, Transaction
from transactions.services import coins, refills, schedule, worth

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


def booked(network: str, name: str, asset: str = "") -> int:
    code = asset or native_asset(network).code
    return -ledger.queries.balance(code=f"network:{network}:{name}", asset=code)


def settled(world: World, found: Transaction) -> Transaction:
    """Return it completed, and beyond every reorg."""
    assert world.finish(found, turns=40).status == "completed"
    world.finalize(found.network_id)
    found.refresh_from_db()
    return found


@BOTH
def test_what_is_too_much_goes_to_cold(world: World, network: str) -> None:
    asset = native_asset(network).code
    key = cold_key(network)
    keep_cold(world, network, key.address, native="1/2/3")
    world.fund_hot_wallet(network, "5")

    found = Transaction.objects.get(type="overflow")
    assert found.to_address == key.address
    fee = found.max_fee_minor
    assert found.amount_minor == world.minor("3", asset) - fee
    is_clean(world, network)
    settled(world, found)

    assert found.fee_minor is not None
    assert world.chain_balance(network, key.address) == booked(network, "cold") == found.amount_minor
    assert booked(network, "treasury") == world.minor("5", asset) - found.amount_minor - found.fee_minor
    assert (booked(network, "fees"), booked(network, "in_transit")) == (found.fee_minor, 0)
    is_clean(world, network)
    assert Transaction.objects.filter(type="overflow").count() == 1


@BOTH
def test_a_refill_comes_full_circle(world: World, network: str) -> None:
    asset = native_asset(network).code
    key = cold_key(network)
    keep_cold(world, network, key.address, native="1/2/3")
    world.fund_hot_wallet(network, "5")
    settled(world, Transaction.objects.get(type="overflow"))
    cold = booked(network, "cold")

    keep_cold(world, network, key.address, native="3/4/6")
    world.work(network)
    refill = Refill.objects.get()
    assert (refill.status, refill.from_address) == ("wanted", key.address)
    assert refill.to_address == custody.queries.hot_address(network=network)
    before = booked(network, "treasury")
    assert refill.amount_minor == world.minor("4", asset) - before
    approve(world, refill)
    signed = key.sign(export(world, refill))
    assert Transaction.objects.filter(type="refill").count() == 0

    found = cold_signing.take(refill_id=refill.pk, content=signed, actor="usr_1", now=world.now)
    is_clean(world, network)
    settled(world, found)
    refill.refresh_from_db()
    assert refill.status == "done"
    assert found.fee_minor is not None
    assert booked(network, "treasury") == before + refill.amount_minor == world.minor("4", asset)
    assert booked(network, "cold") == cold - refill.amount_minor - found.fee_minor
    assert world.chain_balance(network, key.address) == booked(network, "cold")
    assert booked(network, "in_transit") == 0
    is_clean(world, network)
    assert Refill.objects.count() == 1


def full_cold(world: World, network: str) -> Any:
    """Return a cold key whose address holds coins by the books, with the hot wallet below its floor."""
    key = cold_key(network)
    keep_cold(world, network, key.address, native="1/2/3")
    world.fund_hot_wallet(network, "5")
    settled(world, Transaction.objects.get(type="overflow"))
    keep_cold(world, network, key.address, native="3/4/6")
    world.work(network)
    return key


def lowered(world: World, network: str) -> tuple[Any, Refill]:
    """Return a cold key and the refill that two people have approved."""
    key = full_cold(world, network)
    refill = Refill.objects.get(status="wanted")
    approve(world, refill)
    return key, refill


def refused(world: World, refill: Refill, content: str, says: str) -> None:
    """It is refused in these words, and nothing has moved."""
    before = (Posting.objects.count(), Transaction.objects.count(), Attempt.objects.count())
    with pytest.raises(SignedRefused) as met:
        cold_signing.take(refill_id=refill.pk, content=content, actor="usr_1", now=world.now)
    assert says in met.value.what_happened, met.value.what_happened
    refill.refresh_from_db()
    assert refill.status == "approved"
    assert refill.transaction is None
    assert (Posting.objects.count(), Transaction.objects.count(), Attempt.objects.count()) == before


def test_what_ethereum_keys_sign_otherwise_is_refused(world: World) -> None:
    key, refill = lowered(world, "ethereum")
    text = export(world, refill)
    stranger = world.stranger("ethereum")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"to": stranger}, "It does not pay"),
        ({"value": refill.amount_minor - 1}, "It does not pay"),
        ({"value": refill.amount_minor + 1}, "It does not pay"),
        ({"chainId": 1}, "another chain's id"),
        ({"data": "0x01"}, "calldata"),
        ({"maxFeePerGas": refill.max_fee_minor}, "were approved"),
        ({"maxFeePerGas": 1, "maxPriorityFeePerGas": 1}, "It offers a rate of 1"),
        ({"nonce": 7}, "Its number is 7"),
        ({"gas": 20_000}, "It allows 20000 gas"),
    ]
    for instead, says in cases:
        refused(world, refill, key.sign(text, **instead), says)
    other = cold_key("ethereum")
    refused(world, refill, other.sign(text), "not on the cold address")
    refused(world, refill, text, "This is no transaction")
    good = key.sign(text)
    high = good[:-64] + f"{ORDER - int(good[-64:], 16):064x}"
    refused(world, refill, high, "low-s")
    refused(world, refill, good[:-2], "This is no transaction")
    refused(world, refill, "refill, please", "hexadecimal")
    refused(world, refill, "0x" + "00" * 50, "This is no transaction")
    refused(world, refill, "f" * 100_000, "hexadecimal")

    found = cold_signing.take(refill_id=refill.pk, content=good, actor="usr_1", now=world.now)
    assert cold_signing.take(refill_id=refill.pk, content=good, actor="usr_2", now=world.now).pk == found.pk
    another = key.sign(text, gas=30_000)
    with pytest.raises(RefillDecided):
        cold_signing.take(refill_id=refill.pk, content=another, actor="usr_1", now=world.now)
    assert Transaction.objects.filter(type="refill").count() == 1
    settled(world, found)


def test_what_bitcoin_keys_sign_otherwise_is_refused(world: World) -> None:
    key, refill = lowered(world, "bitcoin")
    text = export(world, refill)
    hot, stranger, amount = refill.to_address, world.stranger("bitcoin"), refill.amount_minor
    rest = sum(minor for address, minor in key.pays(text) if address == key.address)
    assert sorted(key.pays(text)) == sorted([(hot, amount), (key.address, rest)])
    cases: list[tuple[list[tuple[str, int]], str]] = [
        ([(stranger, amount), (key.address, rest)], "It does not pay"),
        ([(hot, amount - 1), (key.address, rest)], "It does not pay"),
        ([(hot, amount + 1), (key.address, rest)], "It does not pay"),
        ([(hot, amount), (stranger, rest)], "It pays somebody else besides"),
        ([(hot, amount), (key.address, rest - 1_000), (stranger, 1_000)], "It pays somebody else besides"),
        ([(hot, amount), (hot, rest)], "It pays somebody else besides"),
        ([(hot, amount), (key.address, rest - refill.max_fee_minor)], "were approved"),
        ([(hot, amount)], "were approved"),
        ([(hot, amount), (key.address, rest + 10**8)], "more than comes in"),
    ]
    for outputs, says in cases:
        refused(world, refill, key.sign(text, outputs=outputs), says)
    refused(world, refill, text, "not signed")
    refused(world, refill, "refill, please", "neither")
    refused(world, refill, "00" * 80, "neither")
    with pytest.raises(AssertionError):
        cold_key("bitcoin").sign(text)  # another key has nothing to sign there

    signed = key.sign(text)
    found = cold_signing.take(refill_id=refill.pk, content=signed, actor="usr_1", now=world.now)
    with pytest.raises(RefillDecided):
        cold_signing.take(
            refill_id=refill.pk,
            content=key.sign(text, outputs=[(hot, amount), (key.address, rest - 1)]),
            actor="usr_1",
            now=world.now,
        )
    assert Transaction.objects.filter(type="refill").count() == 1
    settled(world, found)


def test_nothing_is_exported_or_imported_before_two_people_have_approved(world: World) -> None:
    key = full_cold(world, "ethereum")
    refill = Refill.objects.get()
    for status in ("wanted", "seconded"):
        refill.refresh_from_db()
        assert refill.status == status
        with pytest.raises(RefillDecided):
            export(world, refill)
        with pytest.raises(RefillDecided):
            cold_signing.take(refill_id=refill.pk, content=signed_by(key, refill), actor="usr_1", now=world.now)
        if status == "wanted":
            refills.approve(refill_id=refill.pk, actor="usr_1", now=world.now)
    with pytest.raises(SecondPersonNeeded):
        refills.approve(refill_id=refill.pk, actor="usr_1", now=world.now)
    refill.refresh_from_db()
    assert (refill.status, refill.seconded_by, refill.approved_by) == ("seconded", "usr_1", "")
    refills.refuse(refill_id=refill.pk, reason="It is night.", actor="usr_2", now=world.now)
    with pytest.raises(RefillDecided):
        refills.approve(refill_id=refill.pk, actor="usr_3", now=world.now)
    world.work("ethereum")
    assert Refill.objects.count() == 1
    world.pass_time(hours=7)
    world.work("ethereum")
    assert [each.status for each in Refill.objects.order_by("id")] == ["refused", "wanted"]


def signed_by(key: Any, refill: Refill) -> str:
    """Return what a cold key would sign by itself for this refill."""
    fields = {"chainId": 31337, "nonce": 0, "gas": 21_000, "maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}
    made = Account.sign_transaction({**fields, "to": refill.to_address, "value": refill.amount_minor}, key.account.key)
    return "0x" + bytes(made.raw_transaction).hex()


@BOTH
def test_coins_from_outside_that_reach_a_cold_address_are_in_the_books(world: World, network: str) -> None:
    asset = native_asset(network).code
    key = cold_key(network)
    keep_cold(world, network, key.address)
    faucet.fund(network=network, address=key.address, minor=world.minor("0.4", asset))
    world.finalize(network)
    world.turn(1)
    assert booked(network, "cold") == world.minor("0.4", asset) == -booked(network, "suspense")
    assert booked(network, "treasury") == 0
    deposit = Deposit.objects.get()
    assert deposit.status == "final"
    assert deposit.wallet is None
    is_clean(world, network)


def test_coins_that_leave_cold_past_the_books_make_a_case_that_two_people_correct(world: World) -> None:
    """The cold key's owner pays the hot wallet by hand: it comes under suspense there, and is missing in cold."""
    key = full_cold(world, "ethereum")
    refill = Refill.objects.get()
    minor, hot, cold = refill.amount_minor, booked("ethereum", "treasury"), booked("ethereum", "cold")
    world.node("ethereum", "eth_sendRawTransaction", signed_by(key, refill))
    world.finalize("ethereum")
    assert (booked("ethereum", "treasury"), booked("ethereum", "cold")) == (hot + minor, cold)

    check(world, "ethereum")
    case = Case.objects.get(status="open", kind="network")
    assert case.cold_minor == world.chain_balance("ethereum", key.address) - cold < -minor
    assert (case.treasury_minor, case.deposits_minor, case.difference_minor) == (0, 0, case.cold_minor)
    wanted = corrections.request(
        correction_id="cor_" + "0" * 26, case_id=case.pk, reason="Paid by hand.", actor="usr_1", now=world.now
    )
    corrections.approve(correction_id=wanted.pk, actor="usr_2", now=world.now)
    assert booked("ethereum", "cold") == world.chain_balance("ethereum", key.address)
    refills.refuse(refill_id=refill.pk, reason="Done by hand.", actor="usr_1", now=world.now)
    is_clean(world, "ethereum")


def test_what_the_cold_key_keeps_of_a_payment_by_hand_is_no_new_coin(world: World) -> None:
    key, refill = lowered(world, "bitcoin")
    signed, text = by_hand(key, export(world, refill)), export(world, refill)
    hot, cold = booked("bitcoin", "treasury"), booked("bitcoin", "cold")
    fee = cold - sum(minor for _, minor in key.pays(text))
    world.node("bitcoin", "sendrawtransaction", signed.raw.hex())
    world.finalize("bitcoin")
    assert (booked("bitcoin", "treasury"), booked("bitcoin", "cold")) == (hot + refill.amount_minor, cold)
    assert Deposit.objects.filter(address=key.address, txid=signed.txid).count() == 0

    check(world, "bitcoin")
    case = Case.objects.get(status="open", kind="network")
    assert case.cold_minor == -refill.amount_minor - fee
    assert world.chain_balance("bitcoin", key.address) == cold + case.cold_minor
    wanted = corrections.request(
        correction_id="cor_" + "0" * 26, case_id=case.pk, reason="Paid by hand.", actor="usr_1", now=world.now
    )
    corrections.approve(correction_id=wanted.pk, actor="usr_2", now=world.now)
    refills.refuse(refill_id=refill.pk, reason="Done by hand.", actor="usr_1", now=world.now)
    is_clean(world, "bitcoin")


def by_hand(key: Any, text: str) -> Signed:
    """Return what the cold key's keepers hand to the network themselves."""
    found = coins.in_cold(network="bitcoin", address=key.address)
    return chains.queries.get_adapter("bitcoin").read_signed(key.sign(text), found).signed


def test_a_refill_that_a_restore_has_forgotten_is_booked_as_what_it_was(world: World) -> None:
    key, refill = lowered(world, "bitcoin")
    text = export(world, refill)
    hot, cold = booked("bitcoin", "treasury"), booked("bitcoin", "cold")
    with forgotten():
        signed = by_hand(key, text)
        cold_signing.take(refill_id=refill.pk, content=key.sign(text), actor="usr_1", now=world.now)
        world.pump()
        world.finalize("bitcoin")
    assert chains.queries.get_adapter("bitcoin").state(signed.txid).presence == "mined"
    restored.reopen(network="bitcoin", skip=3, reason="A refill.", actor="usr_operator", now=world.now)
    world.finalize("bitcoin")
    assert booked("bitcoin", "treasury") == hot + refill.amount_minor
    assert booked("bitcoin", "cold") == world.chain_balance("bitcoin", key.address) < cold - refill.amount_minor
    refills.refuse(refill_id=refill.pk, reason="It came.", actor="usr_1", now=world.now)
    is_clean(world, "bitcoin")


@BOTH
def test_sends_that_wait_come_before_cold(world: World, network: str) -> None:
    """An overflow that is not signed yet is given up for a send that takes its coins."""
    asset = native_asset(network).code
    key = cold_key(network)
    owner = world.rich(network, "6")
    keep_cold(world, network, key.address, native="1/2/3")
    overflow.find(network=network, now=world.now)
    found = Transaction.objects.get(type="overflow")
    send = world.send(owner, network, "5")
    engine_turn(world, found)
    found.refresh_from_db()
    assert (found.status, found.failure_code) == ("failed", "queue_comes_first")
    assert not Attempt.objects.filter(transaction=found).exists()
    assert booked(network, "treasury") + booked(network, "deposits") == world.minor("6", asset) - fees(network)
    settled(world, send)
    assert booked(network, "cold") == 0


def fees(network: str) -> int:
    return booked(network, "fees")


def engine_turn(world: World, found: Transaction) -> None:
    """Let a worker take up this one transaction alone."""
    claimed = schedule.claim(now=world.now, transaction_id=found.pk)
    assert claimed is not None
    engine.advance(claimed, now=world.now)


def test_nothing_goes_to_a_cold_address_that_is_ours_or_was_changed(world: World) -> None:
    ours = allocate_key(network="ethereum", purpose=Purpose.DEPOSIT, now=world.now).address
    keep_cold(world, "ethereum", ours, native="1/2/3")
    world.fund_hot_wallet("ethereum", "5")
    world.work("ethereum")
    assert not Transaction.objects.filter(type="overflow").exists()

    keep_cold(world, "ethereum", cold_key("ethereum").address, native="1/2/3")
    overflow.find(network="ethereum", now=world.now)
    found = Transaction.objects.get(type="overflow")
    keep_cold(world, "ethereum", cold_key("ethereum").address, native="1/2/3")
    engine_turn(world, found)
    found.refresh_from_db()
    assert (found.status, found.failure_code) == ("failed", "cold_address_changed")
    assert not Attempt.objects.exists()


def test_tokens_go_to_cold_and_come_back_for_gas_of_the_cold_address(world: World) -> None:
    key = cold_key("ethereum")
    keep_cold(world, "ethereum", key.address, USDC_ETH="100/200/300")
    world.fund_hot_wallet("ethereum", "1")
    world.fund_hot_wallet("ethereum", "500", "USDC.ETH")
    settled(world, Transaction.objects.get(type="overflow"))
    assert booked("ethereum", "cold", "USDC.ETH") == world.minor("300", "USDC.ETH")
    assert world.chain_balance("ethereum", key.address, "USDC.ETH") == world.minor("300", "USDC.ETH")
    is_clean(world, "ethereum")

    keep_cold(world, "ethereum", key.address, USDC_ETH="250/280/400")
    world.work("ethereum")
    refill = Refill.objects.get()
    assert refill.amount_minor == world.minor("80", "USDC.ETH")
    approve(world, refill)
    text = export(world, refill)
    refused(world, refill, key.sign(text), "holds less on the network")
    world.node("ethereum", "anvil_setBalance", key.address, hex(10**18))  # no block shows it: it is not in the books
    with pytest.raises(InsufficientFunds):
        cold_signing.take(refill_id=refill.pk, content=key.sign(text), actor="usr_1", now=world.now)
    assert not Transaction.objects.filter(type="refill").exists()
    world.node("ethereum", "anvil_setBalance", key.address, "0x0")
    faucet.fund(network="ethereum", address=key.address, minor=10**18)
    world.finalize("ethereum")
    found = cold_signing.take(refill_id=refill.pk, content=key.sign(text), actor="usr_1", now=world.now)
    settled(world, found)
    assert booked("ethereum", "treasury", "USDC.ETH") == world.minor("280", "USDC.ETH")
    assert booked("ethereum", "cold", "USDC.ETH") == world.minor("220", "USDC.ETH")
    is_clean(world, "ethereum")


def test_a_refill_whose_number_is_used_up_otherwise_fails_and_is_asked_for_again(world: World) -> None:
    key, refill = lowered(world, "ethereum")
    text = export(world, refill)
    cold = booked("ethereum", "cold")
    lost = cold_signing.take(refill_id=refill.pk, content=key.sign(text), actor="usr_1", now=world.now)
    assert booked("ethereum", "cold") < cold
    dearer = key.sign(text, to=key.address, value=0, maxFeePerGas=10**12, maxPriorityFeePerGas=10**11)
    world.node("ethereum", "eth_sendRawTransaction", dearer)
    world.finish(lost, turns=120)
    lost.refresh_from_db()
    refill.refresh_from_db()
    assert (lost.status, lost.failure_code, refill.status) == ("failed", "replaced", "failed")
    assert booked("ethereum", "cold") == cold
    world.work("ethereum")
    assert Refill.objects.filter(status="wanted").count() == 1
    check(world, "ethereum")
    case = Case.objects.get(status="open", kind="network")  # what its owner has paid for that
    corrections.request(correction_id="cor_" + "1" * 26, case_id=case.pk, reason="A fee.", actor="usr_1", now=world.now)
    corrections.approve(correction_id="cor_" + "1" * 26, actor="usr_2", now=world.now)


def test_cold_coins_count_as_reserves_and_stand_apart_in_the_proof(world: World) -> None:
    key = cold_key("ethereum")
    world.rich("ethereum", "6")
    keep_cold(world, "ethereum", key.address, native="1/2/3")
    world.fund_hot_wallet("ethereum", "1")
    settled(world, Transaction.objects.get(type="overflow"))
    reading = next(each for each in guard.check_reserves(now=world.now) if each.asset_id == "ETH")
    assert (reading.verdict, reading.missing_minor) == ("covered", 0)
    made = snapshots.take(now=world.now)
    held = json.loads(made.reserves)["networks"]["ethereum"]
    assert held["unsigned"] == [{"address": key.address, "balances": {"ETH": str(booked("ethereum", "cold"))}}]
    assert key.address not in {each["address"] for each in held["addresses"]}
    signed = sum(int(each["balances"].get("ETH", 0)) for each in held["addresses"])
    assert int(json.loads(made.roots)["assets"]["ETH"]["reserves"]) == signed + booked("ethereum", "cold")


def test_nobody_sends_to_a_cold_address(world: World) -> None:
    """Their coins would be back with us, and their send settled as if they had left."""
    key = cold_key("ethereum")
    owner = world.rich("ethereum", "1")
    keep_cold(world, "ethereum", key.address)
    with pytest.raises(OwnTreasury):
        world.send(owner, "ethereum", "0.1", key.address)
    assert not Transaction.objects.filter(type="send").exists()


def test_what_waits_too_long_for_fees_does_not_keep_sends_from_their_coins(world: World) -> None:
    key = cold_key("ethereum")
    owner = world.rich("ethereum", "6")
    keep_cold(world, "ethereum", key.address, native="1/2/3")
    overflow.find(network="ethereum", now=world.now)
    found = Transaction.objects.get(type="overflow")
    Transaction.objects.filter(pk=found.pk).update(max_fee_minor=1)
    engine_turn(world, found)
    found.refresh_from_db()
    assert (found.status, found.sub_status) == ("balance_reserved", "waiting_for_lower_fees")
    world.send(owner, "ethereum", "5")
    world.pass_time(minutes=2)
    engine_turn(world, found)
    found.refresh_from_db()
    assert (found.status, found.failure_code) == ("failed", "queue_comes_first")


def test_sweeps_wait_for_what_the_configuration_names(world: World) -> None:
    """In units, and in USD at a fresh price."""
    ether, now = native_asset("ethereum"), world.now
    half: dict[str, Any] = {"minor": 5 * 10**17, "fee_minor": 10**14, "now": now}
    assert worth.is_worth_sweeping(ether, **half)
    world.settings.SWEEP_LEAST = {"ETH": Decimal("0.6")}
    assert not worth.is_worth_sweeping(ether, **half)
    world.settings.SWEEP_LEAST = {"ETH": Decimal("0.5")}
    assert worth.is_worth_sweeping(ether, **half)
    world.settings.SWEEP_LEAST_USD = 1_000
    assert worth.is_worth_sweeping(ether, **half)  # no price: no bar
    record_price(base="ETH", quote="USD", price=Decimal(1_999), source="test", now=now)
    assert not worth.is_worth_sweeping(ether, **half)
    record_price(base="ETH", quote="USD", price=Decimal(2_000), source="test", now=now + timedelta(seconds=1))
    assert worth.is_worth_sweeping(ether, **half)


@BOTH
def test_a_send_that_lacks_liquidity_says_so_and_is_paid_from_a_refill(world: World, network: str) -> None:
    """What lies in cold is nothing that a send can take, and its lacking asks for it."""
    key = cold_key(network)
    owner = world.rich(network, "6")
    keep_cold(world, network, key.address, native="0/1/2")
    world.fund_hot_wallet(network, "0.1")
    settled(world, Transaction.objects.get(type="overflow"))
    send = world.send(owner, network, "4")
    world.turn(2)
    send.refresh_from_db()
    assert (send.status, send.sub_status) == ("balance_reserved", "waiting_for_liquidity")
    refill = Refill.objects.get()
    assert "of which sends that wait take 4" in refill.reason
    approve(world, refill)
    found = cold_signing.take(
        refill_id=refill.pk, content=key.sign(export(world, refill)), actor="usr_1", now=world.now
    )
    settled(world, found)
    settled(world, send)
    is_clean(world, network)
