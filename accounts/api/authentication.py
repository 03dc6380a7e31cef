"""How a REST call says who is calling: a bearer token, or the browser's cookie with CSRF."""

from typing import Any

import structlog
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from accounts import services
from accounts.errors import TokenInvalid
from accounts.models import Session, User
from kit.clients import client_of


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; request.auth is the Session."""

    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        if not token.strip():
            raise TokenInvalid
        now = timezone.now()
        session = services.session_of_access_token(token=token.strip(), now=now)
        services.see_session(session, client=client_of(request._request), now=now)
        structlog.contextvars.bind_contextvars(user_id=session.user_id)
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class CookieAuthentication(SessionAuthentication):
    """The browser's session, with its CSRF token in X-CSRFToken; request.auth is the Session."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        return (found[0], request._request.account_session) if found else None  # type: ignore[attr-defined]
