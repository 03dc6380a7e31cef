"""What happens around every request: its id, who is asking, and the relaxed policy of the admin."""

import re
import uuid
from collections.abc import Awaitable, Callable

import structlog
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject
from django_structlog.middlewares import RequestMiddleware

from accounts import queries, services
from accounts.models import Session, User
from kit.clients import client_of
from wallet_project.naming import name_transaction

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
PROBES = ("/health/", "/metrics")
_SECRET_PATH = re.compile(r"^/(verify-email|reset-password)/[^/?]+")


class RequestLogMiddleware(RequestMiddleware):
    """Gives every request an id (the caller's if it is a sane one), logs it, and echoes it."""

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Leave probes and scrapes out of the log: they come every few seconds and say nothing."""
        if request.path.startswith(PROBES):
            return self.get_response(request)
        answer: HttpResponse | Awaitable[HttpResponse] = super().__call__(request)
        return answer

    def prepare(self, request: HttpRequest) -> None:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
        request.META["HTTP_X_REQUEST_ID"] = request_id
        request.__dict__.pop("headers", None)  # the cached view of META
        request.request_id = request_id  # type: ignore[attr-defined]
        super().prepare(request)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        response["X-Request-ID"] = request.META["HTTP_X_REQUEST_ID"]
        name_transaction(request, response)
        super().handle_response(request, response)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Name the request without what must not be in a log: mailed tokens and query strings."""
        path = _SECRET_PATH.sub(r"/\1/…", request.path)
        return f"{request.method} {path}"


class PlainAddressMiddleware:
    """
    Refuses an address with a NUL in it: no id or search has one, and PostgreSQL's texts cannot hold it.

    The REST API's own filters say more precisely what is wrong with them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_api = request.path_info.startswith("/api/")
        if "\x00" in request.path_info or (not is_api and "%00" in request.META.get("QUERY_STRING", "")):
            raise BadRequest("A NUL in the address.")
        return self.get_response(request)


class UncachedMiddleware:
    """Keeps whatever is said to one person out of every cache, the browser's too: others may use it next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed or request.path.startswith("/api/"):
            add_never_cache_headers(response)
        return response


class PeopleMiddleware(AuthenticationMiddleware):
    """Sets request.user and request.account_session from the browser's session, when first looked at."""

    def process_request(self, request: HttpRequest) -> None:
        request.account_session = SimpleLazyObject(lambda: _session(request))  # type: ignore[attr-defined]
        request.user = SimpleLazyObject(lambda: _user(request))  # type: ignore[assignment]


class AdminPolicyMiddleware:
    """The admin's theme needs inline styles and scripts; only its own pages get them, and only from here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if match and match.app_name == "admin":
            response._csp_update = {  # type: ignore[attr-defined]
                "script-src": ["'unsafe-inline'", "'unsafe-eval'"],
                "style-src": ["'unsafe-inline'"],
            }
        return response


def _session(request: HttpRequest) -> Session | None:
    if not hasattr(request, "_account_session"):
        request._account_session = _find_session(request)  # type: ignore[attr-defined]
    found: Session | None = request._account_session  # type: ignore[attr-defined]
    return found


def _find_session(request: HttpRequest) -> Session | None:
    session_id = request.session.get("session_id")
    if not session_id:
        return None
    now = timezone.now()
    session = queries.find_open_session(session_id=session_id, now=now)
    if not session or session.kind != Session.Kind.BROWSER:
        request.session.flush()
        return None
    if services.see_session(session, client=client_of(request), now=now):
        request.session.modified = True  # the cookie lives on with the session
    structlog.contextvars.bind_contextvars(user_id=session.user_id)
    return session


def _user(request: HttpRequest) -> User | AnonymousUser:
    session = _session(request)
    return session.user if session else AnonymousUser()
