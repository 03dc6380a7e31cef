"""What notifications refuses."""

from typing import ClassVar

from kit.errors import DomainError, Severity


class EndpointUrlRefused(DomainError):
    """An address to which nothing is sent from here."""

    code = "endpoint_url_refused"
    status = 400
    title = "Nothing can be sent to this address"
    why = "Webhooks go to https:// addresses on the public internet, so that nobody reaches our network through us."
    what_to_do = "Give the https:// address of a server that everybody can reach."
    severity: ClassVar[Severity] = "low"


class TooManyEndpoints(DomainError):
    """There is a limit to the endpoints of one person."""

    code = "too_many_endpoints"
    status = 409
    title = "You have as many webhook endpoints as one person can have"
    why = "Every notification is sent to each of them."
    what_to_do = "Remove one that you do not need any more."
    severity: ClassVar[Severity] = "low"


class CannotBeSwitchedOff(DomainError):
    """Security alerts are always told."""

    code = "cannot_be_switched_off"
    status = 400
    title = "Security alerts cannot be switched off"
    why = "They are how you learn that somebody else is using your account."
    what_to_do = "Leave them on; all other kinds are your choice."
    severity: ClassVar[Severity] = "low"
