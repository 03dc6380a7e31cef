"""Who pays how much of a fee that several share: arithmetic only."""

from collections.abc import Sequence


def share(total: int, *, most: Sequence[int]) -> list[int] | None:
    """
    Return shares of a sum in minor units, in the order of `most`, that come to it exactly; None if they cannot.

    They are equal but for what does not divide, which falls on whoever may pay most. Nobody pays above their most:
    where that is less than an equal share, the others pay the rest equally.
    """
    if sum(most) < total:
        return None
    shares, left = [0] * len(most), total
    ascending = sorted(range(len(most)), key=lambda place: most[place])
    for taken, place in enumerate(ascending):
        shares[place] = min(most[place], left // (len(most) - taken))
        left -= shares[place]
    assert left == 0, "what the smaller ones could not pay, the larger ones can"
    return shares
