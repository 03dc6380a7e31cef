from kit.errors import DomainError


class RateUnavailable(DomainError):
    """There is no fresh price for this pair."""

    code = "rate_unavailable"
    status = 404
    title = "There is no current price for this pair"
    why = "No price has been heard for it, or the last one is too old to be relied on."
    what_to_do = "Try again in a minute, or ask for another pair."
    alternatives = ("Look at the amount in its own asset.",)
    severity = "low"
    retry_after_seconds = 60


class FeesUnavailable(DomainError):
    """There are no fresh network fees."""

    code = "fees_unavailable"
    status = 404
    title = "The network's fees are not known right now"
    why = "None have been heard from its nodes lately."
    what_to_do = "Try again in a minute."
    alternatives = ("Ask for a preview: it asks the network anew.",)
    severity = "low"
    retry_after_seconds = 30
