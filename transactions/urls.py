from django.urls import URLPattern, URLResolver, path

from transactions import views
from transactions.api.export import ExportView
from transactions.api.exports import ExportFileView, ExportsView, OneExportView
from transactions.api.on_ramp import OnRampView, PaymentLinkView, RampOffersView
from transactions.api.statements import StatementFileView, StatementsView, StatementView
from transactions.api.transactions import (
    AnswerView,
    CancelView,
    PreviewView,
    RefundView,
    SpeedUpView,
    TransactionsView,
    TransactionView,
)
from transactions.api.wallets import PortfolioView, WalletBalanceView, WalletTransactionsView

api_patterns: list[URLPattern | URLResolver] = [
    path("transactions", TransactionsView.as_view()),
    path("transactions/preview", PreviewView.as_view()),
    path("transactions/export", ExportView.as_view()),
    path("transactions/<str:transaction_id>", TransactionView.as_view()),
    path("transactions/<str:transaction_id>/cancel", CancelView.as_view()),
    path("transactions/<str:transaction_id>/answer", AnswerView.as_view()),
    path("transactions/<str:transaction_id>/refund", RefundView.as_view()),
    path("on-ramp", OnRampView.as_view()),
    path("on-ramp/offers", RampOffersView.as_view()),
    path("on-ramp/<str:transaction_id>/payment-link", PaymentLinkView.as_view()),
    path("transactions/<str:transaction_id>/speed-up", SpeedUpView.as_view()),
    path("wallets/<str:wallet_id>/balance", WalletBalanceView.as_view()),
    path("wallets/<str:wallet_id>/transactions", WalletTransactionsView.as_view()),
    path("exports", ExportsView.as_view()),
    path("exports/<str:export_id>", OneExportView.as_view()),
    path("exports/<str:export_id>/file", ExportFileView.as_view()),
    path("statements", StatementsView.as_view()),
    path("statements/<str:month>", StatementView.as_view()),
    path("statements/<str:month>/file", StatementFileView.as_view()),
    path("portfolio", PortfolioView.as_view()),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="portfolio"),
    path("wallets/", views.wallets_page, name="wallets"),
    path("wallets/<str:wallet_id>/", views.wallet, name="wallet"),
    path("receive/", views.receive, name="receive"),
    path("send/", views.send, name="send"),
    path("transfer/", views.transfer, name="transfer"),
    path("buy/", views.buy, name="buy"),
    path("activity/", views.activity, name="activity"),
    path("activity/export.csv", views.export, name="export"),
    path("activity/statements/", views.statements_page, name="statements"),
    path("activity/statements/<str:month>.<str:form>", views.statement_file, name="statement-file"),
    path("activity/exports/", views.exports_page, name="exports"),
    path("activity/exports/<str:export_id>/file/", views.export_file, name="export-file"),
    path("activity/<str:transaction_id>/", views.detail, name="transaction"),
    path("activity/<str:transaction_id>/cancel/", views.cancel, name="cancel"),
    path("activity/<str:transaction_id>/speed-up/", views.speed_up, name="speed-up"),
    path("activity/<str:transaction_id>/call-off/", views.call_off, name="call-off"),
    path("activity/<str:transaction_id>/more-time/", views.more_time, name="more-time"),
    path("activity/<str:transaction_id>/pay/", views.pay, name="pay"),
    path("activity/<str:transaction_id>/give-back/", views.give_back, name="give-back"),
]
