"""
The two forms of EVM transactions as bytes: EIP-1559 (type 2), and the one before it with a gas price (EIP-155).

What is signed of a type-2 transaction is 0x02 || rlp of nine fields; of the older form, rlp of six fields and of the
chain id with two zeros, in whose place the signed bytes have v = 35 + 2 * chain id + parity, r and s. Both are told
from one another by their first byte: an RLP list begins with 0xc0 or more.
"""

from dataclasses import dataclass
from typing import Any

import rlp
from eth_utils.crypto import keccak
from rlp.sedes import Binary, CountableList, List, big_endian_int, binary

from chains.errors import PayloadInvalid

_TYPE = b"\x02"
_FIRST_OF_LIST = 0xC0
_V_BASE = 35
_ACCESS_LIST = CountableList(List([Binary.fixed_length(20), CountableList(Binary.fixed_length(32))]))
_TO = Binary.fixed_length(20)  # never empty: this house creates no contracts
_DYNAMIC = (
    big_endian_int,  # chain id
    big_endian_int,  # nonce
    big_endian_int,  # max priority fee per gas
    big_endian_int,  # max fee per gas
    big_endian_int,  # gas limit
    _TO,
    big_endian_int,  # value
    binary,  # data
    _ACCESS_LIST,
)
_LEGACY = (
    big_endian_int,  # nonce
    big_endian_int,  # gas price
    big_endian_int,  # gas limit
    _TO,
    big_endian_int,  # value
    binary,  # data
    big_endian_int,  # chain id; signed: v
    big_endian_int,  # 0; signed: r
    big_endian_int,  # 0; signed: s
)
_DYNAMIC_UNSIGNED = List(_DYNAMIC)
_DYNAMIC_SIGNED = List((*_DYNAMIC, big_endian_int, big_endian_int, big_endian_int))  # y parity, r, s
_LEGACY_EITHER = List(_LEGACY)


@dataclass(frozen=True)
class Fields:
    """What a transaction says. `max_fee` is wei per gas: the most, or with a gas price (`is_legacy`) just that."""

    chain_id: int
    nonce: int
    tip: int
    max_fee: int
    gas: int
    to: bytes
    value: int
    data: bytes
    access_list: tuple[Any, ...] = ()
    is_legacy: bool = False


@dataclass(frozen=True)
class Signature:
    r: int
    s: int
    parity: int  # 0 or 1


def pack(fields: Fields) -> bytes:
    """Return the bytes whose Keccak-256 hash is signed."""
    amounts = [fields.gas, fields.to, fields.value, fields.data]
    if fields.is_legacy:
        return bytes(rlp.encode([fields.nonce, fields.max_fee, *amounts, fields.chain_id, 0, 0], _LEGACY_EITHER))
    items = [fields.chain_id, fields.nonce, fields.tip, fields.max_fee, *amounts, list(fields.access_list)]
    return _TYPE + bytes(rlp.encode(items, _DYNAMIC_UNSIGNED))


def unpack(content: bytes) -> Fields:
    """Read the bytes that are signed. :raises PayloadInvalid: for any other form, or another way to write it"""
    if _is_legacy(content):
        *rest, chain_id, r, s = _decode(content, _LEGACY_EITHER)
        require(r == s == 0, "a signature where none belongs")
        return _legacy(rest, chain_id)
    require(content[:1] == _TYPE, "not a type-2 transaction")
    return Fields(*_decode(content[1:], _DYNAMIC_UNSIGNED))


def pack_signed(fields: Fields, signature: Signature) -> bytes:
    """Return the transaction as it goes on the wire."""
    r, s, parity = signature.r, signature.s, signature.parity
    if fields.is_legacy:
        v = _V_BASE + 2 * fields.chain_id + parity
        items = [fields.nonce, fields.max_fee, fields.gas, fields.to, fields.value, fields.data, v, r, s]
        return bytes(rlp.encode(items, _LEGACY_EITHER))
    unsigned = rlp.decode(pack(fields)[1:], _DYNAMIC_UNSIGNED)
    return _TYPE + bytes(rlp.encode([*unsigned, parity, r, s], _DYNAMIC_SIGNED))


def unpack_signed(raw: bytes) -> tuple[Fields, Signature]:
    """
    Read a signed transaction.

    :raises PayloadInvalid: for any other form; also without a chain id, as it was before EIP-155: that one could be
        replayed on every chain
    """
    if _is_legacy(raw):
        *rest, v, r, s = _decode(raw, _LEGACY_EITHER)
        require(v >= _V_BASE, "no chain id")
        fields, signature = _legacy(rest, (v - _V_BASE) // 2), Signature(r, s, (v - _V_BASE) % 2)
    else:
        require(raw[:1] == _TYPE, "not a type-2 transaction")
        *items, parity, r, s = _decode(raw[1:], _DYNAMIC_SIGNED)
        fields, signature = Fields(*items), Signature(r, s, parity)
    require(max(signature.r, signature.s) < 2**256 and signature.parity in {0, 1}, "not a signature")
    return fields, signature


def digest(fields: Fields) -> bytes:
    """Return the 32 bytes to sign."""
    return bytes(keccak(pack(fields)))


def require(holds: bool, what: str) -> None:
    """:raises PayloadInvalid: unless it holds"""
    if not holds:
        raise PayloadInvalid(f"not a payment this house builds: {what}")


def _is_legacy(content: bytes) -> bool:
    return bool(content) and content[0] >= _FIRST_OF_LIST


def _legacy(items: list[Any], chain_id: int) -> Fields:
    nonce, price, gas, to, value, data = items
    return Fields(chain_id, nonce, 0, price, gas, to, value, data, is_legacy=True)


def _decode(encoded: bytes, sedes: List) -> list[Any]:
    try:
        items = rlp.decode(encoded, sedes, strict=True)
    except rlp.exceptions.RLPException as error:
        raise PayloadInvalid("not the fields of a transaction") from error
    # A second reading of the same bytes must not be possible.
    require(rlp.encode(items, sedes) == encoded, "not in canonical form")
    return list(items)
