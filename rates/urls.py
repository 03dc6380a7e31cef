from django.urls import URLPattern, URLResolver, path

from rates import api

api_patterns: list[URLPattern | URLResolver] = [
    path("rates", api.RatesView.as_view(), name="rates"),
    path("fees", api.FeesView.as_view(), name="fees"),
]
urlpatterns: list[URLPattern | URLResolver] = []
