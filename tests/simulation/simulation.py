"""One seed: people, workers, networks and misfortune in an order that the seed alone decides."""

import hashlib
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from chains import queries as chain_queries
from tests.simulation import books, laws
from tests.simulation.chain import Chain, Out, rival_of, stranger_payment
from tests.simulation.counting import tally
from tests.simulation.house import BLOCK_SECONDS, FINAL_DEPTH, Clock, House, determined
from tests.simulation.laws import Broken, stuck
from tests.simulation.market import Market
from tests.simulation.nodes import NODES, Habits, SimulatedNode, stranger_address
from tests.simulation.people import Crowd, Wish, buy, cancel, give_back
from tests.simulation.plots import PLOTS, Plot
from tests.simulation.stage import Job, Stage
from tests.simulation.workers import pump, relay, scan, seal, take_webhooks
from transactions.models import Deposit

STEPS = 48
MOST_JOBS = 7
SETTLING_ROUNDS = 60
FORGETFUL_ROUNDS = 2
"""For so many rounds nodes go on forgetting what has failed."""
SOON = timedelta(minutes=5)
"""What is due within this is being worked on; what is due later waits for somebody."""
NETWORKS = ("bitcoin", "ethereum")


@dataclass
class Report:
    """How one seed ended; `broken` names the law that does not hold, and is empty if all of them do."""

    seed: int
    log: list[str] = field(default_factory=list)
    broken: str = ""
    moments: int = 0
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.log).encode()).hexdigest()


