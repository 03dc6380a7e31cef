"""
What a provider is: an outside company we rely on. One Protocol per kind, and the frozen values they speak in.

The Protocols are those of the transaction architecture's provider abstraction. An adapter knows one
vendor's dialect and nothing else; whoever calls it goes through `providers.services.call`, which measures,
logs, and knows when to leave a provider alone. Money crosses this line as Decimal in major units together
with its currency or asset: vendors do not share our minor units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What a provider does for us."""

    ON_RAMP = "on_ramp"
    OFF_RAMP = "off_ramp"
    DEX = "dex"
    DEFI = "defi"
    KYC = "kyc"
    CARD = "card"
    TOKENIZATION = "tokenization"
    PRICE = "price"
    NODE = "node"
    MESSAGE = "message"


@dataclass(frozen=True)
class Access:
    """
    Where and as whom to reach a provider. Never logged; `secrets` never leave the adapter.

    `secrets` by name, as the provider's settings have them (api_key, webhook_key, ...).
    """

    code: str
    base_url: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 10.0


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


UNREADABLE = "unreadable"
"""The type of a webhook that is rightly signed and says nothing we understand."""


@dataclass(frozen=True)
class WebhookNews:
    """What one webhook says: which operation to look at. It is a trigger; the state is always fetched."""

    event_id: str  # de-duplicates; made of type, id and version where the vendor gives none
    operation_id: str  # ours; empty where it concerns none
    type: str  # the vendor's name of the event, or UNREADABLE


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


@dataclass(frozen=True)
class SwapQuote:
    """What a swap would give; `route` is the adapter's own and goes back into `execute_swap` untouched."""

    sold: str
    sold_amount: Decimal
    bought: str
    bought_amount: Decimal
    least_bought_amount: Decimal  # after the slippage that was allowed
    expires_at: datetime
    route: str


@dataclass(frozen=True)
class SwapState:
    """How a swap or bridge stands: pending, completed or failed, with what it gave."""

    stage: RampStage
    txid: str = ""
    bought_amount: Decimal | None = None
    reason: str = ""


class DexProvider(Protocol):
    """Crypto for crypto (getQuote, executeSwap, checkSwapStatus, executeBridge)."""

    def __init__(self, access: Access) -> None: ...

    def get_quote(self, *, sold: str, bought: str, sold_amount: Decimal, slippage_bps: int) -> SwapQuote: ...

    def execute_swap(self, *, operation_id: str, quote: SwapQuote) -> SwapState: ...

    def check_swap_status(self, operation_id: str) -> SwapState: ...

    def execute_bridge(self, *, operation_id: str, quote: SwapQuote, to_network: str) -> SwapState: ...


@dataclass(frozen=True)
class StrategyState:
    """How a deployed position stands; figures in the asset that was put in."""

    stage: str  # opening, open, closing, closed, failed
    position_id: str = ""
    put_in: Decimal | None = None
    worth: Decimal | None = None
    locked_until: datetime | None = None
    reason: str = ""


class DefiProvider(Protocol):
    """Positions in DeFi protocols (deployStrategy, getStrategyStatus, withdrawFromStrategy)."""

    def __init__(self, access: Access) -> None: ...

    def deploy_strategy(self, *, operation_id: str, strategy: str, asset: str, amount: Decimal) -> StrategyState: ...

    def get_strategy_status(self, position_id: str) -> StrategyState: ...

    def withdraw_from_strategy(self, *, operation_id: str, position_id: str) -> StrategyState: ...


@dataclass(frozen=True)
class PriceSeen:
    """What one source says a unit of base costs in quote; `at` is when the source says it was so."""

    base: str
    quote: str
    price: Decimal
    at: datetime


class PriceProvider(Protocol):
    """What things cost: one question for many pairs, answered for those the source knows."""

    def __init__(self, access: Access) -> None: ...

    def prices(self, pairs: Sequence[tuple[str, str]]) -> Sequence[PriceSeen]: ...
