"""Bitcoin amounts in JSON as Bitcoin Core writes them: numbers with eight decimals, never through a float."""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from devnet.bitcoin.errors import TYPE, RpcError

COIN = 10**8


@dataclass(frozen=True)
class Bitcoin:
    """An amount to be written as a JSON number such as 0.00001000."""

    satoshi: int

    def __str__(self) -> str:
        sign = "-" if self.satoshi < 0 else ""
        whole, rest = divmod(abs(self.satoshi), COIN)
        return f"{sign}{whole}.{rest:08d}"


def encode(value: object) -> str:
    """Return JSON."""
    if isinstance(value, Bitcoin):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(encode(item) for item in value) + "]"
    return json.dumps(value)


def parse_amount(value: object) -> int:
    """
    Return satoshi from a JSON number (read as Decimal) or text.

    :raises RpcError: -3 if it is not an exact amount above zero
    """
    try:
        satoshi = Decimal(str(value)) * COIN
    except InvalidOperation:
        raise RpcError(TYPE, "Amount is not a number or string") from None
    if satoshi != int(satoshi) or satoshi <= 0:
        raise RpcError(TYPE, "Invalid amount")
    return int(satoshi)
