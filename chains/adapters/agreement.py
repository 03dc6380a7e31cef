"""
What several nodes say, made one. One alone is believed only where there is no other.

Believed is what more than half of those that answered say, if they are at least half of those that are switched on:
of three nodes two, of two both or the one that answers, of one that one. Nodes that said something else are counted
for the operators and not left alone: a node that is a block behind says something else, too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from chains.endpoints import Endpoints
from chains.errors import NodesDisagree, NodeUnavailable, PaymentImpossible
from chains.values import BlockRef, FeeRate, Presence, Priority, TransactionState

T = TypeVar("T")
P = ParamSpec("P")


class _Node(Protocol):
    endpoints: Endpoints


N = TypeVar("N", bound=_Node)


def agreeing(method: Callable[Concatenate[N, P], T]) -> Callable[Concatenate[N, P], T]:
    """
    Have a reading done by one node after the other until enough of them have said the same.

    :raises NodesDisagree: if they contradict each other and nobody has enough behind it
    :raises NodeUnavailable: if too few answered
    """

    @wraps(method)
    def asked(self: N, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self.endpoints.enabled < 2:
            return method(self, *args, **kwargs)
        return elect(self.endpoints, lambda: method(self, *args, **kwargs), what=method.__name__.strip("_"))

    return asked


def elect(endpoints: Endpoints, read: Callable[[], T], *, what: str) -> T:
    """Return what enough nodes say. :raises: as agreeing"""
    answers: list[tuple[str, T]] = []
    for name, answer in endpoints.poll(read):
        answers.append((name, answer))
        if len(_saying(answers, answer)) > endpoints.enabled // 2:  # whatever the others say
            break
    return _believed(endpoints, answers, what=what)


def agreed(endpoints: Endpoints, answers: Mapping[str, T], *, what: str) -> tuple[T, int]:
    """Return what enough of these nodes said, and how many did. :raises: as agreeing"""
    found = _believed(endpoints, list(answers.items()), what=what)
    return found, len(_saying(answers.items(), found))


def witnesses(endpoints: Endpoints, hashes: Mapping[str, str], *, block: BlockRef) -> int:
    """Return how many nodes have this block, by the hashes they have at its height. :raises: as agreeing"""
    found, count = agreed(endpoints, hashes, what=f"which block is at {block.height}")
    if found != block.hash:
        raise NodesDisagree(f"Block {block.height} is another one than the one we have read.")
    return count


def middle(endpoints: Endpoints, read: Callable[[], int], *, what: str) -> int:
    """
    Return a number of which neither the highest nor the lowest of three is believed; of two, the lower.

    :raises NodeUnavailable: if too few answered
    """
    found = sorted(answer for _, answer in endpoints.poll(read))
    _check_enough(endpoints, found, what)
    return found[(len(found) - 1) // 2]


def middle_rates(endpoints: Endpoints, read: Callable[[], tuple[FeeRate, ...]]) -> tuple[FeeRate, ...]:
    """Return the fees of the node in the middle, by the rate of normal speed. :raises: as middle"""
    found = sorted((rates for _, rates in endpoints.poll(read)), key=_normal_rate)
    _check_enough(endpoints, found, "fees")
    return found[(len(found) - 1) // 2]


def middle_or_refusal(endpoints: Endpoints, read: Callable[[], int], *, what: str) -> int:
    """
    Return the middle of what nodes estimate.

    :raises PaymentImpossible: if more of them than not say that the network would refuse it
    :raises NodeUnavailable: if too few answered
    """

    def estimate() -> int | PaymentImpossible:
        try:
            return read()
        except PaymentImpossible as refusal:
            return refusal

    answers = [answer for _, answer in endpoints.poll(estimate)]
    _check_enough(endpoints, answers, what)
    numbers = sorted(each for each in answers if isinstance(each, int))
    refusals = [each for each in answers if isinstance(each, PaymentImpossible)]
    if len(refusals) > len(numbers):
        raise refusals[0]
    return numbers[(len(numbers) - 1) // 2]


def state_of(endpoints: Endpoints, read: Callable[[], TransactionState]) -> TransactionState:
    """
    Return how a transaction stands: mined where enough nodes say so alike, at the fewest confirmations they count.

    It is absent only if nobody knows it: what one node alone has may be on its way.

    :raises NodeUnavailable: if too few answered
    """
    answers = list(endpoints.poll(read))
    _check_enough(endpoints, answers, "how a transaction stands")
    states = [state for _, state in answers]
    for state in states:
        alike = [each for each in states if _place(each) == _place(state)]
        if state.presence is Presence.MINED and len(alike) * 2 > len(states) and len(alike) >= endpoints.needed:
            return replace(state, confirmations=min(each.confirmations for each in alike))
    known = any(state.presence is not Presence.ABSENT for state in states)
    return TransactionState(Presence.PENDING if known else Presence.ABSENT)


def _believed(endpoints: Endpoints, answers: Sequence[tuple[str, T]], *, what: str) -> T:
    _check_enough(endpoints, answers, what)
    best = max((answer for _, answer in answers), key=lambda answer: len(_saying(answers, answer)))
    saying = _saying(answers, best)
    if len(saying) * 2 <= len(answers) or len(saying) < endpoints.needed:
        names = ", ".join(sorted(name for name, _ in answers))
        raise NodesDisagree(f"The nodes {names} do not say the same of {what}.")
    endpoints.contradicted(name for name, answer in answers if answer != best and None not in (answer, best))
    return best


def _check_enough(endpoints: Endpoints, answers: Sequence[object], what: str) -> None:
    if len(answers) < max(1, endpoints.needed):
        raise NodeUnavailable(f"Too few nodes could say {what}.")


def _saying(answers: Iterable[tuple[str, T]], wanted: T) -> list[str]:
    return [name for name, answer in answers if answer == wanted]


def _place(state: TransactionState) -> TransactionState:
    return replace(state, confirmations=0)


def _normal_rate(rates: tuple[FeeRate, ...]) -> int:
    return next(each.rate for each in rates if each.priority is Priority.NORMAL)
