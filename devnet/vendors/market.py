"""At what the sandboxes sell: prices in dollars, as the devnet's own walk begins with them."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

START = {"BTC": Decimal(96_500), "ETH": Decimal(3_420), "EUR": Decimal("1.085"), "USD": Decimal(1)}
CENT = Decimal("0.01")
CRYPTO_STEP = Decimal("0.00000001")


class Market:
    """Prices that a test may set."""

    def __init__(self) -> None:
        self.dollars = dict(START)

    def price(self, asset: str, fiat: str) -> Decimal:
        """
        Return what a unit of the asset costs in the fiat currency.

        :raises KeyError: if there is no price of one of them
        """
        return self.dollars[asset] / self.dollars[fiat]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def coins(amount: Decimal) -> Decimal:
    """Return an amount of coins in the vendors' precision, rounded in their favour."""
    return amount.quantize(CRYPTO_STEP, rounding=ROUND_DOWN)
