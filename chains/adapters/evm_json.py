"""
What EVM nodes write in JSON: quantities, and signed transactions, put back into the bytes that are on the chain.

Those of every form there is: what has used up a place of ours may be of one that this house never signs, and only its
bytes, whose hash is its id, prove that. Fields and their order are those of EIP-155, 2930, 1559, 4844 and 7702.
"""

import re
from collections.abc import Mapping
from typing import Any

import rlp

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)

_CALL = ("gas", "to", "value", "input")
_DYNAMIC = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", *_CALL, "accessList")
_FORMS: Mapping[int, tuple[str, ...]] = {
    0: ("nonce", "gasPrice", *_CALL),
    1: ("chainId", "nonce", "gasPrice", *_CALL, "accessList"),
    2: _DYNAMIC,
    3: (*_DYNAMIC, "maxFeePerBlobGas", "blobVersionedHashes"),
    4: (*_DYNAMIC, "authorizationList"),
}
_AUTHORIZATION = ("chainId", "address", "nonce", "yParity", "r", "s")


def quantity(text: Any) -> int:
    """Return a number as JSON-RPC writes it. :raises ValueError: for any other form, a sign, or more than 256 bits"""
    if not isinstance(text, str) or not _QUANTITY.fullmatch(text):
        raise ValueError("not a quantity")
    return int(text, 16)


def signed_bytes(found: Mapping[str, Any]) -> bytes:
    """Put a transaction together from its fields. :raises KeyError, TypeError, ValueError: if they make none"""
    form = quantity(found.get("type", "0x0"))
    parity = "yParity" if form and "yParity" in found else "v"
    content = rlp.encode([_item(found, name) for name in (*_FORMS[form], parity, "r", "s")])
    return bytes([form] if form else b"") + bytes(content)


def _item(found: Mapping[str, Any], name: str) -> Any:
    if name == "accessList":
        return [[_bytes(each["address"]), [*map(_bytes, each["storageKeys"])]] for each in found.get(name) or ()]
    if name == "authorizationList":
        return [[_item(each, part) for part in _AUTHORIZATION] for each in found[name]]
    if name == "blobVersionedHashes":
        return [*map(_bytes, found[name])]
    if name == "to" and found[name] is None:
        return b""  # a contract's creation
    return _bytes(found[name]) if name in {"to", "input", "address"} else quantity(found[name])


def _bytes(text: str) -> bytes:
    if text[:2] != "0x":
        raise ValueError("not bytes")
    return bytes.fromhex(text[2:])
