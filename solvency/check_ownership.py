"""
Check who signed for the addresses of a published file of reserves: python check_ownership.py RESERVES.

RESERVES is the file that everybody can download. Checked here are the networks whose keys are on ed25519 (Solana,
Stellar, Sui); of the others it says so: their signatures any wallet checks that knows EIP-191 or BIP-322. Stands alone:
Python's standard library, nothing of this project. docs/solvency.md says what this proves, and what it does not.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
"""A square root of -1."""

DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
Point = tuple[int, int, int, int]
"""Extended coordinates, as in RFC 8032, 5.1.4."""


class Refused(Exception):
    """A statement is not good; the message says why."""


def verify(public_key: bytes, content: bytes, signature: bytes) -> bool:
    """Say whether the signature is this key's (RFC 8032, 5.1.7, without its cofactor)."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, first = _point(public_key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or first is None or scalar >= ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + public_key + content).digest()
    right = _add(first, _times(int.from_bytes(hashed, "little") % ORDER, key))
    return _is_same(_times(scalar, BASE), right)


def _point(encoded: bytes) -> Point | None:
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def _is_same(one: Point, other: Point) -> bool:
    return not ((one[0] * other[2] - other[0] * one[2]) % P or (one[1] * other[2] - other[1] * one[2]) % P)


_found = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
assert _found is not None
BASE: Point = _found


def solana(address: str, message: bytes, signature: str) -> tuple[bytes, bytes, bytes]:
    """An off-chain message, version 0, as `solana verify-offchain-signature` checks it; the address is the key."""
    is_printable = all(0x20 <= byte <= 0x7E for byte in message)
    header = b"\0" + (b"\0" if is_printable else b"\x01") + len(message).to_bytes(2, "little")
    return _base58(address), b"\xffsolana offchain" + header + message, _base58(signature)


def stellar(address: str, message: bytes, signature: str) -> tuple[bytes, bytes, bytes]:
    """SEP-53; the address holds the key (StrKey)."""
    raw = base64.b32decode(address)
    if len(raw) != 35 or raw[0] != 6 << 3 or raw[33:] != _crc(raw[:33]):
        raise Refused(f"{address} is not an account.")
    content = hashlib.sha256(b"Stellar Signed Message:\n" + message).digest()
    return raw[1:33], content, base64.b64decode(signature, validate=True)


def sui(address: str, message: bytes, signature: str) -> tuple[bytes, bytes, bytes]:
    """A personal message; the key stands behind the signature, and the address is its hash."""
    raw = base64.b64decode(signature, validate=True)
    if len(raw) != 97 or raw[0] != 0:
        raise Refused("The signature is not one of ed25519.")
    if "0x" + hashlib.blake2b(b"\0" + raw[65:], digest_size=32).hexdigest() != address:
        raise Refused(f"The key does not belong to {address}.")
    length, rest = b"", len(message)
    while rest > 0x7F:
        length, rest = length + bytes([rest & 0x7F | 0x80]), rest >> 7
    content = hashlib.blake2b(b"\3\0\0" + length + bytes([rest]) + message, digest_size=32).digest()
    return raw[65:], content, raw[1:65]


SCHEMES: Mapping[str, Callable[[str, bytes, str], tuple[bytes, bytes, bytes]]] = {
    "solana-offchain-v0": solana,
    "sep53": stellar,
    "sui-personal-message": sui,
}


def check(stated: Mapping[str, Any], *, network: str, snapshot: int, height: int, block: str) -> bool:
    """
    Say whether a statement was checked; False where another tool has to.

    :raises Refused: if it states anything else, or its key did not sign it
    """
    address, message, scheme = (str(stated[name]) for name in ("address", "message", "scheme"))
    lines = message.split("\n")
    wanted = [f"Address: {address}", f"Snapshot: {snapshot}", f"Block: {height} {block}"]
    if len(lines) != 5 or lines[0] != "Holdfast proof of reserves" or lines[2:] != wanted:
        raise Refused(f"What is signed for {address} is another statement.")
    if not lines[1].startswith(f"Network: {network} ("):
        raise Refused(f"What is signed for {address} is of another network.")
    if scheme not in SCHEMES:
        return False
    try:
        good = verify(*SCHEMES[scheme](address, message.encode(), str(stated["signature"])))
    except ValueError:
        good = False
    if not good:
        raise Refused(f"The signature for {address} is not that of its key.")
    return True


def _base58(text: str) -> bytes:
    number = 0
    for digit in text:
        number = number * 58 + DIGITS.index(digit)
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _crc(content: bytes) -> bytes:
    """CRC-16/XMODEM, its low byte first."""
    register = 0
    for byte in content:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ (0x1021 if register & 0x8000 else 0)) & 0xFFFF
    return register.to_bytes(2, "little")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check who signed for the addresses of a published file of reserves.")
    parser.add_argument("reserves", type=Path, help="the published file")
    given = parser.parse_args(arguments)
    try:
        reserves = json.loads(given.reserves.read_bytes())
        for network, held in sorted(reserves["networks"].items()):
            at = {"snapshot": reserves["snapshot"], "height": held["height"], "block": held["block"]}
            done = [check(each, network=network, **at) for each in held["addresses"]]
            sys.stdout.write(f"{network}: {sum(done)} of {len(done)} signatures checked and good")
            sys.stdout.write(".\n" if all(done) else "; the others need a wallet that knows their scheme.\n")
            for each in held.get("unsigned", ()):
                sys.stdout.write(f"{network}: nobody has signed for {each['address']}: its key is kept elsewhere.\n")
    except Refused as problem:
        sys.stdout.write(f"NO: {problem}\n")
        return 1
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as problem:
        sys.stdout.write(f"NO: The file cannot be read: {problem!r}.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
