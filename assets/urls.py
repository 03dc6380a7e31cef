from django.urls import URLPattern, URLResolver, path

from assets import api

api_patterns: list[URLPattern | URLResolver] = [
    path("networks", api.NetworksView.as_view(), name="networks"),
    path("assets", api.AssetsView.as_view(), name="assets"),
]
urlpatterns: list[URLPattern | URLResolver] = []
