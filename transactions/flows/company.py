"""
Transfers that people ask for at the same time, carried out in one commit.

A commit, its fsync and its dozen statements cost the same for one transfer as for ten. So the web threads of a process
do each other's work: who comes while nobody is at it leads, and does its own with whatever has queued. Each transfer is
still its own: it has its own rows, facts, posting, answer and refusal. What cannot be done in company is done alone, by
the thread that asked: a transfer whose account somebody else keeps locked, and all of a group in which anything broke.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction as database
from django.utils.translation import get_language, override

from kit.company import Company, Unanswered
from kit.errors import BusyElsewhere
from transactions.errors import IdempotencyKeyReused, RequestInFlight
from transactions.flows import transfer
from transactions.flows.transfer import Order, Wish
from transactions.models import Transaction
from transactions.queries.describe import describe
from transactions.services import idempotency
from transactions.services.idempotency import Answer, Call

logger = structlog.get_logger(__name__)

MOST = 32
"""Most transfers of one commit."""

PATIENCE_SECONDS = 30.0
"""How long a request waits for whoever leads; the same key then tells what has become of it."""


class Alone(Exception):
    """It could not be done in company; nothing was written."""


@dataclass(frozen=True)
class Asked:
    """One request: what it is known by, and what it wants."""

    call: Call
    wish: Wish


def answer_once(call: Call, order: Order, *, now: datetime) -> Answer:
    """
    Carry a transfer out and store its answer in one commit, or return the answer stored before.

    :raises InsufficientFunds: as transfer.carry_out
    :raises RequestInFlight, IdempotencyKeyReused: as idempotency.once
    """
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    wish = Wish(order, call.user_id, call.name, now, request_id, get_language())
    asked = Asked(call, wish)
    if order.recipient.wallet is None:
        return _alone(asked)
    try:
        return _company.ask(asked, timeout_seconds=PATIENCE_SECONDS)
    except Alone:
        return _alone(asked)
    except Unanswered as error:
        raise RequestInFlight from error


def coming() -> AbstractContextManager[None]:
    """Return what stands around a request for a movement, which is probably a transfer: whoever leads waits for it."""
    return _company.coming()


def not_coming() -> None:
    """Say that this request is no transfer after all: it may take long, and nobody is to wait for it."""
    _company.not_coming()


def _alone(asked: Asked) -> Answer:
    def effect() -> Answer:
        wish = asked.wish
        return _answer(transfer.carry_out(wish.order, user_id=wish.user_id, key=wish.key, now=wish.now), wish)

    return idempotency.once(asked.call, effect, now=asked.wish.now)


def _together(group: Sequence[Asked]) -> Sequence[Answer | BaseException]:
    now = max(asked.wish.now for asked in group)

    def effect(places: Sequence[int]) -> Sequence[Answer | Exception]:
        wishes = [group[place].wish for place in places]
        done = transfer.carry_out_each(wishes, now=now, waits=False)
        return [_answer_or_refusal(each, wish) for each, wish in zip(done, wishes, strict=True)]

    try:
        with database.atomic():
            answers = idempotency.once_each([asked.call for asked in group], effect, now=now)
    except Exception as error:  # noqa: BLE001  # whose fault it is shows when each is done alone
        if len(group) > 1:
            logger.warning("company_broken", count=len(group), error=type(error).__name__)
        return [Alone()] * len(group)
    return [Alone() if isinstance(answer, BusyElsewhere) else answer for answer in answers]


def _answer_or_refusal(done: Transaction | Exception, wish: Wish) -> Answer | Exception:
    if isinstance(done, Exception):
        return done
    try:
        return _answer(done, wish)
    except IdempotencyKeyReused as refusal:
        return refusal


def _answer(done: Transaction, wish: Wish) -> Answer:
    made = idempotency.check_new(done, now=wish.now)
    with override(wish.language):
        return Answer(201, describe(made, viewer_id=wish.user_id, steps=made.begun))


_company: Company[Asked, Answer] = Company(_together, most=MOST)
