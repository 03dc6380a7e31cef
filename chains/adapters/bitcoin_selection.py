"""
Ways to pick from a list of numbers: an exact match without change, and a random draw. Arithmetic only.

Every value is what a coin is worth once its own input is paid for. All of it is decided by the arguments: the same
list and seed give the same answer everywhere, in a bounded number of steps.
"""

import hashlib
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import accumulate

TRIES = 20_000
"""Sets looked at by `exact`, at most: some 20 ms. Past them the best one so far stands."""


def exact(values: Sequence[int], *, low: int, high: int, cost: int, most: int) -> tuple[int, ...] | None:
    """
    Return the places of those values whose sum lies from `low` to `high` and that waste least; None if none was found.

    Wasted are `cost` for each value, and what the sum is above `low`. Branch and bound (Murch, "An Evaluation of Coin
    Selection Strategies", 2016; Bitcoin Core): each value, largest first, is taken and then left out; a branch is
    left where it is too much, cannot be enough any more, or wastes more than is known to be possible.

    :param values: positive, the largest first
    :param cost: not negative
    :param most: so many values at most
    """
    left = [*accumulate(reversed(values), initial=0)][::-1]  # from each place on
    total, place = 0, 0
    taken: list[int] = []
    best: tuple[int, ...] | None = None
    least = 0
    for _ in range(TRIES):
        waste = len(taken) * cost + max(0, total - low)
        is_hopeless = total + left[place] < low or (total < low and len(taken) == most)
        if total > high or is_hopeless or total >= low or (best is not None and waste >= least):
            if low <= total <= high and (best is None or waste < least):
                best, least = tuple(taken), waste
            if not taken:
                break
            # Everything with the last one taken was looked at: now without it.
            place = taken.pop()
            total -= values[place]
        # A twin of one just left out would only bring the same sets again.
        elif place == 0 or values[place - 1] != values[place] or (taken and taken[-1] == place - 1):
            taken.append(place)
            total += values[place]
        place += 1
    return best


def draw(values: Sequence[int], *, low: int, most: int, seed: bytes) -> tuple[int, ...] | None:
    """
    Return the places of values drawn one by one until they reach `low`; None if they cannot.

    Above `most` of them the smallest drawn is put back (Bitcoin Core, SelectCoinsSRD).
    """
    drawn: list[tuple[int, int]] = []
    total = 0
    for place in sorted(range(len(values)), key=lambda place: hashlib.sha256(seed + place.to_bytes(4)).digest()):
        heappush(drawn, (values[place], place))
        total += values[place]
        if len(drawn) > most:
            total -= heappop(drawn)[0]
        if total >= low:
            return tuple(sorted(place for _, place in drawn))
    return None
