"""Facts of one commit are written together, in their order, and only those that still stand."""

from datetime import datetime

import pytest
from django.db import transaction

from accounts.models import User
from events.models import Event, Pending
from events.services import Live, gather, record
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db(transaction=True)


class _Refused(Exception):
    pass


def _say(user: User, number: int, now: datetime, *, live: bool = False) -> Event:
    shown = Live("notification", {"number": number}) if live else None
    return record(type="x.said", subject=user, actor="system", now=now, data={"number": number}, live=shown)


def _say_and_refuse(user: User, number: int, now: datetime) -> None:
    _say(user, number, now, live=True)
    raise _Refused


def _said() -> list[int]:
    return [event.data["number"] for event in Event.objects.filter(type="x.said").order_by("id")]


def test_they_are_written_at_the_end_in_their_order(now: datetime) -> None:
    user = make_user(now=now)
    with transaction.atomic():
        with gather():
            first = _say(user, 1, now, live=True)
            with gather():
                _say(user, 2, now)
            assert _said() == []
            last = _say(user, 3, now, live=True)
        assert _said() == [1, 2, 3]
    assert list(Pending.objects.values_list("pk", flat=True)) == [first.pk, last.pk]


def test_an_exception_leaves_nothing(now: datetime) -> None:
    user = make_user(now=now)
    with pytest.raises(_Refused), transaction.atomic(), gather():
        _say_and_refuse(user, 1, now)
    with transaction.atomic():
        _say(user, 2, now)
    assert _said() == [2]


def test_what_a_savepoint_took_back_is_left_out(now: datetime) -> None:
    user = make_user(now=now)
    with transaction.atomic(), gather():
        _say(user, 1, now)
        with pytest.raises(_Refused), transaction.atomic():
            _say_and_refuse(user, 2, now)
        with transaction.atomic():
            _say(user, 3, now)
        _say(user, 4, now)
    assert _said() == [1, 3, 4]
    assert not Pending.objects.exists()


def test_gathering_needs_a_transaction(now: datetime) -> None:
    user = make_user(now=now)
    with pytest.raises(AssertionError, match="in the transaction of the change"), gather():
        _say(user, 1, now)
    assert _said() == []
