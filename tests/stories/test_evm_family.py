"""The main job on each EVM network, with its own coin and with tokens of every kind that there is."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

import assets.queries
import chains.queries
from accounts.models import User
from assets.models import Asset
from devnet import tokens
from devnet.ethereum import Anvil
from ledger.errors import InsufficientFunds
from ledger.models import Posting
from reconciliation.models import Case
from solvency.services import guard
from tests.factories.reconciliation import FULL, aim, check, is_clean
from tests.factories.world import World, living_world
from tests.stories.test_reorg import reorgs_of_every_depth
from transactions.errors import SendsHalted, TokenTakesFee
from transactions.models import Attempt, Transaction
from transactions.services.accounts import open_network_accounts

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]

DOLLARS = {"ethereum": "USDC.ETH", "polygon": "USDC.POL", "bsc": "USDC.BNB"}
TYPES = {"ethereum": "0x2", "polygon": "0x2", "bsc": "0x0"}
STRANGE = "STRANGE"


@contextmanager
def world_on(network: str, settings: Any, folder: Path) -> Iterator[World]:
    with living_world(settings, folder, networks=(network,)) as world:
        world.fund_hot_wallet(network, "1")  # the company's own: gas
        yield world


@pytest.fixture
def family(request: pytest.FixtureRequest, transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    with world_on(request.param, settings, tmp_path) as world:
        yield world


ON_EACH = pytest.mark.parametrize("family", list(DOLLARS), indirect=True)
ON_NEW = pytest.mark.parametrize("family", ["polygon", "bsc"], indirect=True)


def type_of(world: World, sent: Transaction) -> str:
    """The form in which the node has it."""
    return str(world.node(sent.network_id, "eth_getTransactionByHash", sent.txid)["type"])


def settle_everything(world: World, network: str) -> None:
    for _ in range(4):
        world.finalize(network)


@ON_NEW
def test_native_coins_arrive_are_swept_and_leave(family: World) -> None:
    world, (network,) = family, family.networks
    coin = assets.queries.native_asset(network).code
    owner, stranger = world.person(network), world.stranger(network)
    world.fund(owner, network, "3")
    world.mine(network)
    world.scan(network)
    arriving = world.balance(owner, network)
    assert (arriving.available, arriving.pending) == (0, world.minor("3", coin))
    settle_everything(world, network)
    sweep = Transaction.objects.get(type="sweep")
    assert (sweep.status, sweep.asset_id, type_of(world, sweep)) == ("completed", coin, TYPES[network])

    sending = world.finish(world.send(owner, network, "1.25", stranger))
    assert (sending.status, type_of(world, sending)) == ("completed", TYPES[network])
    assert world.chain_balance(network, stranger) == world.minor("1.25", coin)
    left = world.balance(owner, network)
    assert (left.available, left.held) == (world.minor("1.75", coin) - (sending.fee_minor or 0), 0)
    settle_everything(world, network)
    is_clean(world, network)


@ON_EACH
def test_dollars_arrive_are_swept_and_leave(family: World) -> None:
    """In each network's own decimals; the fee is paid in the network's coin, and gas is not taken from people."""
    world, (network,) = family, family.networks
    dollar, coin = DOLLARS[network], assets.queries.native_asset(network).code
    owner, stranger = world.person(network), world.stranger(network)
    world.fund(owner, network, "100", dollar)
    world.fund(owner, network, "0.01")
    world.mine(network)
    world.scan(network)
    assert world.balance(owner, network, dollar).pending == world.minor("100", dollar)
    settle_everything(world, network)
    assert world.balance(owner, network, dollar).available == world.minor("100", dollar)
    assert world.balance(owner, network).available == world.minor("0.01", coin)
    settle_everything(world, network)
    for asset in (dollar, coin):
        sweep = Transaction.objects.get(type="sweep", asset_id=asset)
        assert (sweep.status, type_of(world, sweep)) == ("completed", TYPES[network])
    is_clean(world, network)

    sending = world.send(owner, network, "40.5", stranger, asset=dollar)
    held, gas = world.balance(owner, network, dollar), world.balance(owner, network)
    assert (held.available, held.held) == (world.minor("59.5", dollar), world.minor("40.5", dollar))
    assert (gas.available, gas.held) == (world.minor("0.01", coin) - sending.max_fee_minor, sending.max_fee_minor)
    world.mine(network)
    world.work(network)
    is_clean(world, network)
    world.finish(sending)
    assert (sending.status, type_of(world, sending)) == ("completed", TYPES[network])
    assert world.chain_balance(network, stranger, dollar) == world.minor("40.5", dollar)
    fee = sending.fee_minor or 0
    assert 0 < fee <= sending.max_fee_minor
    assert (world.balance(owner, network, dollar).available, world.balance(owner, network, dollar).held) == (
        world.minor("59.5", dollar),
        0,
    )
    assert world.balance(owner, network).available == world.minor("0.01", coin) - fee
    settle_everything(world, network)
    is_clean(world, network)


@ON_NEW
def test_without_the_networks_coin_no_token_is_sent(family: World) -> None:
    world, (network,) = family, family.networks
    dollar = DOLLARS[network]
    owner = world.person(network)
    world.fund(owner, network, "100", dollar)
    settle_everything(world, network)
    before = (world.balance(owner, network, dollar), Posting.objects.count(), Transaction.objects.count())
    with pytest.raises(InsufficientFunds):
        world.send(owner, network, "1", asset=dollar)
    assert before == (world.balance(owner, network, dollar), Posting.objects.count(), Transaction.objects.count())


# --- Tokens that are not by the book -------------------------------------------------------------
def add_token(world: World, contract: str, *, takes_fee: bool = False) -> Anvil:
    """Put a contract on the chain and take it in as an asset of this house."""
    (network,) = world.networks
    node = Anvil(world.settings.NETWORKS[network].rpc_urls[0])
    address = str(to_checksum_address(tokens.deploy(node, contract, decimals=8)))
    Asset.objects.create(
        code=STRANGE,
        name=contract,
        kind="token",
        scale=8,
        network_id=network,
        contract=address,
        position=50,
        takes_fee=takes_fee,
    )
    config = world.settings.NETWORKS[network]
    config = replace(config, tokens=(*config.tokens, (STRANGE, address)))
    world.settings.NETWORKS = {**world.settings.NETWORKS, network: config}
    assets.queries.forget()
    open_network_accounts(network=network, now=world.now)
    return node


def funded(world: World, amount: str) -> User:
    """A person with gas and so many strange tokens, everything final and swept that can be."""
    (network,) = world.networks
    owner = world.person(network)
    world.fund(owner, network, "0.5")
    world.fund(owner, network, amount, STRANGE)
    for _ in range(2):
        settle_everything(world, network)
    return owner


@pytest.fixture
def ethereum(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    with world_on("ethereum", settings, tmp_path) as world:
        yield world
    assets.queries.forget()


def test_a_token_that_answers_nothing_is_a_token(ethereum: World) -> None:
    world, network = ethereum, "ethereum"
    add_token(world, "Mute")
    owner, stranger = funded(world, "50"), world.stranger(network)
    assert Transaction.objects.get(type="sweep", asset_id=STRANGE).status == "completed"
    sending = world.finish(world.send(owner, network, "20.00000001", stranger, asset=STRANGE))
    assert sending.status == "completed"
    assert world.chain_balance(network, stranger, STRANGE) == 2_000_000_001
    assert world.balance(owner, network, STRANGE).available == 2_999_999_999
    settle_everything(world, network)
    is_clean(world, network)


def test_of_a_token_that_takes_a_fee_what_arrives_is_credited_and_nothing_leaves(ethereum: World) -> None:
    world, network = ethereum, "ethereum"
    add_token(world, "Toll", takes_fee=True)
    owner, friend = funded(world, "50"), world.person(network)
    assert world.balance(owner, network, STRANGE).available == world.minor("49.5", STRANGE)
    assert not Transaction.objects.filter(type="sweep", asset_id=STRANGE).exists()
    before = (world.balance(owner, network, STRANGE), Posting.objects.count(), Transaction.objects.count())
    with pytest.raises(TokenTakesFee) as refusal:
        world.send(owner, network, "1", asset=STRANGE)
    assert (refusal.value.code, refusal.value.status) == ("token_takes_fee", 422)
    assert before == (world.balance(owner, network, STRANGE), Posting.objects.count(), Transaction.objects.count())
    given = world.transfer(owner, network, "10", friend.email, asset=STRANGE)
    assert given.status == "completed"
    assert world.balance(friend, network, STRANGE).available == world.minor("10", STRANGE)
    is_clean(world, network)


class Over(Exception):
    """Leaves a world whose books are wrong, as they have to be."""


@pytest.fixture
def wrong(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    """A world on Ethereum, with two nodes to ask, in which a token does what nobody expects of it."""
    settings.SOLVENCY_TOLERANCE_PPM = 0
    with suppress(Over), world_on("ethereum", settings, tmp_path) as world:
        (url,) = world.settings.NETWORKS["ethereum"].rpc_urls
        aim(world, "ethereum", url, url.replace("127.0.0.1", "localhost"))
        yield world
        raise Over
    assets.queries.forget()


def found_out(world: World, owner: User, *, missing_minor: int) -> None:
    """The books and the chain differ by just that: there is a case, and whoever wants to send is refused."""
    run = check(world, "ethereum", FULL)
    assert run.result == "different", run.reason
    case = Case.objects.get(status="open")
    assert (case.network, case.asset, case.difference_minor) == ("ethereum", STRANGE, -missing_minor)
    for _ in range(2):
        world.pass_time(minutes=3)
        found = {each.asset_id: each for each in guard.check_reserves(now=world.now)}
    assert (found[STRANGE].verdict, found[STRANGE].missing_minor) == ("short", missing_minor)
    assert found["ETH"].verdict == "covered"
    before = (world.balance(owner, "ethereum", STRANGE), Posting.objects.count(), Transaction.objects.count())
    with pytest.raises(SendsHalted):
        world.send(owner, "ethereum", "1", asset=STRANGE)
    assert before == (world.balance(owner, "ethereum", STRANGE), Posting.objects.count(), Transaction.objects.count())


def test_a_token_whose_log_says_more_than_arrives_is_found_out(wrong: World) -> None:
    add_token(wrong, "Liar")
    owner = funded(wrong, "50")
    sweep = Transaction.objects.get(type="sweep", asset_id=STRANGE)
    assert sweep.status == "balance_reserved"  # the coins are not there: nothing is signed, no gas is sent after them
    assert not Attempt.objects.filter(transaction=sweep).exists()
    assert not Transaction.objects.filter(type="top_up").exists()
    found_out(wrong, owner, missing_minor=wrong.minor("25", STRANGE))


def test_a_token_that_begins_to_take_a_fee_is_found_out(wrong: World) -> None:
    """Nobody has said so of it: what its sweep brought too little is missing."""
    add_token(wrong, "Toll")
    owner = funded(wrong, "50")
    assert wrong.balance(owner, "ethereum", STRANGE).available == wrong.minor("49.5", STRANGE)
    assert Transaction.objects.get(type="sweep", asset_id=STRANGE).status == "completed"
    found_out(wrong, owner, missing_minor=wrong.minor("0.495", STRANGE))


def test_a_token_that_answers_false_has_moved_nothing_and_the_money_comes_back(ethereum: World) -> None:
    """Its transaction has succeeded, says the receipt; that no tokens moved, says the block."""
    world, network = ethereum, "ethereum"
    add_token(world, "Shrug")
    # Its sweep moves nothing either: tokens that the hot wallet has come from its maker.
    owner = funded(world, "50")
    sweep = Transaction.objects.filter(type="sweep", asset_id=STRANGE).earliest("id")
    assert (sweep.status, sweep.failure_code) == ("failed", "failed_on_network")
    assert world.balance(owner, network, STRANGE).available == world.minor("50", STRANGE)
    is_clean(world, network)


@ON_NEW
def test_after_a_reorg_of_any_depth_the_books_are_those_of_the_winning_branch(family: World) -> None:
    network = family.networks[0]
    config = replace(family.settings.NETWORKS[network], confirmations=2, final_depth=3)  # the window makes the price
    family.settings.NETWORKS = {**family.settings.NETWORKS, network: config}
    chains.queries.forget()
    reorgs_of_every_depth(family, network)
