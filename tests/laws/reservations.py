"""What is true of reservations after every story."""

from collections import defaultdict

from django.db import connection

from ledger.queries import remaining_of
from wallets.models import Reservation, ReservationPart
from wallets.queries import available_account, held_account


def reservations_are_in_the_books() -> None:
    """
    Assert that what is reserved is there, account by account: hard and in parts as held, softly as marked.

    Nothing is left of a reservation that is over, and marks never exceed what is available.
    """
    held: dict[tuple[str, str], int] = defaultdict(int)
    marked: dict[tuple[str, str], int] = defaultdict(int)
    parts = list(ReservationPart.objects.select_related("reservation"))
    remaining = remaining_of(keys=[part.ledger_key for part in parts])
    for part in parts:
        reservation, left = part.reservation, remaining[part.ledger_key]
        assert 0 <= left <= part.minor - part.settled_minor, f"{part}: {left} left"
        assert not left or reservation.status == Reservation.State.OPEN, f"{part} is over and has {left} left"
        is_soft = reservation.kind == Reservation.Kind.SOFT
        code = (available_account if is_soft else held_account)(reservation.wallet_id)
        (marked if is_soft else held)[code, part.asset_id] += left
    for code, asset, purpose, balance, promised in _accounts():
        if purpose == "user_held":
            assert balance == held[code, asset], f"{code} holds {balance}, reserved are {held[code, asset]}"
        else:
            assert promised == marked[code, asset], f"{code}: {promised} marked, reserved {marked[code, asset]}"
            assert promised <= balance, f"{code}: {promised} marked of {balance}"


def _accounts() -> list[tuple[str, str, str, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, asset_id, purpose, balance, marked FROM ledger_account WHERE code LIKE 'wallet:wal\\_%'"
        )
        return list(cursor.fetchall())
