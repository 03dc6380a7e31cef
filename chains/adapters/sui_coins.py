"""
Which coin objects a payment on Sui takes, and what becomes of them.

A coin object is in one transaction at a time. So the paying address keeps a pool of several: a payment that finds too
few of them leaves its change in two, and one that finds too many takes small ones along. A large one takes as many as
it needs, at a price of its own: that is seen before it is asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chains.errors import PaymentImpossible
from chains.values import ObjectVersion, OwnedCoin, Payment

POOL_COINS = 8
"""So many coins of an asset should be free: as many payments go out side by side."""

LEAST_PIECE = 100_000_000
"""Native minor units below which change is not divided."""

MOST_INPUTS, MOST_IN_NEED = 5, 100
"""
Coins of an asset that one payment takes as a rule; and at most, where it needs them or empties an address.

The network would take 255 that pay for gas and 511 that are merged (protocol 90: `max_gas_payment_objects`,
`max_arguments`). But it counts 15 units for each thousand bytes of coins that it reads: a hundred of the largest that
STORAGE_FEE covers are half of UNITS, and every unit beyond these is paid at the price that the merging has raised.
"""

UNITS = 1_000
"""Computation units of any payment this house builds: the network counts no fewer (its lowest bucket)."""

STORAGE_FEE = 2_400_000
"""Native minor units that keeping one coin object costs at most: of 315 bytes, at 7,600 for each."""

REBATE_PRICE = 2_000
"""
What is added to the gas price for each coin object that a payment makes vanish: as much as the network gives back for
it. So no payment ever costs less than nothing.
"""


@dataclass(frozen=True)
class Choice:
    """
    What a payment is made of.

    `gas` pays for it and, where there are no `sources` and nothing is `withdrawn` from an address balance, is also
    what is paid. `gas_pieces` are split off from it for its owner, `pieces` from the sources for the sender.
    """

    gas: tuple[ObjectVersion, ...]
    sources: tuple[ObjectVersion, ...] = ()
    withdrawn: int = 0
    gas_pieces: tuple[int, ...] = ()
    pieces: tuple[int, ...] = ()

    @property
    def is_from_gas(self) -> bool:
        return not self.sources and not self.withdrawn

    def price(self, rate: int) -> int:
        return rate + REBATE_PRICE * max(0, len(self.gas) + len(self.sources) - self._kept)

    def budget(self, rate: int) -> int:
        """Return the most it can cost, in native minor units."""
        return UNITS * self.price(rate) + STORAGE_FEE * self._kept

    @property
    def _kept(self) -> int:
        """Coin objects there are afterwards: gas and sources, each as one, what is paid, and the pieces."""
        return 2 + bool(self.sources) + len(self.gas_pieces) + len(self.pieces)


ANY = ObjectVersion("", 0, "")


def most_budget(payment: Payment) -> int:
    """
    Return the most that a payment by its own sender can cost, in native minor units.

    That is what any usual one costs at most, or more where only so many of the coins there are can pay it.
    """
    rate, is_native = payment.rate.rate, not payment.contract
    widest = Choice((ANY,) * MOST_INPUTS, () if is_native else (ANY,) * MOST_INPUTS)
    usual = UNITS * widest.price(rate) + STORAGE_FEE * (3 if is_native else 4)
    try:
        return max(usual, choose(payment).budget(rate))
    except PaymentImpossible:
        return usual  # there are too few coins now: it waits for others


def gathering_budget(payment: Payment) -> int:
    """Return the most that emptying the sender's address can cost the one who pays for it, of the coins it has."""
    sources = _gathered(_of(payment.objects, payment.sender, payment.contract), payment.minor)
    return Choice((ANY,), (ANY,) * len(sources), withdrawn=1).budget(payment.rate.rate)


