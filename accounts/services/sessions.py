"""
Sessions: begun at sign-in, seen with each request, ended at sign-out or from another device.

A session is either a browser's (a cookie holds its id on our side) or an app's. An app holds an
access token for 15 minutes and a refresh token that is replaced at each use. Only the last
refresh token is good; an older one coming back means that a copy exists, and ends the session.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from django.db import transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from accounts import queries
from accounts.errors import RefreshReused, SessionEnded, TokenInvalid
from accounts.models import Session, Ticket, User
from events.services import record
from kit.clients import Client
from kit.errors import NotFound
from kit.ids import new_id

LIFETIME = timedelta(days=14)
"""A session nobody has used for this long is over."""

TICKET_SECONDS = 60
SEEN_EVERY = timedelta(minutes=1)
MOST_ACCEPTED = 10_000
"""So many access tokens a process remembers having checked; then it begins anew."""


class _Accepted(NamedTuple):
    """What an access token of ours says; `expires` in seconds since 1970."""

    session_id: str
    expires: int


_accepted: dict[bytes, _Accepted] = {}


@dataclass(frozen=True)
class Tokens:
    """What an app holds; both are secret."""

    access: str
    refresh: str


class Access(NamedTuple):
    """Who may listen, and by which session."""

    user_id: str
    session_id: str


def start_session(
    *, user: User, kind: Session.Kind, client: Client, now: datetime, second_factor_at: datetime | None = None
) -> Session:
    """Begin a session for somebody who has just proved who they are, inside the caller's transaction."""
    return Session.objects.create(
        id=new_id("ses"),
        user=user,
        kind=kind,
        agent=client.agent,
        address=client.address,
        second_factor_at=second_factor_at,
        created_at=now,
        last_seen_at=now,
        expires_at=now + LIFETIME,
    )


def issue_tokens(*, session: Session, now: datetime) -> Tokens:
    """Give an app's new session its first pair of tokens."""
    assert not session.refresh_id, "only refresh_tokens replaces a refresh token"
    session.refresh_id = uuid4().hex
    session.save(update_fields=["refresh_id"])
    return _tokens(session, now=now)


def refresh_tokens(*, token: str, client: Client, now: datetime) -> Tokens:
    """
    Replace a refresh token by a new pair, once.

    :raises TokenInvalid: if it is no refresh token of ours
    :raises SessionEnded: if its session is over
    :raises RefreshReused: if it had been replaced already; the session is over now
    """
    claims = _decode(RefreshToken, token)
    with transaction.atomic():
        session = _lock(str(claims["sid"]))
        if not _is_open(session, now=now):
            raise SessionEnded
        is_current = secrets.compare_digest(session.refresh_id, str(claims["jti"]))
        if is_current:
            session.refresh_id = uuid4().hex
            session.last_seen_at, session.expires_at, session.address = now, now + LIFETIME, client.address
            session.save(update_fields=["refresh_id", "last_seen_at", "expires_at", "address"])
        else:
            _end(session, reason="refresh_reused", now=now)
            data = {"session": session.id, "address": client.address, "agent": client.agent}
            record(
                type="session.refresh_reused",
                subject=session,
                actor="anonymous",
                user_id=session.user_id,
                data=data,
                now=now,
            )
    if not is_current:
        raise RefreshReused
    return _tokens(session, now=now)


def session_of_access_token(*, token: str, now: datetime) -> Session:
    """
    Return the session, with its user, that an access token speaks for.

    :raises TokenInvalid: if it is no access token of ours, or too old
    :raises SessionEnded: if its session is over: a revoked session's tokens are refused at once
    """
    session = queries.find_open_session(session_id=_session_id(token, now=now), now=now)
    if not session:
        raise SessionEnded
    return session


def user_of_access_token(*, token: str, now: datetime) -> str | None:
    """Return the id of the person an access token speaks for, or None if it is not good."""
    try:
        return session_of_access_token(token=token, now=now).user_id
    except (TokenInvalid, SessionEnded):
        return None


def see_session(session: Session, *, client: Client, now: datetime) -> bool:
    """Note that the session was used, at most once a minute, and say whether it was noted now."""
    if session.last_seen_at > now - SEEN_EVERY:
        return False
    changes = {"last_seen_at": now, "address": client.address}
    if session.kind == Session.Kind.BROWSER:
        changes["expires_at"] = now + LIFETIME
    return Session.objects.filter(pk=session.pk, revoked_at=None).update(**changes) == 1


