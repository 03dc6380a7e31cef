"""Unsigned payments out of our own keys, as a caller of custody would build them."""

from chains.queries import get_adapter
from chains.values import Coin, FeeRate, Outpoint, Payment, Priority, Unsigned
from custody.base import Intent, Purpose
from custody.queries import hot_address
from custody.services import allocate_key
from tests.factories.custody import NOW

BTC_STRANGER = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
ETH_STRANGER = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"
TOKEN = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
GWEI = 10**9


def ethereum_payment(
    *, nonce: int = 0, minor: int = 10**18, to: str = ETH_STRANGER, contract: str = "", sender: str = ""
) -> tuple[Unsigned, Intent]:
    """Return a payment from the hot wallet and the intent that fits it."""
    unsigned = get_adapter("ethereum").build(
        Payment(
            to=to,
            minor=minor,
            contract=contract,
            rate=FeeRate("ethereum", Priority.NORMAL, rate=20 * GWEI, tip=GWEI, seconds=12),
            sender=sender or hot_address(network="ethereum"),
            nonce=nonce,
        )
    )
    return unsigned, _intent(unsigned, to=to, minor=minor, contract=contract)


def bitcoin_payment(
    *, minor: int = 60_000, coin_minors: tuple[int, ...] = (50_000, 40_000), coin_txid: str = "aa" * 32
) -> tuple[Unsigned, Intent]:
    """Return a payment out of new deposit addresses with change, and the intent that fits it."""
    change = allocate_key(network="bitcoin", purpose=Purpose.CHANGE, now=NOW).address
    coins = tuple(
        Coin(
            Outpoint(coin_txid, vout),
            coin_minor,
            allocate_key(network="bitcoin", purpose=Purpose.DEPOSIT, now=NOW).address,
        )
        for vout, coin_minor in enumerate(coin_minors)
    )
    unsigned = get_adapter("bitcoin").build(
        Payment(
            to=BTC_STRANGER,
            minor=minor,
            contract="",
            rate=FeeRate("bitcoin", Priority.NORMAL, rate=2_000, tip=0, seconds=600),
            coins=coins,
            change_address=change,
        )
    )
    return unsigned, _intent(unsigned, to=BTC_STRANGER, minor=minor, contract="", change_addresses=(change,))


def _intent(
    unsigned: Unsigned, *, to: str, minor: int, contract: str, change_addresses: tuple[str, ...] = ()
) -> Intent:
    return Intent(
        network=unsigned.network,
        to=to,
        minor=minor,
        contract=contract,
        max_fee_minor=unsigned.max_fee_minor,
        change_addresses=change_addresses,
        subject="txn_test",
    )
