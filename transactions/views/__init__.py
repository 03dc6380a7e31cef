"""The pages on which people see and move their money."""

from transactions.views.history import activity, cancel, detail, export
from transactions.views.holding import receive, wallet, wallets_page
from transactions.views.portfolio import home
from transactions.views.sending import send, transfer

__all__ = ["activity", "cancel", "detail", "export", "home", "receive", "send", "transfer", "wallet", "wallets_page"]
