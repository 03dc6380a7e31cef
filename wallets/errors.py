from kit.errors import DomainError


class TooManyWallets(DomainError):
    """This person already has as many wallets on the network as one may have."""

    code = "too_many_wallets"
    status = 409
    title = "You have enough wallets on this network"
    why = "One person may have at most ten wallets on a network."
    what_to_do = "Use one of the wallets you have."


class PayeeExists(DomainError):
    """This address is saved already."""

    code = "payee_exists"
    status = 409
    title = "You have saved this address already"
    what_to_do = "Use the saved one."


class NetworkNotAvailable(DomainError):
    """The network is known, but this house has no node of it to ask."""

    code = "network_not_available"
    status = 422
    title = "This network is not available here"
    why = "No node of it is connected, so nothing sent to a wallet on it would be seen."
    what_to_do = "Choose a network that GET /api/v1/networks lists as available."
