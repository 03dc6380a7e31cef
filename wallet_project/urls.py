"""Every door of the house, mounted."""

import accounts.urls
import assets.urls
import rates.urls
import transactions.urls
import wallets.urls
from django.contrib import admin
from django.urls import include, path

_apps = [accounts.urls, assets.urls, rates.urls, transactions.urls, wallets.urls]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include([pattern for app in _apps for pattern in app.api_patterns])),
    *[pattern for app in _apps for pattern in app.urlpatterns],
]
