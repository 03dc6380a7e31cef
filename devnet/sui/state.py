"""Coin objects and address balances, and drafts of them that are kept or thrown away as a whole."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from chains.adapters import sui_bcs
from chains.values import ObjectVersion

SUI = "0x" + "2".rjust(64, "0") + "::sui::SUI"
USDC = "0xdba34672e30cb065b1f93e3ab55318768fd6fef66c15942c9f7cb846e2f900e7::usdc::USDC"
"""The dollar coin's type on the main network; here the faucet makes it."""

STORAGE_COST = {SUI: 988_000}
OTHER_STORAGE_COST = 1_337_600


@dataclass(frozen=True)
class Coin:
    id: str
    version: int
    owner: str
    coin_type: str
    minor: int
    storage_rebate: int = 0

    @property
    def at(self) -> ObjectVersion:
        content = sui_bcs.address(self.id) + sui_bcs.u64(self.version) + sui_bcs.address(self.owner)
        content += sui_bcs.type_tag(self.coin_type) + sui_bcs.u64(self.minor) + sui_bcs.u64(self.storage_rebate)
        return ObjectVersion(self.id, self.version, sui_bcs.hashed("Object", content))

    @property
    def storage_cost(self) -> int:
        return STORAGE_COST.get(self.coin_type, OTHER_STORAGE_COST)


@dataclass
class State:
    """All there is; `balances` are address balances, by owner and coin type."""

    coins: dict[str, Coin] = field(default_factory=dict)
    balances: dict[tuple[str, str], int] = field(default_factory=dict)

    def coins_of(self, owner: str, coin_type: str) -> list[Coin]:
        """Return what an owner has of a type, the richest first, as the network lists them."""
        found = [each for each in self.coins.values() if (each.owner, each.coin_type) == (owner, coin_type)]
        return sorted(found, key=lambda coin: (-coin.minor, coin.id))

    def draft(self) -> "Draft":
        return Draft(self)

    def keep(self, draft: "Draft") -> None:
        for name, coin in draft.coins.items():
            if coin is None:
                self.coins.pop(name, None)
            else:
                self.coins[name] = coin
        self.balances.update(draft.balances)


class Draft:
    """What one transaction would change: coins by id (None: gone), and balances."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.coins: dict[str, Coin | None] = {}
        self.balances: dict[tuple[str, str], int] = {}

    def coin(self, id: str) -> Coin | None:
        return self.coins[id] if id in self.coins else self._state.coins.get(id)

    def add(self, owner: str, coin_type: str, minor: int) -> None:
        """Let an address balance be so much more, or less."""
        key = owner, coin_type
        self.balances[key] = self.balance(*key) + minor
        assert self.balances[key] >= 0, "an address balance is never below zero"

    def balance(self, owner: str, coin_type: str) -> int:
        return self.balances.get((owner, coin_type), self._state.balances.get((owner, coin_type), 0))

    def changes(self) -> list[tuple[str, str, int]]:
        """Return how much more each address holds of each coin type, coins and balances together."""
        total: dict[tuple[str, str], int] = {}

        def count(coins: Iterable[Coin | None], sign: int) -> None:
            for coin in coins:
                if coin is not None:
                    key = coin.owner, coin.coin_type
                    total[key] = total.get(key, 0) + sign * coin.minor

        count((self._state.coins.get(name) for name in self.coins), -1)
        count(self.coins.values(), 1)
        for key, minor in self.balances.items():
            total[key] = total.get(key, 0) + minor - self._state.balances.get(key, 0)
        return sorted((*key, minor) for key, minor in total.items() if minor)

    def stamp(self, version: int) -> None:
        """Give all that changed its version."""
        self.coins = {name: coin and replace(coin, version=version) for name, coin in self.coins.items()}
