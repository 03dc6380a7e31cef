"""What can be done with rates: keep fees and prices, ask for new prices, sum the past up."""

from rates.services.fees import NewFee, store_fees
from rates.services.prices import record_price, record_round

__all__ = ["NewFee", "record_price", "record_round", "store_fees"]
