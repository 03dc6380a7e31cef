"""How many blocks are asked for at once: fewer where a network is slow, more where it is fast."""

from django.db.models import F
from django.db.models.functions import Least

from chains.models import Cursor

SLOW_SECONDS = 30
FAST_SECONDS = 2
LEAST, MOST = 1, 100


def window(*, network: str) -> int:
    """Return how many blocks to ask for now."""
    return Cursor.objects.filter(pk=network).values_list("window", flat=True).first() or LEAST


def adapt(*, network: str, wanted: int, seconds: float) -> None:
    """Halve the window after a slow read, double it after a fast one that used it up; nothing else says anything."""
    if seconds > SLOW_SECONDS:
        Cursor.objects.filter(pk=network, window__gt=LEAST).update(window=F("window") / 2)
    elif seconds < FAST_SECONDS:
        used_up = Cursor.objects.filter(pk=network, window=wanted, window__lt=MOST)
        used_up.update(window=Least(F("window") * 2, MOST))
