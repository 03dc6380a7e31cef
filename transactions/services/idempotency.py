"""One answer per Idempotency-Key: the stored response is written in the commit of its effect."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db import transaction as database

from transactions.errors import IdempotencyKeyRequired, IdempotencyKeyReused, RequestInFlight
from transactions.models import IdempotencyRecord

FORGET_BATCH = 1_000
_KEY = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Call:
    """One request that moves money: who asks what, under which key."""

    user_id: str
    key: str
    route: str
    body_hash: bytes


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
    record = IdempotencyRecord.objects.filter(user_id=call.user_id, key=call.key).first()
    if record is None:
        return None
    if record.route != call.route or bytes(record.body_hash) != call.body_hash:
        raise IdempotencyKeyReused
    return Answer(record.status_code, record.response, is_replayed=True)


def once(call: Call, effect: Callable[[], Answer], *, now: datetime) -> Answer:
    """
    Have the effect and store its answer in one commit, or return the answer stored before.

    A refusal is raised through and stores nothing: nothing moved, so the same key may be tried
    again once its cause is gone.

    :raises RequestInFlight: if the same key is being answered by another process right now
    """
    with database.atomic():
        if not _lock(call):
            raise RequestInFlight
        before = stored(call)
        if before:
            return before
        answer = effect()
        IdempotencyRecord.objects.create(
            user_id=call.user_id,
            key=call.key,
            route=call.route,
            body_hash=call.body_hash,
            status_code=answer.status_code,
            response=answer.body,
            created_at=now,
        )
        return answer


def forget(*, now: datetime) -> int:
    """
    Delete one batch of answers that are older than settings.IDEMPOTENCY_DAYS; return how many.

    From then on their keys are as good as new. The oldest rows come first in the order of their
    own ids, so nothing needs to be searched.
    """
    before = now - timedelta(days=max(1, settings.IDEMPOTENCY_DAYS))
    oldest = list(IdempotencyRecord.objects.order_by("pk").values_list("pk", flat=True)[:FORGET_BATCH])
    return IdempotencyRecord.objects.filter(pk__in=oldest, created_at__lt=before).delete()[0]


def _lock(call: Call) -> bool:
    """Hold the key until the transaction ends; False at once if another holds it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))", [f"idempotency:{call.user_id}:{call.key}"]
        )
        row = cursor.fetchone()
    return bool(row and row[0])
