"""Where coins are exchanged, put to work, and priced: DEX, DeFi and price sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from providers.base.common import Access
from providers.base.ramps import RampStage


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
