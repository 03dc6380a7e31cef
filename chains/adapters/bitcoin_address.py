"""Bitcoin addresses and the scripts behind them (BIP-13, BIP-141, BIP-173, BIP-350), for one chain at a time."""

import hashlib

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
            return str(base58.encode_check(bytes([_KEY_HASH_VERSION[chain]]) + script[3:23]))
        case 23, b"\xa9" if script[1] == 20 and script[22] == 0x87:
            return str(base58.encode_check(bytes([_SCRIPT_HASH_VERSION[chain]]) + script[2:22]))
        case ((22 | 34), b"\x00") if script[1] == len(script) - 2:
            return str(bech32.encode(_HUMAN_READABLE[chain], 0, list(script[2:])))
        case 34, b"\x51" if script[1] == 32:
            return str(bech32.encode(_HUMAN_READABLE[chain], 1, list(script[2:])))
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
