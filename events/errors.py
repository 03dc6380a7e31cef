"""What may go wrong on the way from an event to whoever listens."""

from typing import ClassVar

from kit.errors import DomainError, Severity


class BusUnavailable(DomainError):
    """The bus cannot be reached, or did not take an event."""

    code = "bus_unavailable"
    status = 503
    title = "Events are not carried at the moment"
    why = "The server that carries them does not answer, or refused one."
    what_to_do = "Nothing is lost: they stand in the outbox and are carried as soon as it answers."
    severity: ClassVar[Severity] = "high"


class NotOnDesk(DomainError):
    """This event does not wait on the desk any more."""

    code = "not_on_desk"
    status = 409
    title = "This event does not wait any more"
    why = "Somebody else has had it tried again, or has passed it over."
    what_to_do = "Look at it again: it says how it ended."
