"""On-ramps and off-ramps: money for coins, and coins for money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from providers.base.common import Access, WebhookNews


@dataclass(frozen=True)
class RampRequest:
    """Fiat for crypto as a person asks for it."""

    fiat: str  # ISO 4217, e.g. "USD"
    fiat_amount: Decimal  # what the person pays in all, fees included
    asset: str  # our asset code, e.g. "ETH"
    network: str  # our network code
    country: str = ""  # ISO 3166-1 alpha-2 of the person; empty: not known


@dataclass(frozen=True)
class RampQuote:
    """What would be delivered for it, all fees taken off."""

    crypto_amount: Decimal
    fee: Decimal  # all the provider's and network fees together, in the fiat currency
    expires_at: datetime
    seconds: int  # usual time from payment to delivery


@dataclass(frozen=True)
class RampOrder:
    """One purchase to be opened; `operation_id` is ours, and the provider's idempotency key."""

    operation_id: str
    request: RampRequest
    address: str  # where the crypto goes
    person: str  # our id of the customer
    email: str = field(repr=False)
    return_url: str = ""


class RampStage(StrEnum):
    """How far a purchase or sale is, in our words."""

    ABSENT = "absent"  # the provider does not know this operation
    AWAITING_PAYMENT = "awaiting_payment"
    PAYMENT_PENDING = "payment_pending"
    PAID = "paid"
    DELIVERING = "delivering"
    COMPLETED = "completed"
    FAILED = "failed"  # nothing will be delivered; whether fiat was taken says `is_refund_due`
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"  # fiat was taken and has been given back

    @property
    def is_over(self) -> bool:
        return self in OVER


OVER = frozenset({RampStage.COMPLETED, RampStage.FAILED, RampStage.CANCELLED, RampStage.EXPIRED, RampStage.REFUNDED})


@dataclass(frozen=True)
class RampState:
    """How a purchase stands at the provider, as last read there."""

    stage: RampStage
    order_id: str = ""  # the provider's own id
    pay_url: str = field(default="", repr=False)  # where the person pays; it may carry a signature
    crypto_amount: Decimal | None = None
    crypto_txid: str = ""
    fee: Decimal | None = None  # in the fiat currency
    is_refund_due: bool = False  # fiat was taken, nothing is delivered, and it has not been given back yet
    reason: str = ""  # why it failed, in the provider's words
    version: str = ""  # the provider's updatedAt or the like: an older one never replaces a newer one


class OnRampProvider(Protocol):
    """
    Fiat in, crypto out (initiateFiatToCrypto, checkPaymentStatus, cancelPayment).

    Every method raises ProviderUnavailable (no usable answer; `has_left` tells whether it may have been
    acted upon) or ProviderRefused (the provider understood and said no).
    """

    def __init__(self, access: Access) -> None: ...

    def quote(self, request: RampRequest) -> RampQuote: ...

    def initiate_fiat_to_crypto(self, order: RampOrder) -> RampState:
        """Open the purchase, or return it as it is if this operation has one already."""
        ...

    def check_payment_status(self, operation_id: str) -> RampState: ...

    def cancel_payment(self, operation_id: str) -> RampState:
        """Cancel where the vendor can; return how it stands afterwards, which may still be anything."""
        ...

    def read_webhook(self, *, headers: Mapping[str, str], raw: bytes, now: datetime) -> Sequence[WebhookNews]:
        """
        Check the signature over the raw bytes and return what it is about.

        :raises WebhookForged: if the signature is wrong or too old
        """
        ...


@dataclass(frozen=True)
class SaleOrder:
    """One sale of crypto for fiat; `operation_id` is ours, and the provider's idempotency key."""

    operation_id: str
    asset: str
    network: str
    crypto_amount: Decimal
    fiat: str
    payout_method: str
    person: str
    email: str = field(repr=False)


@dataclass(frozen=True)
class SaleState:
    """How a sale stands; `deposit_address` (and memo) is where the crypto must be sent before `expires_at`."""

    stage: RampStage
    order_id: str = ""
    deposit_address: str = ""
    deposit_memo: str = ""
    expires_at: datetime | None = None
    fiat_amount: Decimal | None = None
    reason: str = ""
    version: str = ""


class OffRampProvider(Protocol):
    """Crypto in, fiat out (initiateCryptoToFiat, checkWithdrawalStatus, cancelWithdrawal)."""

    def __init__(self, access: Access) -> None: ...

    def initiate_crypto_to_fiat(self, order: SaleOrder) -> SaleState: ...

    def check_withdrawal_status(self, operation_id: str) -> SaleState: ...

    def cancel_withdrawal(self, operation_id: str) -> SaleState: ...
