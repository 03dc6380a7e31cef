"""Card data and device wallets turned into tokens, by companies that are allowed to see them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from providers.base.common import Access


class TokenSource(StrEnum):
    """What a token is made of. A card's own number never is: it goes from its owner's browser to the provider."""

    HOSTED_CARD = "hosted_card"  # what the provider's own input field gave
    APPLE_PAY = "apple_pay"
    GOOGLE_PAY = "google_pay"


@dataclass(frozen=True)
class TokenOrder:
    """One token to be made; `operation_id` is ours, and the provider's idempotency key."""

    operation_id: str
    source: TokenSource
    payload: str = field(repr=False)  # as it came from the browser; encrypted for the provider
    person: str = ""
    expires_at: datetime | None = None  # None: as long as the card


class TokenStage(StrEnum):
    ABSENT = "absent"
    ACTIVE = "active"
    EXPIRED = "expired"
    DELETED = "deleted"


@dataclass(frozen=True)
class TokenState:
    stage: TokenStage
    token_id: str = ""  # the provider's own id: what may be kept
    brand: str = ""
    last_four: str = ""
    card_expires: str = ""  # YYYY-MM
    fingerprint: str = field(default="", repr=False)  # the same for the same card
    expires_at: datetime | None = None


@dataclass(frozen=True)
class WalletSession:
    """What a device wallet wants from a merchant before it shows its sheet; it is used once."""

    document: str = field(repr=False)  # opaque, as the wallet's maker gave it
    expires_at: datetime  # Apple's: five minutes after it was made


class TokenizationProvider(Protocol):
    """
    Tokens of cards and device wallets: made, looked at, deleted (Basis Theory, Stripe).

    Every method raises ProviderUnavailable (no usable answer; `has_left` tells whether it may have been
    acted upon) or ProviderRefused (the provider understood and said no).
    """

    def __init__(self, access: Access) -> None: ...

    def create_token(self, order: TokenOrder) -> TokenState: ...

    def get_token(self, token_id: str) -> TokenState: ...

    def delete_token(self, token_id: str) -> TokenState: ...

    def open_wallet_session(self, *, source: TokenSource, validation_url: str, domain: str) -> WalletSession:
        """Have the merchant validated; `validation_url` comes from a browser and must be the wallet maker's own."""
        ...
