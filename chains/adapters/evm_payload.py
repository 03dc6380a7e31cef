"""
EVM transactions as bytes: EIP-1559 payloads in, Keccak digests, signed transactions out.

The signing payload of EIP-2718 (0x02 || rlp) does not name its sender: the signature does, later. The
signer must know before, so here a payload is the sender's 20 bytes followed by the signing payload.
`attach` refuses a signature by anyone else, so a false sender can never reach the network.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import rlp
from coincurve import PublicKey
from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak
from rlp.sedes import Binary, CountableList, List, big_endian_int, binary

from chains.base import Output, Payment, Signed, Unsigned
from chains.errors import AddressInvalid, PayloadInvalid, PaymentImpossible

NATIVE_GAS = 21_000
TOKEN_GAS = 100_000
"""What a transfer may use when the caller has not asked `gas_limit`; unused gas costs nothing."""

TRANSFER = bytes.fromhex("a9059cbb")
"""Selector of transfer(address,uint256) (ERC-20)."""

_TYPE = b"\x02"
_ZERO = "0x" + "0" * 40
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_ACCESS_LIST = CountableList(List([Binary.fixed_length(20), CountableList(Binary.fixed_length(32))]))
_FIELDS = (
    big_endian_int,  # chain id
    big_endian_int,  # nonce
    big_endian_int,  # max priority fee per gas
    big_endian_int,  # max fee per gas
    big_endian_int,  # gas limit
    Binary.fixed_length(20),  # to: never empty, this house creates no contracts
    big_endian_int,  # value
    binary,  # data
    _ACCESS_LIST,
)
_UNSIGNED = List(_FIELDS)
_SIGNED = List((*_FIELDS, big_endian_int, big_endian_int, big_endian_int))  # y parity, r, s


@dataclass(frozen=True)
class _Fields:
    chain_id: int
    nonce: int
    tip: int
    max_fee: int
    gas: int
    to: bytes
    value: int
    data: bytes
    access_list: tuple[Any, ...]


def check_address(text: str) -> str:
    """
    Return the address in its checksum form (EIP-55).

    :raises AddressInvalid: for a wrong form, a wrong checksum or the zero address; an address written
        in one case throughout carries no checksum and is accepted
    """
    if not _ADDRESS.fullmatch(text):
        raise AddressInvalid("An address of this network is 0x and 40 characters of 0-9 and a-f.")
    canonical = to_checksum_address(text)
    digits = text[2:]
    if digits not in {digits.lower(), digits.upper(), canonical[2:]}:
        raise AddressInvalid("The checksum of this address does not fit: a character is wrong.")
    if canonical == _ZERO:
        raise AddressInvalid("This is the zero address: whatever is sent there is lost.")
    return str(canonical)


def address_of(public_key: bytes) -> str:
    """Return the checksum address of a 33-byte compressed public key."""
    return _address(PublicKey(public_key))


def build(payment: Payment, *, network: str, chain_id: int) -> Unsigned:
    """
    Return a type-2 transaction: the native asset, or ERC-20 transfer(address,uint256).

    :raises PaymentImpossible: nothing to pay, or a fee above the amount it is taken out of
    """
    assert 0 <= payment.rate.tip <= payment.rate.rate, "the tip is part of the rate (EIP-1559)"
    gas = payment.gas_limit or (TOKEN_GAS if payment.contract else NATIVE_GAS)
    minor = payment.minor
    if payment.subtract_fee:
        assert not payment.contract, "a token cannot pay the network's fee"
        minor -= gas * payment.rate.rate
    if not 0 < minor < 2**256:
        raise PaymentImpossible("The amount must be more than zero, and more than the fee taken out of it.")
    recipient = to_canonical_address(check_address(payment.to))
    fields: list[Any] = [chain_id, payment.nonce, payment.rate.tip, payment.rate.rate, gas]
    if payment.contract:
        data = TRANSFER + recipient.rjust(32, b"\0") + minor.to_bytes(32)
        fields += [to_canonical_address(payment.contract), 0, data, []]
    else:
        fields += [recipient, minor, b"", []]
    payload = to_canonical_address(payment.sender) + _TYPE + rlp.encode(fields, _UNSIGNED)
    return decode(payload, network=network, chain_id=chain_id)


def decode(payload: bytes, *, network: str, chain_id: int) -> Unsigned:
    """
    Read everything out of a payload's bytes.

    :raises PayloadInvalid: for another chain, a contract's creation, an access list, or calldata other
        than one ERC-20 transfer
    """
    sender, fields = _parse(payload)
    _require(fields.chain_id == chain_id, "another chain's id")
    _require(fields.gas > 0 and fields.tip <= fields.max_fee and not fields.access_list, "gas, fees or access list")
    _require(max(fields.nonce, fields.gas) < 2**64 and fields.max_fee < 2**256, "a number too large")
    return Unsigned(
        network=network,
        payload=payload,
        senders=(sender,),
        outputs=(_output(fields),),
        max_fee_minor=fields.gas * fields.max_fee,
        replay_tokens=(f"{sender}:{fields.nonce}",),
    )


def digests(payload: bytes) -> tuple[bytes, ...]:
    """Return the Keccak-256 hash to sign. :raises PayloadInvalid:"""
    _parse(payload)
    return (keccak(payload[20:]),)


def attach(payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
    """
    Return the signed transaction.

    :raises PayloadInvalid: if the signature is not low-s, or not one by the payload's sender
    """
    sender, _ = _parse(payload)
    _require(len(signatures) == len(public_keys) == 1 and len(signatures[0]) == 65, "one signature and key")
    signature = signatures[0]
    r, s, parity = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64]), signature[64]
    _require(0 < s <= _HALF_ORDER and parity in {0, 1}, "the signature is not low-s")
    _require(address_of(public_keys[0]) == sender, "the key is not the sender's")
    _require(_recover(signature, keccak(payload[20:])) == sender, "the signature does not fit")
    items = rlp.decode(payload[21:], _UNSIGNED)
    raw = _TYPE + rlp.encode([*items, parity, r, s], _SIGNED)
    return Signed(raw=raw, txid="0x" + keccak(raw).hex())


def explain(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return (txid, replay tokens) of a signed type-2 transaction. :raises PayloadInvalid:"""
    _require(raw[:1] == _TYPE, "not a type-2 transaction")
    items = _decode(raw[1:], _SIGNED)
    parity, r, s = items[9:]
    _require(max(r, s) < 2**256 and parity in {0, 1}, "not a signature")
    digest = keccak(_TYPE + rlp.encode(items[:9], _UNSIGNED))
    sender = _recover(r.to_bytes(32) + s.to_bytes(32) + bytes([parity]), digest)
    return "0x" + keccak(raw).hex(), (f"{sender}:{items[1]}",)


