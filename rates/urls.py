from django.urls import URLPattern, URLResolver, path

from rates import api

api_patterns: list[URLPattern | URLResolver] = [
    path("rates", api.RatesView.as_view(), name="rates"),
    path("rates/history", api.RateHistoryView.as_view(), name="rates-history"),
    path("rates/candles", api.CandlesView.as_view(), name="rates-candles"),
    path("fees", api.FeesView.as_view(), name="fees"),
]
urlpatterns: list[URLPattern | URLResolver] = []
