"""
Halting the sends of an asset, and letting them go on: anybody may stop them, two people together start them again.

Waiting sends keep their place and their money set aside; they look again by themselves.
"""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction as database

import events.services
from kit.errors import InvalidInput, NotFound
from kit.ids import new_id
from kit.locks import wait_for_turn
from transactions.errors import HaltDecided, SecondPersonNeeded
from transactions.models import SendHalt
from transactions.queries.halts import find_halt

logger = logging.getLogger(__name__)

REASON_LENGTH = 400


@database.atomic
def halt(*, asset: str, reason: str, missing_minor: int, actor: str, now: datetime) -> SendHalt:
    """
    Stop the sends of an asset; the halt that they are under already is returned as it is.

    :param missing_minor: what is missing, in minor units; 0 where nobody knows
    """
    reason = _reason(reason)
    wait_for_turn(f"send_halt:{asset}")
    found = find_halt(asset)
    if found:
        return found
    made = SendHalt.objects.create(
        id=new_id("hlt"),
        asset_id=asset,
        status=SendHalt.State.HALTED,
        reason=reason,
        missing_minor=missing_minor,
        halted_by=actor,
        created_at=now,
        updated_at=now,
    )
    logger.critical("sends_halted", extra={"asset": asset, "reason": reason})
    events.services.record(
        type="sendhalt.halted",
        subject=made,
        actor=actor,
        now=now,
        data={
            "severity": "critical",
            "asset": asset,
            "reason": reason,
            "missing_minor": str(missing_minor),
        },
    )
    return made


@database.atomic
def want_resume(*, halt_id: str, reason: str, missing_minor: int, actor: str, now: datetime) -> SendHalt:
    """
    Ask that sends go on; nothing happens before another person agrees. The same wish again changes nothing.

    :param missing_minor: what is missing as this person was shown it: sends may go on though so much is
    :raises NotFound: if there is no such halt
    :raises HaltDecided: if somebody has asked for it already, or it is over
    """
    found = _locked(halt_id)
    if found.status == SendHalt.State.RESUME_WANTED and found.wanted_by == actor:
        return found
    if found.status != SendHalt.State.HALTED:
        raise HaltDecided
    wish = {"wanted_by": actor, "wanted_reason": _reason(reason), "accepted_minor": missing_minor}
    _move(found, SendHalt.State.RESUME_WANTED, actor=actor, now=now, **wish)
    return found


@database.atomic
def approve_resume(*, halt_id: str, actor: str, now: datetime) -> SendHalt:
    """
    Let sends go on, as another person asked; the same approval again changes nothing.

    :raises NotFound: if there is no such halt
    :raises HaltDecided: if nobody asks for it, or somebody else has decided it
    :raises SecondPersonNeeded: if the approver is the one who asks
    """
    found = _locked(halt_id)
    if found.status == SendHalt.State.RESUMED and found.approved_by == actor:
        return found
    if found.status != SendHalt.State.RESUME_WANTED:
        raise HaltDecided
    if found.wanted_by == actor:
        raise SecondPersonNeeded
    _move(found, SendHalt.State.RESUMED, actor=actor, now=now, approved_by=actor)
    return found


@database.atomic
def refuse_resume(*, halt_id: str, actor: str, now: datetime) -> SendHalt:
    """
    Turn down what another person asks, or take back one's own wish: sends stay halted. Again, it changes nothing.

    :raises NotFound: if there is no such halt
    :raises HaltDecided: if it is over
    """
    found = _locked(halt_id)
    if found.status == SendHalt.State.RESUMED:
        raise HaltDecided
    if found.status == SendHalt.State.RESUME_WANTED:
        nobody = {"wanted_by": "", "wanted_reason": "", "accepted_minor": 0}
        _move(found, SendHalt.State.HALTED, actor=actor, now=now, **nobody)
    return found


def _locked(halt_id: str) -> SendHalt:
    found = SendHalt.objects.select_for_update(of=("self",), no_key=True).filter(pk=halt_id).first()
    if found is None:
        raise NotFound("There is no such halt.")
    return found


def _move(found: SendHalt, to: SendHalt.State, *, actor: str, now: datetime, **fields: Any) -> None:
    told = {
        "asset": found.asset_id,
        "reason": fields.get("wanted_reason") or found.wanted_reason or found.reason,
        "missing_minor": str(fields.get("accepted_minor") or found.accepted_minor),
    }
    events.services.move(found, to, flow=SendHalt.FLOW, actor=actor, now=now, data=told, **fields)


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > REASON_LENGTH:
        raise InvalidInput("Say why.", fields={"reason": [f"Between 1 and {REASON_LENGTH} characters."]})
    return text
