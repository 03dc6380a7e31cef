"""Every door of the house, mounted."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

import accounts.urls
import assets.urls
import notifications.urls
import providers.urls
import rates.urls
import solvency.urls
import transactions.urls
import wallets.urls
from accounts.views import sign_out
from wallet_project import api_errors, health, metrics, schema, views

_apps = [
    transactions.urls,
    wallets.urls,
    accounts.urls,
    assets.urls,
    notifications.urls,
    providers.urls,
    rates.urls,
    solvency.urls,
]
if settings.DEVNET:
    import devnet.urls

    _apps.append(devnet.urls)

admin.site.index_title = "How it goes"

# Patterns are tried one after another: what moves money comes first.
urlpatterns = [
    path("api/v1/", include([*(pattern for app in _apps for pattern in app.api_patterns), *schema.urlpatterns])),
    re_path(r"^api/", api_errors.unknown_route),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics.metrics, name="metrics"),
    # One way in for everybody: with lock-out, second factor, and a session that can be revoked.
    path("admin/login/", RedirectView.as_view(pattern_name="sign-in", query_string=True)),
    # And one way to change a password or to leave: with the limits on tries, the event and the end of the session.
    path("admin/password_change/", RedirectView.as_view(pattern_name="security")),
    path("admin/logout/", sign_out),
    path("admin/", admin.site.urls),
    *[pattern for app in _apps for pattern in app.urlpatterns],
    path("networks/", views.networks, name="networks"),
    path("appearance/", views.appearance, name="appearance"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/pages/<slug:name>/", views.styleguide_page, name="styleguide-page"),
]
if settings.DEVNET:
    urlpatterns.append(path("wallets/<str:wallet_id>/test-coins/", views.test_coins, name="test-coins"))

handler400 = "wallet_project.api_errors.bad_request"
handler403 = "wallet_project.api_errors.forbidden"
handler404 = "wallet_project.api_errors.not_found"
handler500 = "wallet_project.api_errors.server_error"
