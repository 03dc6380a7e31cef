"""One answer per Idempotency-Key: the stored response is written in the commit of its effect."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction as database

from kit import sql
from transactions.errors import IdempotencyKeyRequired, IdempotencyKeyReused, RequestInFlight
from transactions.models import IdempotencyRecord, Transaction

FORGET_BATCH = 1_000
_KEEP = """
INSERT INTO transactions_idempotencyrecord (user_id, key, route, body_hash, status_code, response, created_at)
VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s)
"""
_KEEP_EACH = """
INSERT INTO transactions_idempotencyrecord (user_id, key, route, body_hash, status_code, response, created_at)
SELECT user_id, key, route, decode(body_hash, 'hex'), status_code, response, %s
FROM json_to_recordset(%s::json)
    u(user_id text, key text, route text, body_hash text, status_code int, response jsonb)
"""
_TAKE_EACH = """
SELECT EXISTS (SELECT FROM transactions_transaction m WHERE m.key = u.name), t.*
FROM unnest(%b::text[], %b::text[], %b::text[]) WITH ORDINALITY u(whose, which, name, place),
    LATERAL transactions_take_key(u.whose, u.which) t ORDER BY u.place
"""
_KEY = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Call:
    """One request that moves money: who asks what, under which key."""

    user_id: str
    key: str
    route: str
    body_hash: bytes

    @property
    def name(self) -> str:
        """The key of the transaction that comes of it."""
        return f"api:{self.user_id}:{self.key}"


@dataclass(frozen=True)
class Answer:
    status_code: int
    body: Mapping[str, Any]
    is_replayed: bool = False


def call(*, user_id: str, key: str | None, route: str, body: Mapping[str, Any]) -> Call:
    """
    Name a request.

    :raises IdempotencyKeyRequired: if the key is missing or is not 1 to 64 visible ASCII characters
    """
    if not key or not _KEY.fullmatch(key):
        raise IdempotencyKeyRequired
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return Call(user_id, key, route, hashlib.sha256(canonical.encode()).digest())


def stored(call: Call) -> Answer | None:
    """
    Return the answer given before, if there is one.

    :raises IdempotencyKeyReused: if the key came with another request
    """
    found = sql.rows(
        "SELECT route, body_hash, status_code, response::text FROM transactions_idempotencyrecord"
        " WHERE user_id = %s AND key = %s",
        [call.user_id, call.key],
    )
    return _replay(call, *found[0]) if found else None


def once(call: Call, effect: Callable[[], Answer], *, now: datetime) -> Answer:
    """
    Have the effect and store its answer in one commit, or return the answer stored before.

    A refusal is raised through and stores nothing: nothing moved, so the same key may be tried
    again once its cause is gone.

    :raises RequestInFlight: if the same key is being answered by another process right now
    """
    with database.atomic():
        is_mine, *before = sql.rows("SELECT * FROM transactions_take_key(%s, %s)", [call.user_id, call.key])[0]
        if not is_mine:
            raise RequestInFlight
        if before[0] is not None:
            return _replay(call, *before)
        answer = effect()
        sql.rows(
            _KEEP,
            [
                call.user_id,
                call.key,
                call.route,
                call.body_hash,
                answer.status_code,
                json.dumps(answer.body),
                now,
            ],
        )
        return answer


def once_each(
    calls: Sequence[Call], effect: Callable[[Sequence[int]], Sequence[Answer | Exception]], *, now: datetime
) -> list[Answer | Exception]:
    """
    Do what `once` does for several requests, in the caller's transaction; each is answered by itself.

    `effect` gets the places of those that have no answer yet, and returns one for each. What is refused is returned
    as its exception, and stores nothing. A key that comes twice is in flight the second time, and one that has made a
    transaction whose answer was forgotten is refused as check_new refuses it: `effect` need not look.
    """
    named = [[call.user_id for call in calls], [call.key for call in calls], [call.name for call in calls]]
    answers: dict[int, Answer | Exception] = {}
    fresh: list[int] = []
    seen: set[tuple[str, str]] = set()
    for place, (is_made, is_mine, *before) in enumerate(sql.rows(_TAKE_EACH, named)):
        call = calls[place]
        if not is_mine or (call.user_id, call.key) in seen:
            answers[place] = RequestInFlight()
        elif before[0] is not None:
            answers[place] = _replay_or_refusal(call, before)
        elif is_made:
            answers[place] = IdempotencyKeyReused()
        else:
            fresh.append(place)
        seen.add((call.user_id, call.key))
    answers.update(zip(fresh, effect(fresh), strict=True))
    kept = [_row(calls[place], answer) for place in fresh if isinstance(answer := answers[place], Answer)]
    if kept:
        sql.rows(_KEEP_EACH, [now, json.dumps(kept)])
    return [answers[place] for place in range(len(calls))]


def check_new(transaction: Transaction, *, now: datetime) -> Transaction:
    """
    Return what was just made; a transaction of an earlier call under the same key is nobody's answer.

    The answer of that call has been forgotten meanwhile, so nothing tells whether this one asks the same.

    :raises IdempotencyKeyReused: if it was made before
    """
    if transaction.created_at != now:
        raise IdempotencyKeyReused
    return transaction


def forget(*, now: datetime) -> int:
    """
    Delete one batch of answers that are older than settings.IDEMPOTENCY_DAYS; return how many.

    From then on a key that made a transaction is refused, see check_new. The oldest rows come
    first in the order of their own ids, so nothing needs to be searched.
    """
    before = now - timedelta(days=max(1, settings.IDEMPOTENCY_DAYS))
    oldest = list(IdempotencyRecord.objects.order_by("pk").values_list("pk", flat=True)[:FORGET_BATCH])
    return IdempotencyRecord.objects.filter(pk__in=oldest, created_at__lt=before).delete()[0]


def _row(call: Call, answer: Answer) -> dict[str, Any]:
    return {
        "user_id": call.user_id,
        "key": call.key,
        "route": call.route,
        "body_hash": call.body_hash.hex(),
        "status_code": answer.status_code,
        "response": answer.body,
    }


def _replay_or_refusal(call: Call, before: Sequence[Any]) -> Answer | Exception:
    try:
        return _replay(call, *before)
    except IdempotencyKeyReused as refusal:
        return refusal


def _replay(call: Call, route: str, body_hash: bytes, status_code: int, response: str) -> Answer:
    if route != call.route or body_hash != call.body_hash:
        raise IdempotencyKeyReused
    return Answer(status_code, json.loads(response), is_replayed=True)
