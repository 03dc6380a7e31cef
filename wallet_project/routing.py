"""Who may open the live feed: a ticket, a bearer token, or the browser's own session."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import SessionMiddlewareStack
from django.urls import path
from django.utils import timezone

import accounts.queries
import accounts.services
from accounts.services.sessions import Access, websocket_access
from events.consumers import FeedConsumer


class Doorkeeper:
    """Puts into the scope who listens, by which pass, and from where on; a stranger gets an empty `user_id`."""

    def __init__(self, inner: Callable[..., Awaitable[Any]]) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        access = await database_sync_to_async(_access)(scope, query.get("ticket", [""])[0])
        after = query.get("resume_after", [""])[0]
        return await self.inner(
            {
                **scope,
                "user_id": access.user_id if access else "",
                "pass_id": access.session_id if access else "",
                "still_allowed": _still_allowed,
                "resume_after": int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None,
            },
            receive,
            send,
        )


def _access(scope: dict[str, Any], ticket: str) -> Access | None:
    headers = dict(scope["headers"])
    kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return websocket_access(
        now=timezone.now(),
        ticket=ticket,
        access_token=token.strip() if kind.lower() == "bearer" else "",
        browser_session_id=str(scope["session"].get("session_id", "")),
    )


def _still_allowed(session_ids: Sequence[str]) -> set[str]:
    """A session that ends takes its open connections with it."""
    return accounts.queries.open_session_ids(session_ids, now=timezone.now())


class BrowsersFromHere:
    """A browser names the page it comes from, and only our own may connect; other clients name none."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.guarded = AllowedHostsOriginValidator(inner)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        has_origin = any(name == b"origin" for name, _ in scope["headers"])
        guard: Any = self.guarded if has_origin else self.inner
        return await guard(scope, receive, send)


_feed: Any = FeedConsumer.as_asgi()
websocket: Any = BrowsersFromHere(SessionMiddlewareStack(Doorkeeper(URLRouter([path("ws/v1/feed", _feed)]))))
