"""An answer that comes late is about another chain than the question was: nothing may be concluded from the mixture."""

from random import Random

import pytest

import chains.queries
from tests.simulation.house import FINAL_DEPTH, Clock, House, determined
from tests.simulation.nodes import NODES, SimulatedNode, stranger_address
from tests.simulation.people import Crowd
from tests.simulation.workers import pump, scan
from transactions.models import Attempt

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(1800)]

NETWORK = "ethereum"


def test_blocks_that_come_while_a_nonce_is_asked_for_prove_no_bytes_dead(house: House) -> None:
    rng, clock, chain = Random(5), Clock(house.now), house.chains[NETWORK].copy()
    waiting: list[str] = []

    def meanwhile(at: str) -> None:
        """The network had forgotten the bytes; now a reorg brings blocks that hold them, which nobody here has read."""
        if at == "next_nonce" and waiting:
            chain.accept(chain.ever[waiting.pop()])
            chain.reorg(FINAL_DEPTH, keeps=lambda tx: True, takes=lambda tx: True)

    with determined(rng, clock):
        house.restore()
        NODES[NETWORK] = SimulatedNode(chain, rng, pause=meanwhile)
        chains.queries.forget()
        crowd = Crowd(rng, house.people, lambda person, network: house.wallet_ids[person.pk, network])
        wish = crowd.wish_pay(house.people[0], NETWORK, 10**17, _somebody(chain_id=chain.config.chain))
        wish.ask(lambda: clock.now)
        pump(lambda: clock.now)
        attempt = Attempt.objects.get(network=NETWORK)
        chain.evict(attempt.txid)
        waiting.append(attempt.txid)
        clock.now = house.now.replace(minute=house.now.minute + 5)
        pump(lambda: clock.now)
        assert not waiting, "the nonce was asked for, and the blocks came"
        attempt.refresh_from_db()
        assert attempt.status == Attempt.State.SIGNED
        chain.mine()
        scan(NETWORK, lambda: clock.now, sweeps=False)
        scan(NETWORK, lambda: clock.now, sweeps=False)
        clock.now = clock.now.replace(minute=clock.now.minute + 5)
        pump(lambda: clock.now)
        attempt.refresh_from_db()
        assert (attempt.status, attempt.transaction.status) == (Attempt.State.FINAL, "completed")


def _somebody(*, chain_id: str) -> str:
    return stranger_address(Random(6), family="evm", chain=chain_id)
