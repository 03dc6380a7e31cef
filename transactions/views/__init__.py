"""The pages on which people see and move their money."""

from transactions.views.activity import activity, cancel, detail
from transactions.views.portfolio import home
from transactions.views.send import send, transfer
from transactions.views.wallet import receive, wallet, wallets_page

__all__ = ["activity", "cancel", "detail", "home", "receive", "send", "transfer", "wallet", "wallets_page"]
