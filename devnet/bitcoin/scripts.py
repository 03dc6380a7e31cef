"""Addresses and standard output scripts on regtest; every kind is allowed, taproot too."""

from bitcoin.core import CTransaction, CTxOut
from embit.networks import NETWORKS
from embit.script import Script, address_to_scriptpubkey

from devnet.bitcoin.errors import INVALID_ADDRESS_OR_KEY, RpcError

REGTEST = NETWORKS["regtest"]
TYPE_NAMES = {
    "p2pkh": "pubkeyhash",
    "p2sh": "scripthash",
    "p2wpkh": "witness_v0_keyhash",
    "p2wsh": "witness_v0_scripthash",
    "p2tr": "witness_v1_taproot",
}
OP_RETURN = 0x6A


def script_of(address: object) -> bytes:
    """
    Return the output script that pays to a regtest address.

    :raises RpcError: -5 if it is not one
    """
    try:
        script = address_to_scriptpubkey(address)
        if script is None or (script.address(REGTEST) != str(address).lower() and script.address(REGTEST) != address):
            raise ValueError("an address of another network")
    except Exception as error:
        raise RpcError(INVALID_ADDRESS_OR_KEY, "Error: Invalid address") from error
    return bytes(script.data)


def address_of(script: bytes) -> str | None:
    """Return the regtest address of an output script, or None where it has none."""
    try:
        return str(Script(script).address(REGTEST))
    except ValueError:
        return None


def type_of(script: bytes) -> str:
    """Return Bitcoin Core's name for the kind of output script."""
    if is_unspendable(script):
        return "nulldata"
    return TYPE_NAMES.get(Script(script).script_type() or "", "nonstandard")


def is_unspendable(script: bytes) -> bool:
    return script[:1] == bytes([OP_RETURN])


def dust_limit(script: bytes) -> int:
    """Return the satoshi below which an output is dust at 3 sat/vB (GetDustThreshold in Bitcoin Core)."""
    if is_unspendable(script):
        return 0
    is_witness = len(script) in range(4, 43) and script[0] in (0, *range(0x51, 0x61)) and script[1] == len(script) - 2
    spend_size = 67 if is_witness else 148
    return 3 * (len(CTxOut(0, script).serialize()) + spend_size)


def weight_of(transaction: CTransaction) -> int:
    """Return the BIP-141 weight."""
    total = len(transaction.serialize())
    return 3 * len(stripped(transaction)) + total


def stripped(transaction: CTransaction) -> bytes:
    """Return the bytes without witness."""
    return bytes(
        CTransaction(transaction.vin, transaction.vout, transaction.nLockTime, transaction.nVersion).serialize()
    )
