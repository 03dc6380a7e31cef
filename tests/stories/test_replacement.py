"""Sends that wait are sped up or called off: of all that was signed one lands, and the books follow that one."""

from datetime import timedelta
from typing import Any

import pytest

import chains.queries
from accounts.models import User
from chains.values import Broadcast, Outcome, Signed
from custody.models import SignatureGuard
from custody.services import signing
from kit.errors import DomainError
from ledger.errors import InsufficientFunds
from ledger.models import Posting
from tests.factories.accounts import make_api_client
from tests.factories.world import World
from transactions.errors import NotCancellable, SpeedUpUnavailable
from transactions.flows import replacement
from transactions.models import Attempt, Replacement, Transaction, UserAction

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


def ask(world: World, owner: User, send: Transaction, key: str = "one", *, cancels: bool = False) -> Transaction:
    send.refresh_from_db()
    offered = replacement.offer(send, user_id=owner.pk, cancels=cancels, now=world.now)
    return replacement.request(offered, user_id=owner.pk, key=key, now=world.now)


def figures(world: World, owner: User, network: str) -> tuple[int, int]:
    balance = world.balance(owner, network)
    return balance.available, balance.held


def refused(world: World, owner: User, send: Transaction, error: type[DomainError], **more: Any) -> DomainError:
    """Assert that a replacement is refused, and that nothing moved."""
    before = figures(world, owner, send.network_id), Posting.objects.count(), Attempt.objects.count()
    with pytest.raises(error) as met:
        ask(world, owner, send, key="refused", **more)
    assert (figures(world, owner, send.network_id), Posting.objects.count(), Attempt.objects.count()) == before
    assert not Replacement.objects.filter(key="refused").exists()
    return met.value


def settle(world: World, send: Transaction) -> None:
    """Mine and work until no reorg can change it any more."""
    for _ in range(3):
        world.finalize(send.network_id)
    send.refresh_from_db()


def under_way(world: World, network: str) -> tuple[User, Transaction, int]:
    owner = world.rich(network, "1")
    start = world.balance(owner, network).available
    send = world.send(owner, network, "0.1", world.stranger(network))
    world.pump()
    send.refresh_from_db()
    assert send.status == "blockchain_pending"
    return owner, send, start


@BOTH
def test_what_is_sped_up_lands_once_at_its_new_fee(world: World, network: str) -> None:
    owner, send, start = under_way(world, network)
    before = send.max_fee_minor
    offered = replacement.offer(send, user_id=owner.pk, cancels=False, now=world.now)
    asked = replacement.request(offered, user_id=owner.pk, key="one", now=world.now)
    assert asked.max_fee_minor == max(before, offered.max_fee_minor)
    assert figures(world, owner, network)[1] == send.amount_minor + asked.max_fee_minor
    replacement.request(offered, user_id=owner.pk, key="one", now=world.now)  # a second press
    world.pump()
    first, second = send.attempts.order_by("number")
    assert set(first.replay_tokens) & set(second.replay_tokens)
    assert second.max_fee_minor == offered.max_fee_minor
    assert second.rate > first.rate
    assert (second.replaces_id, second.cancels, second.last_outcome) == (first.pk, False, "succeeded")
    assert Replacement.objects.get().attempt == second
    assert UserAction.objects.filter(transaction=send, type="asked_to_speed_up").count() == 1
    world.pump()
    assert send.attempts.count() == 2
    settle(world, send)
    assert (send.status, send.txid) == ("completed", second.txid)
    assert [each.status for each in send.attempts.order_by("number")] == ["dead", "final"]
    assert world.chain_balance(network, send.to_address) == send.amount_minor
    assert send.fee_minor is not None
    assert figures(world, owner, network) == (start - send.amount_minor - send.fee_minor, 0)
    assert isinstance(refused(world, owner, send, SpeedUpUnavailable), SpeedUpUnavailable)


