"""TransactionData as anybody may write it: programmable transactions, taken apart but not yet run."""

from dataclasses import dataclass
from typing import Any

from chains.adapters import sui_bcs
from chains.adapters.sui_bcs import Malformed, Reader
from chains.values import ObjectVersion
from devnet.sui.errors import invalid

Argument = tuple[Any, ...]
"""("gas",), ("input", place), ("result", command) or ("nested", command, place)."""

_KINDS = ("gas", "input", "result", "nested")


@dataclass(frozen=True)
class Pure:
    content: bytes


@dataclass(frozen=True)
class Funds:
    """So much of the sender's address balance at most."""

    minor: int
    coin_type: str


@dataclass(frozen=True)
class Command:
    """`function` is the module's and its own name of a call into the framework; else move, split, merge or transfer."""

    kind: str
    function: str = ""
    types: tuple[str, ...] = ()
    first: Argument = ()
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True)
class Transaction:
    inputs: tuple[Pure | Funds | ObjectVersion, ...]
    commands: tuple[Command, ...]
    sender: str
    gas: tuple[ObjectVersion, ...]
    payer: str
    price: int
    budget: int
    last_epoch: int | None  # None: it never expires

    @property
    def objects(self) -> tuple[ObjectVersion, ...]:
        return (*self.gas, *(each for each in self.inputs if isinstance(each, ObjectVersion)))

    @property
    def signers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.sender, self.payer)))


def parse(content: bytes) -> Transaction:
    """:raises Refused: if it is no programmable transaction in its one form"""
    reader = Reader(content)
    try:
        found = _read(reader)
        reader.end()
    except ValueError as error:
        raise invalid(f"failed to deserialize TransactionData: {error}") from error
    return found


def _read(reader: Reader) -> Transaction:
    reader.variant(0)
    reader.variant(0)
    inputs = tuple(_input(reader) for _ in range(reader.length()))
    commands = tuple(_command(reader) for _ in range(reader.length()))
    sender = reader.address()
    gas = tuple(sui_bcs.read_reference(reader) for _ in range(reader.length()))
    payer, price, budget = reader.address(), reader.u64(), reader.u64()
    last_epoch = reader.u64() if reader.variant(0, 1) else None
    return Transaction(inputs, commands, sender, gas, payer, price, budget, last_epoch)


def _input(reader: Reader) -> Pure | Funds | ObjectVersion:
    kind = reader.variant(0, 1, 2)
    if kind == 0:
        return Pure(reader.bytes())
    reader.variant(0)
    if kind == 1:
        return sui_bcs.read_reference(reader)
    minor = reader.u64()
    reader.variant(0)
    found = Funds(minor, sui_bcs.read_type_tag(reader))
    reader.variant(0)  # WithdrawFrom::Sender
    return found


def _command(reader: Reader) -> Command:
    kind = reader.variant(0, 1, 2, 3)
    if kind == 0:
        package, module, function = reader.address(), reader.text(), reader.text()
        if int(package, 16) != 2:
            raise Malformed("no such package here")
        types = tuple(sui_bcs.read_type_tag(reader) for _ in range(reader.length()))
        return Command("move", f"{module}::{function}", types, arguments=_arguments(reader))
    if kind == 1:
        arguments = _arguments(reader)
        return Command("transfer", first=_argument(reader), arguments=arguments)
    first = _argument(reader)
    return Command("split" if kind == 2 else "merge", first=first, arguments=_arguments(reader))


def _arguments(reader: Reader) -> tuple[Argument, ...]:
    return tuple(_argument(reader) for _ in range(reader.length()))


def _argument(reader: Reader) -> Argument:
    kind = reader.variant(0, 1, 2, 3)
    return (_KINDS[kind], *(reader.number(2) for _ in range((0, 1, 1, 2)[kind])))
