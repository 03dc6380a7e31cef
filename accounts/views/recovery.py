"""What mailed links lead to: verifying an address, choosing a new password."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services
from accounts.views.doors import person_of, private, refuse_too_many, show, signed_in
from accounts.views.forms import ForgotForm, NewPasswordForm, show_refusal
from kit.clients import client_of
from kit.errors import DomainError


@private
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a click: mail scanners follow links, and must not use them up."""
    problem: DomainError | None = None
    is_done = False
    if request.method == "POST":
        try:
            refuse_too_many(request, account="")
            services.verify_email(token=token, client=client_of(request), now=timezone.now())
            is_done = True
        except DomainError as error:
            problem = error
    return show(request, "accounts/confirm_email.html", {"is_done": is_done}, problem=problem)


@signed_in
@require_POST
def resend_verification(request: HttpRequest) -> HttpResponse:
    try:
        refuse_too_many(request, account=person_of(request).email)
    except DomainError as error:
        messages.error(request, error.what_happened)
    else:
        services.ask_verification(user=person_of(request), now=timezone.now())
        messages.success(request, _("The mail is on its way."))
    return redirect("settings")


@private
@require_http_methods(["GET", "HEAD", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponse:
    form = ForgotForm(request.POST or None)
    problem: DomainError | None = None
    is_sent = False
    if request.method == "POST" and form.is_valid():
        try:
            refuse_too_many(request, account=form.cleaned_data["email"])
            services.ask_password_reset(email=form.cleaned_data["email"], client=client_of(request), now=timezone.now())
            is_sent = True
        except DomainError as error:
            problem = error
    return show(request, "accounts/forgot_password.html", {"form": form, "is_sent": is_sent}, problem=problem)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def reset_password(request: HttpRequest, token: str) -> HttpResponse:
    form = NewPasswordForm(request.POST or None)
    problem: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            refuse_too_many(request, account="")
            services.reset_password(
                token=token, new=form.cleaned_data["password"], client=client_of(request), now=timezone.now()
            )
        except DomainError as error:
            problem = show_refusal(form, error)
        else:
            messages.success(request, _("Your password is changed. Sign in with it."))
            return redirect("sign-in")
    return show(request, "accounts/reset_password.html", {"form": form}, problem=problem)