def choose(payment: Payment) -> Choice:
    """:raises PaymentImpossible: if there are too few coins"""
    payer = payment.payer or payment.sender
    natives = _of(payment.objects, payer, "")
    if payer == payment.sender and not payment.contract:
        return _from_gas(natives, payment)
    return _from_sources(natives, _of(payment.objects, payment.sender, payment.contract), payment)


def _of(objects: Sequence[OwnedCoin], address: str, contract: str) -> list[OwnedCoin]:
    own = [coin for coin in objects if (coin.address, coin.contract) == (address, contract)]
    return sorted(own, key=lambda coin: (coin.minor, coin.at.object_id))


def _from_gas(natives: list[OwnedCoin], payment: Payment) -> Choice:
    rate = payment.rate.rate
    picked = _cover(natives, lambda count: payment.minor + Choice((ANY,) * count).budget(rate))
    more, free = _with_small_ones(picked, natives)
    if _total(more) >= payment.minor + Choice((ANY,) * len(more)).budget(rate):
        picked = more
    gas = tuple(coin.at for coin in picked)
    rest = _total(picked) - payment.minor - Choice(gas, gas_pieces=(0,)).budget(rate)
    pieces = (rest // 2,) if len(free) + 1 < POOL_COINS and rest >= 2 * LEAST_PIECE else ()
    return Choice(gas, gas_pieces=pieces)


def _from_sources(natives: list[OwnedCoin], coins: list[OwnedCoin], payment: Payment) -> Choice:
    is_own = not payment.payer or payment.payer == payment.sender
    if is_own:
        picked, free = _with_small_ones(_cover(coins, lambda _: payment.minor), coins)
    else:
        picked, free = _gathered(coins, payment.minor), []
    withdrawn = max(0, payment.minor - _total(picked))
    if withdrawn > payment.floating:
        raise _short()
    rest = _total(picked) - payment.minor
    pieces = (rest // 2,) if is_own and len(free) + 1 < POOL_COINS and rest // 2 >= payment.minor else ()
    sources = tuple(coin.at for coin in picked)

    def needed(count: int) -> int:
        return Choice((ANY,) * count, sources, withdrawn, pieces=pieces).budget(payment.rate.rate)

    gas = _cover(natives, needed)
    return Choice(tuple(coin.at for coin in gas), sources, withdrawn, pieces=pieces)


def _gathered(coins: list[OwnedCoin], minor: int) -> list[OwnedCoin]:
    """
    Return what is gathered of an address: as few of the largest as bring the amount, and a few small ones along.

    What comes there meanwhile must not make it dearer than it was to be; but what a sweep before left empty goes too.
    """
    picked: list[OwnedCoin] = []
    for coin in coins[::-1][:MOST_IN_NEED]:
        if _total(picked) >= minor:
            break
        picked.append(coin)
    return picked + coins[: max(0, min(MOST_INPUTS, len(coins)) - len(picked))]


def _with_small_ones(picked: list[OwnedCoin], coins: list[OwnedCoin]) -> tuple[list[OwnedCoin], list[OwnedCoin]]:
    """Return what was picked, with the smallest of the others if there are too many of these; and the others."""
    taken = set(picked)
    free = [coin for coin in coins if coin not in taken]
    more = max(0, MOST_INPUTS - len(picked)) if len(free) > POOL_COINS else 0
    return picked + free[:more], free


def _cover(coins: list[OwnedCoin], needed: Callable[[int], int]) -> list[OwnedCoin]:
    """Return the smallest coin that is enough, or as few of the largest as are. :raises PaymentImpossible:"""
    for coin in coins:
        if coin.minor >= needed(1):
            return [coin]
    picked: list[OwnedCoin] = []
    for coin in coins[::-1][:MOST_IN_NEED]:
        picked.append(coin)
        if _total(picked) >= needed(len(picked)):
            return picked
    raise _short()


def _total(coins: Sequence[OwnedCoin]) -> int:
    return sum(coin.minor for coin in coins)


def _short() -> PaymentImpossible:
    return PaymentImpossible("There are too few coins for this now.")
