"""The faucet's doors."""

from django.urls import URLPattern, URLResolver, path

from devnet.api import FundView, MineView

api_patterns: list[URLPattern | URLResolver] = [
    path("devnet/fund", FundView.as_view(), name="devnet-fund"),
    path("devnet/mine", MineView.as_view(), name="devnet-mine"),
]
urlpatterns: list[URLPattern | URLResolver] = []
