"""The market that the sandbox of price sources shows: one price per coin that walks, and how each source tells it."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

START = {
    "BTC": Decimal("96500"),
    "ETH": Decimal("3420"),
    "POL": Decimal("0.48"),
    "BNB": Decimal("905"),
    "SOL": Decimal("192"),
    "USDC": Decimal("1"),
    "XLM": Decimal("0.31"),
    "SUI": Decimal("3.4"),
}
"""US dollars."""

DOLLARS = {"USD": Decimal(1), "EUR": Decimal("1.085")}
"""What a unit of each currency costs in US dollars; currencies do not move here."""

SOURCES = {
    "coingecko": Decimal(1),
    "coinmarketcap": Decimal("1.0002"),
    "binance": Decimal("0.9996"),
    "coinbase": Decimal("1.0003"),
}
"""How each of them leans while the market walks: no two places ever agree to the cent."""

CENT = Decimal("0.0001")
LARGEST_STEP = 0.0015
BAND = Decimal("0.2")
MOST_STEPS = 1_000
"""After a long pause the walk goes on from where so many steps led."""


@dataclass(frozen=True)
class Tick:
    """A price and the time at which the source says it was so."""

    price: Decimal
    at: datetime


@dataclass(frozen=True)
class Manner:
    """How one source tells the market: the truth, times `factor`, `age_seconds` old, or broken in a certain way."""

    factor: Decimal = Decimal(1)
    age_seconds: int = 0
    is_frozen: bool = False  # it goes on telling what it told when it froze
    fault: str = ""  # down, forbidden, rate_limited, error_inside, malformed, slow, dropped; empty: well
    delay_seconds: float = 0
    ticks: dict[tuple[str, str], Tick] = field(default_factory=dict)  # what a frozen one tells


class Market:
    """May be used by threads. With `step_seconds` of 0 prices move only when they are set."""

    def __init__(
        self, *, seed: int = 1, step_seconds: float = 2, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._seed, self._step_seconds, self._clock = seed, step_seconds, clock
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Begin anew: starting prices, and every source tells the truth, or nearly so while the market walks."""
        with self._lock:
            self._generator = random.Random(self._seed)  # noqa: S311 - prices, not keys
            self._prices = dict(START)
            self._anchors = dict(START)
            self._moved_at = self._clock()
            leans = SOURCES if self._step_seconds else dict.fromkeys(SOURCES, Decimal(1))
            self._manners = {source: Manner(factor=lean) for source, lean in leans.items()}

    def manner(self, source: str) -> Manner:
        return self._manners[source]

    def set_price(self, coin: str, price: Decimal) -> None:
        """Let the coin cost so many US dollars from now on; the walk goes on around it."""
        with self._lock:
            self._prices[coin] = self._anchors[coin] = price

    def set_manner(self, source: str, **changes: object) -> None:
        """Let a source behave in another way; what is not named stays."""
        with self._lock:
            self._walk()
            manner = replace(self._manners[source], **changes)  # type: ignore[arg-type]
            if manner.is_frozen and not manner.ticks:
                told = {(coin, currency): self._tell(manner, coin, currency) for coin in START for currency in DOLLARS}
                manner = replace(manner, ticks=told)
            self._manners[source] = manner if manner.is_frozen else replace(manner, ticks={})

    def tick(self, source: str, coin: str, currency: str) -> Tick:
        """Return what this source says the coin costs."""
        with self._lock:
            self._walk()
            manner = self._manners[source]
            return manner.ticks.get((coin, currency)) or self._tell(manner, coin, currency)

    def _tell(self, manner: Manner, coin: str, currency: str) -> Tick:
        price = (self._prices[coin] / DOLLARS[currency] * manner.factor).quantize(CENT, rounding=ROUND_HALF_EVEN)
        return Tick(price, self._clock() - timedelta(seconds=manner.age_seconds))

    def _walk(self) -> None:
        if not self._step_seconds:
            return
        now = self._clock()
        steps = int((now - self._moved_at).total_seconds() / self._step_seconds)
        if steps <= 0:
            return
        self._moved_at += timedelta(seconds=steps * self._step_seconds)
        for _ in range(min(steps, MOST_STEPS)):
            for coin, price in self._prices.items():
                self._prices[coin] = step(price, self._anchors[coin], self._generator)


def step(price: Decimal, anchor: Decimal, generator: random.Random) -> Decimal:
    """Return the next price: at most 0.15 % away, and never more than a fifth from its anchor."""
    change = Decimal(str(round(generator.uniform(-LARGEST_STEP, LARGEST_STEP), 6)))
    moved = (price * (1 + change)).quantize(CENT, rounding=ROUND_HALF_EVEN)
    return min(max(moved, anchor * (1 - BAND)), anchor * (1 + BAND))
