"""Small flows made for a test and walked on real rows: steps that answer what they are told to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction as database

from events.models import Event
from kit.errors import DomainError
from transactions import registry
from transactions.engine import run as engine
from transactions.engine.base import Flow, Kind, Result, StepOf, Treatment, Work
from transactions.models import RecoveryAttempt, Status, Step, Transaction
from transactions.services import lifecycle, schedule

FLOW: Flow
"""The flow under test, while one is."""

_numbers = count(1)


class OutOfOrder(DomainError):
    """Something outside does not answer."""

    code = "out_of_order"
    title = "It does not answer"


class Unheard(DomainError):
    """An error that no table names."""

    code = "unheard"


HELD = [Status.BALANCE_RESERVED]
CHOSEN = [Status.PROVIDER_SELECTED]
WENT_OUT = [Status.PROVIDER_PROCESSING, Status.BLOCKCHAIN_PENDING, Status.BLOCKCHAIN_CONFIRMED]
OVER = [Status.BALANCE_UPDATED, Status.COMPLETED]
TEMPORARY = {OutOfOrder: Treatment.TEMPORARY}
PERMANENT = {OutOfOrder: Treatment.PERMANENT}
PERSON = {OutOfOrder: Treatment.PERSON}


class Play:
    """Notes who was called, and lets time pass when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        self.now = now
        self.said: list[str] = []
        self._patch = monkeypatch

    def step(self, name: str, *answers: Result | Exception | Callable[[Work, Any], Result], **more: Any) -> StepOf:
        """
        Return a step that answers one after the other, the last one for ever; exceptions are raised.

        `asks`, `undoes` and `undo_asks` are what asking and undoing answer; not given: it has no such thing.
        """
        script: dict[str, Any] = {}
        for argument, field in (("asks", "ask"), ("undoes", "undo"), ("undo_asks", "undo_ask")):
            if argument in more:
                script[field] = self._scripted(f"{field} {name}", more.pop(argument))
        more.setdefault("kind", Kind.VALIDATION)
        return StepOf(name, says="is under test", do=self._scripted(f"do {name}", list(answers)), **script, **more)

    def _scripted(self, called: str, answers: list[Any]) -> Callable[..., Any]:
        left = list(answers)

        def answer(work: Work, found: Any = None) -> Any:
            self.said.append(called)
            now = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(now, Exception):
                raise now
            return now(work, found) if callable(now) else now

        return answer

    def register(self, *steps: StepOf, is_driven: bool = False) -> None:
        """Let these steps be what a sweep goes through: company money, so that nobody's feed is told."""
        flow = Flow(Transaction.Type.SWEEP, steps, says="is under test", is_driven=is_driven)
        self._patch.setattr(f"{__name__}.FLOW", flow, raising=False)
        self._patch.setitem(registry.FLOWS, "sweep", f"{__name__}.FLOW")

    def open(self, *steps: StepOf, is_driven: bool = False) -> Transaction:
        self.register(*steps, is_driven=is_driven)
        with database.atomic():
            opened = lifecycle.open_transaction(
                type=Transaction.Type.SWEEP,
                key=f"play:{next(_numbers)}",
                actor="system",
                network_id="ethereum",
                asset_id="ETH",
                fee_asset_id="ETH",
                amount_minor=1,
                now=self.now,
            )
            engine.begin(opened, now=self.now)
        return opened

    def work(self, *, after: float = 0, side_by_side: bool = False) -> bool:
        """Let so many seconds pass and a worker take what is due; say whether anything was."""
        self.now += timedelta(seconds=after)
        claimed = schedule.claim(now=self.now)
        if claimed is not None:
            engine.advance(claimed, now=self.now, side_by_side=side_by_side)
        return claimed is not None

    def hear(self) -> list[str]:
        """Return who was called since this was asked for last."""
        heard, self.said = self.said, []
        return heard


def states(transaction: Transaction) -> dict[str, str]:
    return {step.name: step.state for step in Step.objects.filter(transaction=transaction)}


def row(transaction: Transaction, name: str) -> Step:
    return Step.objects.get(transaction=transaction, name=name)


def status(transaction: Transaction) -> Status:
    transaction.refresh_from_db()
    return Status(transaction.status)


def facts(transaction: Transaction) -> list[str]:
    found = Event.objects.filter(subject=f"transactions.transaction:{transaction.pk}", type__startswith="transaction.")
    return [each.removeprefix("transaction.") for each in found.order_by("id").values_list("type", flat=True)]


def recoveries(transaction: Transaction) -> list[tuple[str, int, str, str]]:
    found = RecoveryAttempt.objects.filter(transaction=transaction).order_by("id")
    return list(found.values_list("step", "number", "treatment", "code"))
