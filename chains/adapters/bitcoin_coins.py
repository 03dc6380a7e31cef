"""Choosing which coins pay, and what is left over: arithmetic only."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from chains.base import Coin
from chains.errors import PaymentImpossible

INPUT_WEIGHT = 4 * 41 + 1 + 1 + 72 + 1 + 33
"""Weight of a P2WPKH input: outpoint, empty script, sequence; then the largest low-s signature and a key (BIP-141)."""

_OVERHEAD_WEIGHT = 4 * (4 + 4) + 2  # version and locktime; segwit marker and flag
_STANDARD_WEIGHT = 400_000  # Bitcoin Core relays nothing heavier
_MOST_MINOR = 21_000_000 * 10**8  # Bitcoin Core's MAX_MONEY
_DUST_RELAY_RATE = 3  # satoshi per virtual byte (Bitcoin Core's -dustrelayfee)


@dataclass(frozen=True)
class Choice:
    """What a payment is made of; `change_minor` 0 means no change output."""

    coins: tuple[Coin, ...]
    pay_minor: int
    change_minor: int
    fee_minor: int


@dataclass(frozen=True)
class Target:
    """What is to be paid, at a rate in satoshi per 1,000 vbytes; `subtract_fee`: the fee comes out of `minor`."""

    minor: int
    pay_script: bytes
    change_script: bytes | None
    rate: int
    subtract_fee: bool = False


def choose(*, coins: Sequence[Coin], target: Target) -> Choice:
    """
    Pick the fewest coins that pay the target and the fee, and of those sets one with little left over.

    A coin that costs more to spend than it carries is left alone, unless the fee is subtracted and the
    amount cannot be reached without it: then someone empties an address and asked for all of it.

    :raises PaymentImpossible: dust, too few coins, a fee above the amount, or too many coins needed
    """
    least = dust_limit(target.pay_script)
    if target.minor > _MOST_MINOR:
        raise PaymentImpossible("There are not so many bitcoins.", what_to_do="Choose a smaller amount.")
    if target.minor < least:
        raise PaymentImpossible(f"Bitcoin's network carries no payment below {least} satoshi.")
    usable = [coin for coin in coins if 4_000 * coin.minor > INPUT_WEIGHT * target.rate]
    if target.subtract_fee and sum(coin.minor for coin in usable) < target.minor:
        usable = list(coins)
    usable.sort(key=lambda coin: (coin.minor, coin.outpoint.txid, coin.outpoint.vout))
    most = accumulate(coin.minor for coin in reversed(usable))
    for count, most_minor in enumerate(most, start=1):
        needed = target.minor
        if not target.subtract_fee:
            needed += fee_for(inputs=count, scripts=[target.pay_script], rate=target.rate)
        if most_minor >= needed:
            return _finish(_least_window(usable, count, needed), target)
    raise PaymentImpossible(
        "There are too few coins for this amount and its fee.", what_to_do="Choose a smaller amount."
    )


def fee_for(*, inputs: int, scripts: Sequence[bytes], rate: int) -> int:
    """
    Return the fee in satoshi, rounded up, of a transaction with P2WPKH inputs and these output scripts.

    :raises PaymentImpossible: if it would be too heavy to be relayed
    """
    outputs = sum(8 + _compact(len(script)) + len(script) for script in scripts)
    weight = _OVERHEAD_WEIGHT + 4 * (_compact(inputs) + _compact(len(scripts)) + outputs) + inputs * INPUT_WEIGHT
    if weight > _STANDARD_WEIGHT:
        raise PaymentImpossible(
            "This amount lies in too many small coins to be sent at once.", what_to_do="Choose a smaller amount."
        )
    vbytes = -(-weight // 4)
    return -(-vbytes * rate // 1_000)


def dust_limit(script: bytes) -> int:
    """Return the least satoshi an output must hold to be relayed (Bitcoin Core, GetDustThreshold)."""
    is_witness = 4 <= len(script) <= 42 and script[0] in {0, *range(0x51, 0x61)} and script[1] == len(script) - 2
    spending = 67 if is_witness else 148
    return (_output_bytes(script) + spending) * _DUST_RELAY_RATE


def _least_window(ascending: Sequence[Coin], count: int, needed: int) -> tuple[Coin, ...]:
    """Return the first run of `count` neighbours, smallest first, that holds at least `needed`."""
    total = sum(coin.minor for coin in ascending[:count])
    start = 0
    while total < needed:
        total += ascending[start + count].minor - ascending[start].minor
        start += 1
    return tuple(ascending[start : start + count])


def _finish(coins: tuple[Coin, ...], target: Target) -> Choice:
    total = sum(coin.minor for coin in coins)
    change, fee = 0, fee_for(inputs=len(coins), scripts=[target.pay_script], rate=target.rate)
    needed = target.minor + (0 if target.subtract_fee else fee)
    if target.change_script is None:
        # Without a place for the rest, only a rest too small for an output may go to the fee.
        assert total - needed < dust_limit(target.pay_script), "coins are left over and no change address was given"
    else:
        scripts = [target.pay_script, target.change_script]
        fee_with_change = fee_for(inputs=len(coins), scripts=scripts, rate=target.rate)
        left = total - target.minor - (0 if target.subtract_fee else fee_with_change)
        if left >= dust_limit(target.change_script):
            change, fee = left, fee_with_change
    pay = target.minor - fee if target.subtract_fee else target.minor
    if pay < dust_limit(target.pay_script):
        raise PaymentImpossible("The fee would leave less than the network carries.")
    return Choice(coins, pay, change, total - pay - change)


def _output_bytes(script: bytes) -> int:
    return 8 + _compact(len(script)) + len(script)


def _compact(count: int) -> int:
    """Return the bytes of a count in Bitcoin's serialization."""
    return 1 if count < 0xFD else 3
