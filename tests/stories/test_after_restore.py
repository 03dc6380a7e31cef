"""The books come back at an earlier moment and the networks do not: what was sent since then is never sent again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction as database

import custody.queries
import ledger.queries
from assets.queries import native_asset
from chains.errors import NetworkHalted
from chains.models import Cursor, FoundSend
from chains.queries import is_compared
from custody.base import Purpose
from events.models import Event
from ledger.models import Posting
from tests.factories.world import World
from transactions.errors import NotCompared
from transactions.flows import deposit, restored, sweep
from transactions.models import Attempt, Coin, Deposit, Transaction
from transactions.services.accounts import network_account
from wallets.queries import deposit_address

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


@contextmanager
def forgotten() -> Iterator[None]:
    """What happens here happens on the networks, and our database comes back at the moment before."""
    with database.atomic():
        yield
        database.set_rollback(True)
    Cursor.objects.update(compared_on="another run of the server")


@BOTH
def test_a_send_that_waited_and_was_sent_since_is_not_sent_again(world: World, network: str) -> None:
    owner = world.rich(network, "1")
    to = world.stranger(network)
    sending = world.send(owner, network, "0.4", to)
    with forgotten():
        world.pump()
        txid = sending.attempts.get().txid
    world.mine(network)

    world.pass_time(minutes=5)
    world.turn()  # workers that were started too soon
    sending.refresh_from_db()
    assert (sending.status, sending.attempts.count()) == ("balance_reserved", 0)
    with pytest.raises(NetworkHalted):
        world.send(owner, network, "0.1", to)

    made = compare(world, network)
    assert (made.taken_over, made.not_yet, made.unknown, made.waiting) == ([sending.pk], {}, [], [])
    assert [(each.txid, each.last_outcome) for each in sending.attempts.all()] == [(txid, "")]
    assert compare(world, network).taken_over == [sending.pk]  # harmless again
    assert Attempt.objects.filter(transaction=sending).count() == 1

    restored.reopen(network=network, skip=2, reason="", actor="usr_operator", now=world.now)
    world.finish(sending)
    assert (sending.status, sending.txid) == ("completed", txid)
    assert world.chain_balance(network, to) == sending.amount_minor
    assert sending.attempts.count() == 1
    assert not Event.objects.filter(type="coin.spent_by_stranger").exists()
    again = world.finish(world.send(owner, network, "0.1", to))  # and what comes after it has a place of its own
    assert again.status == "completed"
    assert world.chain_balance(network, to) == sending.amount_minor + again.amount_minor


@BOTH
def test_what_was_sent_to_somebody_here_is_their_deposit(world: World, network: str) -> None:
    owner, friend = world.rich(network, "1"), world.person(network)
    sending = world.send(owner, network, "0.4", deposit_address(world.wallet(friend, network)))
    with forgotten():
        world.pump()
    world.mine(network)
    restored.reopen(network=network, skip=2, reason="", actor="usr_operator", now=world.now)
    world.finish(sending)
    world.finalize(network)
    assert sending.status == "completed"
    assert world.balance(friend, network).available == sending.amount_minor
    arrived = Deposit.objects.get(txid=sending.txid)
    assert (arrived.wallet, arrived.status, arrived.credits) == (world.wallet(friend, network), "final", 1)


@BOTH
def test_a_send_that_nobody_knows_any_more_is_shown_and_needs_a_persons_word(world: World, network: str) -> None:
    owner = world.rich(network, "1")
    to = world.stranger(network)
    company = ledger.queries.balance(code=network_account(network, "suspense"), asset=asset_of(network))
    with forgotten():
        lost = world.send(owner, network, "0.4", to)
        world.pump()
        txid = lost.attempts.get().txid
    world.mine(network)
    postings = Posting.objects.count()
    with pytest.raises(NotCompared, match="give a reason"):
        restored.reopen(network=network, skip=2, reason=" ", actor="usr_operator", now=world.now)
    assert (is_compared(network), Posting.objects.count()) == (False, postings)

    made = restored.reopen(network=network, skip=2, reason="told the person", actor="usr_operator", now=world.now)
    assert [each.txid for each in made.unknown] == [txid]
    assert [to, str(lost.amount_minor)] in [output[:2] for output in made.unknown[0].outputs]
    noted = Event.objects.get(type="chains.compared", subject__endswith=network)
    assert (noted.actor, noted.data) == ("usr_operator", {"found": 1, "reason": "told the person"})
    world.finalize(network)
    # What came back to us of it is no arrival, and its nonce or coins are not used again.
    assert not Deposit.objects.filter(txid=txid).exists()
    assert ledger.queries.balance(code=network_account(network, "suspense"), asset=asset_of(network)) == company
    if network == "bitcoin":
        world.fund_hot_wallet(network, "1")
    again = world.finish(world.send(owner, network, "0.1", to))
    assert again.status == "completed"
    assert world.chain_balance(network, to) == lost.amount_minor + again.amount_minor


def test_what_waits_in_the_mempool_is_waited_for(world: World) -> None:
    owner = world.rich("bitcoin", "1")
    sending = world.send(owner, "bitcoin", "0.4", world.stranger("bitcoin"))
    with forgotten():
        world.pump()
    with pytest.raises(NotCompared, match=sending.pk):
        restored.reopen(network="bitcoin", skip=2, reason="", actor="usr_operator", now=world.now)
    assert (is_compared("bitcoin"), FoundSend.objects.count()) == (False, 0)
    world.mine("bitcoin")
    restored.reopen(network="bitcoin", skip=2, reason="", actor="usr_operator", now=world.now)
    world.finish(sending)
    assert world.chain_balance("bitcoin", sending.to_address) == sending.amount_minor


def test_a_sweep_that_was_sent_since_is_taken_over(world: World) -> None:
    owner = world.person("ethereum")
    world.fund(owner, "ethereum", "1")
    world.mine("ethereum", world.settings.NETWORKS["ethereum"].final_depth + 1)
    world.scan("ethereum")
    world.scan("ethereum")
    with forgotten():
        world.pump()
        swept = Attempt.objects.get()
    world.mine("ethereum")
    assert compare(world, "ethereum").taken_over == [swept.transaction_id]
    restored.reopen(network="ethereum", skip=2, reason="", actor="usr_operator", now=world.now)
    world.finish(swept.transaction)
    attempt = Attempt.objects.get()
    assert (attempt.txid, attempt.max_fee_minor) == (swept.txid, swept.max_fee_minor)
    assert not Deposit.objects.filter(txid=swept.txid).exists()


@pytest.mark.parametrize("is_covered", [True, False])
@pytest.mark.parametrize("asset", ["ETH", "USDC.ETH"])
def test_an_address_that_a_lost_sweep_has_emptied_is_swept_again(world: World, asset: str, is_covered: bool) -> None:
    """No row asks for the sweep, and one of its deposits is not in the books yet when they are opened."""
    world.fund_hot_wallet("ethereum", "5")
    owner = world.person("ethereum")
    address = deposit_address(world.wallet(owner, "ethereum"))
    world.fund(owner, "ethereum", "50", asset)
    other = world.person("ethereum")
    if is_covered:
        world.fund(other, "ethereum", "90", asset)  # the books have as much as has gone
    world.mine("ethereum", world.settings.NETWORKS["ethereum"].final_depth + 1)
    for _ in range(2):
        take_in(world)
    with forgotten():
        world.fund(owner, "ethereum", "60", asset)
        world.mine("ethereum", world.settings.NETWORKS["ethereum"].final_depth + 1)
        for _ in range(2):
            take_in(world)
        sweep.find(network="ethereum", now=world.now, limit=1)
        lost = Transaction.objects.get(type=Transaction.Type.SWEEP)
        assert (lost.from_address, lost.amount_minor) == (address, world.minor("110", asset))
        while not lost.attempts.exists():
            world.pump()
            world.mine("ethereum")
            take_in(world)
            world.pass_time(seconds=60)
        txid = lost.attempts.get().txid
    world.mine("ethereum")
    restored.reopen(network="ethereum", skip=2, reason="a sweep", actor="usr_operator", now=world.now)
    posted = Posting.objects.filter(key=f"found:ethereum:{txid}")
    assert posted.exists() == is_covered
    check_what_comes_next_is_swept(world, "ethereum", address, asset)
    assert posted.count() == 1  # as soon as the deposit was read that it took


def take_in(world: World) -> None:
    """Let deposits become final, and nobody look for what may be swept."""
    while deposit.scan(network="ethereum", now=world.now):
        deposit.progress(network="ethereum", now=world.now)
    deposit.progress(network="ethereum", now=world.now)


def check_what_comes_next_is_swept(world: World, network: str, address: str, asset: str) -> None:
    """What has gone is not gathered once more, and keeps nothing out: no other asset, and no later deposit."""
    sweeps = Transaction.objects.filter(type=Transaction.Type.SWEEP, from_address=address)
    for _ in range(3):
        world.finalize(network)
    assert not sweeps.exists()
    owner = Deposit.objects.filter(address=address)[0].wallet
    assert owner is not None
    native = native_asset(network).code
    for nth, code in enumerate(["USDC." + native, native], start=1):
        world.fund(owner.user, network, "30", code)
        for _ in range(3):
            world.finalize(network)
        assert sweeps.count() == nth
        made = world.finish(sweeps.get(asset_id=code))
        assert (made.status, made.asset_id) == ("completed", code)
        world.finalize(network)
    for code in (native, "USDC." + native):
        booked = ledger.queries.balance(code=network_account(network, "deposits"), asset=code)
        addresses = custody.queries.list_addresses(network=network, purpose=Purpose.DEPOSIT)
        assert booked == -sum(world.chain_balance(network, each, code) for each in addresses)
    assert not Deposit.objects.filter(address=address, sweep__isnull=True).exists()


def test_an_address_that_was_given_out_is_nobody_elses(world: World, capsys: Any) -> None:
    with forgotten():
        given = deposit_address(world.wallet(world.person("bitcoin"), "bitcoin"))
    with pytest.raises(CommandError, match="--by"):
        call_command("after_restore", "--reopen", "bitcoin")
    call_command("after_restore", "--skip", "5")
    said = capsys.readouterr().out
    assert "bitcoin: HALTED until --reopen bitcoin" in said
    assert "none ahead of the core database" in said
    call_command("after_restore", "--reopen", "bitcoin", "--by", "Ada Operator", "--skip", "5")
    assert is_compared("bitcoin")
    assert given in custody.queries.list_addresses(network="bitcoin", purpose=Purpose.DEPOSIT)
    assert deposit_address(world.wallet(world.person("bitcoin"), "bitcoin")) != given
    assert not Coin.objects.filter(address=given).exists()


def compare(world: World, network: str) -> restored.Comparison:
    return restored.compare(network=network, skip=2, actor="system", now=world.now)


def asset_of(network: str) -> str:
    return {"bitcoin": "BTC", "ethereum": "ETH", "stellar": "XLM"}[network]
