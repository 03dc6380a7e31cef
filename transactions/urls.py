from django.urls import URLPattern, URLResolver, path

from transactions.api.transactions import CancelView, PreviewView, SpeedUpView, TransactionsView, TransactionView
from transactions.api.wallets import PortfolioView, WalletBalanceView, WalletTransactionsView

api_patterns: list[URLPattern | URLResolver] = [
    path("transactions/preview", PreviewView.as_view()),
    path("transactions", TransactionsView.as_view()),
    path("transactions/<str:transaction_id>", TransactionView.as_view()),
    path("transactions/<str:transaction_id>/cancel", CancelView.as_view()),
    path("transactions/<str:transaction_id>/speed-up", SpeedUpView.as_view()),
    path("wallets/<str:wallet_id>/balance", WalletBalanceView.as_view()),
    path("wallets/<str:wallet_id>/transactions", WalletTransactionsView.as_view()),
    path("portfolio", PortfolioView.as_view()),
]
urlpatterns: list[URLPattern | URLResolver] = []
