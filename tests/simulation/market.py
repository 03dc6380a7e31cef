"""People who buy coins, and what happens at the companies meanwhile."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from random import Random
from unittest import mock

from providers import queries as provider_queries
from providers.base import Kind, RampStage
from providers.registry import ADAPTERS
from providers.services import calling, inbox
from tests.simulation.chain import Chain
from tests.simulation.companies import COMPANIES, Company, Order
from tests.simulation.house import Clock
from tests.simulation.laws import Broken
from tests.simulation.workers import Now
from transactions.models import Step, Transaction

CODES = ("moonpay", "transak")
UNFINISHED = (RampStage.PAYMENT_PENDING, RampStage.PAID, RampStage.DELIVERING)


class Market:
    """The companies of one seed."""

    def __init__(self, chains: Mapping[str, Chain], rng: Random, pause: Callable[[str], None]) -> None:
        self.companies = {code: Company(code, chains, rng, pause) for code in CODES}
        self._rng = rng
        for company in self.companies.values():
            company.silent = rng.choice([0.0, 0.0, 0.1, 0.4])

    @contextmanager
    def open(self, clock: Clock) -> Iterator[None]:
        """Put these companies in the place of the real ones."""
        with ExitStack() as stack:
            entries = dict.fromkeys(CODES, "tests.simulation.companies.SimulatedCompany")
            stack.enter_context(mock.patch.dict(ADAPTERS[Kind.ON_RAMP].entries, entries))
            stack.enter_context(mock.patch.dict(provider_queries._adapters, clear=True))
            stack.enter_context(mock.patch.object(calling, "time", clock))
            COMPANIES.update(self.companies)
            yield

    def happen(self, now: Now) -> str:
        """Let something happen at a company; say what."""
        company = self._rng.choice(list(self.companies.values()))
        live = {name: order for name, order in company.orders.items() if not order.state.stage.is_over}
        if not company.orders:
            return ""
        operation_id, order = self._rng.choice(list((live or company.orders).items()))
        what = self._rng.choice(["pay", "pay", "go on", "go on", "go on", "expire", "webhook", "webhook"])
        if what == "pay" and self._is_shown(operation_id):
            company.pay(operation_id)
        elif what == "go on":
            company.go_on(order)
        elif what == "expire" and self._rng.random() < 0.2:
            company.expire(order)
        elif what == "webhook":
            raw = company.webhook(operation_id)
            for _ in range(self._rng.choice([1, 2])):
                inbox.receive(provider=company.code, headers={}, raw=raw, now=now())
        return f"{company.code} {what}: {order.state.stage}"

    def settle(self) -> None:
        """Whoever is asked pays, most of them; whatever was paid is delivered or given back; no company is silent."""
        for company in self.companies.values():
            company.silent = 0.0
            for operation_id, order in company.orders.items():
                if self._is_shown(operation_id) and self._rng.random() < 0.7:
                    company.pay(operation_id)
                company.expire(order)
                company.finish(order)

    def check(self) -> None:
        """
        See that each purchase is over at every company, and that it says what they say.

        :raises Broken: naming the purchase
        """
        orders: dict[str, list[Order]] = {}
        for code, company in self.companies.items():
            for operation_id, order in company.orders.items():
                orders.setdefault(operation_id.removesuffix(f"-{code}"), []).append(order)
        for purchase in Transaction.objects.filter(type="on_ramp"):
            found = orders.get(purchase.pk, [])
            delivered = [order for order in found if order.state.stage == RampStage.COMPLETED]
            if any(order.state.stage in UNFINISHED for order in found):
                raise Broken(f"{purchase} is {purchase.status}, and a company still has its money")
            if len(delivered) > 1:
                raise Broken(f"{purchase} was delivered {len(delivered)} times")
            if purchase.status == "completed":
                arrived = sum(out.minor for order in delivered if order.payment for out in order.payment.outs)
                if arrived != purchase.amount_minor:
                    raise Broken(f"{purchase} says {purchase.amount_minor}, and {arrived} came")

    def _is_shown(self, operation_id: str) -> bool:
        """Tell whether the person is asked to pay this very order now."""
        transaction_id, _, code = operation_id.rpartition("-")
        asking = Step.objects.filter(transaction_id=transaction_id, name="paid", state=Step.State.ASKING)
        return asking.filter(transaction__provider=code).exists()
