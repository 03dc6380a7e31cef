"""
Choosing which coins pay, and what is left over: arithmetic only.

Three ways are tried: an exact match that leaves no change, a random draw, and the fewest coins. What wastes least is
taken, as Bitcoin Core reckons waste: what the inputs cost now above what they would cost some day, and what the change
costs, or is given away in place of change. People pay the fee here, so it differs in two things: nothing is gathered
at their expense for later (the day's rate is never above today's), and the fewest coins set how many there may be.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from chains.adapters import bitcoin_selection
from chains.errors import PaymentImpossible
from chains.values import Coin

INPUT_WEIGHT = 4 * 41 + 1 + 1 + 72 + 1 + 33
"""Weight of a P2WPKH input: outpoint, empty script, sequence; then the largest low-s signature and a key (BIP-141)."""

SPARE_INPUTS = 2
"""A match without change, or a draw, may take so many more coins than are needed."""

LONG_TERM_RATE = 10_000
"""What a coin can be spent for some day, in satoshi per 1,000 vbytes (Bitcoin Core's -consolidatefeerate)."""

CHANGE_WANTED = 50_000
"""Satoshi that a draw leaves as change, give or take a tenth: it is good for another payment (Core's CHANGE_LOWER)."""

_INPUT_VBYTES = INPUT_WEIGHT // 4
_OVERHEAD_WEIGHT = 4 * (4 + 4) + 2  # version and locktime; segwit marker and flag
_STANDARD_WEIGHT = 400_000  # Bitcoin Core relays nothing heavier
_MOST_MINOR = 21_000_000 * 10**8  # Bitcoin Core's MAX_MONEY
_DUST_RELAY_RATE = 3  # satoshi per virtual byte (Bitcoin Core's -dustrelayfee)


@dataclass(frozen=True)
class Payee:
    minor: int
    script: bytes


@dataclass(frozen=True)
class Choice:
    """What a payment is made of, `pays` in the order of the payees; `change_minor` 0 means no change output."""

    coins: tuple[Coin, ...]
    pays: tuple[int, ...]
    change_minor: int
    fee_minor: int


@dataclass(frozen=True)
class Target:
    """
    What is to be paid, at a rate in satoshi per 1,000 vbytes.

    `subtract_fee`: the fee comes out of the one payee's amount. `max_fee_minor`: where it can be had for that, it is
    (0: no matter). `seed`: decides what is drawn.
    """

    payees: tuple[Payee, ...]
    change_script: bytes | None
    rate: int
    subtract_fee: bool = False
    max_fee_minor: int = 0
    seed: bytes = b""

    @property
    def minor(self) -> int:
        return sum(payee.minor for payee in self.payees)

    @property
    def scripts(self) -> list[bytes]:
        return [payee.script for payee in self.payees]

    @property
    def later_rate(self) -> int:
        return min(self.rate, LONG_TERM_RATE)

    @property
    def change_cost(self) -> int:
        """Thousandths of a satoshi that change costs: its output now, its input some day."""
        assert self.change_script is not None
        return _output_bytes(self.change_script) * self.rate + _INPUT_VBYTES * self.later_rate


def choose(*, coins: Sequence[Coin], target: Target) -> Choice:
    """
    Pick coins that pay the target and the fee, with the least waste.

    A coin that costs more to spend than it carries is left alone, unless the fee is subtracted and the
    amount cannot be reached without it: then someone empties an address and asked for all of it.

    :raises PaymentImpossible: dust, too few coins, a fee above the amount, or too many coins needed
    """
    _check(target)
    usable = [coin for coin in coins if 1_000 * coin.minor > _INPUT_VBYTES * target.rate]
    if target.subtract_fee and sum(coin.minor for coin in usable) < target.minor:
        usable = list(coins)
    usable.sort(key=lambda coin: (coin.minor, coin.outpoint.txid, coin.outpoint.vout))
    fewest = _finish(_fewest(usable, target), target)
    if target.subtract_fee or target.change_script is None:
        return fewest
    found = [_finish(each, target) for each in _others(usable[::-1], target, most=_most(len(fewest.coins), target))]
    affordable = [each for each in found if not target.max_fee_minor or each.fee_minor <= target.max_fee_minor]
    return min([*affordable, fewest], key=lambda choice: (_waste(choice, target), choice.fee_minor))


def fee_for(*, inputs: int, scripts: Sequence[bytes], rate: int) -> int:
    """
    Return the fee in satoshi, rounded up, of a transaction with P2WPKH inputs and these output scripts.

    :raises PaymentImpossible: if it would be too heavy to be relayed
    """
    return -(-vbytes(inputs=inputs, scripts=scripts) * rate // 1_000)


def vbytes(*, inputs: int, scripts: Sequence[bytes]) -> int:
    """
    Return the virtual size, rounded up, of a transaction with P2WPKH inputs and these output scripts.

    :raises PaymentImpossible: if it would be too heavy to be relayed
    """
    weight = _weight(inputs, scripts)
    if weight > _STANDARD_WEIGHT:
        raise PaymentImpossible(
            "This amount lies in too many small coins to be sent at once.", what_to_do="Choose a smaller amount."
        )
    return -(-weight // 4)


def dust_limit(script: bytes) -> int:
    """Return the least satoshi an output must hold to be relayed (Bitcoin Core, GetDustThreshold)."""
    is_witness = 4 <= len(script) <= 42 and script[0] in {0, *range(0x51, 0x61)} and script[1] == len(script) - 2
    spending = 67 if is_witness else 148
    return (_output_bytes(script) + spending) * _DUST_RELAY_RATE


def _check(target: Target) -> None:
    assert len(target.payees) == 1 or not target.subtract_fee, "one alone can pay the fee"
    if target.minor > _MOST_MINOR:
        raise PaymentImpossible("There are not so many bitcoins.", what_to_do="Choose a smaller amount.")
    for payee in target.payees:
        least = dust_limit(payee.script)
        if payee.minor < least:
            raise PaymentImpossible(f"Bitcoin's network carries no payment below {least} satoshi.")


def _fewest(ascending: Sequence[Coin], target: Target) -> tuple[Coin, ...]:
    """Return as few coins as possible, and of those sets one with little left over."""
    most = accumulate(coin.minor for coin in reversed(ascending))
    for count, most_minor in enumerate(most, start=1):
        needed = target.minor
        if not target.subtract_fee:
            needed += fee_for(inputs=count, scripts=target.scripts, rate=target.rate)
        if most_minor >= needed:
            return _least_window(ascending, count, needed)
    raise PaymentImpossible(
        "There are too few coins for this amount and its fee.", what_to_do="Choose a smaller amount."
    )


def _least_window(ascending: Sequence[Coin], count: int, needed: int) -> tuple[Coin, ...]:
    """Return the first run of `count` neighbours, smallest first, that holds at least `needed`."""
    total = sum(coin.minor for coin in ascending[:count])
    start = 0
    while total < needed:
        total += ascending[start + count].minor - ascending[start].minor
        start += 1
    return tuple(ascending[start : start + count])


def _most(fewest: int, target: Target) -> int:
    """Return how many coins a set may have beside a change output, so that it is still relayed."""
    assert target.change_script is not None
    scripts, most = [*target.scripts, target.change_script], fewest + SPARE_INPUTS
    while most > fewest and _weight(most, scripts) > _STANDARD_WEIGHT:
        most -= 1
    return most


def _others(descending: Sequence[Coin], target: Target, *, most: int) -> list[tuple[Coin, ...]]:
    """Return the match without change and the draw, as far as there are such; in thousandths of a satoshi."""
    assert target.change_script is not None
    values = [1_000 * coin.minor - _INPUT_VBYTES * target.rate for coin in descending]
    bare = vbytes(inputs=most, scripts=target.scripts) - most * _INPUT_VBYTES
    low = 1_000 * target.minor + bare * target.rate
    cost = _INPUT_VBYTES * (target.rate - target.later_rate)
    wanted = CHANGE_WANTED * _tenth(target.seed) + _output_bytes(target.change_script) * target.rate
    found = (
        bitcoin_selection.exact(values, low=low, high=low + target.change_cost, cost=cost, most=most),
        bitcoin_selection.draw(values, low=low + wanted, most=most, seed=target.seed),
    )
    return [tuple(descending[place] for place in places) for places in found if places]


def _tenth(seed: bytes) -> int:
    """Return a number from 900 to 1,100, which the seed decides: how much change is wanted is nobody's mark."""
    return 900 + int.from_bytes(hashlib.sha256(b"change" + seed).digest()[:8]) % 201


def _waste(choice: Choice, target: Target) -> int:
    """Return thousandths of a satoshi that are spent in vain."""
    inputs = len(choice.coins)
    waste = inputs * _INPUT_VBYTES * (target.rate - target.later_rate)
    if choice.change_minor:
        return waste + target.change_cost
    return waste + 1_000 * choice.fee_minor - vbytes(inputs=inputs, scripts=target.scripts) * target.rate


def _finish(coins: tuple[Coin, ...], target: Target) -> Choice:
    total = sum(coin.minor for coin in coins)
    change, fee = 0, fee_for(inputs=len(coins), scripts=target.scripts, rate=target.rate)
    needed = target.minor + (0 if target.subtract_fee else fee)
    if target.change_script is None:
        # Without a place for the rest, only a rest too small for an output may go to the fee.
        assert total - needed < dust_limit(target.scripts[0]), "coins are left over and no change address was given"
    else:
        scripts = [*target.scripts, target.change_script]
        fee_with_change = fee_for(inputs=len(coins), scripts=scripts, rate=target.rate)
        left = total - target.minor - (0 if target.subtract_fee else fee_with_change)
        is_worth_it = 1_000 * left > _INPUT_VBYTES * target.later_rate
        if left >= dust_limit(target.change_script) and is_worth_it:
            change, fee = left, fee_with_change
    pays = tuple(payee.minor - (fee if target.subtract_fee else 0) for payee in target.payees)
    if pays[0] < dust_limit(target.scripts[0]):
        raise PaymentImpossible("The fee would leave less than the network carries.")
    return Choice(coins, pays, change, total - sum(pays) - change)


def _weight(inputs: int, scripts: Sequence[bytes]) -> int:
    outputs = sum(_output_bytes(script) for script in scripts)
    return _OVERHEAD_WEIGHT + 4 * (_compact(inputs) + _compact(len(scripts)) + outputs) + inputs * INPUT_WEIGHT


def _output_bytes(script: bytes) -> int:
    return 8 + _compact(len(script)) + len(script)


def _compact(count: int) -> int:
    """Return the bytes of a count in Bitcoin's serialization."""
    return 1 if count < 0xFD else 3
