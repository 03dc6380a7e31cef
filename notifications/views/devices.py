"""Where else people are told: the telephone, and browsers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from kit.errors import DomainError
from kit.pages import page, viewer_id
from notifications import queries, services
from notifications.views.forms import CodeForm, PhoneForm, show_refusal
from notifications.views.preferences import show_choices


@require_POST
@page
def name_phone(request: HttpRequest) -> HttpResponse:
    """Have a code sent to the number."""
    form = PhoneForm(request.POST)
    problem: DomainError | None = None
    if form.is_valid():
        try:
            services.ask_code(user_id=viewer_id(request), number=form.cleaned_data["number"], now=timezone.now())
        except DomainError as error:
            problem = show_refusal(form, error)
        else:
            messages.success(request, _("A code is on its way."))
            return redirect("notification-settings")
    return show_choices(request, phone_form=form, problem=problem, status=problem.status if problem else 400)


@require_POST
@page
def confirm_phone(request: HttpRequest) -> HttpResponse:
    """Take the code."""
    form = CodeForm(request.POST)
    problem: DomainError | None = None
    if form.is_valid():
        try:
            services.confirm(user_id=viewer_id(request), code=form.cleaned_data["code"], now=timezone.now())
        except DomainError as error:
            problem = error
        else:
            messages.success(request, _("Text messages are on."))
            return redirect("notification-settings")
    return show_choices(request, code_form=form, problem=problem, status=problem.status if problem else 400)


@require_POST
@page
def remove_phone(request: HttpRequest) -> HttpResponse:
    services.remove_phone(user_id=viewer_id(request), now=timezone.now())
    messages.success(request, _("Text messages are off."))
    return redirect("notification-settings")


@require_POST
@page
def remove_browser(request: HttpRequest, subscription_id: str) -> HttpResponse:
    found = queries.get_push_subscription(user_id=viewer_id(request), subscription_id=subscription_id)
    services.unsubscribe(subscription=found, now=timezone.now())
    messages.success(request, _("Nothing is shown there any more."))
    return redirect("notification-settings")


@require_GET
@never_cache
def push_worker(request: HttpRequest) -> HttpResponse:
    """Give browsers the script that shows what is pushed. At the root, for a worker reaches no higher than its path."""
    return render(request, "notifications/push_worker.js", content_type="text/javascript; charset=utf-8")
