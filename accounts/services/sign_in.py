"""Signing in: password, then the second factor where there is one, then a session."""

from datetime import datetime
from functools import lru_cache

from django.contrib.auth.hashers import check_password, get_hasher, make_password
from django.db import transaction

from accounts import queries
from accounts.errors import CredentialsInvalid, SecondFactorInvalid, SecondFactorRequired
from accounts.models import Session, User
from accounts.services import attempts, factors, sessions
from events.services import record
from kit.clients import Client


def sign_in(*, email: str, password: str, otp: str = "", kind: Session.Kind, client: Client, now: datetime) -> Session:
    """
    Check everything at once and begin a session.

    :raises CredentialsInvalid: whether the account exists or not, in the same time
    :raises SecondFactorRequired: if the password was right and a code is needed
    :raises SecondFactorInvalid: if the code was wrong
    :raises TooManyAttempts: if it went wrong too often
    """
    user, needs_factor = begin_sign_in(email=email, password=password, client=client, now=now)
    if needs_factor and otp:
        return finish_sign_in(user=user, otp=otp, kind=kind, client=client, now=now)
    return complete_sign_in(user=user, kind=kind, client=client, now=now)


def begin_sign_in(*, email: str, password: str, client: Client, now: datetime) -> tuple[User, bool]:
    """
    Check the password alone; return the person, and whether a second factor is still needed.

    :raises CredentialsInvalid: whether the account exists or not, in the same time
    :raises TooManyAttempts: if it went wrong too often
    """
    attempts.begin(email=email, client=client, now=now)
    user = queries.find_user_by_email(email)
    # The dummy costs a stranger's address the same Argon2 work as a known one.
    is_right = check_password(password, user.password if user else _dummy_hash(get_hasher().algorithm))
    if not user or not is_right or not user.is_active:
        attempts.fail(email=email, user=user, client=client, reason="password", now=now)
        raise CredentialsInvalid
    needs_factor = queries.has_factor(user_id=user.id)
    if needs_factor:
        attempts.give_back(email=email, client=client)
    else:
        attempts.clear(email=email, client=client)
    return user, needs_factor


def finish_sign_in(*, user: User, otp: str, kind: Session.Kind, client: Client, now: datetime) -> Session:
    """
    Check the code of somebody whose password was right a moment ago, and begin a session.

    :raises SecondFactorInvalid: if the code is wrong
    :raises TooManyAttempts: if it went wrong too often
    """
    attempts.begin(email=user.email, client=client, now=now)
    if not factors.spend_code(user=user, otp=otp, client=client, now=now):
        attempts.fail(email=user.email, user=user, client=client, reason="second_factor", now=now)
        raise SecondFactorInvalid
    attempts.clear(email=user.email, client=client)
    return _start(user, kind=kind, second_factor_at=now, client=client, now=now)


def complete_sign_in(*, user: User, kind: Session.Kind, client: Client, now: datetime) -> Session:
    """
    Begin a session for somebody whose password was right, or who has registered, a moment ago.

    :raises SecondFactorRequired: if the account has a second factor: finish_sign_in takes its code
    """
    if queries.has_factor(user_id=user.id):
        raise SecondFactorRequired
    return _start(user, kind=kind, second_factor_at=None, client=client, now=now)


def sign_out(*, session: Session, now: datetime) -> None:
    """End this session at its holder's wish; one that is over already stays as it is."""
    with transaction.atomic():
        ended = Session.objects.filter(pk=session.pk, revoked_at=None).update(
            revoked_at=now, revoked_reason="signed_out"
        )
        if ended:
            data = {"session": session.id}
            record(
                type="user.signed_out",
                subject=session.user,
                actor=session.user_id,
                user_id=session.user_id,
                data=data,
                now=now,
            )


def _start(
    user: User, *, kind: Session.Kind, second_factor_at: datetime | None, client: Client, now: datetime
) -> Session:
    with transaction.atomic():
        session = sessions.start_session(
            user=user, kind=kind, client=client, now=now, second_factor_at=second_factor_at
        )
        User.objects.filter(pk=user.pk).update(last_login=now)
        data = {
            "session": session.id,
            "kind": session.kind,
            "address": client.address,
            "agent": client.agent,
            "second_factor": second_factor_at is not None,
        }
        record(type="user.signed_in", subject=user, actor=user.id, user_id=user.id, data=data, now=now)
    return session


@lru_cache(maxsize=4)
def _dummy_hash(algorithm: str) -> str:
    return make_password("nobody has this password", hasher=algorithm)
