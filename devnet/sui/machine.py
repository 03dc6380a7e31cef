"""Running a programmable transaction: coins are split, merged and handed over, and gas is paid for it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chains.values import ObjectVersion
from devnet.sui import limits
from devnet.sui.errors import Aborted
from devnet.sui.state import Coin, Draft, State
from devnet.sui.transaction import Argument, Command, Funds, Pure, Transaction

KEPT_PERCENT = 99
"""Of what storage has cost, so much is given back."""


@dataclass(frozen=True)
class Gas:
    computation: int
    storage: int
    rebate: int
    kept_back: int

    @property
    def net(self) -> int:
        return self.computation + self.storage - self.rebate


@dataclass(frozen=True)
class Run:
    """What a transaction did; `error` empty: it succeeded."""

    draft: Draft
    gas: Gas
    error: str


def run(transaction: Transaction, state: State, *, digest: str) -> Run:
    """Return what it would do to the state. What it takes must be there: that was checked before."""
    machine = _Machine(transaction, state, digest)
    try:
        machine.run_all()
        return machine.finish("")
    except Aborted as error:
        failed = _Machine(transaction, state, digest)
        return failed.finish(str(error))


class _Machine:
    def __init__(self, transaction: Transaction, state: State, digest: str) -> None:
        self._transaction = transaction
        self._state = state
        self._digest = digest
        self.draft = state.draft()
        self._made = 0
        self._results: list[list[str]] = []  # by command, the coins that came of it
        self._loose: set[str] = set()  # coins that have to be handed to somebody
        self._redeemed: set[int] = set()
        self._gas = transaction.gas[0].object_id
        self._smash()
        for each in transaction.objects:
            self.draft.coins.setdefault(each.object_id, state.coins[each.object_id])

    def run_all(self) -> None:
        for command in self._transaction.commands:
            self._results.append(self._run(command))
        if self._loose:
            raise Aborted("UNUSED_VALUE_WITHOUT_DROP")

    def finish(self, error: str) -> Run:
        """Pay for it all; where it cannot be paid, only that it was tried is."""
        gas = self._charge()
        if gas.computation + gas.storage > self._transaction.budget and not error:
            failed = _Machine(self._transaction, self._state, self._digest)
            return failed.finish("INSUFFICIENT_GAS")
        coin = self._coin(self._gas)
        if coin.minor < gas.net and not error:
            failed = _Machine(self._transaction, self._state, self._digest)
            return failed.finish("INSUFFICIENT_GAS")
        paid = min(gas.net, coin.minor)
        self.draft.coins[self._gas] = replace(coin, minor=coin.minor - paid)
        self.draft.stamp(1 + max(each.version for each in self._transaction.objects))
        return Run(self.draft, gas, error)

    def _smash(self) -> None:
        """All coins that pay become one."""
        coins = [self._state.coins[each.object_id] for each in self._transaction.gas]
        for coin in coins[1:]:
            self.draft.coins[coin.id] = None
        self.draft.coins[self._gas] = replace(coins[0], minor=sum(coin.minor for coin in coins))

    def _charge(self) -> Gas:
        before = [self._state.coins[name] for name in self.draft.coins if name in self._state.coins]
        kept = sum(coin.storage_rebate for coin in before)
        rebate = kept * KEPT_PERCENT // 100
        storage = 0
        for name, coin in self.draft.coins.items():
            if coin is not None:
                self.draft.coins[name] = replace(coin, storage_rebate=coin.storage_cost)
                storage += coin.storage_cost
        units = limits.units(self._transaction.objects, self._state)
        return Gas(units * self._transaction.price, storage, rebate, kept - rebate)

    def _run(self, command: Command) -> list[str]:
        if command.kind == "split":
            coin = self._object(command.first)
            return [self._split(coin, self._amount(each)) for each in command.arguments]
        if command.kind == "merge":
            for each in command.arguments:
                self._join(self._object(command.first), self._object(each))
            return []
        if command.kind == "transfer":
            to = "0x" + self._pure(command.first, 32).hex()
            for each in command.arguments:
                self._hand(self._object(each), to)
            return []
        return self._call(command)

    def _call(self, command: Command) -> list[str]:
        (coin_type,), arguments = command.types, command.arguments
        if command.function == "coin::split":
            coin = self._object(arguments[0])
            self._check_type(coin, coin_type)
            return [self._split(coin, self._amount(arguments[1]))]
        if command.function == "coin::redeem_funds":
            return [self._redeem(arguments[0], coin_type)]
        if command.function == "coin::send_funds":
            coin = self._object(arguments[0])
            self._check_type(coin, coin_type)
            self._spend(coin)
            self.draft.add("0x" + self._pure(arguments[1], 32).hex(), coin_type, coin.minor)
            return []
        raise Aborted("FUNCTION_NOT_FOUND")

    def _redeem(self, argument: Argument, coin_type: str) -> str:
        kind, place = argument
        funds = self._transaction.inputs[place] if kind == "input" else None
        if not isinstance(funds, Funds) or funds.coin_type != coin_type or place in self._redeemed:
            raise Aborted("COMMAND_ARGUMENT_ERROR")
        self._redeemed.add(place)
        if self.draft.balance(self._transaction.sender, coin_type) < funds.minor:
            raise Aborted("INSUFFICIENT_FUNDS_FOR_WITHDRAW")
        self.draft.add(self._transaction.sender, coin_type, -funds.minor)
        return self._new(coin_type, funds.minor)

    def _split(self, coin: Coin, minor: int) -> str:
        coin = self._coin(coin.id)
        if coin.minor < minor:
            raise Aborted("INSUFFICIENT_COIN_BALANCE")
        self.draft.coins[coin.id] = replace(coin, minor=coin.minor - minor)
        return self._new(coin.coin_type, minor)

    def _join(self, target: Coin, coin: Coin) -> None:
        self._check_type(coin, target.coin_type)
        if coin.id == target.id:
            raise Aborted("COMMAND_ARGUMENT_ERROR")
        self._spend(coin)
        self.draft.coins[target.id] = replace(target, minor=target.minor + coin.minor)

    def _spend(self, coin: Coin) -> None:
        if coin.id == self._gas:
            raise Aborted("INVALID_GAS_COIN_USAGE")
        self._loose.discard(coin.id)
        if coin.id in self._state.coins:
            self.draft.coins[coin.id] = None
        else:
            del self.draft.coins[coin.id]

    def _hand(self, coin: Coin, to: str) -> None:
        self._loose.discard(coin.id)
        self.draft.coins[coin.id] = replace(coin, owner=to)

    def _new(self, coin_type: str, minor: int) -> str:
        self._made += 1
        made = "0x" + hashlib.blake2b(f"{self._digest} {self._made}".encode(), digest_size=32).hexdigest()
        self.draft.coins[made] = Coin(made, 0, self._transaction.sender, coin_type, minor)
        self._loose.add(made)
        return made

    def _object(self, argument: Argument) -> Coin:
        return self._coin(self._id(argument))

    def _id(self, argument: Argument) -> str:
        kind, *places = argument
        if kind == "gas":
            return self._gas
        try:
            if kind == "input":
                found: Any = self._transaction.inputs[places[0]]
                if isinstance(found, ObjectVersion):
                    return found.object_id
                raise Aborted("COMMAND_ARGUMENT_ERROR")
            return self._results[places[0]][places[1] if kind == "nested" else 0]
        except IndexError:
            raise Aborted("COMMAND_ARGUMENT_ERROR") from None

    def _coin(self, id: str) -> Coin:
        found = self.draft.coins.get(id)
        if found is None:
            raise Aborted("COMMAND_ARGUMENT_ERROR")
        return found

    def _check_type(self, coin: Coin, coin_type: str) -> None:
        if coin.coin_type != coin_type:
            raise Aborted("TYPE_MISMATCH")

    def _amount(self, argument: Argument) -> int:
        return int.from_bytes(self._pure(argument, 8), "little")

    def _pure(self, argument: Argument, size: int) -> bytes:
        kind, *places = argument
        inputs: Sequence[Any] = self._transaction.inputs
        found = inputs[places[0]] if kind == "input" and places[0] < len(inputs) else None
        if not isinstance(found, Pure) or len(found.content) != size:
            raise Aborted("COMMAND_ARGUMENT_ERROR")
        return found.content
