"""Bitcoin addresses and the scripts behind them (BIP-13, BIP-141, BIP-173, BIP-350), for one chain at a time."""

import hashlib
from array import array
from collections.abc import Sequence
from functools import cache, reduce
from operator import xor

from embit import base58, bech32

from chains.errors import AddressInvalid

_HUMAN_READABLE = {"main": "bc", "test": "tb", "signet": "tb", "regtest": "bcrt"}
# Test, signet and regtest share their base58 versions: nothing in such an address tells them apart.
_KEY_HASH_VERSION = {"main": 0x00, "test": 0x6F, "signet": 0x6F, "regtest": 0x6F}
_SCRIPT_HASH_VERSION = {"main": 0x05, "test": 0xC4, "signet": 0xC4, "regtest": 0xC4}

_WITNESS_LENGTHS = {0: (20, 32), 1: (32,)}
_LONGEST = 90


def to_script(text: str, *, chain: str) -> bytes:
    """
    Return the scriptPubKey that an address stands for.

    :raises AddressInvalid: for a wrong form, checksum or chain, or a witness version without rules yet,
        to which coins could be sent but from which anyone could take them
    """
    if not text or len(text) > _LONGEST or not text.isascii():
        raise AddressInvalid("This does not have the form of a Bitcoin address.")
    prefix = text.rpartition("1")[0].lower()
    if prefix in set(_HUMAN_READABLE.values()):
        return _witness_script(text, prefix, chain)
    return _legacy_script(text, chain)


def to_address(script: bytes, *, chain: str) -> str | None:
    """Return the canonical address of a scriptPubKey, or None if it has none that this house pays."""
    match len(script), script[:1]:
        case 25, b"\x76" if script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
            return _base58_checked(_KEY_HASH_VERSION[chain], script[3:23])
        case 23, b"\xa9" if script[1] == 20 and script[22] == 0x87:
            return _base58_checked(_SCRIPT_HASH_VERSION[chain], script[2:22])
        case ((22 | 34), b"\x00") if script[1] == len(script) - 2:
            return _witness_address(_HUMAN_READABLE[chain], 0, script[2:])
        case 34, b"\x51" if script[1] == 32:
            return _witness_address(_HUMAN_READABLE[chain], 1, script[2:])
    return None


def witness_key_hash_script(public_key: bytes) -> bytes:
    """Return the P2WPKH scriptPubKey of a 33-byte compressed public key."""
    assert len(public_key) == 33, "a compressed public key has 33 bytes"
    return b"\x00\x14" + hashlib.new("ripemd160", hashlib.sha256(public_key).digest()).digest()


def is_witness_key_hash(script: bytes) -> bool:
    return len(script) == 22 and script[:2] == b"\x00\x14"


def _witness_script(text: str, prefix: str, chain: str) -> bytes:
    version, program = bech32.decode(prefix, text)
    if version is None:
        raise AddressInvalid("The checksum of this Bitcoin address does not fit: a character is wrong or missing.")
    if prefix != _HUMAN_READABLE[chain]:
        raise AddressInvalid("This is an address of another Bitcoin network.")
    if len(program) not in _WITNESS_LENGTHS.get(version, ()):
        raise AddressInvalid("This kind of Bitcoin address is not in use yet, so coins sent there could be lost.")
    opcode = 0x50 + version if version else 0
    return bytes([opcode, len(program), *program])


def _legacy_script(text: str, chain: str) -> bytes:
    try:
        payload = bytes(base58.decode_check(text))
    except ValueError as error:
        raise AddressInvalid("This is not a Bitcoin address, or a character of it is wrong or missing.") from error
    if len(payload) != 21 or base58.encode_check(payload) != text:
        raise AddressInvalid("This does not have the form of a Bitcoin address.")
    version, digest = payload[0], payload[1:]
    if version == _KEY_HASH_VERSION[chain]:
        return b"\x76\xa9\x14" + digest + b"\x88\xac"
    if version == _SCRIPT_HASH_VERSION[chain]:
        return b"\xa9\x14" + digest + b"\x87"
    raise AddressInvalid("This is an address of another Bitcoin network.")


_BASE32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS_58 = [high + low for high in _BASE58 for low in _BASE58]
_PAIRS_32 = [high + low for high in _BASE32 for low in _BASE32]
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_FOLDED = [reduce(xor, (_GENERATOR[bit] for bit in range(5) if top >> bit & 1), 0) for top in range(32)]
_CHECKSUM = (1, 0x2BC830A3)  # bech32 for version 0 (BIP-173), bech32m above (BIP-350)


def _witness_address(prefix: str, version: int, program: bytes) -> str:
    """
    Write a witness program as text: a block has thousands, so byte by byte and ten bits at a time, by table.

    The checksum is linear: each byte has a share in it that depends on its place alone.
    """
    length = len(program)
    check = _checksum_of_zeros(prefix, version, length)
    for shares, byte in zip(_shares(length), program, strict=True):
        check ^= shares[byte]
    number = (int.from_bytes(program) << _spare(length)) << 30 | check
    last = 8 * length + _spare(length) + 30 - 10
    return f"{prefix}1{_BASE32[version]}{''.join([_PAIRS_32[number >> at & 1023] for at in range(last, -1, -10)])}"


def _spare(length: int) -> int:
    """Return the bits that fill a program's last five up."""
    return -8 * length % 5


@cache
def _checksum_of_zeros(prefix: str, version: int, length: int) -> int:
    names = (*(ord(each) >> 5 for each in prefix), 0, *(ord(each) & 31 for each in prefix))
    digits = (8 * length + _spare(length)) // 5
    return _folded(1, [*names, version, *[0] * (digits + 6)]) ^ _CHECKSUM[version > 0]


@cache
def _shares(length: int) -> list[Sequence[int]]:
    """Return for each byte of a program what each of its values changes in the checksum."""
    tables: list[Sequence[int]] = []
    for place in range(length):
        ends_at = 8 * (length - 1 - place) + _spare(length)
        bits = [_folded(0, _digits(1 << (ends_at + bit), length)) for bit in range(8)]
        shares = (reduce(xor, (bits[bit] for bit in range(8) if byte >> bit & 1), 0) for byte in range(256))
        tables.append(array("I", shares))  # a fourth of a list of numbers: it stays in the processor's cache
    return tables


def _digits(number: int, length: int) -> list[int]:
    return [*(number >> at & 31 for at in range(8 * length + _spare(length) - 5, -1, -5)), *[0] * 6]


def _folded(check: int, digits: list[int]) -> int:
    for digit in digits:
        check = ((check & 0x1FFFFFF) << 5 ^ digit) ^ _FOLDED[check >> 25]
    return check


def _base58_checked(version: int, digest: bytes) -> str:
    """Write a version and 20 bytes with their checksum in base 58, two digits at a time."""
    payload = bytes([version]) + digest
    payload += hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, pairs = int.from_bytes(payload), []
    while number:
        number, pair = divmod(number, 58 * 58)
        pairs.append(_PAIRS_58[pair])
    zeros = len(payload) - len(payload.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(pairs)).lstrip("1")
