"""
EVM transactions as bytes: payloads in, Keccak digests, signed transactions out.

What is signed (evm_forms) does not name its sender: the signature does, later. The signer must know
before, so here a payload is the sender's 20 bytes followed by what is signed.
`attach` refuses a signature by anyone else, so a false sender can never reach the network.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from coincurve import PublicKey
from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak

from chains.adapters.evm_forms import Fields, Signature, digest, pack, pack_signed, require, unpack, unpack_signed
from chains.errors import AddressInvalid, NotReplaceable, PayloadInvalid, PaymentImpossible
from chains.values import FeeRate, NetworkConfig, Output, Payment, Replacing, Signed, Unsigned

NATIVE_GAS = 21_000
TOKEN_GAS = 100_000
"""What a transfer may use when the caller has not asked `gas_limit`; unused gas costs nothing."""

BUMP_PERCENT = 10
"""How much more nodes ask of what replaces a transaction that waits."""

TRANSFER = bytes.fromhex("a9059cbb")
"""Selector of transfer(address,uint256) (ERC-20)."""

_ZERO = "0x" + "0" * 40
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


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


def build(payment: Payment, *, network: str, chain_id: int, has_base_fee: bool) -> Unsigned:
    """
    Return a transaction: the native asset, or ERC-20 transfer(address,uint256).

    :param has_base_fee: EIP-1559, so of type 2; else with a gas price, which is the rate
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
    fields = Fields(
        chain_id=chain_id,
        nonce=payment.nonce,
        tip=payment.rate.tip if has_base_fee else 0,
        max_fee=payment.rate.rate,
        gas=gas,
        to=recipient,
        value=minor,
        data=b"",
        is_legacy=not has_base_fee,
    )
    if payment.contract:
        data = TRANSFER + recipient.rjust(32, b"\0") + minor.to_bytes(32)
        fields = replace(fields, to=to_canonical_address(payment.contract), value=0, data=data)
    payload = to_canonical_address(payment.sender) + pack(fields)
    return decode(payload, network=network, chain_id=chain_id, has_base_fee=has_base_fee)


def decode(payload: bytes, *, network: str, chain_id: int, has_base_fee: bool) -> Unsigned:
    """
    Read everything out of a payload's bytes.

    :raises PayloadInvalid: for another chain, the form that its network does not have, a contract's creation,
        an access list, or calldata other than one ERC-20 transfer
    """
    sender, fields = _parse(payload)
    require(fields.chain_id == chain_id, "another chain's id")
    require(fields.is_legacy != has_base_fee, "a form of transaction that the network does not have")
    require(fields.gas > 0 and fields.tip <= fields.max_fee and not fields.access_list, "gas, fees or access list")
    require(max(fields.nonce, fields.gas) < 2**64 and fields.max_fee < 2**256, "a number too large")
    return Unsigned(
        network=network,
        payload=payload,
        senders=(sender,),
        outputs=(_output(fields, sender),),
        max_fee_minor=fields.gas * fields.max_fee,
        replay_tokens=(f"{sender}:{fields.nonce}",),
    )


def replace_signed(replacing: Replacing, *, config: NetworkConfig) -> tuple[Unsigned, FeeRate]:
    """
    Return the same transaction, or one of nothing to its own sender, under the same number at a higher rate.

    Both figures rise by a tenth at least, as nodes ask (go-ethereum, txpool.PriceBump).

    :raises NotReplaceable: if that would be more than the network's highest rate
    """
    fields, _ = unpack_signed(replacing.raw)
    sender = explain(replacing.raw)[1][0].partition(":")[0]
    rate = max(replacing.rate.rate, _bumped(fields.max_fee))
    tip = 0 if fields.is_legacy else max(replacing.rate.tip, _bumped(fields.tip))
    if rate > config.fee_cap:
        raise NotReplaceable(why="It offers nearly as much already as is ever offered on this network.")
    fields = replace(fields, max_fee=rate, tip=min(tip, rate))
    if replacing.cancels:
        fields = replace(fields, to=to_canonical_address(sender), value=0, data=b"", gas=NATIVE_GAS)
    return _of_fields(sender, fields, config), replace(replacing.rate, rate=rate, tip=min(tip, rate))


def stated(raw: bytes, *, config: NetworkConfig) -> Unsigned:
    """Read everything out of signed bytes, as `decode` does out of a payload. :raises PayloadInvalid: as that"""
    fields, _ = unpack_signed(raw)
    return _of_fields(explain(raw)[1][0].partition(":")[0], fields, config)


def _of_fields(sender: str, fields: Fields, config: NetworkConfig) -> Unsigned:
    payload = to_canonical_address(sender) + pack(fields)
    return decode(payload, network=config.code, chain_id=int(config.chain), has_base_fee=config.has_base_fee)


def _bumped(figure: int) -> int:
    return -(-figure * (100 + BUMP_PERCENT) // 100)


def digests(payload: bytes) -> tuple[bytes, ...]:
    """Return the Keccak-256 hash to sign. :raises PayloadInvalid:"""
    return (digest(_parse(payload)[1]),)


def attach(payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
    """
    Return the signed transaction.

    :raises PayloadInvalid: if the signature is not low-s, or not one by the payload's sender
    """
    sender, fields = _parse(payload)
    require(len(signatures) == len(public_keys) == 1 and len(signatures[0]) == 65, "one signature and key")
    signature = signatures[0]
    r, s, parity = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64]), signature[64]
    require(0 < s <= HALF_ORDER and parity in {0, 1}, "the signature is not low-s")
    require(address_of(public_keys[0]) == sender, "the key is not the sender's")
    require(_recover(signature, digest(fields)) == sender, "the signature does not fit")
    raw = pack_signed(fields, Signature(r, s, parity))
    return Signed(raw=raw, txid="0x" + keccak(raw).hex())


def explain(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return (txid, replay tokens) of a signed transaction of either form. :raises PayloadInvalid:"""
    fields, signature = unpack_signed(raw)
    compact = signature.r.to_bytes(32) + signature.s.to_bytes(32) + bytes([signature.parity])
    sender = _recover(compact, digest(fields))
    return "0x" + keccak(raw).hex(), (f"{sender}:{fields.nonce}",)


def _parse(payload: bytes) -> tuple[str, Fields]:
    require(len(payload) > 20, "no transaction")
    return str(to_checksum_address(payload[:20])), unpack(payload[20:])


def _output(fields: Fields, sender: str) -> Output:
    to = str(to_checksum_address(fields.to))
    if not fields.data and not fields.value and to == sender:
        return Output(to, 0)  # nothing to oneself: it only uses the number up
    if not fields.data:
        require(0 < fields.value < 2**256, "the amount")
        return Output(to, fields.value)
    arguments = fields.data[4:]
    require(fields.data[:4] == TRANSFER and len(arguments) == 64, "calldata other than one transfer")
    require(fields.value == 0 and not any(arguments[:12]), "a value beside a transfer, or a dirty address")
    minor = int.from_bytes(arguments[32:])
    require(minor > 0, "the amount")
    return Output(str(to_checksum_address(arguments[12:32])), minor, to)


def _recover(signature: bytes, digest: bytes) -> str:
    try:
        return _address(PublicKey.from_signature_and_message(signature, digest, hasher=None))
    except Exception as error:  # coincurve raises a bare Exception when nothing can be recovered
        raise PayloadInvalid("not a signature") from error


def _address(key: PublicKey) -> str:
    return str(to_checksum_address(keccak(key.format(compressed=False)[1:])[12:]))
