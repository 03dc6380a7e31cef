"""What seldom comes about by chance: told step by step, each between two steps of everything else."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tests.simulation.chain import Chain, Out, Tx, rival_of, stranger_payment
from tests.simulation.house import COINS, FINAL_DEPTH
from tests.simulation.laws import first_due
from tests.simulation.nodes import stranger_address
from transactions.models import Attempt, Deposit

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

Plot = Iterator[None]

PATIENCE = 10
"""A plot gives up what does not come about within so many of its steps."""


def taken_back(simulation: "Simulation") -> Plot:
    """A stranger's payment is believed, perhaps spent; then a reorg takes it away, for some time or for good."""
    rng, network = simulation.rng, simulation.rng.choice(list(COINS))
    chain = simulation.chains[network]
    person = simulation.house.people[rng.choice([0, 1, 2, 2])]  # the third has nothing else
    minor = COINS[network] * rng.choice([20, 100, 150]) // 100
    payment = stranger_payment(rng, chain, [Out(simulation.house.addresses[person.pk, network], minor)])
    chain.accept(payment)
    simulation.note(f"plot: {network} pays {minor}")
    yield
    simulation.mine(network)
    yield
    simulation.mine(network)
    for _ in range(PATIENCE):
        yield
        if Deposit.objects.filter(txid=payment.txid, status="confirmed").exists():
            break
        simulation.begin_scan(network)
    if rng.random() < 0.5:
        simulation.ask(simulation.crowd.wish_spend(person, network, minor * rng.choice([50, 90]) // 100))
        yield
    depth = _depth(chain, payment)
    if not 0 < depth <= FINAL_DEPTH:
        simulation.note("plot: too late")
        return
    fate = rng.choice(["again", "rival", "gone"])
    _take_away(simulation, chain, payment, depth, fate)
    simulation.note(f"plot: reorg {network} {depth} {fate}")
    yield
    simulation.begin_scan(network)


def refused(simulation: "Simulation") -> Plot:
    """Somebody sends to a contract that refuses money in every other block."""
    chain = simulation.chains["ethereum"]
    to = stranger_address(simulation.rng, family=chain.family, chain=chain.config.chain)
    chain.moody.add(to)
    simulation.ask(simulation.crowd.wish_send("ethereum", to))
    for _ in range(PATIENCE):
        yield
        if any(out.address == to for tx in chain.mempool.values() for out in tx.outs):
            chain.turn_moody()
            simulation.mine("ethereum")
            return


def intruded(simulation: "Simulation") -> Plot:
    """Somebody else signs with our hot key: a transaction of nothing takes the place of one of ours."""
    chain = simulation.chains["ethereum"]
    for _ in range(PATIENCE):
        signed = Attempt.objects.filter(status="signed", network="ethereum", sender=simulation.house.hot["ethereum"])
        found = signed.order_by("nonce").first()
        if found is not None:
            chain.intrude(simulation.rng, sender=found.sender, nonce=int(found.nonce or 0))
            simulation.note(f"intrude at nonce {found.nonce}")
            return
        yield


def overtaken(simulation: "Simulation") -> Plot:
    """A worker stalls with a transaction in hand until its lease is over, and another one goes on with it."""
    for _ in range(PATIENCE):
        if first_due(simulation.now()):
            break
        yield
    stalled = simulation.begin_pump(simulation.rng.randint(2, 12))
    if stalled is None or stalled.is_over:
        return
    simulation.stall(stalled, steps=40)
    yield
    for _ in range(simulation.rng.choice([1, 2])):
        simulation.begin_pump(simulation.rng.choice([3, 9, 99]))
        yield
    stalled.stalled_until = 0


PLOTS: tuple[tuple[float, Callable[["Simulation"], Plot]], ...] = (
    (0.4, taken_back),
    (0.2, refused),
    (0.15, intruded),
    (0.4, overtaken),
)
"""Each with the share of seeds that it happens in."""


def _depth(chain: Chain, payment: Tx) -> int:
    place = chain.head.state.places.get(payment.txid)
    return chain.head.height - place[0] + 1 if place else 0


def _take_away(simulation: "Simulation", chain: Chain, payment: Tx, depth: int, fate: str) -> None:
    """Have the last blocks replaced by others without the payment, which waits again, or never comes."""
    share = simulation.rng.choice([0.3, 1.0])
    chain.reorg(
        depth,
        keeps=lambda tx: tx is not payment or fate == "again",
        takes=lambda tx: tx is not payment and simulation.rng.random() < share,
    )
    if fate == "rival":
        elsewhere = stranger_address(simulation.rng, family=chain.family, chain=chain.config.chain)
        chain.accept(rival_of(simulation.rng, payment, Out(elsewhere, payment.outs[0].minor)))
