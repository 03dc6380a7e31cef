"""
One payment or two on one network, and everything that can happen to what is signed for them: timeouts, drops, reorgs,
restarts, speed-ups and cancellations, in an order that the seed alone decides.

Much smaller than a whole simulation (simulation.py), so that thousands of orders can be gone through.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from chains import queries as chain_queries
from kit.errors import DomainError
from tests.simulation import books, laws
from tests.simulation.chain import Chain
from tests.simulation.house import BLOCK_SECONDS, FINAL_DEPTH, Clock, House, determined
from tests.simulation.laws import Broken
from tests.simulation.nodes import NODES, Habits, SimulatedNode, stranger_address
from tests.simulation.people import Crowd
from tests.simulation.workers import pump, scan
from transactions.flows import replacement, send
from transactions.models import Attempt, Transaction

STEPS = 28
SETTLING_ROUNDS = 60
NETWORKS = ("bitcoin", "ethereum")


class Killed(BaseException):
    """The worker's process is gone; what it had not committed is, too."""


@dataclass
class Outcome:
    seed: int
    network: str
    broken: str = ""
    log: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.log).encode()).hexdigest()


class Schedule:
    """Runs one seed on one network in the house."""

    def __init__(self, house: House, network: str, seed: int) -> None:
        self.house, self.network = house, network
        self.outcome = Outcome(seed, network)
        self.rng = Random(f"{network}:{seed}")
        self.clock = Clock(house.now)
        self.chain = house.chains[network].copy()
        self.node = SimulatedNode(self.chain, self.rng, pause=self._moment)
        self.crowd = Crowd(self.rng, house.people, lambda person, network: house.wallet_ids[person.pk, network])
        self.deadly = 0.0
        self.asked = 0

    def run(self) -> Outcome:
        """Return how it went: nothing is ever paid twice, and in the end the books say what the network says."""
        with determined(self.rng, self.clock):
            self.house.restore()
            NODES[self.network] = self.node
            chain_queries.forget()
            try:
                self._misfortune()
                self._settle()
                chains: dict[str, Chain] = {self.network: self.chain}
                books.check(chains, self.crowd, stolen=0)
            except Broken as broken:
                self.outcome.broken = str(broken)
        self._count()
        return self.outcome

    def now(self) -> datetime:
        return self.clock.now

    def _misfortune(self) -> None:
        pick = self.rng.choice
        for _ in range(pick([1, 1, 2])):
            self._pay()
        self.node.habits = Habits(
            silent=pick([0.0, 0.05]),
            lagging=pick([0.0, 0.1]),
            forgetful=pick([0.0, 0.3]),
            unsure=pick([0.0, 0.4, 0.8]),
            lying=pick([0.0, 0.2]),
        )
        self.deadly = pick([0.0, 0.02, 0.06])
        acts = {
            "pump": 12,
            "scan": 6,
            "mine": pick([2, 5]),
            "reorg": pick([0, 2, 5]),
            "drop": pick([0, 2]),
            "speed_up": pick([0, 2, 4]),
            "cancel": pick([0, 1, 3]),
            "fees": 2,
            "time": 6,
        }
        for _ in range(STEPS):
            name = self.rng.choices(list(acts), list(acts.values()))[0]
            self.chain.pass_event()
            self._guarded(name)
            self._check()
        self.deadly, self.node.habits = 0.0, Habits()

    def _guarded(self, name: str) -> None:
        try:
            getattr(self, f"_{name}")()
            self.outcome.log.append(name)
        except Killed:
            self.outcome.tally["killed"] += 1
            self.outcome.log.append(f"{name} killed")
            chain_queries.forget()
            NODES[self.network] = self.node
        except DomainError as refusal:
            self.outcome.log.append(f"{name} {refusal.code}")

    def _moment(self, at: str) -> None:
        """Every call of a node is one in which the process may die."""
        if self.rng.random() < self.deadly:
            raise Killed(at)

    # what may happen
    def _pay(self) -> None:
        config = self.chain.config
        to = stranger_address(self.rng, family=self.chain.family, chain=config.chain)
        coin = 20_000_000 if self.network == "bitcoin" else 10**18
        self.crowd.wish_pay(self.rng.choice(self.house.people[:2]), self.network, coin // 10, to).ask(self.now)

    def _pump(self) -> None:
        pump(self.now)

    def _scan(self) -> None:
        scan(self.network, self.now, sweeps=False)

    def _mine(self) -> None:
        share = self.rng.choice([0.0, 0.5, 1.0])
        self.chain.mine(takes=lambda tx: self.rng.random() < share)

    def _reorg(self) -> None:
        """The network takes a branch in which others of ours may be: any that was ever accepted."""
        depth = self.rng.randint(1, FINAL_DEPTH)
        keeps, brings = self.rng.choice([0.0, 0.5, 1.0]), self.rng.choice([0.0, 0.5])
        before = set(self.chain.head.state.places)
        back = [tx for tx in self.chain.ever.values() if tx.sender or not tx.tokens[0].startswith("stranger")]
        for tx in back:
            if self.rng.random() < brings:
                rivals = [each.txid for each in self.chain.mempool.values() if set(each.tokens) & set(tx.tokens)]
                for txid in rivals:
                    self.chain.evict(txid)
                self.chain.mempool[tx.txid] = tx
        self.chain.reorg(depth, keeps=lambda tx: self.rng.random() < keeps, takes=lambda tx: self.rng.random() < 0.7)
        self.outcome.tally["reorg"] += 1
        if before - set(self.chain.head.state.places):
            self.outcome.tally["reorg that took something"] += 1

    def _drop(self) -> None:
        if self.chain.mempool:
            self.chain.evict(self.rng.choice(sorted(self.chain.mempool)))

    def _speed_up(self) -> None:
        self._ask(cancels=False)

    def _cancel(self) -> None:
        self._ask(cancels=True)

    def _ask(self, *, cancels: bool) -> None:
        sends = list(Transaction.objects.filter(type="send").order_by("id"))
        found = self.rng.choice(sends)
        self.asked += 1
        if cancels and found.status == "balance_reserved":
            send.cancel(user_id=found.user_id or "", transaction=found, now=self.now())
            return
        offered = replacement.offer(found, user_id=found.user_id or "", cancels=cancels, now=self.now())
        for _ in range(self.rng.choice([1, 2])):
            replacement.request(offered, user_id=found.user_id or "", key=f"ask-{self.asked}", now=self.now())
        self.outcome.tally["called off" if cancels else "sped up"] += 1

    def _fees(self) -> None:
        self.chain.base = self.chain.config.fee_floor * self.rng.choice([1, 1, 2, 3])
        self.clock.now += timedelta(seconds=61)

    def _time(self) -> None:
        self.clock.now += timedelta(seconds=self.rng.choice([5, BLOCK_SECONDS, 90, 700, 5_000]))

    # what must hold
    def _check(self) -> None:
        laws.check()
        books.check_payments(self.chain, self.crowd.payees)

    def _settle(self) -> None:
        """No more misfortune: every payment comes to its end, in bounded time."""
        self.chain.base, self.chain.views = self.chain.config.fee_floor, [self.chain.branch]
        for _ in range(SETTLING_ROUNDS):
            self.chain.pass_event()
            self.chain.mine()
            self._scan()
            self._pump()
            self._check()
            self.clock.now += timedelta(seconds=BLOCK_SECONDS * 6)
            sends = Transaction.objects.filter(type="send")
            if not sends.filter(next_look_at__isnull=False).exists() and not self.chain.is_waiting:
                return
        stuck = [f"{each.pk} {each.status} {each.sub_status}" for each in Transaction.objects.filter(type="send")]
        raise Broken(f"stuck: {stuck}")

    def _count(self) -> None:
        for each in Transaction.objects.filter(type="send"):
            self.outcome.tally[each.status] += 1
        found = Attempt.objects.filter(network=self.network)
        self.outcome.tally["replaced attempts"] += found.filter(replaces__isnull=False).count()
        landed = found.filter(status__in=["landed", "final"])
        self.outcome.tally["replacements landed"] += landed.filter(replaces__isnull=False).count()
        self.outcome.tally["cancellations landed"] += landed.filter(cancels=True).count()
        corrected = landed.filter(status="final", transaction__failure_code="", cancels=True)
        self.outcome.tally["swapped by a reorg"] += corrected.count()


def schedule(house: House, network: str, seed: int) -> Outcome:
    """Run one schedule from the house as it was furnished."""
    return Schedule(house, network, seed).run()
