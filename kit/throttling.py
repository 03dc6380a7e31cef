"""How often somebody may call, counted in the shared cache."""

import hashlib
import logging
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from kit.clients import client_of

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself imports this file, by its settings

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 900


def wait_seconds(*, scope: str, who: str) -> int | None:
    """
    Count one call and return None if it may go on, else the seconds until it may.

    The limit of the scope is settings.THROTTLE_LIMITS[scope] calls in each quarter of an hour.
    Without its cache it lets everyone through: the lock-out after failed attempts is in the
    database and does not depend on it.
    """
    limit = settings.THROTTLE_LIMITS.get(scope)
    if limit is None:
        return None
    now = time.time()
    window, elapsed = divmod(now, WINDOW_SECONDS)
    key = f"throttle:{scope}:{who}:{int(window)}"
    try:
        count = _count(key)
    except (RedisError, OSError, ValueError) as error:
        logger.warning("throttle_unavailable", extra={"scope": scope, "error": type(error).__name__})
        return None
    return None if count <= limit else max(1, int(WINDOW_SECONDS - elapsed))


def _count(key: str) -> int:
    """Count one more; the first of a window also sets when it is forgotten."""
    try:
        return cache.incr(key)
    except ValueError:
        cache.add(key, 0, timeout=WINDOW_SECONDS + 60)
        return cache.incr(key)


class _Throttle(BaseThrottle):
    scope = ""
    waiting: int | None = None

    def who(self, request: Request) -> str | None:
        """Return whose calls are counted together, or None for a caller this throttle leaves alone."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: "APIView") -> bool:
        who = self.who(request)
        self.waiting = wait_seconds(scope=self.scope, who=who) if who else None
        return self.waiting is None

    def wait(self) -> float | None:
        return self.waiting


class AnonymousThrottle(_Throttle):
    """Callers who are not signed in, by address."""

    scope = "anonymous"

    def who(self, request: Request) -> str | None:
        return None if request.user else client_of(request._request).address or "unknown"


class UserThrottle(_Throttle):
    """Signed-in people, whatever device they use."""

    scope = "user"

    def who(self, request: Request) -> str | None:
        return str(request.user.pk) if request.user else None


class CredentialThrottle(_Throttle):
    """Whoever tries passwords, codes or links, by address and account: one's own, or the one named in the body."""

    scope = "credentials"

    def who(self, request: Request) -> str | None:
        named = str(request.data.get("email", "")) if isinstance(request.data, dict) else ""
        account = str(getattr(request.user, "email", "")) or named
        return credential_key(address=client_of(request._request).address, account=account)


def credential_key(*, address: str, account: str) -> str:
    """Return the name under which tries for one account from one address are counted."""
    return f"{address or 'unknown'}:{hashlib.sha256(account.strip().lower().encode(errors='replace')).hexdigest()[:32]}"
