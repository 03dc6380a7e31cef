from kit.errors import DomainError


class TooManyWallets(DomainError):
    """This person already has as many wallets on the network as one may have."""

    code = "too_many_wallets"
    status = 409
    title = "You have enough wallets on this network"
    why = "One person may have at most ten wallets on a network."
    what_to_do = "Use one of the wallets you have."
    alternatives = ("Use one of your wallets; each can have a name.",)


class PayeeExists(DomainError):
    """This address is saved already."""

    code = "payee_exists"
    status = 409
    title = "You have saved this address already"
    why = "You have saved this address before."
    what_to_do = "Use the saved one."
    alternatives = ("Use the one you have saved.",)


class NetworkNotAvailable(DomainError):
    """The network is known, but this house has no node of it to ask."""

    code = "network_not_available"
    status = 422
    title = "This network is not available here"
    why = "No node of it is connected, so nothing sent to a wallet on it would be seen."
    what_to_do = "Choose a network that GET /api/v1/networks lists as available."
    alternatives = ("Open a wallet on another network.",)


class ReservationKeyReused(DomainError):
    """The key has already been used for another reservation; nothing was written."""

    code = "reservation_key_reused"
    status = 409
    title = "This was already reserved with other content"
    why = "The same reference was used before to set other money aside."
    what_to_do = "Use a new reference for a new reservation."
    severity = "high"


class ReservationOver(DomainError):
    """It was settled, released or has expired; there is nothing left to do something with."""

    code = "reservation_over"
    status = 409
    title = "This money is no longer set aside"
    why = "It was used, given back, or the time it was set aside for has passed."
    what_to_do = "Look at your balance and start again."
