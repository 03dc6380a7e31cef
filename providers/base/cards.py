"""Cards: companies that issue them. No card number crosses this line in either direction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from providers.base.common import Access, WebhookNews


@dataclass(frozen=True)
class CardOrder:
    """One card to be made; `operation_id` is ours, and the provider's idempotency key."""

    operation_id: str
    person: str
    product: str  # our name of what kind of card it is
    name_on_card: str = field(default="", repr=False)
    address: Mapping[str, str] = field(default_factory=dict, repr=False)  # where a physical one is sent


class CardStage(StrEnum):
    """What can be done with a card."""

    ABSENT = "absent"
    INACTIVE = "inactive"  # made, perhaps on its way, not yet activated
    ACTIVE = "active"
    FROZEN = "frozen"
    ENDED = "ended"  # for good


@dataclass(frozen=True)
class CardState:
    stage: CardStage
    card_id: str = ""  # the provider's own id
    is_physical: bool = False
    last_four: str = ""
    expires: str = ""  # YYYY-MM
    shipping: str = ""  # of a physical one: ordered, shipped, delivered or rejected
    reason: str = ""


@dataclass(frozen=True)
class CardLimit:
    """The most that may be spent in a window; amounts in major units of the currency."""

    window: str  # transaction, day, week, month or lifetime
    amount: Decimal
    currency: str  # ISO 4217


@dataclass(frozen=True)
class CardMovement:
    """
    One thing that happened to money on a card, as the provider has it; its amounts are in major units.

    A clearing may be of less or more than what was authorized, and may come without any authorization.
    """

    movement_id: str
    card_id: str
    type: str  # authorization, increment, reversal, expiry, clearing, refund, chargeback or chargeback_reversal
    stage: str  # pending, cleared or declined
    amount: Decimal
    currency: str
    at: datetime
    preceding_id: str = ""  # of the movement that this one changes or ends
    merchant: str = ""
    merchant_category: str = ""  # ISO 18245
    reason: str = ""  # of a decline


class CardProvider(Protocol):
    """
    Virtual and physical cards: made, activated, frozen, limited, with a PIN (Marqeta, Galileo).

    Every method raises ProviderUnavailable (no usable answer; `has_left` tells whether it may have been
    acted upon) or ProviderRefused (the provider understood and said no).
    """

    def __init__(self, access: Access) -> None: ...

    def create_virtual_card(self, order: CardOrder) -> CardState: ...

    def order_physical_card(self, order: CardOrder) -> CardState: ...

    def check_card(self, operation_id: str) -> CardState: ...

    def activate_card(self, *, operation_id: str, card_id: str) -> CardState: ...

    def freeze_card(self, *, operation_id: str, card_id: str, is_frozen: bool) -> CardState:
        """Freeze it, or let it go on."""
        ...

    def end_card(self, *, operation_id: str, card_id: str, reason: str) -> CardState: ...

    def set_limits(self, *, operation_id: str, card_id: str, limits: Sequence[CardLimit]) -> None: ...

    def open_pin_session(self, card_id: str) -> str:
        """Return the single-use token with which the person's own device sets or sees the PIN: we never do."""
        ...

    def card_movements(self, card_id: str, *, after: str) -> Sequence[CardMovement]:
        """Return what came after the movement with this id (empty: all), the oldest first; at most 100."""
        ...

    def read_webhook(self, *, headers: Mapping[str, str], raw: bytes, now: datetime) -> Sequence[WebhookNews]:
        """
        Check whoever sent it; the operation it names is the card or the movement.

        :raises WebhookForged: if it cannot be theirs
        """
        ...
