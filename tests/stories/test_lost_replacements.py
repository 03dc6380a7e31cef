"""
What was signed in the place of a send, and lost by a restore: it lands, and the books take it for what it is.

The books come back with a send that waits, as if nobody had touched it. Whoever called it dead because something else
has its place, and gave the money back, would have paid twice.
"""

from typing import Any

import pytest
from eth_account import Account

import chains.queries
import ledger.queries
from accounts.models import User
from chains.errors import NodeUnavailable
from chains.models import FailedBlock
from chains.values import Signed
from custody.models import Key
from custody.services.sealing import open_private_key
from events.models import Event
from tests.factories.world import World
from tests.stories.test_after_restore import asset_of, compare, forgotten
from tests.stories.test_replacement import ask, figures, settle, under_way
from transactions.flows import restored
from transactions.models import Deposit, Transaction
from transactions.services.accounts import network_account

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


def reopen(world: World, network: str) -> restored.Comparison:
    """No operator's word is given: so nothing may be left that no row of ours asks for."""
    return restored.reopen(network=network, skip=3, reason="", actor="usr_operator", now=world.now)


def replaced(world: World, owner: User, send: Transaction, *, cancels: bool = False) -> Signed:
    """Have it replaced by who knows of it, and return what the network then has in its place."""
    ask(world, owner, send, key=f"key-{send.attempts.count()}", cancels=cancels)
    world.pump()
    newest = send.attempts.order_by("-number")[0]
    assert (newest.cancels, newest.last_outcome) == (cancels, "succeeded")
    return Signed(bytes(newest.raw), newest.txid)


def dearer(world: World, owner: User, send: Transaction, *, cancels: bool = False) -> Signed:
    """Have it replaced, by who knows of it, at more than the books will know to have been agreed to; and land so."""
    network = send.network_id
    if network == "bitcoin":
        world.node(network, "devnet_fee", 100_000)
    else:
        world.node(network, "anvil_setNextBlockBaseFeePerGas", hex(20_000_000_000))
        world.mine(network)
    world.pass_time(minutes=5)
    lost = replaced(world, owner, send, cancels=cancels)
    if network == "ethereum":
        world.node(network, "anvil_setNextBlockBaseFeePerGas", hex(20_000_000_000))
    return lost


def company_fees(network: str) -> int:
    return -ledger.queries.balance(code=network_account(network, "fees"), asset=asset_of(network))


def assert_paid_once(world: World, owner: User, send: Transaction, start: int, txid: str) -> None:
    assert (send.status, send.txid) == ("completed", txid)
    assert world.chain_balance(send.network_id, send.to_address) == send.amount_minor
    assert figures(world, owner, send.network_id) == (start - send.amount_minor - int(send.fee_minor or 0), 0)
    assert send.attempts.filter(status="final").get().txid == txid
    assert set(send.attempts.exclude(txid=txid).values_list("status", flat=True)) <= {"dead"}
    assert not Event.objects.filter(type="coin.spent_by_stranger").exists()
    assert not Deposit.objects.filter(txid=txid).exists()


@BOTH
def test_a_lost_replacement_that_lands_later_is_the_payment(world: World, network: str) -> None:
    owner, send, start = under_way(world, network)
    first = send.attempts.get().txid
    with forgotten():
        lost = replaced(world, owner, send)
    assert compare(world, network).taken_over == []
    reopen(world, network)
    world.work(network)
    world.pass_time(minutes=5)
    world.work(network)
    send.refresh_from_db()
    assert send.status == "blockchain_pending"
    settle(world, send)
    assert_paid_once(world, owner, send, start, lost.txid)
    assert [each.txid for each in send.attempts.order_by("number")] == [first, lost.txid]
    again = world.finish(world.send(owner, network, "0.1", world.stranger(network)))  # its place is another one
    assert again.status == "completed"


@pytest.mark.parametrize(("network", "is_mined"), [("bitcoin", False), ("ethereum", True)])
def test_a_lost_cancellation_gives_the_money_back_less_its_fee(world: World, network: str, is_mined: bool) -> None:
    owner, send, start = under_way(world, network)
    with forgotten():
        lost = replaced(world, owner, send, cancels=True)
    if is_mined:
        world.mine(network)
    reopen(world, network)
    world.work(network)
    settle(world, send)
    assert (send.status, send.failure_code, send.txid) == ("failed", "cancelled", lost.txid)
    assert not Deposit.objects.filter(txid=lost.txid).exists()
    assert world.chain_balance(network, send.to_address) == 0
    assert send.fee_minor
    assert figures(world, owner, network) == (start - send.fee_minor, 0)
    assert not Event.objects.filter(type="coin.spent_by_stranger").exists()


