"""The same secret used twice in the same instant works once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts import queries, services
from accounts.errors import SessionEnded
from accounts.models import Attempts, Link, Session, User
from accounts.services import factors, links
from events.models import Event
from tests.factories.accounts import CLIENT, PASSWORD, code, make_factor, make_session, make_user

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


def _at_once(act: Callable[[], Any], *, times: int = AT_ONCE) -> list[Any]:
    """Run it in as many threads, started together; return each result, or the exception it raised."""
    barrier = Barrier(times)

    def run() -> Any:
        try:
            barrier.wait(timeout=20)
            return act()
        except Exception as error:  # noqa: BLE001 - whatever it raised is what the test looks at
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(times)]]


def _kinds(results: list[Any]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def test_one_code_lets_one_attempt_in():
    user, now = make_user(), timezone.now()
    make_factor(user, at=now)
    otp = code(user, at=now)
    results = _at_once(lambda: factors.spend_code(user=user, otp=otp, client=CLIENT, now=now))
    assert sorted(results) == [False] * (AT_ONCE - 1) + [True]


def test_one_recovery_code_lets_one_attempt_in():
    user, now = make_user(), timezone.now()
    recovery = make_factor(user, at=now).recovery_codes[0]
    results = _at_once(lambda: factors.spend_code(user=user, otp=recovery, client=CLIENT, now=now))
    assert sorted(results) == [False] * (AT_ONCE - 1) + [True]
    assert queries.recovery_codes_left(user=user) == 9
    assert Event.objects.filter(type="user.recovery_code_used").count() == 1


def test_one_code_begins_one_session():
    user, now = make_user(), timezone.now()
    make_factor(user, at=now)
    otp = code(user, at=now)
    before = Session.objects.count()
    results = _at_once(lambda: _finish(user, otp, now), times=4)
    assert _kinds(results) == ["SecondFactorInvalid"] * 3 + ["Session"]
    assert Session.objects.count() == before + 1


def test_one_refresh_token_is_replaced_once_and_its_copies_end_the_session():
    user, now = make_user(), timezone.now()
    session, other = make_session(user, now=now), make_session(user, now=now)
    tokens = services.issue_tokens(session=session, now=now)
    results = _at_once(lambda: services.refresh_tokens(token=tokens.refresh, client=CLIENT, now=now))
    assert _kinds(results) == ["RefreshReused"] + ["SessionEnded"] * (AT_ONCE - 2) + ["Tokens"]
    winner = next(result for result in results if isinstance(result, services.Tokens))
    assert services.user_of_access_token(token=winner.access, now=now) is None
    with pytest.raises(SessionEnded):
        services.refresh_tokens(token=winner.refresh, client=CLIENT, now=now)
    other.refresh_from_db()
    assert other.revoked_at is None
    assert Event.objects.filter(type="session.refresh_reused").count() == 1


def test_refreshing_one_after_another_keeps_the_session():
    now = timezone.now()
    session = make_session(make_user(), now=now)
    token = services.issue_tokens(session=session, now=now).refresh
    for _ in range(5):
        token = services.refresh_tokens(token=token, client=CLIENT, now=now).refresh
    session.refresh_from_db()
    assert session.revoked_at is None


def test_guesses_at_once_are_no_more_guesses_than_one_after_another():
    user, now = make_user(), timezone.now()
    results = _at_once(lambda: _guess(user, now), times=12)
    assert _kinds(results) == ["CredentialsInvalid"] * 5 + ["TooManyAttempts"] * 7
    assert Attempts.objects.get(key__startswith="account:").failures == 5


def test_one_ticket_opens_one_connection():
    now = timezone.now()
    session = make_session(make_user(), now=now)
    ticket = services.issue_ticket(session=session, now=now)
    results = _at_once(lambda: services.redeem_ticket(ticket=ticket, now=now))
    assert [result for result in results if result] == [session.user_id]


def test_one_reset_link_sets_one_password():
    user, now = make_user(), timezone.now()
    services.ask_password_reset(email=user.email, client=CLIENT, now=now)
    token = links.token_of(Link.objects.get(purpose="reset_password"))
    new = iter([f"an even better horse {number}" for number in range(AT_ONCE)])
    results = _at_once(lambda: services.reset_password(token=token, new=next(new), client=CLIENT, now=now))
    assert _kinds(results) == ["LinkInvalid"] * (AT_ONCE - 1) + ["User"]
    assert Event.objects.filter(type="user.password_reset").count() == 1


def test_one_address_registers_once():
    now = timezone.now()
    results = _at_once(
        lambda: services.register(email="ada@example.com", password=PASSWORD, client=CLIENT, now=now), times=4
    )
    assert _kinds(results) == ["EmailTaken"] * 3 + ["User"]
    assert User.objects.count() == 1
    assert Event.objects.filter(type="user.registered").count() == 1


def test_a_session_is_revoked_once():
    user, now = make_user(), timezone.now()
    session = make_session(user, now=now)
    results = _at_once(
        lambda: services.revoke_session(user=user, session_id=session.id, actor=user.id, reason="revoked", now=now)
    )
    assert _kinds(results) == ["NoneType"] + ["NotFound"] * (AT_ONCE - 1)
    assert Event.objects.filter(type="session.revoked").count() == 1


def test_a_mail_is_sent_by_one_worker():
    now = timezone.now()
    link = Link.objects.get(user=make_user(now=now))
    results = _at_once(lambda: services.deliver_link(link_id=link.id, now=now))
    assert sorted(results) == [False] * (AT_ONCE - 1) + [True]


def _finish(user: User, otp: str, now: datetime) -> Session:
    return services.finish_sign_in(user=user, otp=otp, kind=Session.Kind.TOKEN, client=CLIENT, now=now)


def _guess(user: User, now: datetime) -> tuple[User, bool]:
    return services.begin_sign_in(email=user.email, password="wrong", client=CLIENT, now=now)
