"""The one exception family the outside world ever sees."""

from collections.abc import Sequence
from typing import ClassVar, Literal

Severity = Literal["critical", "high", "medium", "low"]


class DomainError(Exception):
    """
    A refusal the caller can understand and act on, in the four-part form of the API.

    A subclass sets the class attributes; the message says what happened this time.
    `code` is part of the API and never changes once published. Nothing secret may
    stand in the message, `extra` or `fields`: all three are shown to the caller.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "This is not possible"
    why: str = ""
    what_to_do: str = ""
    alternatives: Sequence[str] = ()
    severity: ClassVar[Severity] = "medium"
    retry_after_seconds: int | None = None

    def __init__(
        self,
        message: str = "",
        *,
        why: str = "",
        what_to_do: str = "",
        alternatives: Sequence[str] = (),
        fields: dict[str, list[str]] | None = None,
        retry_after_seconds: int | None = None,
        **extra: object,
    ) -> None:
        self.what_happened = message or self.title
        self.why = why or type(self).why
        self.what_to_do = what_to_do or type(self).what_to_do
        self.alternatives = tuple(alternatives or type(self).alternatives)
        self.fields = fields or {}
        self.retry_after_seconds = retry_after_seconds or type(self).retry_after_seconds
        self.extra = extra
        super().__init__(self.what_happened)


class NotFound(DomainError):
    """The thing asked for does not exist, or is not the caller's to see."""

    code = "not_found"
    status = 404
    title = "Not found"
    why = "It does not exist, or it belongs to someone else."
    what_to_do = "Check the id."
    severity = "low"


class InvalidInput(DomainError):
    """One or more fields cannot be accepted; `fields` says which and why."""

    code = "invalid_input"
    status = 400
    title = "Some of what you entered cannot be accepted"
    why = "What is named below is missing, or is not what it should be."
    what_to_do = "Correct the fields named and try again."
    severity = "low"


class BusyElsewhere(DomainError):
    """Another process did it first or is doing it now."""

    code = "busy_elsewhere"
    status = 409
    title = "Someone else is changing this right now"
    why = "Two people, or two pages of yours, want to change the same thing at one time."
    what_to_do = "Look at it again in a moment."
    retry_after_seconds = 1