@BOTH
def test_of_a_chain_of_lost_replacements_any_may_land_even_after_another(world: World, network: str) -> None:
    owner, send, start = under_way(world, network)
    with forgotten():
        second = replaced(world, owner, send)
        third = replaced(world, owner, send)
    world.mine(network)
    assert compare(world, network).taken_over == [send.pk]
    assert reopen(world, network).unknown == []
    confirmations = world.settings.NETWORKS[network].confirmations
    world.mine(network, confirmations)
    world.work(network)
    send.refresh_from_db()
    assert (send.status, send.txid) == ("completed", third.txid)
    world.reorg(network, confirmations + 1, keep=False)
    assert chains.queries.get_adapter(network).broadcast(second).outcome == "succeeded"
    settle(world, send)
    assert_paid_once(world, owner, send, start, second.txid)
    assert send.attempts.count() == 3


def test_a_send_that_waited_and_was_sped_up_since_costs_its_owner_what_the_books_know(world: World) -> None:
    """Neither the first bytes nor the higher ceiling are known: what is above it, the company pays."""
    network = "ethereum"
    owner = world.rich(network, "1")
    start = world.balance(owner, network).available
    send = world.send(owner, network, "0.1", world.stranger(network))
    with forgotten():
        world.pump()
        lost = dearer(world, owner, send)
    world.mine(network)
    assert reopen(world, network).taken_over == [send.pk]
    before = company_fees(network)
    settle(world, send)
    assert_paid_once(world, owner, send, start, lost.txid)
    cost = chains.queries.get_adapter(network).state(lost.txid).fee_minor
    assert cost > send.max_fee_minor == send.fee_minor
    assert company_fees(network) - before == cost - send.max_fee_minor


@pytest.mark.parametrize(("network", "cancels"), [("ethereum", False), ("bitcoin", True)])
def test_a_lost_replacement_above_the_ceiling_costs_the_company_the_rest(
    world: World, network: str, cancels: bool
) -> None:
    owner, send, start = under_way(world, network)
    with forgotten():
        lost = dearer(world, owner, send, cancels=cancels)
    world.mine(network)
    reopen(world, network)
    before = company_fees(network)
    settle(world, send)
    gone = 0 if cancels else send.amount_minor
    assert (send.status, send.txid) == ("failed" if cancels else "completed", lost.txid)
    cost = chains.queries.get_adapter(network).state(lost.txid).fee_minor
    assert cost > send.max_fee_minor == send.fee_minor
    assert company_fees(network) - before == cost - send.max_fee_minor
    assert figures(world, owner, network) == (start - gone - send.max_fee_minor, 0)


def steal(world: World, send: Transaction) -> str:
    """Somebody who has our key uses a send's number for a payment of their own, in a form that we never sign."""
    attempt = send.attempts.get()
    fields: dict[str, Any] = {"type": 2, "chainId": int(world.settings.NETWORKS["ethereum"].chain), "value": 5}
    fields |= {"nonce": attempt.nonce, "gas": 60_000, "maxFeePerGas": 10**12, "maxPriorityFeePerGas": 10**11}
    listed = {"address": world.stranger("ethereum"), "storageKeys": []}
    key = Key.objects.get(network="ethereum", address=attempt.sender)
    with open_private_key(key, now=world.now) as private:
        signed = Account.sign_transaction(
            fields | {"to": world.stranger("ethereum"), "accessList": [listed]}, bytes(private.reveal())
        )
    world.node("ethereum", "anvil_dropTransaction", attempt.txid)
    txid = str(world.node("ethereum", "eth_sendRawTransaction", "0x" + signed.raw_transaction.hex()))
    world.mine("ethereum")
    return txid


def test_a_thiefs_payment_in_a_form_that_we_never_sign_is_read_past_and_the_send_undone(world: World) -> None:
    owner, send, start = under_way(world, "ethereum")
    txid, read = steal(world, send), chains.queries.scanned_height(network="ethereum")
    adapter = chains.queries.get_adapter("ethereum")

    def unreadable(txid: str) -> bytes:
        raise NodeUnavailable("No node has this transaction.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapter, "raw", unreadable)
        for _ in range(5):
            with pytest.raises(NodeUnavailable):
                world.scan("ethereum")
    failed = FailedBlock.objects.get()
    assert (failed.height, failed.tries) == (read + 1, 5)
    assert failed.problem == "It could not be taken in: No node has this transaction."
    assert Event.objects.filter(type="chains.block_failed").count() == 1
    world.pass_time(minutes=5)
    settle(world, send)
    assert chains.queries.scanned_height(network="ethereum") > read + 1
    stolen = adapter.state(txid)
    assert stolen.presence == "mined"
    assert (send.status, [each.status for each in send.attempts.all()]) == ("failed", ["dead"])
    assert world.chain_balance("ethereum", send.to_address) == 0
    assert figures(world, owner, "ethereum") == (start, 0)
    hot = send.attempts.get().sender  # what the books rightly miss is put back past every block, for the laws
    held = world.chain_balance("ethereum", hot) + 5 + stolen.fee_minor
    world.node("ethereum", "anvil_setBalance", hot, hex(held))
