"""Blocks read once more at an operator's word, and blocks that cannot be read: nothing is missed or counts twice."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction as database

import chains.queries
import chains.services
from accounts.models import User
from assets.errors import UnknownNetwork
from assets.queries import native_asset
from chains.errors import NetworkHalted, NodeUnavailable
from chains.models import Cursor, FailedBlock
from chains.values import Block
from devnet import faucet
from events.models import Event
from kit.errors import InvalidInput
from kit.states import IllegalMove
from ledger.models import Posting
from rates.models import Price
from tests.factories.reconciliation import check, is_clean, the_case
from tests.factories.rpc_servers import rpc_server
from tests.factories.world import World
from tests.stories.test_lying_nodes import Liar, scan
from transactions.errors import RescanRefused
from transactions.flows import deposit, rescan
from transactions.models import Deposit, Rescan, Transaction
from wallets import services as wallet_services
from wallets.queries import deposit_address, get_wallet

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


class NotYet(Exception):
    pass


def next_address(world: World, user: User, network: str) -> str:
    """Return the address that this person's next wallet will have: the scanner knows nothing of it yet."""
    found = ""
    with suppress(NotYet), database.atomic():
        wallet = wallet_services.create_wallet(user_id=user.pk, network=network, now=world.now)
        found = deposit_address(get_wallet(user_id=user.pk, wallet_id=wallet.pk))
        raise NotYet
    return found


def again(world: World, network: str, **what: Any) -> Rescan:
    """Ask for it, and let the scanner do all of it."""
    planned = rescan.plan(network=network, reason="Somebody misses a deposit.", actor="usr_operator", **what)
    asked = rescan.ask(planned, now=world.now)
    while rescan.carry_on(network=network, now=world.now):
        pass
    world.work(network)
    asked.refresh_from_db()
    return asked


@BOTH
def test_what_was_missed_is_found_and_credited_once_however_often_it_is_read(world: World, network: str) -> None:
    owner = world.person()
    address, minor = next_address(world, owner, network), world.minor("0.5", native_asset(network).code)
    txid = faucet.fund(network=network, address=address, minor=minor)
    world.finalize(network)
    wallet_services.create_wallet(user_id=owner.pk, network=network, now=world.now)
    assert deposit_address(world.wallet(owner, network)) == address
    world.work(network)
    assert not Deposit.objects.exists()
    assert check(world, network).result == "different"
    assert the_case().summary.endswith(f" more on {address}.")

    found = again(world, network, txid=txid)
    assert (found.status, found.found_count, found.problem) == ("done", 1, "")
    deposit = Deposit.objects.get()
    assert (deposit.txid, deposit.amount_minor, deposit.credits) == (txid, minor, 1)
    assert world.balance(owner, network).available == minor
    height = deposit.height or 0
    for more in ({"txid": txid}, {"first_height": height - 1}, {"first_height": height, "address": address}):
        repeated = again(world, network, **more)
        assert (repeated.status, repeated.found_count) == ("done", 0)
    assert repeated.next_height == chains.queries.scanned_height(network=network) + 1
    for _ in range(3):  # swept, where that is done
        world.finalize(network)
    again(world, network, first_height=height)
    is_clean(world, network)
    assert Deposit.objects.get().credits == 1
    assert world.balance(owner, network).available == minor
    assert Posting.objects.filter(kind="deposit.credit").count() == 1
    assert not Event.objects.filter(type="coin.spent_by_stranger").exists()
    asked = Event.objects.filter(type="rescan.waiting").order_by("id").first()
    assert asked is not None
    assert (asked.actor, asked.data["reason"]) == ("usr_operator", "Somebody misses a deposit.")


def test_what_cannot_be_read_again_is_refused_and_nothing_moves(world: World) -> None:
    owner, network = world.person("bitcoin"), "bitcoin"
    newest = chains.queries.scanned_height(network=network)
    waiting = world.fund(owner, network, "0.1")
    plan: dict[str, Any] = {"network": network, "reason": "Why.", "actor": "usr_operator"}
    refused: list[tuple[type[Exception], dict[str, Any]]] = [
        (RescanRefused, {"first_height": newest, "last_height": newest + 1}),
        (RescanRefused, {"first_height": newest, "last_height": newest - 1}),
        (RescanRefused, {"first_height": -1}),
        (RescanRefused, {"first_height": newest, "address": world.stranger(network)}),
        (RescanRefused, {"txid": waiting}),
        (RescanRefused, {"txid": "ab" * 32}),
        (InvalidInput, {}),
        (InvalidInput, {"txid": waiting, "first_height": 1}),
        (InvalidInput, {"address": deposit_address(world.wallet(owner, network))}),
        (InvalidInput, {"first_height": newest, "reason": " "}),
        (InvalidInput, {"first_height": newest, "reason": "x" * 401}),
        (UnknownNetwork, {"first_height": newest, "network": "dogecoin"}),
    ]
    for error, what in refused:
        with pytest.raises(error):
            rescan.plan(**plan | what)
    with pytest.raises(CommandError, match=re.escape("has not been read yet")):
        call_command("rescan", network, "--from", str(newest + 5), "--reason", "Why.", "--actor", "usr_1")
    Cursor.objects.filter(pk=network).update(halted_at=world.now, halted_reason="A deep reorg.")
    with pytest.raises(NetworkHalted):
        rescan.plan(**plan, first_height=newest)
    Cursor.objects.filter(pk=network).update(halted_at=None, halted_reason="")
    assert not Rescan.objects.exists()
    assert not Deposit.objects.exists()


