"""Mailed links: signed, expiring, good once; and what they prove."""

from datetime import timedelta

import pytest
from django.core import mail

from accounts import queries, services
from accounts.errors import EmailTaken, LinkInvalid, TooManyAttempts
from accounts.models import Attempts, Link, Session
from accounts.services import links
from accounts.services.attempts import begin
from events.models import Event
from kit.errors import InvalidInput
from tests.factories.accounts import CLIENT, PASSWORD, make_factor, make_session, make_user

pytestmark = pytest.mark.django_db
NEW = "an even better horse"


def _reset_link(user, *, now):
    services.ask_password_reset(email=user.email, client=CLIENT, now=now)
    return Link.objects.filter(user=user, purpose="reset_password").latest("created_at")


def test_the_bell_carries_an_id_and_never_the_token(now, bells):
    user = make_user(now=now)
    link = Link.objects.get(user=user)
    assert ("accounts.send_link", {"link_id": link.id}) in bells()
    assert links.token_of(link) not in str(bells())
    assert links.token_of(link) != link.id


def test_a_mail_is_sent_once(now):
    link = Link.objects.get(user=make_user(now=now))
    assert services.deliver_link(link_id=link.id, now=now) is True
    assert services.deliver_link(link_id=link.id, now=now) is False
    assert len(mail.outbox) == 1
    assert f"http://localhost:8000/verify-email/{links.token_of(link)}/" in mail.outbox[0].body
    assert links.waiting_links(now=now, limit=10) == []


def test_a_mail_whose_worker_died_is_found_again(now):
    link = Link.objects.get(user=make_user(now=now))
    Link.objects.update(claimed_at=now)
    assert links.waiting_links(now=now + timedelta(minutes=4), limit=10) == []
    later = now + timedelta(minutes=6)
    assert links.waiting_links(now=later, limit=10) == [link.id]
    assert services.deliver_link(link_id=link.id, now=later) is True


def test_asking_for_a_strangers_address_does_the_same_work_and_mails_nothing(now):
    services.ask_password_reset(email="nobody@example.com", client=CLIENT, now=now)
    link = Link.objects.get()
    assert link.user is None
    assert services.deliver_link(link_id=link.id, now=now) is False
    assert mail.outbox == []
    with pytest.raises(LinkInvalid):
        services.reset_password(token=links.token_of(link), new=NEW, client=CLIENT, now=now)


@pytest.mark.parametrize("spoil", [str.upper, lambda t: t[:-1], lambda t: t + "x", lambda t: "", lambda t: "a:b"])
def test_a_changed_token_is_refused(spoil, now):
    user = make_user(now=now)
    token = links.token_of(_reset_link(user, now=now))
    with pytest.raises(LinkInvalid):
        services.reset_password(token=spoil(token), new=NEW, client=CLIENT, now=now)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_token_is_good_for_its_own_purpose_and_time(now):
    user = make_user(now=now)
    verify = links.token_of(Link.objects.get(user=user))
    reset = links.token_of(_reset_link(user, now=now))
    with pytest.raises(LinkInvalid):
        services.reset_password(token=verify, new=NEW, client=CLIENT, now=now)
    with pytest.raises(LinkInvalid):
        services.verify_email(token=reset, client=CLIENT, now=now)
    with pytest.raises(LinkInvalid):
        services.reset_password(token=reset, new=NEW, client=CLIENT, now=now + timedelta(hours=1))
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert user.email_verified_at is None


def test_resetting_ends_sessions_and_other_links_and_lifts_the_lock_out(now):
    user = make_user(now=now)
    session = make_session(user, now=now)
    older, newer = _reset_link(user, now=now), _reset_link(user, now=now + timedelta(seconds=1))
    for _ in range(5):
        begin(email=user.email, client=CLIENT, now=now)
    with pytest.raises(TooManyAttempts):
        begin(email=user.email, client=CLIENT, now=now)
    services.reset_password(token=links.token_of(newer), new=NEW, client=CLIENT, now=now)
    session.refresh_from_db()
    assert session.revoked_reason == "password_reset"
    assert not Attempts.objects.filter(key__startswith="account:").exists()
    for link in (older, newer):
        with pytest.raises(LinkInvalid):
            services.reset_password(token=links.token_of(link), new="yet another horse", client=CLIENT, now=now)
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert (user.security_changed_at, user.email_verified_at) == (now, now)
    assert Event.objects.filter(type="user.password_reset", user_id=user.id).count() == 1


@pytest.mark.parametrize("password", ["short", "password1234", PASSWORD])
def test_a_bad_new_password_leaves_the_link_good(password, now):
    user = make_user(now=now)
    session = make_session(user, now=now)
    link = _reset_link(user, now=now)
    with pytest.raises(InvalidInput) as refusal:
        services.reset_password(token=links.token_of(link), new=password, client=CLIENT, now=now)
    assert list(refusal.value.fields) == ["password"]
    link.refresh_from_db()
    session.refresh_from_db()
    assert (link.used_at, session.revoked_at) == (None, None)


def test_resetting_keeps_the_factor_of_a_verified_person_only(now):
    verified, unproven = make_user(now=now), make_user(now=now)
    services.verify_email(token=links.token_of(Link.objects.get(user=verified)), client=CLIENT, now=now)
    for user in (verified, unproven):
        make_factor(user, at=now)
        services.reset_password(token=links.token_of(_reset_link(user, now=now)), new=NEW, client=CLIENT, now=now)
    assert queries.has_factor(user_id=verified.id)
    assert not queries.has_factor(user_id=unproven.id)


def test_a_new_address_that_was_taken_meanwhile_is_refused(now):
    user = make_user(now=now)
    services.ask_email_change(user=user, email="new@example.com", password=PASSWORD, client=CLIENT, now=now)
    link = Link.objects.get(purpose="change_email")
    make_user(email="new@example.com", now=now)
    with pytest.raises(EmailTaken):
        services.verify_email(token=links.token_of(link), client=CLIENT, now=now)
    link.refresh_from_db()
    assert link.used_at is None
    assert queries.get_user(user.id).email == user.email


def test_expired_rows_are_forgotten_and_sessions_kept(now):
    user = make_user(now=now)
    session = make_session(user, now=now)
    services.issue_ticket(session=session, now=now)
    services.forget_expired(now=now + timedelta(days=60))
    assert Link.objects.count() == 0
    assert Attempts.objects.count() == 0
    assert Session.objects.get() == session
