"""
Deciding on a refill from cold: two different people approve, one may refuse. Nothing moves by their word alone.

The row is locked first, so whoever comes second finds what the first one left.
"""

from datetime import datetime
from typing import Any

from django.db import transaction as database

import events.services
from kit.errors import InvalidInput, NotFound
from transactions.errors import RefillDecided, SecondPersonNeeded
from transactions.models import Refill

REASON_LENGTH = 400


@database.atomic
def approve(*, refill_id: str, actor: str, now: datetime) -> Refill:
    """
    Approve what the hot wallet lacks, as the first or the second person; the same approval again changes nothing.

    :raises NotFound: if there is no such refill
    :raises SecondPersonNeeded: if this person has approved it first
    :raises RefillDecided: if it is approved already, or over
    """
    found = locked(refill_id)
    if found.status == Refill.State.WANTED:
        move(found, Refill.State.SECONDED, actor=actor, now=now, seconded_by=actor)
        return found
    if found.status == Refill.State.APPROVED and found.approved_by == actor:
        return found
    if found.status != Refill.State.SECONDED:
        raise RefillDecided
    if found.seconded_by == actor:
        raise SecondPersonNeeded
    move(found, Refill.State.APPROVED, actor=actor, now=now, approved_by=actor)
    return found


@database.atomic
def refuse(*, refill_id: str, reason: str, actor: str, now: datetime) -> Refill:
    """
    Turn it down, or take an approval back as long as nothing was imported; the same refusal again changes nothing.

    :raises NotFound: if there is no such refill
    :raises InvalidInput: without a reason
    :raises RefillDecided: if what was signed is on its way, or it is over
    """
    found = locked(refill_id)
    if found.status == Refill.State.REFUSED and found.refused_by == actor:
        return found
    if found.status not in Refill.UNDECIDED:
        raise RefillDecided
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise InvalidInput("Say why.", fields={"reason": [f"Between 1 and {REASON_LENGTH} characters."]})
    move(found, Refill.State.REFUSED, actor=actor, now=now, refused_by=actor, refused_reason=reason)
    return found


def locked(refill_id: str) -> Refill:
    """
    Return the refill with its row locked until the caller's database transaction ends.

    :raises NotFound: if there is none
    """
    found = Refill.objects.select_for_update(of=("self",), no_key=True).filter(pk=refill_id).first()
    if found is None:
        raise NotFound("There is no such refill.")
    return found


def move(found: Refill, to: Refill.State, *, actor: str, now: datetime, **fields: Any) -> None:
    """Move a refill along its table with its fact, in the caller's database transaction."""
    data = facts(found) | {"reason": fields.get("refused_reason") or found.reason}
    events.services.move(found, to, flow=Refill.FLOW, actor=actor, now=now, data=data, **fields)


def facts(found: Refill) -> dict[str, str]:
    """Return what events keep of it; amounts as minor units in text."""
    return {
        "network": found.network_id,
        "asset": found.asset_id,
        "amount_minor": str(found.amount_minor),
        "max_fee_minor": str(found.max_fee_minor),
        "from_address": found.from_address,
        "to_address": found.to_address,
        "reason": found.reason,
    }
