"""kill -9 at every commit of a send, with real processes: nothing lost, nothing sent twice, settled once."""

import itertools

import pytest

from accounts.models import User
from assets.queries import native_asset
from ledger.models import Posting
from tests.factories.crash import Reaper, run_process
from tests.factories.world import World
from tests.laws.whole import check_laws
from transactions.flows.order import Order, prepare
from transactions.models import Attempt, Transaction

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(600)]

AMOUNTS = {"bitcoin": ("2", "0.01"), "ethereum": ("20", "0.25")}


class Sending:
    """One person's request for a send, made again and again under one key until it is answered."""

    def __init__(self, world: World, owner: User, network: str, number: int) -> None:
        self.world, self.owner, self.network = world, owner, network
        self.to = world.stranger(network)
        self.key = f"crash:{network}:{number}"

    def live(self, reaper: Reaper) -> None:
        """Request, then work and mine until the send is final; only request and work are watched."""
        world, network = self.world, self.network
        order = Order(
            "send", world.wallet(self.owner, network).pk, native_asset(network).code, AMOUNTS[network][1], self.to
        )
        reaper.is_watching = False
        ready = prepare(order, user_id=self.owner.pk, now=world.now)
        reaper.is_watching = True
        ready.carry_out(self.key, world.now)
        config = world.settings.NETWORKS[network]
        for blocks in (config.confirmations, config.final_depth + 1, 0):
            reaper.is_watching = True
            world.pump()
            reaper.is_watching = False
            world.mine(network, blocks) if blocks else None
            world.scan(network)
            world.pass_time(seconds=30)

    def check(self) -> None:
        """The recipient has the amount exactly once, and the books have settled it exactly once."""
        transaction = Transaction.objects.get(key=self.key)
        assert transaction.status == "completed"
        assert transaction.attempts.get().status == Attempt.State.FINAL
        assert self.world.chain_balance(self.network, self.to) == transaction.amount_minor
        assert Posting.objects.filter(key=f"send:{transaction.pk}:settle").count() == 1


@pytest.mark.parametrize("network", ["bitcoin", "ethereum"])
def test_a_send_killed_at_any_moment_is_sent_once(world: World, network: str) -> None:
    owner = world.rich(network, AMOUNTS[network][0])
    start = world.balance(owner, network).available
    moments: list[str] = []
    for number in itertools.count(1):
        sending = Sending(world, owner, network, number)
        outcome = run_process(sending.live, kill_at=number, networks=[network])
        world.pass_time(minutes=5)  # leases end
        run_process(sending.live, kill_at=None, networks=[network])
        world.pass_time(minutes=5)
        sending.check()
        if outcome.is_done:
            break
        moments.append(outcome.moment)
    assert moments.count("before broadcast") >= 1
    assert moments.count("commit") >= 8
    sends = Transaction.objects.filter(user=owner, type="send")
    spent = sum(send.amount_minor + (send.fee_minor or 0) for send in sends)
    after = world.balance(owner, network)
    assert (sends.count(), after.available, after.held) == (len(moments) + 1, start - spent, 0)
    check_laws()
