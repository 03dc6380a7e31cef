"""Which transaction a request was about: for its last line in the log, and its trace."""

import structlog
from django.http import HttpRequest, HttpResponse

from kit.ids import is_id


def name_transaction(request: HttpRequest, response: HttpResponse) -> None:
    """Let every further line of the request in the log name the transaction that it was about."""
    found = transaction_of(request, response)
    if found:
        structlog.contextvars.bind_contextvars(transaction_id=found)


def transaction_of(request: HttpRequest, response: HttpResponse) -> str:
    """Return the transaction that the address names, or that the answer is or leads to; empty: none."""
    match = request.resolver_match
    named = match.kwargs.get("transaction_id", "") if match else ""
    if not named and request.method == "POST":
        data = getattr(response, "data", None)
        if isinstance(data, dict):
            named = data.get("id", "")
        elif response.has_header("Location"):
            named = response["Location"].rstrip("/").rpartition("/")[2]
    return named if isinstance(named, str) and is_id(named, "txn") else ""
