"""Small flows made for a test and walked on real rows: steps that answer what they are told to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction as database

from kit.errors import DomainError
from transactions import registry
from transactions.engine import run as engine
from transactions.engine.base import Flow, Kind, Result, StepOf, Work
from transactions.models import Status, Step, Transaction
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
    return {step.name: step.state for step in transaction.steps.all()}


def row(transaction: Transaction, name: str) -> Step:
    return transaction.steps.get(name=name)


def status(transaction: Transaction) -> Status:
    transaction.refresh_from_db()
    return Status(transaction.status)
