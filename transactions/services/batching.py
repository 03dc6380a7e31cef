"""
Several sends paid by one transaction of a network (docs/decisions/0027).

Each stays a send of its own, with an attempt of its own; what they share is the bytes, and by equal parts the fee.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

import chains.queries
import custody.services
from chains.errors import PaymentImpossible
from chains.values import Output, Signed, Unsigned
from custody.base import Due
from kit.errors import BusyElsewhere
from transactions.errors import FeeAboveCeiling, LiquidityMissing
from transactions.models import Attempt, Batch, Status, Transaction
from transactions.queries.halts import check_may_leave
from transactions.services import attempts, coins, found
from transactions.services.attempts import Plan
from transactions.services.sharing import share

MOST_SENDS = 50
"""Most sends that one transaction pays: some 2,000 virtual bytes, and as many rows in one commit."""


def queue_seconds(*, network: str, priority: str) -> int:
    """Return how long a send of this priority waits for others; 0: it is paid at once."""
    return dict(settings.NETWORKS[network].batch_seconds).get(str(priority), 0)


def seconds_left(send: Transaction, *, now: datetime) -> float:
    """Return how much longer a send waits for others; 0: it may be signed."""
    seconds = queue_seconds(network=send.network_id, priority=send.priority)
    return max(0.0, (send.created_at + timedelta(seconds=seconds) - now).total_seconds()) if seconds else 0.0


def sign(send: Transaction, *, plan: Plan, now: datetime) -> list[Attempt]:
    """
    Sign a send, and with it whatever waits in its queue and can be paid by the same bytes; its own attempt comes first.

    Inside the caller's database transaction, which books each of them and moves it on.

    :raises SendsHalted, FeeAboveCeiling, LiquidityMissing, MayStillLand: as attempts.sign
    """
    is_queued = queue_seconds(network=send.network_id, priority=send.priority) > 0
    others = _waiting(send) if is_queued and not found.is_waiting(send) else []
    if not others:
        return [attempts.sign(send, plan=plan, minor=send.amount_minor, now=now)]
    check_may_leave(send)
    change = attempts.change_address(send, now)
    members, unsigned = _build([send, *others], plan=plan, change=change)
    if len(members) == 1:
        return [attempts.sign_built(send, unsigned=unsigned, plan=plan, nonce=None, change=change, now=now)]
    for each in members:
        attempts.check_alone(each, unsigned.replay_tokens)
    shares = share(unsigned.max_fee_minor, most=[each.max_fee_minor for each in members])
    assert shares is not None, "whoever could not pay a share was left out"
    most = sum(each.max_fee_minor for each in members)
    intent = replace(attempts.intent_of(send, unsigned, change), max_fee_minor=most, others=dues(members[1:]))
    signed = custody.services.sign(payload=unsigned.payload, intent=intent, now=now)
    batch = open_batch(send, signed, fee_minor=unsigned.max_fee_minor, now=now)
    made = [
        attempts.store(
            each, unsigned=replace(unsigned, max_fee_minor=minor), signed=signed, plan=plan, batch=batch, now=now
        )
        for each, minor in zip(members, shares, strict=True)
    ]
    coins.reserve(attempt=made[0], unsigned=unsigned, change_address=change)
    return made


def dues(sends: list[Transaction]) -> tuple[Due, ...]:
    """Return what is due to whom for these sends, from their rows."""
    return tuple(Due(each.pk, each.to_address, each.amount_minor) for each in sends)


def open_batch(subject: Transaction, signed: Signed, *, fee_minor: int, now: datetime) -> Batch:
    return Batch.objects.create(
        network_id=subject.network_id, txid=signed.txid, subject=subject, fee_minor=fee_minor, created_at=now
    )


def members(attempt: Attempt) -> list[Attempt]:
    """Return the attempts that have the same bytes, itself among them, in the order of their sends."""
    if attempt.batch_id is None:
        return [attempt]
    same = Attempt.objects.filter(batch=attempt.batch_id).defer("raw").select_related("transaction")
    return list(same.order_by("transaction_id"))


def is_known(attempt: Attempt) -> bool:
    """Say whether all that its bytes pay is in our books; not so of some that were found after a restore."""
    if attempt.batch is None:
        return True
    return sum(each.max_fee_minor for each in members(attempt)) == attempt.batch.fee_minor


def shares_of(attempt: Attempt, *, fee_minor: int, asked_by: Transaction | None = None) -> dict[str, int] | None:
    """
    Return what each send would pay of a higher fee in place of this attempt, by its id; None if it is above a ceiling.

    What one owner has asked for (`asked_by`), that one pays; else all of them do, as far as each one's ceiling goes.
    """
    all_of_them = members(attempt)
    if asked_by is not None:
        paid = {each.transaction_id: int(each.max_fee_minor) for each in all_of_them}
        return {**paid, asked_by.pk: paid[asked_by.pk] + fee_minor - sum(paid.values())}
    shares = share(fee_minor, most=[int(each.transaction.max_fee_minor) for each in all_of_them])
    if shares is None:
        return None
    return {each.transaction_id: minor for each, minor in zip(all_of_them, shares, strict=True)}


def lock_others(attempt: Attempt) -> list[Attempt]:
    """
    Return the other attempts with the same bytes, their sends locked until the caller's database transaction ends.

    Nobody is waited for: whoever holds one of them may be about to lock the caller's.

    :raises BusyElsewhere: if one is locked
    """
    others = {each.transaction_id: each for each in members(attempt) if each.pk != attempt.pk}
    rows = Transaction.objects.filter(pk__in=others).order_by("pk")
    held = list(rows.select_for_update(skip_locked=True, no_key=True))
    if len(held) != len(others):
        raise BusyElsewhere
    for each in held:
        others[each.pk].transaction = each
    return [others[each.pk] for each in held]


def _waiting(send: Transaction) -> list[Transaction]:
    """Return the other sends of its queue whose money is held and that are not signed, the oldest first, locked."""
    rows = Transaction.objects.filter(
        ~Exists(Attempt.objects.filter(transaction=OuterRef("pk"))),
        type=Transaction.Type.SEND,
        network_id=send.network_id,
        asset_id=send.asset_id,
        priority=send.priority,
        status=Status.BALANCE_RESERVED,
        failure_code="",
        next_look_at__isnull=False,
    ).exclude(pk=send.pk)
    free = list(rows.order_by("pk").select_for_update(skip_locked=True, no_key=True, of=("self",))[: MOST_SENDS - 1])
    elsewhere = chains.queries.found_among([each.pk for each in free]) if free else set()
    return [each for each in free if each.pk not in elsewhere]


def _build(sends: list[Transaction], *, plan: Plan, change: str) -> tuple[list[Transaction], Unsigned]:
    """
    Return as many of the sends as can be paid together, the first among them, and the transaction that pays them.

    :raises FeeAboveCeiling: if the first has not held what it costs alone
    :raises LiquidityMissing: if no coins can pay for the first now
    """
    first = sends[0]
    adapter = chains.queries.get_adapter(first.network_id)
    payment = attempts.payment_for(first, plan=plan, minor=first.amount_minor, nonce=None, change_address=change)
    while True:
        outputs = tuple(Output(each.to_address, each.amount_minor) for each in sends[1:])
        most = len(sends) * min(each.max_fee_minor for each in sends)
        try:
            unsigned = adapter.build(replace(payment, others=outputs, max_fee_minor=most))
        except PaymentImpossible as error:
            if len(sends) == 1:
                raise LiquidityMissing from error
            sends = sends[: (len(sends) + 1) // 2]  # too few coins for all, or one that cannot be paid at all
            continue
        equal = -(-unsigned.max_fee_minor // len(sends))
        able = [each for each in sends if each.max_fee_minor >= equal]
        if first not in able:
            if len(sends) == 1:
                raise FeeAboveCeiling
            sends = [first]  # the others make it dear: alone it may well be what was agreed to
            continue
        if len(able) == len(sends):
            return sends, unsigned
        sends = able
