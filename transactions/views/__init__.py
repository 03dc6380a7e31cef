"""The pages on which people see and move their money."""

from transactions.views.buying import buy
from transactions.views.exports import export_file, exports_page
from transactions.views.history import activity, cancel, detail, export, give_back, more_time, pay
from transactions.views.holding import receive, wallet, wallets_page
from transactions.views.portfolio import home
from transactions.views.replacing import call_off, speed_up
from transactions.views.sending import send, transfer
from transactions.views.statements import statement_file, statements_page

__all__ = [
    "activity",
    "buy",
    "call_off",
    "cancel",
    "detail",
    "export",
    "export_file",
    "exports_page",
    "give_back",
    "home",
    "more_time",
    "pay",
    "receive",
    "send",
    "speed_up",
    "statement_file",
    "statements_page",
    "transfer",
    "wallet",
    "wallets_page",
]
