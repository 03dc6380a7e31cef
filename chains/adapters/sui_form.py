"""
The one form in which this house writes a payment on Sui, as TransactionData in BCS, and reads it back.

What is read is no more than what the payment would be made of: the caller writes it again and compares.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chains.adapters import sui_bcs as bcs
from chains.adapters.sui_bcs import Malformed, Reader
from chains.adapters.sui_coins import Choice
from chains.values import ObjectVersion

FRAMEWORK = "0x" + "2".rjust(64, "0")
NATIVE = f"{FRAMEWORK}::sui::SUI"

_GAS = b"\0"
_MOVE, _TRANSFER, _SPLIT, _MERGE = b"\0", b"\1", b"\2", b"\3"


@dataclass(frozen=True)
class Fields:
    sender: str
    payer: str
    price: int
    budget: int
    epoch: int
    recipient: str
    minor: int
    contract: str  # empty: the native asset
    choice: Choice


def full_type(contract: str) -> str:
    return contract or NATIVE


def contract_of(coin_type: str) -> str:
    """Return a coin type as it is kept here: empty for the native asset. :raises Malformed: if it is none"""
    found = bcs.coin_type(coin_type)
    return "" if found == NATIVE else found


# --- Writing ----------------------------------------------------------------------------------------
def write(fields: Fields) -> bytes:
    choice = fields.choice
    amounts = ([] if choice.withdrawn and not choice.sources else [fields.minor]) + [*choice.pieces, *choice.gas_pieces]
    owners = [
        fields.recipient,
        *([fields.sender] if choice.pieces else []),
        *([fields.payer] if choice.gas_pieces else []),
    ]
    inputs = [b"\0" + bcs.sized(bcs.u64(each)) for each in amounts]
    inputs += [b"\0" + bcs.sized(bcs.address(each)) for each in owners]
    inputs += [b"\1\0" + bcs.reference(each) for each in choice.sources]
    if choice.withdrawn:
        # How much at most, of which balance, and whose: the sender's.
        inputs.append(b"\2\0" + bcs.u64(choice.withdrawn) + b"\0" + bcs.type_tag(full_type(fields.contract)) + b"\0")
    commands = _commands(fields, amounts=len(amounts), owners=len(owners), inputs=len(inputs))
    return (
        b"\0\0"
        + bcs.listed(inputs)
        + bcs.listed(commands)
        + bcs.address(fields.sender)
        + bcs.listed([bcs.reference(each) for each in choice.gas])
        + bcs.address(fields.payer)
        + bcs.u64(fields.price)
        + bcs.u64(fields.budget)
        + b"\1"
        + bcs.u64(fields.epoch)
    )


def _commands(fields: Fields, *, amounts: int, owners: int, inputs: int) -> list[bytes]:
    """
    Return what is done, one thing after the other.

    Inputs are the amounts, then the owners, the sources and the withdrawal, in this order.
    """
    choice, commands, paid = fields.choice, [], 0
    handed: list[tuple[bytes, int]] = []  # what goes to which of the owners
    if choice.withdrawn:
        commands.append(_call("redeem_funds", fields.contract, [_input(inputs - 1)]))
        handed.append((_result(0), 0))
    if choice.sources:
        sources = [_input(amounts + owners + place) for place in range(len(choice.sources))]
        rest = sources[1:] + ([_result(0)] if choice.withdrawn else [])
        handed = []
        if rest:
            commands.append(_MERGE + sources[0] + bcs.listed(rest))
        for paid in range(1 + len(choice.pieces)):
            handed.append((_result(len(commands)), min(paid, 1)))
            commands.append(_call("split", fields.contract, [sources[0], _input(paid)]))
        paid += 1
    if paid < amounts:
        split = range(paid, amounts)
        for place in split:
            is_payment = choice.is_from_gas and place == 0
            handed.append((_nested(len(commands), place - paid), 0 if is_payment else owners - 1))
        commands.append(_SPLIT + _GAS + bcs.listed([_input(place) for place in split]))
    return commands + [
        _TRANSFER + bcs.listed([what for what, to in handed if to == owner]) + _input(amounts + owner)
        for owner in range(owners)
    ]


def _call(function: str, contract: str, arguments: Sequence[bytes]) -> bytes:
    name = bcs.address(FRAMEWORK) + bcs.sized(b"coin") + bcs.sized(function.encode())
    return _MOVE + name + bcs.listed([bcs.type_tag(full_type(contract))]) + bcs.listed(arguments)


def _input(place: int) -> bytes:
    return b"\1" + place.to_bytes(2, "little")


def _result(command: int) -> bytes:
    return b"\2" + command.to_bytes(2, "little")


def _nested(command: int, place: int) -> bytes:
    return b"\3" + command.to_bytes(2, "little") + place.to_bytes(2, "little")


# --- Reading ----------------------------------------------------------------------------------------
@dataclass
class _Read:
    """What there is in a transaction, before it is known to be a payment of ours."""

    amounts: list[int]
    owners: list[str]
    sources: list[ObjectVersion]
    withdrawn: list[tuple[int, str]]
    types: list[str]
    splits: int = 0
    gas_amounts: int = 0


def read(reader: Reader) -> Fields:
    """Read what the payment would be made of; that it is made of nothing else is for the caller to compare."""
    reader.variant(0)  # TransactionData::V1
    reader.variant(0)  # TransactionKind::ProgrammableTransaction
    found = _Read([], [], [], [], [])
    for _ in range(reader.length()):
        _read_input(reader, found)
    for _ in range(reader.length()):
        _read_command(reader, found)
    sender = reader.address()
    gas = tuple(bcs.read_reference(reader) for _ in range(reader.length()))
    payer, price, budget = reader.address(), reader.u64(), reader.u64()
    reader.variant(1)  # TransactionExpiration::Epoch: there is always one
    epoch = reader.u64()
    if not gas:
        raise Malformed("no coin that pays for it")
    withdrawn = sum(minor for minor, _ in found.withdrawn)
    amounts = found.amounts if found.sources or not withdrawn else [withdrawn, *found.amounts]
    first_gas = len(amounts) - found.gas_amounts + (0 if found.sources or withdrawn else 1)
    return Fields(
        sender=sender,
        payer=payer,
        price=price,
        budget=budget,
        epoch=epoch,
        recipient=found.owners[0],
        minor=amounts[0],
        contract=contract_of(found.types[0]) if found.types else "",
        choice=Choice(
            gas=gas,
            sources=tuple(found.sources),
            withdrawn=withdrawn,
            gas_pieces=tuple(amounts[first_gas:]),
            pieces=tuple(amounts[1:first_gas]),
        ),
    )


def _read_input(reader: Reader, found: _Read) -> None:
    kind = reader.variant(0, 1, 2)
    if kind == 0:
        content = reader.bytes()
        if len(content) == 8:
            found.amounts.append(int.from_bytes(content, "little"))
        else:
            found.owners.append("0x" + content.hex())
    elif kind == 1:
        reader.variant(0)
        found.sources.append(bcs.read_reference(reader))
    else:
        reader.variant(0)
        minor = reader.u64()
        reader.variant(0)
        found.withdrawn.append((minor, bcs.read_type_tag(reader)))
        reader.variant(0)


def _read_command(reader: Reader, found: _Read) -> None:
    kind = reader.variant(0, 1, 2, 3)
    if kind == 0:
        reader.address(), reader.text(), reader.text()
        found.types += [bcs.read_type_tag(reader) for _ in range(reader.length())]
        _read_arguments(reader)
    elif kind == 1:
        _read_arguments(reader)
        _read_argument(reader)
    else:
        _read_argument(reader)
        count = _read_arguments(reader)
        found.gas_amounts += count if kind == 2 else 0


def _read_arguments(reader: Reader) -> int:
    count = reader.length()
    for _ in range(count):
        _read_argument(reader)
    return count


def _read_argument(reader: Reader) -> None:
    reader.take({0: 0, 1: 2, 2: 2, 3: 4}[reader.variant(0, 1, 2, 3)])