class Simulation:
    """Runs one seed in the house."""

    def __init__(self, house: House, seed: int, *, steps: int = STEPS) -> None:
        self.house = house
        self.steps = steps
        self.report = Report(seed)
        self.rng = Random(seed)
        self.clock = Clock(house.now)
        self.stage = Stage(self.rng)
        self.chains = {code: chain.copy() for code, chain in house.chains.items()}
        self.nodes = {
            code: SimulatedNode(chain, self.rng, pause=self.stage.pause) for code, chain in self.chains.items()
        }
        self.addresses, self.hot = house.addresses, house.hot
        self.market = Market(self.chains, self.rng, self.stage.pause)
        self.crowd = Crowd(self.rng, house.people, self._wallet_id)
        self.deadly = self.rng.choice([0.0, 0.02, 0.08])
        self.stalling = self.rng.choice([0.0, 0.05, 0.15])
        self.at = 0
        self.sweeps = self.rng.random() < 0.6
        self.plots = [plot(self) for share, plot in PLOTS if self.rng.random() < share]
        self.actions = self._actions()

    def run(self) -> Report:
        """Return how it went: every law holds after every step, and all of it has settled in the end."""
        with ExitStack() as stack:
            stack.enter_context(determined(self.rng, self.clock))
            self.house.restore()
            NODES.update(self.nodes)
            stack.enter_context(self.market.open(self.clock))
            chain_queries.forget()
            for node in self.nodes.values():
                node.habits = self._habits()
            stack.enter_context(self.stage.watching())
            try:
                for _ in range(self.steps):
                    self.at += 1
                    self._step()
                    self._check()
                self._settle()
                self.market.check()
                books.check(self.chains, self.crowd, stolen=self.chains["ethereum"].stolen_fees())
            except Broken as broken:
                self.report.broken = str(broken)
                self.note(f"BROKEN {broken}")
            finally:
                for job in list(self.stage.jobs):
                    self.stage.kill(job)
        self.report.moments = self.stage.moments
        self.report.tally.update(tally() - self.house.happened)
        return self.report

    def note(self, line: str) -> None:
        seconds = (self.clock.now - self.house.now).total_seconds()
        self.report.log.append(f"{self.at:4d} {seconds:6.0f}s {line}")

    # one step
    def _step(self) -> None:
        for chain in self.chains.values():
            chain.pass_event()
        if self.stage.jobs and self.rng.random() < 0.6:
            self._let_one_go_on()
            return
        if self.plots and self.rng.random() < 0.5:
            self._follow(self.rng.choice(self.plots))
            return
        names, weights = zip(*((name, weight) for name, (weight, _) in self.actions.items()), strict=True)
        name = self.rng.choices(names, weights)[0]
        self.actions[name][1]()

    def _follow(self, plot: Plot) -> None:
        try:
            next(plot)
        except StopIteration:
            self.plots.remove(plot)

    def _let_one_go_on(self) -> None:
        ready = [job for job in self.stage.jobs if job.stalled_until <= self.at]
        if not ready:
            return
        job = self.rng.choice(ready)
        chance = self.rng.random()
        if chance < self.deadly:
            self.note(f"kill {job.name} at {job.at}")
            self.report.tally["workers killed"] += 1
            self.stage.kill(job)
        elif chance < self.deadly + self.stalling:
            self.stall(job, steps=self.rng.randint(5, 25))
        else:
            self._go_on(job, self.rng.choice([1, 2, 4, 8, 16, 40]))

    def stall(self, job: Job, *, steps: int) -> None:
        """Let nothing of it happen for so many steps; its lease may be over by then."""
        job.stalled_until = self.at + steps
        self.clock.now += timedelta(seconds=self.rng.choice([0, 61, 75]))
        self.report.tally["workers stalled"] += 1
        self.note(f"stall {job.name} at {job.at} until {job.stalled_until}")

    def _go_on(self, job: Job, moments: int) -> None:
        self.stage.step(job, moments)
        self.note(f"{job.name}: {'over' if job.is_over else job.at}")
        if job.error is not None:
            trace = "".join(traceback.format_exception(job.error)[-6:])
            raise Broken(f"{job.name} met what no table of errors names: {job.error!r}\n{trace}")

    def _check(self) -> None:
        if self.stage.has_committed:
            self.stage.has_committed = False
            laws.check()
        for chain in self.chains.values():
            books.check_payments(chain, self.crowd.payees)

    # what may happen
    def _actions(self) -> dict[str, tuple[int, Callable[[], object]]]:
        rng = self.rng
        return {
            "pump": (14, self.begin_pump),
            "scan": (10, lambda: self.begin_scan(rng.choice(NETWORKS))),
            "send": (6, self._ask_send),
            "transfer": (2, lambda: self.ask(self.crowd.wish_transfer(rng.choice(NETWORKS)))),
            "again": (2, self._ask_again),
            "cancel": (2, lambda: self._begin("cancel", lambda: self._tell("cancel", cancel(rng, self.now)))),
            "refund": (1, self._refund),
            "deposit": (4, self._deposit),
            "buy": (2, self._buy),
            "company": (rng.choice([0, 8, 16]), self._company),
            "webhooks": (1, lambda: self._begin("webhooks", lambda: take_webhooks(self.now))),
            "relay": (1, lambda: self._begin("relay", relay)),
            "seal": (1, lambda: self._begin("seal", lambda: seal(self.now))),
            "mine": (12, lambda: self.mine(rng.choice(NETWORKS))),
            "reorg": (rng.choice([0, 5, 12]), self._reorg),
            "evict": (rng.choice([0, 1, 2]), self._evict),
            "double_spend": (rng.choice([0, 1]), self._double_spend),
            "fees": (2, self._move_fees),
            "moody": (1, self._moody),
            "time": (10, self._pass_time),
        }

    def now(self) -> datetime:
        return self.clock.now

    def _begin(self, name: str, work: Callable[[], object], *, moments: int = 0) -> Job | None:
        if len(self.stage.jobs) >= MOST_JOBS:
            return None
        job = self.stage.add(f"{name}#{self.at}", lambda: void(work()))
        self._go_on(job, moments or self.rng.choice([1, 3, 9, 27]))
        return job

    def begin_pump(self, moments: int = 0) -> Job | None:
        """Let a worker begin to work on what is due, for so many moments; 0: the seed says how many."""
        return self._begin("pump", lambda: pump(self.now), moments=moments)

    def begin_scan(self, network: str) -> None:
        self._begin(f"scan {network}", lambda: scan(network, self.now, sweeps=self.sweeps))

    def ask(self, wish: Wish) -> None:
        name = f"{wish.order.type} {wish.key}"
        self._begin(name, lambda: self._tell(name, wish.ask(self.now)))

    def _ask_send(self) -> None:
        network = self.rng.choice(NETWORKS)
        config = self.chains[network].config
        to = stranger_address(self.rng, family=self.chains[network].family, chain=config.chain)
        self.ask(self.crowd.wish_send(network, to))

    def _ask_again(self) -> None:
        wish = self.crowd.wish_again()
        if wish is not None:
            self.ask(wish)

    def _refund(self) -> None:
        key = f"refund-{self.at}"
        self._begin("refund", lambda: self._tell("refund", give_back(self.rng, key, self.now)))

    def _buy(self) -> None:
        network, key = self.rng.choice(NETWORKS), f"buy-{self.at}"
        person: User = self.rng.choice(self.house.people)
        wallet_id = self._wallet_id(person, network)
        self._begin("buy", lambda: self._tell("buy", buy(person, wallet_id, network, key, self.now)))

    def _company(self) -> None:
        self.note(f"company {self.market.happen(self.now)}")

    def _tell(self, name: str, answer: str) -> None:
        self.note(f"{name} answered {answer}")

    def _deposit(self) -> None:
        network = self.rng.choice(NETWORKS)
        chain = self.chains[network]
        person: User = self.rng.choice(self.house.people)
        to = self.hot[network] if self.rng.random() < 0.15 else self.addresses[person.pk, network]
        minor = max(1, (20_000_000 if network == "bitcoin" else 10**18) * self.rng.choice([2, 20, 100, 150]) // 100)
        outs = [Out(to, minor)]
        if chain.family == "bitcoin" and self.rng.random() < 0.3:
            outs.append(Out(self.addresses[self.house.people[0].pk, network], minor // 2))
        chain.accept(stranger_payment(self.rng, chain, outs))
        self.note(f"deposit {network} {minor}")

    def mine(self, network: str) -> None:
        share = self.rng.choice([0.5, 0.9, 1.0])
        for _ in range(self.rng.choice([1, 1, 2])):
            self.chains[network].mine(takes=lambda tx: self.rng.random() < share)
        self.note(f"mine {network} {self.chains[network].head.hash[:10]}")
        self.clock.now += timedelta(seconds=BLOCK_SECONDS)

    def _reorg(self) -> None:
        """Replace the last blocks; mostly those that hold what was credited and may still be taken back."""
        credited = Deposit.objects.filter(status="confirmed").order_by("id").values_list("network_id", flat=True)
        network = self.rng.choice(list(credited) or NETWORKS)
        depth = self.rng.choice([1, 2, *[FINAL_DEPTH] * 2])
        kept, share = self.rng.choice([0.5, 1.0]), self.rng.choice([0.3, 1.0])
        self.chains[network].reorg(
            depth, keeps=lambda tx: self.rng.random() < kept, takes=lambda tx: self.rng.random() < share
        )
        self.note(f"reorg {network} {depth}")
        self.report.tally["reorgs"] += 1

    def _evict(self) -> None:
        chain = self.chains[self.rng.choice(NETWORKS)]
        if chain.mempool:
            txid = self.rng.choice(list(chain.mempool))
            chain.evict(txid)
            self.note(f"evict {txid[:10]}")

    def _double_spend(self) -> None:
        """A stranger takes back a payment that waits, by paying somebody else with the same coins."""
        chain = self.chains[self.rng.choice(NETWORKS)]
        theirs = [tx for tx in chain.mempool.values() if tx.tokens[0].startswith("stranger")]
        if theirs:
            tx = self.rng.choice(theirs)
            chain.evict(tx.txid)
            elsewhere = stranger_address(self.rng, family=chain.family, chain=chain.config.chain)
            chain.accept(rival_of(self.rng, tx, Out(elsewhere, tx.outs[0].minor)))
            self.note(f"double spend {tx.txid[:10]}")

    def _move_fees(self) -> None:
        chain = self.chains[self.rng.choice(NETWORKS)]
        chain.base = max(chain.config.fee_floor, chain.base * self.rng.choice([50, 80, 130, 250]) // 100)
        chain.base = min(chain.base, chain.config.fee_floor * 20)
        self.note(f"fees {chain.config.code} {chain.base}")

    def _moody(self) -> None:
        """A recipient on the account-based network turns out to be a contract that refuses money at times."""
        waiting = [to for to in self.crowd.payees if to.startswith("0x")]
        if waiting:
            self.chains["ethereum"].moody.add(self.rng.choice(waiting))

    def _pass_time(self) -> None:
        seconds = self.rng.choice([1, 5, 15, 40, 70])
        self.clock.now += timedelta(seconds=seconds)

    # the end
    def _settle(self) -> None:
        """No more misfortune: everything comes to its end, in bounded time."""
        for job in list(self.stage.jobs):
            self._go_on(job, 10**9)
        for node in self.nodes.values():
            node.habits = Habits(forgets_failures=node.habits.forgets_failures)  # until their index is built again
        for chain in self.chains.values():
            chain.base = chain.config.fee_floor
            chain.views = [chain.branch]
        for number in range(SETTLING_ROUNDS):
            self.at += 1
            if number == FORGETFUL_ROUNDS:
                for node in self.nodes.values():
                    node.habits = Habits()
            self._round(number)
            self._check()
            left = stuck() or self._unread()
            if not left:
                self.note(f"settled after {number + 1} rounds")
                return
        raise Broken(left)

    def _unread(self) -> str:
        """Say which network is not taken in to its last block, or keeps something waiting."""
        read = laws.read_up_to()
        for code, chain in self.chains.items():
            if chain.is_waiting:
                return f"{code} never takes what waits in its mempool"
            if read.get(code) != chain.head.hash:
                return f"{code} is read to {read.get(code)} and stands at {chain.head.height}"
        return ""

    def _round(self, number: int) -> None:
        """
        Let everybody work on what is due, the networks take it in, and everybody work on what follows from that.

        Only networks on which something is left go on.
        """
        self._sleep(number)
        self.market.settle()
        self._run("pump", lambda: void(pump(self.now, limit=200)))
        self._sleep(number)
        busy, read = laws.busy_networks(), laws.read_up_to()
        for code, chain in self.chains.items():
            if code not in busy and not chain.is_waiting and read.get(code) == chain.head.hash:
                continue
            while chain.late:
                chain.pass_event()
            for _ in range(FINAL_DEPTH + 1):
                chain.mine()
            for _ in range(2):  # a reorg is taken in by a reading of its own
                self._run(f"scan {code}", lambda code=code: scan(code, self.now, sweeps=False))  # type: ignore[misc]
                if laws.read_up_to().get(code) == chain.head.hash:
                    break
        self._run("pump", lambda: void(pump(self.now, limit=200)))
        self._run("webhooks", lambda: take_webhooks(self.now))
        self._run("relay", relay)

    def _sleep(self, number: int) -> None:
        """Let time pass until what is being worked on is due; past all patience, let much of it pass."""
        self.clock.now += timedelta(seconds=BLOCK_SECONDS * 5 if number < SETTLING_ROUNDS - 20 else 7200)
        self.clock.now = max(self.clock.now, laws.next_due(self.clock.now + SOON) or self.clock.now)

    def _run(self, name: str, work: Callable[[], None]) -> None:
        """Let somebody work to the end, alone."""
        self._go_on(self.stage.add(name, work), 10**9)

    def _habits(self) -> Habits:
        """Return how this seed's nodes are; some seeds have good ones."""
        pick = self.rng.choice
        return Habits(
            silent=pick([0.0, 0.02, 0.1]),
            lagging=pick([0.0, 0.0, 0.1]),
            forgetful=pick([0.0, 0.0, 0.3]),
            unsure=pick([0.0, 0.3, 0.7]),
            forgets_failures=pick([False, True]),
            lying=pick([0.0, 0.0, 0.2]),
        )

    def _wallet_id(self, person: User, network: str) -> str:
        return self.house.wallet_ids[person.pk, network]


def void(answer: object) -> None:
    """Drop an answer that nobody waits for."""


def simulate(house: House, seed: int, *, steps: int = STEPS) -> Report:
    """Run one seed from the house as it was furnished."""
    return Simulation(house, seed, steps=steps).run()


__all__ = ["Chain", "Report", "Simulation", "simulate"]
