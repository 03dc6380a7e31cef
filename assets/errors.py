from kit.errors import DomainError


class UnknownAsset(DomainError):
    """No such asset is known here."""

    code = "unknown_asset"
    status = 404
    title = "This asset is not known here"
    why = "Only the assets listed under GET /api/v1/assets can be held."
    what_to_do = "Choose one of the listed assets."


class UnknownNetwork(DomainError):
    """No such network is known here."""

    code = "unknown_network"
    status = 404
    title = "This network is not known here"
    why = "Only the networks listed under GET /api/v1/networks are supported."
    what_to_do = "Choose one of the listed networks."
