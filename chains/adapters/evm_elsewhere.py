"""What an EVM key kept elsewhere is handed to sign, and what comes back from it."""

import re

from chains.adapters.evm_forms import require, unpack_signed
from chains.adapters.evm_payload import HALF_ORDER, NATIVE_GAS, explain, stated
from chains.errors import PayloadInvalid, SignedRefused
from chains.values import NetworkConfig, Signed, SignedElsewhere, Unsigned

_MOST_DIGITS = 4_000
_HEX = re.compile(r"(0x)?([0-9a-fA-F]{2})+", re.ASCII)


def to_be_signed(unsigned: Unsigned) -> str:
    """Return the unsigned transaction as wallets take it (EIP-2718: 0x02 || rlp; with a gas price EIP-155's rlp)."""
    return "0x" + unsigned.payload[20:].hex()


def read_signed(content: str, *, config: NetworkConfig) -> SignedElsewhere:
    """
    Read a signed transaction in hexadecimal; who signed it follows from the signature.

    :raises SignedRefused: if it is none of this chain, or no plain payment
    """
    text = content.strip()
    if len(text) > _MOST_DIGITS or not _HEX.fullmatch(text):
        raise SignedRefused("A signed transaction of this network is hexadecimal digits, with or without 0x.")
    raw = bytes.fromhex(text.removeprefix("0x"))
    try:
        fields, signature = unpack_signed(raw)
        require(signature.r > 0 and 0 < signature.s <= HALF_ORDER, "the signature is not low-s")
        txid, tokens = explain(raw)
        found = stated(raw, config=config)
    except PayloadInvalid as error:
        raise SignedRefused(f"This is no transaction that can be taken: {error}.") from error
    if fields.gas < NATIVE_GAS:
        raise SignedRefused(f"It allows {fields.gas} gas; nothing is run for less than {NATIVE_GAS}.")
    return SignedElsewhere(
        signed=Signed(raw=raw, txid=txid),
        senders=found.senders,
        outputs=found.outputs,
        max_fee_minor=found.max_fee_minor,
        replay_tokens=tokens,
        rate=fields.max_fee,
        nonce=fields.nonce,
    )
