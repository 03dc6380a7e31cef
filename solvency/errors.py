from typing import ClassVar

from kit.errors import DomainError, NotFound, Severity


class NotInSnapshot(NotFound):
    """This person's balance of this asset is not in this snapshot."""

    code = "not_in_snapshot"
    title = "You are not in this snapshot"
    why = "It was taken before you had a wallet for this asset, or it does not have this asset."
    what_to_do = "Choose a later snapshot."


class LiabilitiesDiffer(DomainError):
    """The leaves do not add up to the ledger, or one of them cannot be."""

    code = "liabilities_differ"
    status = 500
    title = "What people hold does not add up"
    why = "The balances of all people together are not what the ledger says is owed to people."
    what_to_do = "Nothing was published. Run manage.py verify_ledger and find out why."
    severity: ClassVar[Severity] = "critical"


class NothingToProve(DomainError):
    """No network could be read, so nothing was published."""

    code = "nothing_to_prove"
    status = 503
    title = "The proof of solvency could not be made"
    why = "No network could be read at a final block."
    what_to_do = "Nothing was published. It is tried again by itself."
    severity: ClassVar[Severity] = "high"
    retry_after_seconds = 600