@BOTH
def test_what_is_called_off_comes_back_less_the_fee_for_that(world: World, network: str) -> None:
    owner, send, start = under_way(world, network)
    ask(world, owner, send, cancels=True)
    refused(world, owner, send, NotCancellable, cancels=True)
    refused(world, owner, send, SpeedUpUnavailable)
    world.pump()
    second = send.attempts.get(number=2)
    assert (second.cancels, second.last_outcome) == (True, "succeeded")
    refused(world, owner, send, SpeedUpUnavailable)
    config = world.settings.NETWORKS[network]
    world.mine(network, config.confirmations)
    world.work(network)
    send.refresh_from_db()
    assert send.status == "blockchain_pending"  # a reorg could still let the payment through
    settle(world, send)
    assert (send.status, send.failure_code, send.txid) == ("failed", "cancelled", second.txid)
    assert [each.status for each in send.attempts.order_by("number")] == ["dead", "landed"]
    assert world.chain_balance(network, send.to_address) == 0
    assert send.fee_minor
    assert figures(world, owner, network) == (start - send.fee_minor, 0)


@pytest.mark.parametrize("is_signed", [True, False])
def test_calling_off_is_answered_alike_under_its_key_once_it_is_over(world: World, is_signed: bool) -> None:
    owner = world.rich("ethereum", "1")
    send = world.send(owner, "ethereum", "0.1", world.stranger("ethereum"))
    if is_signed:
        world.pump()
    client = make_api_client(owner)

    def call_off(**body: str) -> Any:
        path, key = f"/api/v1/transactions/{send.pk}/cancel", "one"
        return client.post(path, body, format="json", headers={"Idempotency-Key": key})

    first = call_off(max_fee="0.5")
    assert first.status_code == 200
    world.pump()
    settle(world, send)
    assert (send.status, send.failure_code) == ("failed", "cancelled")
    again = call_off(max_fee="0.5")
    assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (200, first.json(), "true")
    other = call_off(max_fee="0.6")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@BOTH
def test_what_was_signed_before_an_upgrade_is_not_sped_up_and_can_be_called_off(world: World, network: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing, "terms_digest", lambda intent: b"")  # guards did not keep terms then
        owner, send, start = under_way(world, network)
    asked = ask(world, owner, send)
    world.pump()
    assert Replacement.objects.get().over_at is not None
    assert send.attempts.count() == 1
    assert asked.status == "blockchain_pending"
    ask(world, owner, send, key="two", cancels=True)
    world.pump()
    assert send.attempts.get(number=2).cancels
    settle(world, send)
    assert (send.status, send.failure_code) == ("failed", "cancelled")
    assert figures(world, owner, network) == (start - int(send.fee_minor or 0), 0)


@BOTH
def test_a_payment_that_is_faster_than_its_cancellation_is_a_payment(world: World, network: str) -> None:
    owner, send, start = under_way(world, network)
    first = send.attempts.get()
    ask(world, owner, send, cancels=True)
    world.mine(network)  # the network has taken the payment, and nobody here has read that block yet
    world.pump()
    settle(world, send)
    assert (send.status, send.txid) == ("completed", first.txid)
    assert world.chain_balance(network, send.to_address) == send.amount_minor
    assert figures(world, owner, network) == (start - send.amount_minor - int(send.fee_minor or 0), 0)
    assert Replacement.objects.get().over_at is not None


