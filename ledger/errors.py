"""What the ledger refuses. Refusals the world can cause are DomainErrors, callers' bugs are AssertionErrors."""

from kit.errors import DomainError


class InsufficientFunds(DomainError):
    """An account would be overdrawn; nothing was written, and the caller's transaction is still good."""

    code = "insufficient_funds"
    status = 422
    title = "There is not enough money for this"
    why = "The amount, with its fee, is more than what is available."
    what_to_do = "Choose a smaller amount, or wait until more has arrived."
    alternatives = ("Send less.", "Receive or buy more first.")

    account: str = ""
    """The code of the account that is short; for logs, never for the caller's eyes."""


class PostingKeyReused(DomainError):
    """The key has already been used for something else; nothing was written."""

    code = "posting_key_reused"
    status = 409
    title = "This was already booked with other content"
    why = "The same reference was used before for another movement of money."
    what_to_do = "Use a new reference for a new movement."
    severity = "high"


class AlreadyReversed(DomainError):
    """The posting has a reversal already, under another key; nothing was written."""

    code = "already_reversed"
    status = 409
    title = "This has already been reversed"
    why = "Every posting can be taken back once."
    what_to_do = "Nothing is left to do."


class HoldExceeded(DomainError):
    """More was to be settled than the hold still has; nothing was written."""

    code = "hold_exceeded"
    status = 409
    title = "Less is set aside than this needs"
    why = "The money set aside was already used or given back."
    what_to_do = "Look at its current state and start again."


class PostingInDoubt(DomainError):
    """No answer came from the database: the posting may stand or not. The same key again tells."""

    code = "posting_in_doubt"
    status = 503
    title = "We do not know yet whether this was booked"
    why = "The answer of our database did not arrive in time."
    what_to_do = "Ask again with the same reference: it is never booked twice."
    severity = "high"
    retry_after_seconds = 2


class Unbalanced(AssertionError):
    """A bug of the caller's: lines that do not sum to zero per asset, or are no lines at all."""


class UnknownAccount(AssertionError):
    """A bug of the caller's: an account nobody opened, or opened for another purpose."""


class UnknownHold(AssertionError):
    """A bug of the caller's: a hold nobody made."""


class UnknownMark(AssertionError):
    """A bug of the caller's: a mark nobody made."""


class UnknownPosting(AssertionError):
    """A bug of the caller's: a posting nobody made."""
