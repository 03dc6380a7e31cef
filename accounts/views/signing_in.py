"""Signing up, signing in with or without a second factor, signing out."""

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import queries, services
from accounts.models import Session, User
from accounts.views.doors import private, refuse_too_many, safe_next, session_of, show
from accounts.views.forms import CodeForm, SignInForm, SignUpForm, show_refusal
from kit.clients import client_of
from kit.errors import DomainError

PENDING_LASTS = timedelta(minutes=5)
"""How long a right password waits for its second factor."""


@private
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("/")
    form = SignUpForm(request.POST or None)
    problem: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        client, now = client_of(request), timezone.now()
        try:
            refuse_too_many(request, account="")
            user = services.register(**form.cleaned_data, client=client, now=now)
        except DomainError as error:
            problem = show_refusal(form, error)
        else:
            session = services.complete_sign_in(user=user, kind=Session.Kind.BROWSER, client=client, now=now)
            return _let_in(request, session, target=safe_next(request))
    return show(request, "accounts/sign_up.html", {"form": form, "next": safe_next(request)}, problem=problem)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        # Someone without a staff role is sent here by the admin: back to the start, not round in circles.
        target = safe_next(request)
        return redirect("/" if target.startswith("/admin") and not request.user.is_staff else target)
    form = SignInForm(request.POST or None)
    problem: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        client, now = client_of(request), timezone.now()
        try:
            refuse_too_many(request, account=form.cleaned_data["email"])
            user, needs_factor = services.begin_sign_in(**form.cleaned_data, client=client, now=now)
        except DomainError as error:
            problem = error
        else:
            if needs_factor:
                return _ask_for_factor(request, user, target=safe_next(request), now=now)
            session = services.complete_sign_in(user=user, kind=Session.Kind.BROWSER, client=client, now=now)
            return _let_in(request, session, target=safe_next(request))
    return show(request, "accounts/sign_in.html", {"form": form, "next": safe_next(request)}, problem=problem)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    user, target = _pending(request)
    if not user:
        return redirect(settings.LOGIN_URL)
    form = CodeForm(request.POST or None)
    problem: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            refuse_too_many(request, account=user.email)
            session = services.finish_sign_in(
                user=user,
                otp=form.cleaned_data["otp"],
                kind=Session.Kind.BROWSER,
                client=client_of(request),
                now=timezone.now(),
            )
        except DomainError as error:
            problem = error
        else:
            return _let_in(request, session, target=target)
    return show(request, "accounts/second_factor.html", {"form": form}, problem=problem)


@private
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        services.sign_out(session=session_of(request), now=timezone.now())
    request.session.flush()
    return redirect(settings.LOGIN_URL)


def _let_in(request: HttpRequest, session: Session, *, target: str) -> HttpResponse:
    # A new cookie and a new CSRF token: what was known of this browser before is worth nothing now.
    request.session.flush()
    request.session["session_id"] = session.id
    rotate_token(request)
    response = redirect(target)
    if session.user.theme in (User.Theme.LIGHT, User.Theme.DARK):
        remember_theme(response, session.user.theme)
    remember_language(response, session.user.language)
    return response


def remember_theme(response: HttpResponse, theme: str) -> None:
    """Keep the theme where the frame of every page looks for it."""
    if theme == User.Theme.SYSTEM:
        response.delete_cookie("theme", samesite="Lax")
    else:
        response.set_cookie(
            "theme", theme, max_age=31_536_000, samesite="Lax", secure=bool(settings.SESSION_COOKIE_SECURE)
        )


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep the language where Django's LocaleMiddleware looks for it."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=31_536_000,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )


def _ask_for_factor(request: HttpRequest, user: User, *, target: str, now: datetime) -> HttpResponse:
    request.session.flush()
    request.session["pending"] = {"user_id": user.id, "until": (now + PENDING_LASTS).isoformat(), "next": target}
    return redirect("second-factor")


def _pending(request: HttpRequest) -> tuple[User | None, str]:
    pending = request.session.get("pending")
    if not pending or datetime.fromisoformat(pending["until"]) < timezone.now():
        return None, "/"
    user = queries.get_user(pending["user_id"])
    return (user if user.is_active else None), pending["next"]
