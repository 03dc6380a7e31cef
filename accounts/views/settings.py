"""The settings page: language, appearance, e-mail address."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services
from accounts.views.doors import person_of, refuse_too_many, show, signed_in
from accounts.views.forms import EmailChangeForm, PreferencesForm, show_refusal
from accounts.views.signing_in import remember_language, remember_theme
from kit.clients import client_of
from kit.errors import DomainError


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    form = PreferencesForm(request.POST or None, initial={"language": user.language, "theme": user.theme})
    if request.method != "POST" or not form.is_valid():
        return _page(request, form=form)
    services.save_preferences(user=user, **form.cleaned_data)
    messages.success(request, _("Saved."))
    response = redirect("settings")
    remember_theme(response, user.theme)
    remember_language(response, user.language)
    return response


@signed_in
@require_POST
def change_email(request: HttpRequest) -> HttpResponse:
    form = EmailChangeForm(request.POST)
    problem: DomainError | None = None
    if form.is_valid():
        try:
            refuse_too_many(request, account=person_of(request).email)
            services.ask_email_change(
                user=person_of(request),
                email=form.cleaned_data["email"],
                password=form.cleaned_data["current_password"],
                client=client_of(request),
                now=timezone.now(),
            )
        except DomainError as error:
            problem = show_refusal(form, error)
        else:
            messages.success(request, _("Open the link in the mail we sent to the new address."))
            return redirect("settings")
    return _page(request, form=form, email_form=form, problem=problem)


def _page(request: HttpRequest, *, problem: DomainError | None = None, **forms: Any) -> HttpResponse:
    user = person_of(request)
    initial = {"language": user.language, "theme": user.theme}
    context = {"email_form": EmailChangeForm(), "preferences_form": PreferencesForm(initial=initial), **forms}
    if isinstance(forms.get("form"), PreferencesForm):
        context["preferences_form"] = forms["form"]
    return show(request, "accounts/settings.html", context, problem=problem)
