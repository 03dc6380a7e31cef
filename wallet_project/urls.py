"""Every door of the house, mounted."""

from django.contrib import admin
from django.urls import include, path

import accounts.urls
import assets.urls
import rates.urls
import transactions.urls
import wallets.urls
from wallet_project import views

_apps = [accounts.urls, assets.urls, rates.urls, transactions.urls, wallets.urls]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include([pattern for app in _apps for pattern in app.api_patterns])),
    *[pattern for app in _apps for pattern in app.urlpatterns],
    path("appearance/", views.appearance, name="appearance"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/pages/<slug:name>/", views.styleguide_page, name="styleguide-page"),
]

handler500 = "wallet_project.views.server_error"
