"""The security page: second factor, recovery codes, password, and where one is signed in."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import queries, services
from accounts.services.factors import otpauth_url
from accounts.views.doors import person_of, refuse_too_many, session_of, show, signed_in
from accounts.views.forms import CodeForm, FirstCodeForm, PasswordChangeForm, show_refusal
from kit.clients import client_of
from kit.errors import DomainError


@signed_in
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    return _page(request)


@signed_in
@require_POST
def enable_factor(request: HttpRequest) -> HttpResponse:
    """Show the QR code and the recovery codes: this once."""
    try:
        enrolment = services.enable_factor(user=person_of(request), now=timezone.now())
    except DomainError as error:
        return _page(request, problem=error)
    return _enrolment(request, form=FirstCodeForm(), recovery_codes=enrolment.recovery_codes)


@signed_in
@require_POST
def confirm_factor(request: HttpRequest) -> HttpResponse:
    form = FirstCodeForm(request.POST)
    problem: DomainError | None = None
    if form.is_valid():
        try:
            refuse_too_many(request, account=person_of(request).email)
            services.confirm_factor(
                user=person_of(request),
                otp=form.cleaned_data["otp"],
                session=session_of(request),
                client=client_of(request),
                now=timezone.now(),
            )
        except DomainError as error:
            problem = error
        else:
            messages.success(request, _("Your second factor is on."))
            return redirect("security")
    return _enrolment(request, form=form, problem=problem)


@signed_in
@require_POST
def disable_factor(request: HttpRequest) -> HttpResponse:
    def disable(otp: str) -> HttpResponse:
        services.disable_factor(user=person_of(request), otp=otp, client=client_of(request), now=timezone.now())
        messages.success(request, _("Your second factor is off."))
        return redirect("security")

    return _with_code(request, disable)


@signed_in
@require_POST
def replace_recovery_codes(request: HttpRequest) -> HttpResponse:
    def replace(otp: str) -> HttpResponse:
        codes = services.replace_recovery_codes(
            user=person_of(request), otp=otp, client=client_of(request), now=timezone.now()
        )
        return show(request, "accounts/recovery_codes.html", {"recovery_codes": codes})

    return _with_code(request, replace)


@signed_in
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    form = PasswordChangeForm(request.POST)
    problem: DomainError | None = None
    if form.is_valid():
        try:
            refuse_too_many(request, account=person_of(request).email)
            services.change_password(
                user=person_of(request),
                current=form.cleaned_data["current_password"],
                new=form.cleaned_data["password"],
                keep_session_id=session_of(request).pk,
                client=client_of(request),
                now=timezone.now(),
            )
        except DomainError as error:
            problem = show_refusal(form, error)
        else:
            messages.success(request, _("Your password is changed, and your other devices are signed out."))
            return redirect("security")
    return _page(request, password_form=form, problem=problem)


@signed_in
@require_POST
def revoke_session(request: HttpRequest, session_id: str) -> HttpResponse:
    user = person_of(request)
    try:
        services.revoke_session(user=user, session_id=session_id, actor=user.id, reason="revoked", now=timezone.now())
    except DomainError as error:
        return _page(request, problem=error)
    messages.success(request, _("That device is signed out."))
    return redirect("security")


@signed_in
@require_POST
def revoke_all_sessions(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    services.revoke_all_sessions(user=user, actor=user.id, reason="revoked", now=timezone.now())
    request.session.flush()
    return redirect("sign-in")


def _with_code(request: HttpRequest, act: Callable[[str], HttpResponse]) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, code_form=form)
    try:
        refuse_too_many(request, account=person_of(request).email)
        return act(form.cleaned_data["otp"])
    except DomainError as error:
        return _page(request, code_form=form, problem=error)


def _page(request: HttpRequest, *, problem: DomainError | None = None, **forms: Any) -> HttpResponse:
    user, now = person_of(request), timezone.now()
    context = {
        "has_factor": queries.has_factor(user_id=user.id),
        "recovery_codes_left": queries.recovery_codes_left(user=user),
        "sessions": queries.open_sessions(user_id=user.id, now=now)[:200],
        "current_id": session_of(request).pk,
        "code_form": CodeForm(),
        "password_form": PasswordChangeForm(),
        **forms,
    }
    bound = next((form for form in forms.values() if form.errors), None)
    return show(request, "accounts/security.html", {**context, "form": bound}, problem=problem)


def _enrolment(
    request: HttpRequest,
    *,
    form: CodeForm,
    recovery_codes: tuple[str, ...] = (),
    problem: DomainError | None = None,
) -> HttpResponse:
    secret = queries.find_prepared_secret(user_id=person_of(request).id)
    if not secret:
        return _page(request, problem=problem)
    context = {
        "form": form,
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "otpauth_url": otpauth_url(email=person_of(request).email, secret=secret),
        "recovery_codes": recovery_codes,
    }
    return show(request, "accounts/enable_factor.html", context, problem=problem)