def test_a_rescan_that_a_reorg_or_a_halt_overtakes_waits_and_takes_in_nothing_of_it(world: World) -> None:
    owner, network = world.person("bitcoin"), "bitcoin"
    txid = world.fund(owner, network, "0.5")
    world.mine(network)
    world.scan(network)
    height = chains.queries.scanned_height(network=network)
    plans = ({"txid": txid}, {"first_height": height})
    plan: dict[str, Any] = {"network": network, "reason": "Why.", "actor": "usr_operator"}
    rows = [rescan.ask(rescan.plan(**plan | what), now=world.now) for what in plans]

    def carried_on() -> list[str]:
        rescan.carry_on(network=network, now=world.now)
        for row in rows:
            row.refresh_from_db()
        return [row.status for row in rows]

    world.reorg(network, 1, keep=False)
    assert carried_on() == ["waiting", "waiting"]  # the block there is not the one we have read
    assert all(f"Block {height} of {network} is not the one" in row.problem for row in rows)
    world.work(network)
    Cursor.objects.filter(pk=network).update(halted_at=world.now, halted_reason="A deep reorg.")
    assert carried_on() == ["waiting", "waiting"]
    Cursor.objects.filter(pk=network).update(halted_at=None, halted_reason="")
    assert carried_on() == ["stopped", "done"]  # its block is gone; the other one there holds nothing of ours
    assert [row.found_count for row in rows] == [0, 0]
    world.pass_time(hours=12)
    world.work(network)
    assert (Deposit.objects.get().status, Deposit.objects.get().credits) == ("lost", 0)


def test_a_block_that_cannot_be_taken_in_again_holds_up_nothing_else_until_an_operator_stops_it(world: World) -> None:
    network = "bitcoin"
    world.mine(network, 2)
    world.scan(network)
    height = chains.queries.scanned_height(network=network)
    plan: dict[str, Any] = {"network": network, "reason": "Why.", "actor": "usr_operator"}
    bad, good = [
        rescan.ask(rescan.plan(**plan, first_height=first, last_height=last), now=world.now)
        for first, last in ((height - 1, height), (height, height))
    ]
    see_block = deposit.see_block

    def fails(*, network: str, block: Block, now: datetime) -> None:
        if block.ref.height == height - 1:
            raise ValueError("nobody has thought of it")
        see_block(network=network, block=block, now=now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deposit, "see_block", fails)
        for _ in range(2):
            rescan.carry_on(network=network, now=world.now)
        bad.refresh_from_db()
        good.refresh_from_db()
    assert (bad.status, bad.next_height) == ("waiting", height - 1)
    assert bad.problem == f"Block {height - 1} could not be taken in: ValueError."
    assert good.status == "done"
    rescan.stop(bad.pk, actor="usr_other", now=world.now)
    with pytest.raises(IllegalMove):
        rescan.stop(bad.pk, actor="usr_other", now=world.now)
    assert rescan.carry_on(network=network, now=world.now) == 0
    bad.refresh_from_db()
    assert (bad.status, bad.next_height, bad.problem) == ("stopped", height - 1, "It was stopped by hand.")
    told = Event.objects.get(type="rescan.stopped")
    assert (told.actor, told.data["problem"]) == ("usr_other", "It was stopped by hand.")


def test_a_rescan_that_is_stopped_while_a_block_is_read_takes_it_in_no_more(world: World) -> None:
    network = "bitcoin"
    world.mine(network, 2)
    world.scan(network)
    height = chains.queries.scanned_height(network=network)
    asked = rescan.ask(
        rescan.plan(network=network, reason="Why.", actor="usr_operator", first_height=height - 1), now=world.now
    )
    adapter = chains.queries.get_adapter(network)
    read = adapter.block

    def stopped_meanwhile(height: int, contracts: frozenset[str]) -> Block:
        rescan.stop(asked.pk, actor="usr_other", now=world.now)
        return read(height, contracts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapter, "block", stopped_meanwhile)
        rescan.carry_on(network=network, now=world.now)
    asked.refresh_from_db()
    assert (asked.status, asked.next_height, asked.problem) == ("stopped", height - 1, "It was stopped by hand.")


