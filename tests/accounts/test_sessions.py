"""Sessions, tickets and who may open a WebSocket."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework_simplejwt.settings import api_settings

from accounts import queries, services
from accounts.errors import RefreshReused, SessionEnded
from accounts.models import Session, Ticket
from accounts.services import sessions
from events.models import Event
from kit.clients import Client
from kit.errors import NotFound
from tests.factories.accounts import CLIENT, make_session, make_user

pytestmark = pytest.mark.django_db


def test_a_ticket_is_good_once_within_a_minute():
    now = timezone.now()
    session = make_session(make_user(), now=now)
    ticket = services.issue_ticket(session=session, now=now)
    assert ticket not in str(list(Ticket.objects.values()))
    assert services.redeem_ticket(ticket=ticket, now=now + timedelta(seconds=59)) == session.user_id
    assert services.redeem_ticket(ticket=ticket, now=now) is None
    late = services.issue_ticket(session=session, now=now)
    assert services.redeem_ticket(ticket=late, now=now + timedelta(seconds=60)) is None
    assert services.redeem_ticket(ticket="nonsense", now=now) is None


def test_a_ticket_of_an_ended_session_is_worth_nothing():
    now = timezone.now()
    session = make_session(make_user(), now=now)
    ticket = services.issue_ticket(session=session, now=now)
    services.sign_out(session=session, now=now)
    assert services.redeem_ticket(ticket=ticket, now=now) is None


def test_a_websocket_opens_by_ticket_token_or_browser_session():
    now = timezone.now()
    user = make_user()
    app = make_session(user, now=now)
    browser = make_session(user, kind=Session.Kind.BROWSER, now=now)
    access = services.issue_tokens(session=app, now=now).access
    ticket = services.issue_ticket(session=app, now=now)
    assert services.websocket_access(ticket=ticket, now=now) == (user.id, app.id)
    assert services.websocket_access(access_token=access, now=now) == (user.id, app.id)
    assert services.websocket_access(browser_session_id=browser.id, now=now) == (user.id, browser.id)
    assert services.websocket_access(browser_session_id=app.id, now=now) is None
    assert services.websocket_access(now=now) is None
    assert services.user_of_access_token(token=access, now=now) == user.id
    services.revoke_all_sessions(user=user, actor=user.id, reason="revoked", now=now)
    assert services.user_of_access_token(token=access, now=now) is None
    assert services.websocket_access(access_token=access, now=now) is None
    assert services.websocket_access(browser_session_id=browser.id, now=now) is None


def test_an_access_token_that_was_good_is_refused_when_its_time_is_over_and_no_other_passes_for_it():
    now = timezone.now()
    user = make_user()
    tokens = services.issue_tokens(session=make_session(user, now=now), now=now)
    over = now + api_settings.ACCESS_TOKEN_LIFETIME + timedelta(seconds=1)
    assert services.user_of_access_token(token=tokens.access, now=now) == user.id
    assert services.user_of_access_token(token=tokens.access, now=over) is None
    assert services.user_of_access_token(token=tokens.access, now=now) == user.id
    head, body, signature = tokens.access.split(".")
    forged = f"{head}.{body}.{signature[::-1]}"
    assert [services.user_of_access_token(token=each, now=now) for each in (forged, tokens.refresh, "", "é")] == [
        None
    ] * 4
    assert tokens.access not in repr(sessions._accepted)


def test_a_process_remembers_only_so_many_access_tokens(monkeypatch):
    monkeypatch.setattr(sessions, "MOST_ACCEPTED", 2)
    now = timezone.now()
    user = make_user()
    access = [services.issue_tokens(session=make_session(user, now=now), now=now).access for _ in range(5)]
    assert [services.user_of_access_token(token=each, now=now) for each in access] == [user.id] * 5
    assert len(sessions._accepted) <= 2


def test_a_session_unused_for_two_weeks_is_over():
    now = timezone.now()
    session = make_session(make_user(), now=now)
    tokens = services.issue_tokens(session=session, now=now)
    end = now + timedelta(days=14)
    assert queries.find_open_session(session_id=session.id, now=end - timedelta(seconds=1))
    assert queries.find_open_session(session_id=session.id, now=end) is None
    with pytest.raises(SessionEnded):
        services.refresh_tokens(token=tokens.refresh, client=CLIENT, now=end)


def test_being_seen_is_written_at_most_once_a_minute():
    now = timezone.now()
    session = make_session(make_user(), kind=Session.Kind.BROWSER, now=now)
    elsewhere = Client(address="203.0.113.9", agent="x")
    assert services.see_session(session, client=elsewhere, now=now + timedelta(seconds=59)) is False
    session.refresh_from_db()
    assert (session.last_seen_at, session.address) == (now, CLIENT.address)
    later = now + timedelta(seconds=60)
    assert services.see_session(session, client=elsewhere, now=later) is True
    session.refresh_from_db()
    assert (session.last_seen_at, session.address) == (later, "203.0.113.9")
    assert session.expires_at == later + timedelta(days=14)


def test_closing_an_account_ends_its_sessions_at_once():
    now = timezone.now()
    user = make_user()
    session = make_session(user, now=now)
    access = services.issue_tokens(session=session, now=now).access
    services.close_account(user=user, actor="system", now=now)
    assert services.user_of_access_token(token=access, now=now) is None
    session.refresh_from_db()
    assert session.revoked_reason == "account_closed"


def test_only_ones_own_open_session_can_be_revoked():
    now = timezone.now()
    user, stranger = make_user(), make_user()
    foreign = make_session(stranger, now=now)
    for session_id in (foreign.id, "ses_nonsense", ""):
        with pytest.raises(NotFound):
            services.revoke_session(user=user, session_id=session_id, actor=user.id, reason="revoked", now=now)
    foreign.refresh_from_db()
    assert foreign.revoked_at is None
    assert Event.objects.filter(type="session.revoked").count() == 0


def test_a_reused_refresh_token_ends_the_session_and_nobody_elses():
    now = timezone.now()
    user = make_user()
    session, other = make_session(user, now=now), make_session(user, now=now)
    first = services.issue_tokens(session=session, now=now)
    services.issue_tokens(session=other, now=now)
    services.refresh_tokens(token=first.refresh, client=CLIENT, now=now)
    with pytest.raises(RefreshReused):
        services.refresh_tokens(token=first.refresh, client=CLIENT, now=now)
    other.refresh_from_db()
    assert other.revoked_at is None
    with pytest.raises(SessionEnded):
        services.refresh_tokens(token=first.refresh, client=CLIENT, now=now)
    assert Event.objects.filter(type="session.refresh_reused").count() == 1
    assert first.refresh not in str(list(Event.objects.values()))
