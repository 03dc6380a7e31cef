"""
What a provider is: an outside company we rely on. One Protocol per kind, and the frozen values they speak in.

The Protocols are those of the transaction architecture's provider abstraction, and of the products that name
companies of their own. An adapter knows one vendor's dialect and nothing else; whoever calls it goes through
`providers.services.call`, which measures, logs, and knows when to leave a provider alone. Money crosses this line
as Decimal in major units together with its currency or asset: vendors do not share our minor units.
"""

from collections.abc import Mapping
from typing import Any

from providers.base.cards import CardLimit, CardMovement, CardOrder, CardProvider, CardStage, CardState
from providers.base.common import UNREADABLE, Access, Kind, WebhookNews
from providers.base.kyc import KycApplication, KycDocument, KycProvider, KycSession, KycStage, KycState
from providers.base.markets import (
    DefiProvider,
    DexProvider,
    PriceProvider,
    PriceSeen,
    StrategyState,
    SwapQuote,
    SwapState,
)
from providers.base.messages import BAD_NUMBER, Message, MessageProvider, MessageStage, MessageState
from providers.base.nodes import NodeAddress, NodeHeight, NodeProvider
from providers.base.ramps import (
    OVER,
    OffRampProvider,
    OnRampProvider,
    RampOrder,
    RampQuote,
    RampRequest,
    RampStage,
    RampState,
    SaleOrder,
    SaleState,
)
from providers.base.tokenization import (
    TokenizationProvider,
    TokenOrder,
    TokenSource,
    TokenStage,
    TokenState,
    WalletSession,
)

PROTOCOLS: Mapping[Kind, Any] = {
    Kind.ON_RAMP: OnRampProvider,
    Kind.OFF_RAMP: OffRampProvider,
    Kind.DEX: DexProvider,
    Kind.DEFI: DefiProvider,
    Kind.KYC: KycProvider,
    Kind.CARD: CardProvider,
    Kind.TOKENIZATION: TokenizationProvider,
    Kind.PRICE: PriceProvider,
    Kind.NODE: NodeProvider,
    Kind.MESSAGE: MessageProvider,
}
"""What an adapter of each kind can do."""

__all__ = [
    "BAD_NUMBER",
    "OVER",
    "PROTOCOLS",
    "UNREADABLE",
    "Access",
    "CardLimit",
    "CardMovement",
    "CardOrder",
    "CardProvider",
    "CardStage",
    "CardState",
    "DefiProvider",
    "DexProvider",
    "Kind",
    "KycApplication",
    "KycDocument",
    "KycProvider",
    "KycSession",
    "KycStage",
    "KycState",
    "Message",
    "MessageProvider",
    "MessageStage",
    "MessageState",
    "NodeAddress",
    "NodeHeight",
    "NodeProvider",
    "OffRampProvider",
    "OnRampProvider",
    "PriceProvider",
    "PriceSeen",
    "RampOrder",
    "RampQuote",
    "RampRequest",
    "RampStage",
    "RampState",
    "SaleOrder",
    "SaleState",
    "StrategyState",
    "SwapQuote",
    "SwapState",
    "TokenOrder",
    "TokenSource",
    "TokenStage",
    "TokenState",
    "TokenizationProvider",
    "WalletSession",
    "WebhookNews",
]
