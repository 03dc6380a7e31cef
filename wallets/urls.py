from django.urls import URLPattern, URLResolver, path

from wallets.api import PayeesView, ReservationsView, WalletsView, WalletView

api_patterns: list[URLPattern | URLResolver] = [
    path("wallets", WalletsView.as_view()),
    path("wallets/<str:wallet_id>", WalletView.as_view()),
    path("wallets/<str:wallet_id>/reservations", ReservationsView.as_view()),
    path("payees", PayeesView.as_view()),
]
urlpatterns: list[URLPattern | URLResolver] = []
