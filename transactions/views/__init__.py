"""The pages on which people see and move their money."""

from transactions.views.buying import buy
from transactions.views.history import activity, cancel, detail, export, give_back, more_time, pay
from transactions.views.holding import receive, wallet, wallets_page
from transactions.views.portfolio import home
from transactions.views.sending import send, transfer

__all__ = [
    "activity",
    "buy",
    "cancel",
    "detail",
    "export",
    "give_back",
    "home",
    "more_time",
    "pay",
    "receive",
    "send",
    "transfer",
    "wallet",
    "wallets_page",
]
