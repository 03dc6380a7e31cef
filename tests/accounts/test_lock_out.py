"""Failures make the next attempt wait, longer each time, whether the account exists or not."""

from datetime import datetime, timedelta

import pytest

from accounts import services
from accounts.errors import CredentialsInvalid, SecondFactorInvalid, SecondFactorRequired, TooManyAttempts
from accounts.models import Attempts, Session
from accounts.services.attempts import FREE_FAILURES
from events.models import Event
from kit.clients import Client
from tests.factories.accounts import CLIENT, PASSWORD, code, make_factor, make_user

pytestmark = pytest.mark.django_db


def _try(email: str, *, now: datetime, password: str = "wrong", client: Client = CLIENT, otp: str = "") -> Session:
    return services.sign_in(email=email, password=password, otp=otp, kind=Session.Kind.TOKEN, client=client, now=now)


def _fail(email: str, *, times: int, now: datetime, client: Client = CLIENT) -> None:
    for _ in range(times):
        with pytest.raises(CredentialsInvalid):
            _try(email, now=now, client=client)


@pytest.mark.parametrize("email", ["known@example.com", "nobody@example.com"])
def test_the_fifth_failure_locks_and_every_further_one_doubles_the_wait(email, now):
    make_user(email="known@example.com", now=now)
    _fail(email, times=5, now=now)
    waits = []
    for _ in range(7):
        with pytest.raises(TooManyAttempts) as refusal:
            _try(email, now=now)
        waits.append((refusal.value.retry_after_seconds or 0) - 1)
        now += timedelta(seconds=waits[-1] + 1)
        _fail(email, times=1, now=now)
    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_a_locked_account_refuses_the_right_password_and_nothing_moves(now):
    user = make_user(now=now)
    _fail(user.email, times=5, now=now)
    events, attempts = Event.objects.count(), Attempts.objects.order_by("key").values()
    before = list(attempts)
    with pytest.raises(TooManyAttempts):
        _try(user.email, password=PASSWORD, now=now + timedelta(seconds=29))
    assert Session.objects.count() == 0
    assert Event.objects.count() == events
    assert list(attempts.all()) == before
    assert _try(user.email, password=PASSWORD, now=now + timedelta(seconds=30)).user == user


def test_success_forgets_the_accounts_failures_but_not_the_addresss(now):
    user = make_user(now=now)
    _fail(user.email, times=4, now=now)
    _try(user.email, password=PASSWORD, now=now)
    assert not Attempts.objects.filter(key__startswith="account:").exists()
    assert Attempts.objects.get(key=f"address:{CLIENT.address}").failures == 4
    _fail(user.email, times=4, now=now)
    _try(user.email, password=PASSWORD, now=now)


def test_an_address_that_tries_many_accounts_is_locked_and_others_are_not(now):
    user = make_user(now=now)
    for number in range(FREE_FAILURES["address"]):
        _fail(f"victim{number}@example.com", times=1, now=now)
    with pytest.raises(TooManyAttempts):
        _try(user.email, password=PASSWORD, now=now)
    assert _try(user.email, password=PASSWORD, now=now, client=Client(address="203.0.113.9")).user == user


def test_failures_are_forgotten_after_a_day(now):
    _fail("nobody@example.com", times=4, now=now)
    _fail("nobody@example.com", times=4, now=now + timedelta(hours=25))
    assert Attempts.objects.get(key__startswith="account:").failures == 4


def test_failures_and_lock_outs_are_events_without_the_password_or_the_address_tried(now):
    user = make_user(now=now)
    _fail(user.email, times=5, now=now)
    _fail("nobody@example.com", times=1, now=now)
    failed = list(Event.objects.filter(type="user.sign_in_failed").order_by("id"))
    assert [event.user_id for event in failed] == [user.id] * 5 + [""]
    assert failed[0].data == {"address": CLIENT.address, "agent": CLIENT.agent, "reason": "password", "failures": 1}
    locked = Event.objects.get(type="user.locked_out")
    assert locked.user_id == user.id
    assert locked.data["until"] == (now + timedelta(seconds=30)).isoformat()
    assert "wrong" not in str(list(Event.objects.values_list("data", flat=True)))
    assert "nobody" not in str(list(Event.objects.values()))


def test_guessing_codes_locks_though_the_password_is_right_each_time(now):
    user = make_user(now=now)
    make_factor(user, at=now)
    for _ in range(5):
        with pytest.raises(SecondFactorRequired):
            _try(user.email, password=PASSWORD, now=now)
        with pytest.raises(SecondFactorInvalid):
            _try(user.email, password=PASSWORD, otp="000000", now=now)
    with pytest.raises(TooManyAttempts):
        _try(user.email, password=PASSWORD, otp=code(user, at=now), now=now)
    assert Session.objects.filter(created_at=now).count() == 0


def test_a_stranger_costs_as_many_password_hashes_as_a_known_person(now, settings):
    settings.PASSWORD_HASHERS = ["tests.accounts.hashing.CountingHasher"]
    from tests.accounts.hashing import CountingHasher

    user = make_user(now=now)
    counts = []
    _fail("warm-up@example.com", times=1, now=now)
    for email in (user.email, "nobody@example.com"):
        CountingHasher.count = 0
        _fail(email, times=1, now=now)
        counts.append(CountingHasher.count)
    assert counts == [1, 1]


def test_a_closed_account_answers_like_none(now):
    user = make_user(now=now)
    services.close_account(user=user, actor="system", now=now)
    with pytest.raises(CredentialsInvalid):
        _try(user.email, password=PASSWORD, now=now)
    services.reopen_account(user=user, actor="system", now=now)
    assert _try(user.email, password=PASSWORD, now=now).user == user
