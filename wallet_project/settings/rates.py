"""Prices and network fees: what is asked for, and what is believed."""

from wallet_project.settings import env

PRICE_PAIRS = env.listing(
    "PRICE_PAIRS",
    "BTC/USD,ETH/USD,POL/USD,BNB/USD,SOL/USD,USDC/USD,XLM/USD,SUI/USD,BTC/EUR,ETH/EUR,POL/EUR,BNB/EUR,SOL/EUR,USDC/EUR,XLM/EUR,SUI/EUR",
    "What is asked of the price sources, comma-separated.",
)
PRICE_REFRESH_SECONDS = env.integer(
    "PRICE_REFRESH_SECONDS",
    30,
    "Seconds between two rounds of asking; the free plans of CoinGecko and CoinMarketCap allow some 10,000 a month.",
)
PRICE_DEADLINE_SECONDS = env.integer(
    "PRICE_DEADLINE_SECONDS", 8, "A source that has not answered by then is left out of the round."
)
PRICE_MIN_SOURCES = env.integer("PRICE_MIN_SOURCES", 2, "Sources that must agree; with fewer there is no new price.")
PRICE_SOURCE_MAX_AGE_SECONDS = env.integer(
    "PRICE_SOURCE_MAX_AGE_SECONDS", 180, "A source whose own time is older is left out; less than PRICE_STALE_SECONDS."
)
PRICE_OUTLIER_PERCENT = env.integer(
    "PRICE_OUTLIER_PERCENT", 2, "A source further than this from the median of all is left out."
)
SEND_LIMIT_USD = env.integer(
    "SEND_LIMIT_USD",
    0,
    "What one person may send to networks in 24 hours, in US dollars at fresh prices; 0: no limit.",
    is_deployed=True,
)
PRICE_STALE_SECONDS = env.integer(
    "PRICE_STALE_SECONDS", 300, "Prices older than this are never calculated with, and shown only as old ones."
)
