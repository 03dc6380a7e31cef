"""A life cycle is a table of allowed moves. Nothing more."""

from collections.abc import Iterable, Mapping

from kit.errors import DomainError


class IllegalMove(DomainError):
    """This action is not possible in the current state."""

    code = "illegal_move"
    status = 409
    title = "This is not possible any more"
    why = "It has already moved on to another state."
    what_to_do = "Look at its current state and decide again."


class Flow:
    """The allowed moves of one kind of thing; a state without moves is final."""

    def __init__(self, moves: Mapping[str, Iterable[str]]) -> None:
        self.moves = {str(source): frozenset(str(target) for target in targets) for source, targets in moves.items()}
        self.final = frozenset(source for source, targets in self.moves.items() if not targets)
        unknown = frozenset().union(*self.moves.values()) - self.moves.keys()
        assert not unknown, f"targets without a row of their own: {sorted(unknown)}"

    def check(self, source: str, target: str) -> None:
        """
        Pass in silence if the table has this move.

        :raises IllegalMove: if it has not
        """
        if target not in self.moves[source]:
            raise IllegalMove(f"It cannot go from {source} to {target}.")
