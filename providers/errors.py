from typing import ClassVar

from kit.errors import DomainError


class ProviderUnavailable(DomainError):
    """
    No usable answer was had from an outside company.

    `kind` is the class of error that decides how long the provider is left alone: rate_limited, quota,
    forbidden, timeout, connection, server or broken; or it was not even asked: cooling, or disabled (switched
    off, or not set up here). `has_left` tells whether the request may have been received and acted upon: then
    its outcome is unknown.
    """

    code = "provider_unavailable"
    status = 503
    title = "A partner company does not answer right now"
    why = "We rely on an outside company for this, and it cannot be reached."
    what_to_do = "Try again in a few minutes."
    alternatives = ("Choose another payment partner.", "Receive coins at your own address instead.")
    retry_after_seconds = 60

    def __init__(self, message: str = "", *, kind: str, has_left: bool) -> None:
        super().__init__(message)
        self.kind = kind
        self.has_left = has_left


class ProviderRefused(DomainError):
    """The provider understood and said no. This says nothing against its health."""

    code = "provider_refused"
    status = 422
    title = "A partner company refused this"
    why = "The company looked at it and said no."
    what_to_do = "Choose another amount, or another way to pay."
    alternatives = ("Choose another payment partner, currency or amount.",)

    def __init__(self, message: str = "", *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class NoProvider(DomainError):
    """No provider can do this now; `why` lists what kept each of them out."""

    code = "no_provider"
    status = 503
    title = "Nobody can do this right now"
    why = "Every company that could do it is busy, switched off, or does not serve this case."
    what_to_do = "Try again later, or choose another amount or asset."
    alternatives = ("Receive coins at your own address instead.",)
    retry_after_seconds = 300


class WebhookForged(DomainError):
    """The signature does not match, or its time is too far from ours."""

    code = "webhook_forged"
    status = 401
    title = "The signature does not match"
    why = "Its signature is not that of the company it names."
    what_to_do = "Check that the webhook's secret here is the one the company shows."
    severity: ClassVar = "high"
