"""
How large a transaction may be on the main network (protocol version 90), and what reading its coins costs.

So many objects as the network would read (2,048), no transaction that is small enough could name.
"""

from chains.values import ObjectVersion
from devnet.sui.errors import invalid
from devnet.sui.state import State
from devnet.sui.transaction import Transaction

MOST_BYTES = 128 * 1024
SIGNATURE_BYTES = 98
GAS_OBJECTS, ARGUMENTS, COMMANDS = 256, 512, 1_024
"""Each is the first number that is too many: the network compares with `<`."""

READ_COST, UNIT = 15, 1_000
"""Internal gas for each byte of an object that is read, and how much of it is a computation unit."""

STEP = 1_000
"""Computation units are rounded up to a multiple of this."""

STORED_BYTE = 7_600
"""Native minor units that keeping a byte costs: 100 units of 76."""


def check(content: bytes, transaction: Transaction) -> None:
    """:raises Refused: in the network's words, if there is too much of anything"""
    largest = max((len(each.arguments) for each in transaction.commands), default=0)
    size = len(content) + SIGNATURE_BYTES * len(transaction.signers) + 6
    for found, limit, what in (
        (len(transaction.gas), GAS_OBJECTS, "maximum number of gas payment objects"),
        (largest, ARGUMENTS, "maximum arguments in a command"),
        (len(transaction.commands), COMMANDS, "maximum commands in a programmable transaction"),
        (size, MOST_BYTES + 1, "serialized transaction size"),
    ):
        if found >= limit:
            raise invalid(f"Error checking transaction input objects: Size limit exceeded: {what} is {limit}")


def units(objects: tuple[ObjectVersion, ...], state: State) -> int:
    """Return the computation units of reading these; whatever else is run here adds none that count."""
    read = sum(state.coins[each.object_id].storage_cost // STORED_BYTE for each in objects) * READ_COST // UNIT
    return max(STEP, -(-read // STEP) * STEP)
