"""Pages that belong to no app: appearance, errors, and the style guide of development."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from wallet_project.context import THEME_COOKIE, THEMES, request_id
from wallet_project.styleguide import PAGES, samples

YEAR_SECONDS = 365 * 24 * 60 * 60


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie; anything but light or dark means: as the device says."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = redirect(target)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component with sample data; development only."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "styleguide/components.html", samples())


@require_GET
def styleguide_page(request: HttpRequest, name: str) -> HttpResponse:
    """Show one page's template with sample data; development only."""
    if not settings.DEBUG or name not in PAGES:
        raise Http404
    template, context = PAGES[name]
    return render(request, template, context())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Say what an expired form is; the technical reason is in the log."""
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something broke, without touching session or database: either may be what broke."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    context = {"request_id": request_id(), "theme": theme if theme in THEMES else ""}
    return HttpResponse(render_to_string("500.html", context), status=500)
