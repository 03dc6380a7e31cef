"""What can be done with rates: keep fees and prices, ask for new prices, sum the past up."""

from rates.services.asking import refresh
from rates.services.candles import build_candles, tidy
from rates.services.fees import NewFee, store_fees
from rates.services.prices import record_price, record_round

__all__ = ["NewFee", "build_candles", "record_price", "record_round", "refresh", "store_fees", "tidy"]