@BOTH
@pytest.mark.parametrize("cancels", [False, True])
def test_the_books_follow_a_reorg_that_brings_the_other_one(world: World, network: str, cancels: bool) -> None:
    owner, send, start = under_way(world, network)
    first = send.attempts.get()
    ask(world, owner, send, cancels=cancels)
    world.pump()
    confirmations = world.settings.NETWORKS[network].confirmations
    world.mine(network, confirmations)
    for _ in range(2):
        world.pass_time(minutes=2)
        world.work(network)
    send.refresh_from_db()
    assert send.status == ("blockchain_pending" if cancels else "completed")
    world.reorg(network, confirmations, keep=False)
    adapter = chains.queries.get_adapter(network)
    assert adapter.broadcast(Signed(bytes(first.raw), first.txid)).outcome == "succeeded"
    settle(world, send)
    assert (send.status, send.txid) == ("completed", first.txid)
    assert [each.status for each in send.attempts.order_by("number")] == ["final", "dead"]
    assert world.chain_balance(network, send.to_address) == send.amount_minor
    assert figures(world, owner, network) == (start - send.amount_minor - int(send.fee_minor or 0), 0)


def test_a_higher_fee_that_the_wallet_does_not_cover_is_refused(world: World) -> None:
    owner, send, _ = under_way(world, "ethereum")
    rest = world.balance(owner, "ethereum").available
    friend = world.person("ethereum")
    world.transfer(owner, "ethereum", f"{rest / 10**18:.18f}", friend.email)
    world.pass_time(minutes=10)  # what fees were then is forgotten
    world.node("ethereum", "anvil_setNextBlockBaseFeePerGas", hex(200_000_000_000))
    world.mine("ethereum")
    refused(world, owner, send, InsufficientFunds)


@BOTH
def test_what_waits_below_the_networks_price_is_offered_more_within_its_ceiling(world: World, network: str) -> None:
    owner, send, start = under_way(world, network)
    first = send.attempts.get()
    Attempt.objects.update(rate=1)  # as if it had been signed when fees were nothing
    world.pass_time(minutes=1)
    world.pump()
    assert send.attempts.count() == 1  # not for long enough
    world.now += timedelta(hours=3)
    world.pump()
    second = send.attempts.get(number=2)
    assert set(first.replay_tokens) <= set(second.replay_tokens)
    assert second.max_fee_minor <= send.max_fee_minor
    assert not Replacement.objects.exists()
    settle(world, send)
    assert (send.status, send.txid) == ("completed", second.txid)
    assert figures(world, owner, network) == (start - send.amount_minor - int(send.fee_minor or 0), 0)


def test_what_the_network_will_not_have_gives_its_number_up_at_the_companys_cost(world: World) -> None:
    owner, send, start = under_way(world, "ethereum")
    later = world.send(owner, "ethereum", "0.2", world.stranger("ethereum"))
    world.pump()
    attempt = send.attempts.get()
    adapter = chains.queries.get_adapter("ethereum")
    broadcast = adapter.broadcast

    def refuses_the_first(signed: Signed) -> Any:
        if signed.txid == attempt.txid:
            return Broadcast(Outcome.FAILED, "invalid", "refused")
        return broadcast(signed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapter, "broadcast", refuses_the_first)
        world.node("ethereum", "anvil_dropTransaction", attempt.txid)
        world.pass_time(minutes=5)
        world.pump()
        assert send.attempts.count() == 1
        world.pass_time(hours=2)
        world.pump()
    assert send.attempts.get(number=2).cancels
    settle(world, send)
    later.refresh_from_db()
    assert (send.status, send.failure_code, send.fee_minor) == ("failed", "refused_by_network", 0)
    assert later.status == "completed"
    assert world.chain_balance("ethereum", send.to_address) == 0
    assert figures(world, owner, "ethereum") == (start - later.amount_minor - int(later.fee_minor or 0), 0)


def test_another_persons_send_is_nobodys_to_change(world: World) -> None:
    _, send, _ = under_way(world, "ethereum")
    stranger = world.person("ethereum")
    guards = SignatureGuard.objects.count()
    for cancels, error in ((False, SpeedUpUnavailable), (True, NotCancellable)):
        with pytest.raises(error):
            replacement.offer(send, user_id=stranger.pk, cancels=cancels, now=world.now)
    world.pump()
    assert (SignatureGuard.objects.count(), send.attempts.count()) == (guards, 1)
    assert world.finish(send).status == "completed"
