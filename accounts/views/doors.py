"""What every page of accounts does at its door."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.models import Session, User
from kit.clients import client_of
from kit.errors import DomainError
from kit.throttling import credential_key, wait_seconds

View = Callable[..., HttpResponse]


class _TooMany(DomainError):
    code = "rate_limited"
    status = 429
    title = "Too many tries"
    why = "There is a limit to the tries in a quarter of an hour."
    what_to_do = "Wait a few minutes, then try again."


def private(view: View) -> View:
    """Keep a page out of caches and its form out of error reports."""
    hidden: View = sensitive_post_parameters()(view)
    uncached: View = never_cache(hidden)
    return uncached


def signed_in(view: View) -> View:
    """Send whoever is not signed in to the sign-in page, and back here afterwards."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        return view(request, *args, **kwargs)

    return private(guarded)


def person_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def session_of(request: HttpRequest) -> Session:
    session = request.account_session  # type: ignore[attr-defined]
    assert isinstance(session, Session)
    return session


def refuse_too_many(request: HttpRequest, *, account: str) -> None:
    """
    Count a try of a password, code or link.

    :raises DomainError: if there were too many from this address for this account
    """
    waiting = wait_seconds(scope="credentials", who=credential_key(address=client_of(request).address, account=account))
    if waiting:
        raise _TooMany(retry_after_seconds=waiting)


def safe_next(request: HttpRequest) -> str:
    """Return where to go afterwards: an address of this site, else the start page."""
    target = request.POST.get("next") or request.GET.get("next") or "/"
    is_safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_safe else "/"


def show(
    request: HttpRequest, template: str, context: dict[str, Any], *, problem: DomainError | None = None
) -> HttpResponse:
    """Render a page; with a problem in the four-part form, under the problem's status."""
    form = context.get("form")
    status = problem.status if problem else 400 if form is not None and form.is_bound and form.errors else 200
    response = render(request, template, {**context, "problem": problem}, status=status)
    if problem and problem.retry_after_seconds:
        response["Retry-After"] = str(problem.retry_after_seconds)
    return response
