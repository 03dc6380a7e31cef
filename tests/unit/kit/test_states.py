"""A life cycle allows what its table says and nothing else."""

import itertools
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.states import Flow, IllegalMove


class Status(StrEnum):
    NEW = "new"
    SENT = "sent"
    DONE = "done"


FLOW = Flow({Status.NEW: [Status.SENT, Status.DONE], Status.SENT: [Status.DONE], Status.DONE: []})
ALLOWED = {("new", "sent"), ("new", "done"), ("sent", "done")}


@pytest.mark.parametrize(("source", "target"), list(itertools.product(Status, Status)))
def test_every_pair_is_as_the_table_says(source: Status, target: Status) -> None:
    if (source, target) in ALLOWED:
        FLOW.check(source, target)
        FLOW.check(str(source), str(target))
    else:
        with pytest.raises(IllegalMove) as refusal:
            FLOW.check(source, target)
        assert refusal.value.code == "illegal_move"
        assert refusal.value.what_happened == f"It cannot go from {source} to {target}."


def test_a_state_without_moves_is_final() -> None:
    assert FLOW.final == {"done"}


def test_a_target_without_a_row_is_a_mistake_in_the_table() -> None:
    with pytest.raises(AssertionError, match="lost"):
        Flow({"new": ["lost"]})


def test_an_unknown_state_is_a_bug_and_not_a_refusal() -> None:
    with pytest.raises(KeyError):
        FLOW.check("lost", "done")
    with pytest.raises(IllegalMove):
        FLOW.check("new", "lost")


names = st.sampled_from("abcdef")


@given(st.dictionaries(names, st.sets(names)))
def test_any_table_allows_exactly_its_moves(moves: dict[str, set[str]]) -> None:
    moves |= {target: set() for targets in list(moves.values()) for target in targets if target not in moves}
    flow = Flow(moves)
    assert flow.final == {source for source, targets in moves.items() if not targets}
    for source, target in itertools.product(moves, moves):
        if target in moves[source]:
            flow.check(source, target)
        else:
            with pytest.raises(IllegalMove):
                flow.check(source, target)
