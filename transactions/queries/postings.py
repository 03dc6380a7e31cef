"""Which transaction a posting belongs to, told by its key."""

import re
from collections.abc import Iterable

from transactions.models import Attempt, Deposit
from wallets.models import Reservation

_ID = re.compile(r"\b(?:txn|dep|rsv)_[0-9a-z]{26}\b|(?<=\battempt:)[0-9]+")


def transactions_of(keys: Iterable[str]) -> dict[str, str]:
    """Return the id of the transaction for each key that names one, or what belongs to one; three queries at most."""
    named = {key: found.group() for key in keys if (found := _ID.search(key))}
    ids = set(named.values())
    known = {each: each for each in ids if each.startswith("txn_")}
    deposits = Deposit.objects.filter(pk__in=[each for each in ids if each.startswith("dep_")])
    known |= dict(deposits.values_list("pk", "transaction_id"))
    reservations = Reservation.objects.filter(pk__in=[each for each in ids if each.startswith("rsv_")])
    known |= dict(reservations.values_list("pk", "transaction_id"))
    attempts = Attempt.objects.filter(pk__in=[int(each) for each in ids if each.isdigit()])
    known |= {str(number): transaction_id for number, transaction_id in attempts.values_list("pk", "transaction_id")}
    return {key: known[each] for key, each in named.items() if known.get(each)}
