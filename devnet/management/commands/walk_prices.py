"""Prices that move: a random walk from a seed, written as a price source would."""

import random
import signal
import threading
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError
from django.utils import timezone

from rates.services import record_price

START = {("BTC", "USD"): Decimal("96500"), ("ETH", "USD"): Decimal("3420"), ("EUR", "USD"): Decimal("1.085")}
CENT = Decimal("0.0001")
LARGEST_STEP = 0.0015
BAND = Decimal("0.2")
SOURCE = "devnet"


class Command(BaseCommand):
    help = "Write a price per pair every few seconds until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=5)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        generator = random.Random(options["seed"])  # noqa: S311 - prices, not keys
        prices = dict(START)
        while not stopping.is_set():
            try:
                _write(prices)
            except OperationalError as error:
                self.stderr.write(f"not written: {error}")
            stopping.wait(options["seconds"])
            prices = {pair: step(price, START[pair], generator) for pair, price in prices.items()}


def step(price: Decimal, start: Decimal, generator: random.Random) -> Decimal:
    """Return the next price: at most 0.15 % away, and never more than a fifth from where it began."""
    change = Decimal(str(round(generator.uniform(-LARGEST_STEP, LARGEST_STEP), 6)))
    moved = (price * (1 + change)).quantize(CENT, rounding=ROUND_HALF_EVEN)
    return min(max(moved, start * (1 - BAND)), start * (1 + BAND))


def _write(prices: dict[tuple[str, str], Decimal]) -> None:
    now = timezone.now()
    for (base, quote), price in prices.items():
        record_price(base=base, quote=quote, price=price, source=SOURCE, now=now)
