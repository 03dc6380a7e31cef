"""Pages that belong to no app: appearance, errors, and the style guide of development."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

import wallets.queries
from assets.queries import native_asset
from kit.money import format_minor
from kit.pages import page, viewer_id
from wallet_project import network_status
from wallet_project.context import THEME_COOKIE, THEMES, request_id
from wallet_project.styleguide import PAGES, sample_problem, samples

YEAR_SECONDS = 365 * 24 * 60 * 60
TEST_COINS_MINOR = {"bitcoin": 10_000_000, "evm": 10**18, "solana": 10 * 10**9, "stellar": 10**9, "sui": 10 * 10**9}
"""What one press of "get test coins" asks for, by network family: 0.1 BTC, 1 ETH, 10 SOL, 100 XLM."""


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


@require_safe
def networks(request: HttpRequest) -> HttpResponse:
    """Show how every network does, to anybody."""
    base = "base.html" if request.user.is_authenticated else "solvency/public.html"
    rows = network_status.shown(now=timezone.now())
    return render(request, "networks/page.html", {"base": base, "rows": rows})


@require_POST
@page
def test_coins(request: HttpRequest, wallet_id: str) -> HttpResponse:
    """Ask the local network's faucet for coins; only where DEVNET is on."""
    import devnet.faucet  # not part of the product: there only where the local networks are

    wallet = wallets.queries.get_wallet(user_id=viewer_id(request), wallet_id=wallet_id)
    asset = native_asset(wallet.network_id)
    minor = TEST_COINS_MINOR[wallet.network.family]
    devnet.faucet.fund(network=wallet.network_id, address=wallets.queries.deposit_address(wallet), minor=minor)
    amount = format_minor(minor, scale=asset.scale)
    messages.info(request, _("%(amount)s %(asset)s is being sent to you.") % {"amount": amount, "asset": asset.code})
    return redirect("wallet", wallet_id=wallet_id)


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component with sample data; development only."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "styleguide/components.html", samples())


@require_GET
def styleguide_page(request: HttpRequest, name: str) -> HttpResponse:
    """Show one of the pages that are hard to reach; development only."""
    if not settings.DEBUG or name not in PAGES:
        raise Http404
    return render(request, PAGES[name], {"problem": sample_problem()})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Say what an expired form is; the technical reason is in the log."""
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something broke, without touching session or database: either may be what broke."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    context = {"request_id": request_id(), "theme": theme if theme in THEMES else ""}
    return HttpResponse(render_to_string("500.html", context), status=500)
