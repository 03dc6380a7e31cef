"""Which adapter speaks to which company: one line each, imported when it is first asked for."""

from typing import Any

from kit.registry import Registry
from providers.base import Kind

ADAPTERS: dict[Kind, Registry[Any]] = {
    Kind.ON_RAMP: Registry(
        "on-ramp provider",
        {
            "moonpay": "providers.adapters.moonpay.MoonPay",
            "transak": "providers.adapters.transak.Transak",
        },
    ),
    Kind.OFF_RAMP: Registry("off-ramp provider", {}),
    Kind.DEX: Registry("DEX provider", {}),
    Kind.DEFI: Registry("DeFi provider", {}),
    Kind.KYC: Registry("KYC provider", {}),
    Kind.CARD: Registry("card provider", {}),
    Kind.TOKENIZATION: Registry("tokenization provider", {}),
    Kind.PRICE: Registry(
        "price provider",
        {
            "coingecko": "providers.adapters.coingecko.CoinGecko",
            "coinmarketcap": "providers.adapters.coinmarketcap.CoinMarketCap",
            "binance": "providers.adapters.ccxt_exchanges.Binance",
            "coinbase": "providers.adapters.ccxt_exchanges.Coinbase",
        },
    ),
    Kind.NODE: Registry("node provider", {}),
    Kind.MESSAGE: Registry("message provider", {"twilio": "providers.adapters.twilio.Twilio"}),
}
