"""What is true of every flow by its declarations alone: only allowed moves, undoable wherever it may fail, drawn."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings

from transactions.engine.base import Flow
from transactions.engine.drawing import draw, first_status
from transactions.models import STATUS_FLOW, Status, Transaction
from transactions.registry import FLOWS, flow_of

MOVES = {(source, target) for source, targets in STATUS_FLOW.moves.items() for target in targets}
STANDS = (Status.BALANCE_UPDATED, Status.COMPLETED)
"""Where nothing can be undone any more: what was done stands."""

every_flow = pytest.mark.parametrize("flow", [flow_of(name) for name in sorted(FLOWS)], ids=sorted(FLOWS))


def moves_in(sql: str) -> set[tuple[str, str]]:
    """Return the moves that the database's function allows."""
    return set(re.findall(r"\('(\w+)', '(\w+)'\)", sql[sql.index("IN (VALUES") :]))


def walk(flow: Flow) -> dict[str, str]:
    """Walk its steps in order, checking every move; return the status that each step is done in."""
    status: str = first_status(flow)
    under_way: dict[str, str] = {}
    for step in flow.steps.values():
        under_way[step.name] = status
        for target in step.via:
            assert (status, target) in MOVES, f"{flow.type}.{step.name}: {status} to {target}"
            status = target
    assert status == Status.COMPLETED, f"{flow.type} ends {status}"
    return under_way


def test_every_type_of_transaction_has_a_flow() -> None:
    assert {flow_of(name).type.value for name in FLOWS} == set(FLOWS) == set(Transaction.Type.values)


@every_flow
def test_steps_in_order_make_allowed_moves_only(flow: Flow) -> None:
    walk(flow)


@every_flow
def test_a_step_that_fails_can_be_undone_from_where_it_is(flow: Flow) -> None:
    for name, status in walk(flow).items():
        if status not in (*STANDS, Status.INITIATED):
            assert (status, Status.COMPENSATING) in MOVES, f"{flow.type}.{name} in {status}"
    assert (Status.COMPENSATING, Status.FAILED) in MOVES
    assert (Status.INITIATED, Status.FAILED) in MOVES


@every_flow
def test_going_back_makes_allowed_moves_only(flow: Flow) -> None:
    under_way = walk(flow)
    names = list(flow.steps)
    for step in flow.steps.values():
        for target, statuses in step.goes_back.items():
            assert names.index(target) < names.index(step.name)
            status: str = under_way[step.name]
            for following in statuses:
                assert (status, following) in MOVES, f"{flow.type}.{step.name} back to {target}: {status}"
                status = following
            if status == Status.COMPENSATING:  # what a reorg took back goes on to completed only
                assert (status, Status.COMPLETED) in MOVES
            else:
                assert (status, flow.steps[target].via[0]) in MOVES


@every_flow
def test_what_is_undone_comes_before_every_milestone(flow: Flow) -> None:
    passed = False
    for step in flow.steps.values():
        assert not (passed and (step.undo or step.undo_ask)), f"{flow.type}.{step.name} can never be undone"
        passed = passed or step.milestone


def test_the_table_in_sql_is_the_table_in_python() -> None:
    laws: str = import_module("transactions.migrations.0019_written_on_their_way").WAY
    assert moves_in(laws) == MOVES


def test_the_drawn_flows_are_current() -> None:
    drawn = Path(settings.BASE_DIR, "docs", "flows.md").read_text(encoding="utf-8")
    assert drawn == draw(), "docs/flows.md is not what the code says: run python manage.py draw_flows"


def test_the_drawing_tells_every_step() -> None:
    drawn = draw()
    for name in FLOWS:
        for step in flow_of(name).steps.values():
            assert f"`{step.name}`" in drawn
            assert step.says in drawn
    assert drawn.count("```mermaid") == len(FLOWS) + 1
    assert drawn.count("\n```\n") == len(FLOWS) + 1