def test_behind_a_block_that_cannot_be_read_arrivals_are_shown_and_nothing_counts_until_it_is(world: World) -> None:
    network = "ethereum"
    first, second = world.person(network), world.person(network)
    liar, minor = Liar(world, network), world.minor("0.5", "ETH")
    before = chains.queries.scanned_height(network=network)
    world.fund(first, network, "0.5")
    world.mine(network)
    world.fund(second, network, "0.5")
    world.mine(network, world.settings.NETWORKS[network].final_depth + 1)

    def garbled(block: Any) -> Any:
        if not isinstance(block, dict) or int(block["number"], 16) != before + 1:
            return block
        told = [{**each, "value": "much"} if isinstance(each, dict) else each for each in block["transactions"]]
        return {**block, "transactions": told}

    liar.twists = {"eth_getBlockByNumber": garbled}
    with rpc_server(liar.relay) as server:
        liar.aim(server.url)
        while not FailedBlock.objects.filter(told_at__isnull=False).exists():
            scan(world, network)
        failed = FailedBlock.objects.get()
        assert (failed.height, failed.tries, failed.read_at) == (before + 1, 5, None)
        assert failed.next_try_at is not None
        told = Event.objects.get(type="chains.block_failed")
        assert (told.data["network"], told.data["height"], told.data["tries"]) == (network, before + 1, 5)
        scan(world, network)  # too early to ask for it again
        assert FailedBlock.objects.get().tries == 5
        assert chains.queries.scanned_height(network=network) == before
        while not Deposit.objects.exists():
            with suppress(NodeUnavailable):
                rescan.peek(network=network, now=world.now)
        shown = Deposit.objects.get()
        assert (shown.wallet and shown.wallet.user_id, shown.height, shown.credits) == (second.pk, None, 0)
        assert world.balance(second, network).pending == minor
        assert world.balance(second, network).available == 0
        liar.aim(liar.url)
    chains.services.failures.retry_now(failed_id=failed.pk)
    world.work(network)
    world.work(network)
    for owner in (first, second):
        assert world.balance(owner, network).available == minor
    assert list(Deposit.objects.values_list("status", "credits")) == [("final", 1)] * 2
    failed.refresh_from_db()
    assert failed.read_at is not None
    assert Event.objects.filter(type="chains.block_read").count() == 1


def test_what_is_worth_more_waits_for_more_blocks_and_a_reorg_in_between_takes_nothing_back(world: World) -> None:
    network = "bitcoin"
    config = world.settings.NETWORKS[network]
    deep = config.final_depth
    assert config.confirmations < deep
    world.settings.NETWORKS = {**world.settings.NETWORKS, network: replace(config, deeper=((10_000, deep),))}
    chains.queries.forget()
    small, large = world.person(network), world.person(network)

    def price(usd: int) -> None:
        known = {"price": usd, "source": "test", "at": world.now, "sources": []}
        Price.objects.update_or_create(base="BTC", quote="USD", defaults=known)

    price(50_000)
    world.fund(small, network, "0.1")
    world.fund(large, network, "0.2")
    world.mine(network, config.confirmations)
    world.work(network)
    required = {each.user_id: each.required_confirmations for each in Transaction.objects.filter(type="deposit")}
    assert required == {small.pk: config.confirmations, large.pk: deep}
    assert world.balance(small, network).available == world.minor("0.1", "BTC")
    assert world.balance(large, network).available == 0

    world.reorg(network, config.confirmations)
    world.work(network)
    price(50_000)
    world.mine(network, deep - 1)
    world.work(network)
    assert world.balance(large, network).available == 0
    world.mine(network)
    world.work(network)
    assert world.balance(large, network).available == world.minor("0.2", "BTC")
    assert Posting.objects.filter(kind="deposit.reversal").count() == 1  # the small one's
    assert Deposit.objects.get(wallet__user=large).credits == 1

    Price.objects.all().delete()  # nobody knows what it is worth
    unknown = world.person(network)
    world.fund(unknown, network, "0.0001")
    world.mine(network, config.confirmations)
    world.work(network)
    assert world.balance(unknown, network).available == 0
    assert Transaction.objects.get(user=unknown).required_confirmations == deep
    world.finalize(network)
    assert world.balance(unknown, network).available == world.minor("0.0001", "BTC")