def revoke_session(*, user: User, session_id: str, actor: str, reason: str, now: datetime) -> None:
    """
    End one of the person's sessions.

    :raises NotFound: if they have no such session that is still open
    """
    with transaction.atomic():
        session = Session.objects.select_for_update(no_key=True).filter(pk=session_id, user=user).first()
        if not session or not _is_open(session, now=now):
            raise NotFound("You have no such session.")
        _end(session, reason=reason, now=now)
        _record_end(session, actor=actor, now=now)


def revoke_all_sessions(*, user: User, actor: str, reason: str, now: datetime, except_id: str = "") -> int:
    """End all of the person's sessions, or all but one, and return how many those were."""
    with transaction.atomic():
        sessions = queries.open_sessions(user_id=user.id, now=now).exclude(pk=except_id)
        ended = list(sessions.select_for_update(no_key=True).order_by("pk"))
        for session in ended:
            _end(session, reason=reason, now=now)
            _record_end(session, actor=actor, now=now)
    return len(ended)


def issue_ticket(*, session: Session, now: datetime) -> str:
    """Return a secret that opens one WebSocket connection within a minute."""
    ticket = secrets.token_urlsafe(32)
    expires_at = now + timedelta(seconds=TICKET_SECONDS)
    Ticket.objects.create(ticket_hash=_hash(ticket), session=session, expires_at=expires_at)
    return ticket


def redeem_ticket(*, ticket: str, now: datetime) -> str | None:
    """Spend a ticket and return whose it was, or None if it is not good (any more)."""
    access = _redeem(ticket, now=now)
    return access.user_id if access else None


def websocket_access(
    *, now: datetime, ticket: str = "", access_token: str = "", browser_session_id: str = ""
) -> Access | None:
    """Return who may open a WebSocket with the first of these that was given, or None."""
    if ticket:
        return _redeem(ticket, now=now)
    if access_token:
        try:
            session = session_of_access_token(token=access_token, now=now)
        except (TokenInvalid, SessionEnded):
            return None
        return Access(session.user_id, session.id)
    found = queries.find_open_session(session_id=browser_session_id, now=now) if browser_session_id else None
    return Access(found.user_id, found.id) if found and found.kind == Session.Kind.BROWSER else None


def _redeem(ticket: str, *, now: datetime) -> Access | None:
    with transaction.atomic():
        spent = Ticket.objects.select_for_update().filter(pk=_hash(ticket)).first()
        if not spent:
            return None
        spent.delete()
    session = queries.find_open_session(session_id=spent.session_id, now=now) if spent.expires_at > now else None
    return Access(session.user_id, session.id) if session else None


def _tokens(session: Session, *, now: datetime) -> Tokens:
    access, refresh = AccessToken(), RefreshToken()
    refresh["jti"] = session.refresh_id
    for token in (access, refresh):
        token.set_iat(at_time=now)
        token.set_exp(from_time=now)
        token["sub"] = session.user_id
        token["sid"] = session.id
    return Tokens(access=str(access), refresh=str(refresh))


def _decode(kind: type[Token], token: str) -> Token:
    try:
        claims = kind(token)  # type: ignore[arg-type]  # the annotation is wrong: it takes the encoded text
    except TokenError:
        raise TokenInvalid from None
    if "sid" not in claims.payload or "sub" not in claims.payload:
        raise TokenInvalid
    return claims


def _session_id(token: str, *, now: datetime) -> str:
    """
    Return whose session an access token speaks for: its signature is checked when it first comes, its age each time.

    What is kept of it is its digest, which is good for nothing else.
    """
    digest = hashlib.sha256(token.encode(errors="replace")).digest()
    known = _accepted.get(digest)
    if known is None:
        claims = _decode(AccessToken, token)
        if len(_accepted) >= MOST_ACCEPTED:
            _accepted.clear()
        known = _accepted[digest] = _Accepted(str(claims["sid"]), int(claims["exp"]))
    if known.expires <= now.timestamp():
        raise TokenInvalid
    return known.session_id


def _lock(session_id: str) -> Session:
    session = Session.objects.select_for_update(no_key=True).filter(pk=session_id).first()
    if not session:
        raise SessionEnded
    return session


def _is_open(session: Session, *, now: datetime) -> bool:
    return session.revoked_at is None and session.expires_at > now and session.user.is_active


def _end(session: Session, *, reason: str, now: datetime) -> None:
    session.revoked_at, session.revoked_reason = now, reason
    session.save(update_fields=["revoked_at", "revoked_reason"])


def _record_end(session: Session, *, actor: str, now: datetime) -> None:
    data = {"session": session.id, "reason": session.revoked_reason}
    record(type="session.revoked", subject=session, actor=actor, user_id=session.user_id, data=data, now=now)


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
