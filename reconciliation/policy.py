"""What may be set right without anybody being asked. Pure: no database, no clock."""

from reconciliation.base import Place


def may_help_itself(place: Place, *, threshold: int, corrected_lately: int) -> bool:
    """
    Say whether a difference is minor: itself, and together with what was corrected by itself within a day.

    What lies elsewhere than booked weighs as much as what is too much or too little: one part does not excuse
    the other. What concerns cold addresses is never minor: nobody here has moved it. `corrected_lately`: the weights of
    those corrections, added up.
    """
    return not place.cold and weight(place) > 0 and weight(place) + corrected_lately <= threshold


def weight(place: Place) -> int:
    """Return how much of a difference there is, whatever its sign, in minor units."""
    return max(abs(place.treasury), abs(place.deposits), abs(place.cold), abs(place.total))
