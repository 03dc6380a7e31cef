"""Changing a password one knows, and replacing one that is lost."""

from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from accounts import queries
from accounts.errors import CredentialsInvalid, LinkInvalid
from accounts.models import Link, User
from accounts.services import attempts, factors, links, sessions
from accounts.services.registration import check_new_password
from events.services import record
from kit.clients import Client
from kit.errors import InvalidInput


def change_password(
    *, user: User, current: str, new: str, client: Client, now: datetime, keep_session_id: str = ""
) -> None:
    """
    Set a new password and end every other session.

    :raises CredentialsInvalid: if the current password is wrong
    :raises TooManyAttempts: if it was wrong too often
    :raises InvalidInput: if the new one is too weak
    """
    prove_password(user=user, password=current, client=client, now=now)
    check_new_password(new, user=user)
    with transaction.atomic():
        _set(user, new, now=now)
        sessions.revoke_all_sessions(
            user=user, actor=user.id, reason="password_changed", now=now, except_id=keep_session_id
        )
        data = {"address": client.address, "agent": client.agent}
        record(type="user.password_changed", subject=user, actor=user.id, user_id=user.id, data=data, now=now)


def ask_password_reset(*, email: str, client: Client, now: datetime) -> None:
    """Mail a link if the address has an account; the caller cannot tell, and the work is the same."""
    email = email.strip().lower()[:254]
    user = queries.find_user_by_email(email)
    active = user if user and user.is_active else None
    with transaction.atomic():
        link = links.create_link(purpose=Link.Purpose.RESET_PASSWORD, user=active, email=email, now=now)
        data = {"address": client.address, "agent": client.agent}
        user_id = active.id if active else ""
        record(type="user.password_reset_asked", subject=link, actor="anonymous", user_id=user_id, data=data, now=now)


def reset_password(*, token: str, new: str, client: Client, now: datetime) -> User:
    """
    Set a new password for the holder of the mailed token, and end all of the person's sessions.

    A second factor stays, except one that was set up before the address was ever verified:
    whoever did that had not shown that the account was theirs.

    :raises LinkInvalid: if the token is not good (any more)
    :raises InvalidInput: if the password is too weak; the link stays good
    """
    link = links.find_link(token=token, purposes={Link.Purpose.RESET_PASSWORD}, now=now)
    owner = queries.get_user(str(link.user_id))
    check_new_password(new, user=owner)
    if link.email != owner.email:
        raise LinkInvalid
    with transaction.atomic():
        user = links.use_link(link, now=now)
        Link.objects.filter(user=user, purpose=Link.Purpose.RESET_PASSWORD, used_at=None).update(used_at=now)
        if not user.email_verified_at:
            factors.remove_factor(user=user, actor=user.id, client=client, now=now)
            user.email_verified_at = now
            user.save(update_fields=["email_verified_at"])
        _set(user, new, now=now)
        sessions.revoke_all_sessions(user=user, actor=user.id, reason="password_reset", now=now)
        attempts.forget_account(email=user.email)
        data = {"address": client.address, "agent": client.agent}
        record(type="user.password_reset", subject=user, actor=user.id, user_id=user.id, data=data, now=now)
    return user


def set_by_operator(*, user: User, new: str, now: datetime) -> None:
    """
    Set a password on the word of whoever may run commands here, and end all of the person's sessions.

    :raises InvalidInput: if it is too weak, or the one there is
    """
    check_new_password(new, user=user)
    with transaction.atomic():
        _set(user, new, now=now)
        sessions.revoke_all_sessions(user=user, actor="system", reason="password_changed", now=now)
        attempts.forget_account(email=user.email)
        data = {"address": "", "agent": "manage.py changepassword"}
        record(type="user.password_changed", subject=user, actor="system", user_id=user.id, data=data, now=now)


def prove_password(*, user: User, password: str, client: Client, now: datetime) -> None:
    """
    Pass in silence if it is the signed-in person's password.

    :raises CredentialsInvalid: if it is not
    :raises TooManyAttempts: if it was wrong too often
    """
    attempts.begin(email=user.email, client=client, now=now)
    if not check_password(password, user.password):
        attempts.fail(email=user.email, user=user, client=client, reason="password", now=now)
        raise CredentialsInvalid("The current password is wrong.", why="It is not the password of this account.")
    attempts.give_back(email=user.email, client=client)


def _set(user: User, password: str, *, now: datetime) -> None:
    if check_password(password, user.password):
        raise InvalidInput(fields={"password": ["This is the password you have now; choose another."]})
    user.password = make_password(password)
    user.security_changed_at = now
    user.save(update_fields=["password", "security_changed_at"])
