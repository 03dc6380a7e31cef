"""
Reserving money for what is on its way: reserve, perhaps convert, then settle or release; or it expires.

A reservation says what for; the ledger has the money, as a hold or, while it is soft, as a mark. All functions run
in the caller's transaction if there is one. They lock the reservation first and the ledger's accounts after it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

import events.services
import ledger.queries
import ledger.services
import ledger.services.marks
from kit.errors import NotFound
from kit.ids import new_id
from kit.money import Money
from ledger.errors import HoldExceeded
from ledger.services import Line, Posted
from wallets.errors import ReservationKeyReused, ReservationOver
from wallets.models import Reservation, ReservationPart, Wallet
from wallets.queries import available_account, held_account

Kind = Reservation.Kind
State = Reservation.State
Name = ReservationPart.Name


class Part(NamedTuple):
    """What to reserve under a name; fees may be in another asset than the amount."""

    name: Name
    money: Money


@transaction.atomic
def reserve(
    *,
    key: str,
    wallet: Wallet,
    parts: Sequence[Part],
    purpose: str,
    now: datetime,
    kind: Kind = Kind.HARD,
    transaction_id: str = "",
    expires_at: datetime | None = None,
    actor: str = "system",
) -> Reservation:
    """
    Reserve all parts or nothing. The same key and content again is answered with the reservation as it is now.

    :param purpose: what for, as its owner reads it, such as "a send to bc1q…"
    :raises InsufficientFunds: if the wallet has less than a part without a promise; then nothing was written
    :raises ReservationKeyReused: if the key stands for another reservation
    """
    _check_parts(kind, parts)
    reservation = Reservation(
        id=new_id("rsv"),
        key=key,
        wallet=wallet,
        kind=kind,
        status=State.OPEN,
        purpose=purpose[:200],
        transaction_id=transaction_id,
        expires_at=expires_at,
        created_at=now,
        updated_at=now,
    )
    Reservation.objects.bulk_create([reservation], ignore_conflicts=True)
    current = _lock(key)
    if current.pk != reservation.pk:
        _check_same(current, wallet, parts)
        return current
    _take_parts(current, parts, now=now, actor=actor)
    return current


@transaction.atomic
def convert(*, key: str, now: datetime, actor: str = "system") -> Reservation:
    """
    Make a soft reservation a hard one (or a partial one, if it has parts), atomically; harmless when it is already.

    :raises ReservationOver: if it was released or has expired
    :raises NotFound: if there is no such reservation
    """
    reservation = _lock(key)
    if reservation.status != State.OPEN:
        raise ReservationOver
    if reservation.kind != Kind.SOFT:
        return reservation
    parts = list(reservation.parts.order_by("pk"))
    _lock_accounts(reservation, parts)
    for part in parts:
        if ledger.queries.get_mark(key=part.ledger_key).remaining:
            ledger.services.marks.convert(
                key=part.ledger_key, hold_key=part.ledger_key, held=held_account(reservation.wallet_id), now=now
            )
    reservation.kind = Kind.HARD if len(parts) == 1 else Kind.PARTIAL
    reservation.updated_at = now
    reservation.save(update_fields=["kind", "updated_at"])
    events.services.record(
        type="reservation.converted",
        subject=reservation,
        actor=actor,
        user_id=reservation.wallet.user_id,
        now=now,
        data=_facts(reservation, parts),
    )
    return reservation


@transaction.atomic
def settle(
    *,
    key: str,
    posting_key: str,
    kind: str,
    lines: Sequence[Line],
    now: datetime,
    part: Name = Name.AMOUNT,
    is_final: bool = True,
    actor: str = "system",
) -> Posted:
    """
    Pay from one part of a hard or partial reservation, as ledger.services.settle does from a hold.

    If final, what then remains of the part goes back; other parts stay. Expiry does not forbid it: whoever comes
    first wins.

    :raises HoldExceeded: if the part has less left than the lines' sum
    :raises PostingKeyReused: if the posting key stands for other content
    :raises NotFound: if there is no such reservation
    """
    reservation = _lock(key)
    assert reservation.kind != Kind.SOFT, f"{key} is soft; convert it before anything is paid from it"
    row = reservation.parts.get(name=part)
    if not ledger.queries.has_hold(key=row.ledger_key):
        raise HoldExceeded  # this part was given back while it was soft
    posted = ledger.services.settle(
        key=row.ledger_key, posting_key=posting_key, kind=kind, lines=lines, now=now, is_final=is_final
    )
    if posted.is_new:
        row.settled_minor += sum(line.money.minor for line in lines)
        row.save(update_fields=["settled_minor"])
        _close_if_empty(reservation, now=now, actor=actor)
    return posted


@transaction.atomic
def release(*, key: str, now: datetime, part: Name | None = None, reason: str = "", actor: str = "system") -> None:
    """
    Give back what is left of the reservation, or of one part of it; harmless when nothing is left.

    :param reason: why, for the record, such as "cancelled"
    :raises NotFound: if there is no such reservation
    """
    reservation = _lock(key)
    parts = list(reservation.parts.filter(name=part) if part else reservation.parts.order_by("pk"))
    given_back = _give_back(reservation, parts, now)
    is_over = _close_if_empty(reservation, now=now, actor=actor, reason=reason)
    if given_back and not is_over:
        events.services.record(
            type="reservation.part_released",
            subject=reservation,
            actor=actor,
            user_id=reservation.wallet.user_id,
            now=now,
            data={**_facts(reservation, parts), "reason": reason},
        )


@transaction.atomic
def raise_part(*, key: str, part: Name, to: Money, now: datetime, actor: str = "system") -> None:
    """
    Set more aside for a part of which nothing was paid or given back; harmless when it is that much already.

    :raises InsufficientFunds: if the wallet has less; then it stays as it was
    :raises ReservationOver: if it is over, or has been paid from
    :raises NotFound: if there is no such reservation
    """
    reservation = _lock(key)
    assert reservation.kind != Kind.SOFT, f"{key} is soft; convert it before more is set aside"
    row = reservation.parts.get(name=part)
    assert row.asset_id == to.asset, "a part stays in its asset"
    if row.minor >= to.minor:
        return
    _lock_accounts(reservation, [row])
    if (
        reservation.status != State.OPEN
        or ledger.queries.remaining_of(keys=[row.ledger_key])[row.ledger_key] != row.minor
    ):
        raise ReservationOver
    ledger.services.release(key=row.ledger_key, now=now)
    row.raised_count, row.minor = row.raised_count + 1, to.minor
    row.save(update_fields=["raised_count", "minor"])
    _take(reservation, row, now)
    events.services.record(
        type="reservation.raised",
        subject=reservation,
        actor=actor,
        user_id=reservation.wallet.user_id,
        now=now,
        data=_facts(reservation, [row]),
    )


def _take_parts(reservation: Reservation, parts: Sequence[Part], *, now: datetime, actor: str) -> None:
    """Promise or hold each part of a fresh reservation, with its fact."""
    rows = [
        ReservationPart(reservation=reservation, name=name, asset_id=money.asset, minor=money.minor)
        for name, money in parts
    ]
    ReservationPart.objects.bulk_create(rows)
    _lock_accounts(reservation, rows)
    for row in rows:
        _take(reservation, row, now)
    events.services.record(
        type="reservation.made",
        subject=reservation,
        actor=actor,
        user_id=reservation.wallet.user_id,
        now=now,
        data=_facts(reservation, rows),
    )


def expire_reservations(*, now: datetime, limit: int = 100) -> int:
    """Give back what is left of reservations whose time has passed, the oldest first; return how many there were."""
    overdue = Reservation.objects.filter(status=State.OPEN, expires_at__lte=now).order_by("expires_at", "id")
    return sum(_expire(key, now) for key in list(overdue.values_list("key", flat=True)[:limit]))


@transaction.atomic
def _expire(key: str, now: datetime) -> bool:
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    reservation = rows.filter(key=key, status=State.OPEN, expires_at__lte=now).select_related("wallet").first()
    if reservation is None:
        return False  # somebody is settling or releasing it, or has
    parts = list(reservation.parts.order_by("pk"))
    _give_back(reservation, parts, now)
    _end(reservation, State.EXPIRED, parts, now=now, actor="system", reason="expired")
    return True


def _lock(key: str) -> Reservation:
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True).select_related("wallet")
    found = rows.filter(key=key).first()
    if found is None:
        raise NotFound("There is no such reservation.")
    return found


def _check_parts(kind: Kind, parts: Sequence[Part]) -> None:
    names = [part.name for part in parts]
    assert names, "a reservation is of something"
    assert len(names) == len(set(names)), "a reservation has each part once"
    assert kind != Kind.HARD or len(parts) == 1, "what has several parts is soft or partial"


def _check_same(current: Reservation, wallet: Wallet, parts: Sequence[Part]) -> None:
    known = {(part.name, part.asset_id, part.minor) for part in current.parts.all()}
    asked = {(str(name), money.asset, money.minor) for name, money in parts}
    if current.wallet_id != wallet.pk or known != asked:
        raise ReservationKeyReused


def _lock_accounts(reservation: Reservation, parts: Sequence[ReservationPart]) -> None:
    codes = (available_account(reservation.wallet_id), held_account(reservation.wallet_id))
    ledger.services.lock_accounts([(code, part.asset_id) for part in parts for code in codes])


def _take(reservation: Reservation, part: ReservationPart, now: datetime) -> None:
    available, held = available_account(reservation.wallet_id), held_account(reservation.wallet_id)
    money = Money(part.minor, part.asset_id)
    if reservation.kind == Kind.SOFT:
        ledger.services.marks.mark(key=part.ledger_key, account=available, money=money, now=now)
    else:
        ledger.services.reserve(key=part.ledger_key, available=available, held=held, money=money, now=now)


def _give_back(reservation: Reservation, parts: Sequence[ReservationPart], now: datetime) -> bool:
    """Give back what is left of these parts; say whether that was anything."""
    _lock_accounts(reservation, parts)
    remaining = ledger.queries.remaining_of(keys=[part.ledger_key for part in parts])
    left = [part for part in parts if remaining[part.ledger_key]]
    for part in left:
        if reservation.kind == Kind.SOFT:
            ledger.services.marks.unmark(key=part.ledger_key)
        else:
            ledger.services.release(key=part.ledger_key, now=now)
    return bool(left)


def _close_if_empty(reservation: Reservation, *, now: datetime, actor: str, reason: str = "") -> bool:
    """End an open reservation of which nothing is left; say whether it is over."""
    if reservation.status != State.OPEN:
        return True
    parts = list(reservation.parts.order_by("pk"))
    if any(ledger.queries.remaining_of(keys=[part.ledger_key for part in parts]).values()):
        return False
    is_settled = any(part.settled_minor for part in parts)
    _end(reservation, State.SETTLED if is_settled else State.RELEASED, parts, now=now, actor=actor, reason=reason)
    return True


def _end(
    reservation: Reservation,
    status: State,
    parts: Sequence[ReservationPart],
    *,
    now: datetime,
    actor: str,
    reason: str,
) -> None:
    events.services.move(
        reservation,
        status,
        flow=Reservation.FLOW,
        actor=actor,
        user_id=reservation.wallet.user_id,
        now=now,
        data={**_facts(reservation, parts), "reason": reason},
    )


def _facts(reservation: Reservation, parts: Sequence[ReservationPart]) -> dict[str, object]:
    return {
        "wallet_id": reservation.wallet_id,
        "kind": str(reservation.kind),
        "purpose": reservation.purpose,
        "transaction_id": reservation.transaction_id,
        "parts": [
            {
                "name": str(part.name),
                "asset": part.asset_id,
                "minor": str(part.minor),
                "settled": str(part.settled_minor),
            }
            for part in parts
        ],
    }
