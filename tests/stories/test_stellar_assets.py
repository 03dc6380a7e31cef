"""A dollar on Stellar: our trustline opens by itself and is booked, it comes in, goes out, or is refused in time."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stellar_sdk import ChangeTrust, MuxedAccount, Payment

import custody.queries
import ledger.queries
from assets.queries import get_asset
from chains.errors import PaymentImpossible
from chains.values import TRUSTLINE, TRUSTLINE_MINOR
from devnet import faucet
from devnet.faucet import FaucetRefused
from events.models import Event
from ledger.models import Posting
from tests.factories.stellar import Horizon, keypair, lent_horizon, stellar_world
from tests.factories.world import World
from transactions.flows import opening
from transactions.flows.order import Order, prepare
from transactions.models import Attempt, Deposit, Transaction
from wallets.queries import deposit_address

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.nodes]
STELLAR, DOLLAR = "stellar", "USDC.XLM"
CAPITAL = "10000"


@pytest.fixture(scope="module")
def node() -> Horizon:
    made = lent_horizon()
    made.open("payer", "friend", "poor", amount="100000")
    for name in ("payer", "friend"):
        made.post(made.build(name, ChangeTrust(made.usdc())))
    made.mine()
    made.fund(keypair("payer").public_key, "100000", "USDC")
    made.mine()
    return made


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path, node: Horizon) -> Iterator[World]:
    with stellar_world(settings, tmp_path, node, capital=CAPITAL) as made:
        yield made


def hot() -> str:
    return custody.queries.hot_address(network=STELLAR)


def booked(name: str, asset: str = "XLM") -> int:
    return ledger.queries.balance(code=f"network:{STELLAR}:{name}", asset=asset)


def test_a_trustline_is_opened_once_by_itself_and_its_fee_is_the_companys(world: World, node: Horizon) -> None:
    opened = Transaction.objects.get(type="opening")
    assert (opened.status, opened.fee_minor, opened.amount_minor) == ("completed", 100, TRUSTLINE_MINOR)
    assert opened.to_address == f"{TRUSTLINE}{get_asset(DOLLAR).contract}"
    account = node.get(f"/accounts/{hot()}")[1]
    assert [line["balance"] for line in account["balances"] if line.get("asset_code") == "USDC"] == ["0.0000000"]
    # Its reserve has not left, and its fee is no person's: the books say what the account holds.
    assert -booked("treasury") == world.chain_balance(STELLAR, hot()) == world.minor(CAPITAL, "XLM") - 100
    assert (booked("in_transit"), -booked("fees"), booked("suspense")) == (0, 100, world.minor(CAPITAL, "XLM"))
    commands = Event.objects.filter(subject=f"transactions.transaction:{opened.pk}", type="flow.InitiateOpeningCommand")
    assert commands.count() == 1
    before = Posting.objects.count()
    for _ in range(3):
        assert opening.find(network=STELLAR, now=world.now) == 0
        world.work(STELLAR)
    assert (Transaction.objects.filter(type="opening").count(), Posting.objects.count()) == (1, before)


def test_a_dollar_comes_in_and_goes_out(world: World, node: Horizon) -> None:
    owner = world.person(STELLAR)
    to = MuxedAccount.from_account(deposit_address(world.wallet(owner, STELLAR)))
    world.fund(owner, STELLAR, "50")
    envelope = node.build("payer", Payment(to, node.usdc(), "75.5"))
    assert node.post(envelope)[0] == 201
    world.mine(STELLAR)
    world.work(STELLAR)
    assert Deposit.objects.get(txid=envelope.hash().hex()).status == "final"
    assert world.balance(owner, STELLAR, DOLLAR).available == world.minor("75.5", DOLLAR)
    had = Decimal(node.balance("friend", "USDC"))
    done = world.finish(world.send(owner, STELLAR, "20.25", keypair("friend").public_key, asset=DOLLAR, memo="7"))
    assert (done.status, done.fee_minor, done.fee_asset_id) == ("completed", 100, "XLM")
    assert Decimal(node.balance("friend", "USDC")) == had + Decimal("20.25")
    assert world.balance(owner, STELLAR, DOLLAR).available == world.minor("55.25", DOLLAR)
    assert world.balance(owner, STELLAR).available == world.minor("50", "XLM") - 100
    assert world.chain_balance(STELLAR, hot(), DOLLAR) == world.minor("55.25", DOLLAR)


@pytest.mark.parametrize(
    ("to", "why"),
    [("poor", "no trustline for USDC"), ("nobody at all", "has to be before it can be paid this")],
)
def test_who_cannot_hold_a_dollar_is_refused_before_anything_moves(world: World, to: str, why: str) -> None:
    owner = world.person(STELLAR)
    before = (Posting.objects.count(), Transaction.objects.count(), Attempt.objects.count())
    order = Order("send", world.wallet(owner, STELLAR).pk, DOLLAR, "5", keypair(to).public_key)
    with pytest.raises(PaymentImpossible, match=why):
        prepare(order, user_id=owner.pk, now=world.now)
    assert before == (Posting.objects.count(), Transaction.objects.count(), Attempt.objects.count())


def test_a_trustline_that_is_taken_away_meanwhile_costs_the_fee_and_nothing_else(world: World, node: Horizon) -> None:
    """The recipient closes it between our look and the ledger: the network refuses it (op_no_trust)."""
    owner = world.person(STELLAR)
    node.open("fickle")
    node.post(node.build("fickle", ChangeTrust(node.usdc())))
    node.mine()
    to = MuxedAccount.from_account(deposit_address(world.wallet(owner, STELLAR)))
    world.fund(owner, STELLAR, "50")
    node.post(node.build("payer", Payment(to, node.usdc(), "30")))
    world.mine(STELLAR)
    world.work(STELLAR)
    sent = world.send(owner, STELLAR, "30", keypair("fickle").public_key, asset=DOLLAR)
    node.post(node.build("fickle", ChangeTrust(node.usdc(), "0")))  # gets into the ledger before ours does
    world.pump()
    done = world.finish(sent)
    assert (done.status, done.failure_code) == ("failed", "failed_on_network")
    assert world.balance(owner, STELLAR, DOLLAR).available == world.minor("30", DOLLAR)
    assert world.balance(owner, STELLAR).available == world.minor("50", "XLM") - 100


def test_without_a_trustline_nothing_arrives(node: Horizon, world: World) -> None:
    with pytest.raises(FaucetRefused) as refusal:
        faucet.fund(network=STELLAR, address=keypair("poor").public_key, minor=5, asset=DOLLAR)
    assert "op_no_trust" in refusal.value.why
