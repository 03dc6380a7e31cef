"""Answers to Idempotency-Keys are kept for their days, then forgotten in bounded batches."""

from datetime import timedelta

import pytest

from tests.factories.accounts import make_user
from transactions import tasks
from transactions.models import IdempotencyRecord
from transactions.services import idempotency

pytestmark = pytest.mark.django_db


def _answered(user, key, *, now):
    call = idempotency.call(user_id=user.pk, key=key, route="sends", body={"key": key})
    return idempotency.once(call, lambda: idempotency.Answer(201, {"id": key}), now=now)


def _keys():
    return list(IdempotencyRecord.objects.order_by("pk").values_list("key", flat=True))


def test_answers_are_kept_to_the_last_moment_and_then_forgotten(now, settings):
    settings.IDEMPOTENCY_DAYS = 30
    user = make_user(now=now)
    _answered(user, "old", now=now)
    _answered(user, "young", now=now + timedelta(days=1))
    assert idempotency.forget(now=now + timedelta(days=30)) == 0
    assert _answered(user, "old", now=now + timedelta(days=30)).is_replayed
    assert idempotency.forget(now=now + timedelta(days=30, seconds=1)) == 1
    assert _keys() == ["young"]
    assert not _answered(user, "old", now=now + timedelta(days=31)).is_replayed
    assert idempotency.forget(now=now + timedelta(days=31)) == 0


def test_a_round_forgets_batch_by_batch_until_nothing_is_old(now, monkeypatch):
    monkeypatch.setattr(idempotency, "FORGET_BATCH", 2)
    user, long_ago = make_user(now=now), now - timedelta(days=40)
    for number in range(5):
        _answered(user, f"old-{number}", now=long_ago)
    assert idempotency.forget(now=now) == 2
    assert _keys() == ["old-2", "old-3", "old-4"]
    tasks.forget_answers()
    assert _keys() == []


def test_no_setting_forgets_the_answers_of_today(now, settings):
    settings.IDEMPOTENCY_DAYS = 0
    _answered(make_user(now=now), "fresh", now=now)
    assert idempotency.forget(now=now + timedelta(hours=23)) == 0
    assert _keys() == ["fresh"]