def assemble(fields: Sequence[Any]) -> bytes:
    """Return a signed transaction as it goes on the wire, of its twelve fields in order."""
    return _TYPE + bytes(rlp.encode(list(fields), _SIGNED))


def _parse(payload: bytes) -> tuple[str, _Fields]:
    _require(payload[20:21] == _TYPE, "not a type-2 transaction")
    return str(to_checksum_address(payload[:20])), _Fields(*_decode(payload[21:], _UNSIGNED))


def _decode(encoded: bytes, sedes: List) -> tuple[Any, ...]:
    try:
        items = rlp.decode(encoded, sedes, strict=True)
    except rlp.exceptions.RLPException as error:
        raise PayloadInvalid("not the fields of a type-2 transaction") from error
    # A second reading of the same bytes must not be possible.
    _require(rlp.encode(items, sedes) == encoded, "not in canonical form")
    return tuple(items)


def _output(fields: _Fields) -> Output:
    to = str(to_checksum_address(fields.to))
    if not fields.data:
        _require(0 < fields.value < 2**256, "the amount")
        return Output(to, fields.value)
    arguments = fields.data[4:]
    _require(fields.data[:4] == TRANSFER and len(arguments) == 64, "calldata other than one transfer")
    _require(fields.value == 0 and not any(arguments[:12]), "a value beside a transfer, or a dirty address")
    minor = int.from_bytes(arguments[32:])
    _require(minor > 0, "the amount")
    return Output(str(to_checksum_address(arguments[12:32])), minor, to)


def _recover(signature: bytes, digest: bytes) -> str:
    try:
        return _address(PublicKey.from_signature_and_message(signature, digest, hasher=None))
    except Exception as error:  # coincurve raises a bare Exception when nothing can be recovered
        raise PayloadInvalid("not a signature") from error


def _address(key: PublicKey) -> str:
    return str(to_checksum_address(keccak(key.format(compressed=False)[1:])[12:]))


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise PayloadInvalid(f"not a payment this house builds: {what}")
