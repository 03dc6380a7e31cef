"""BCS, the bytes that Sui signs and hashes (Binary Canonical Serialization): as much of it as payments need."""

import hashlib
import re
from collections.abc import Sequence

from embit import base58

from chains.values import ObjectVersion

ADDRESS_BYTES = 32
DIGEST_BYTES = 32

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}", re.ASCII)
_SHORT_ADDRESS = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)
_STRUCT = 7


class Malformed(ValueError):
    """These bytes are not what they should be."""


class Reader:
    """Takes bytes apart from the front; whatever is not in its one form is refused."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.place = 0

    def take(self, count: int) -> bytes:
        end = self.place + count
        if end > len(self._content):
            raise Malformed("too short")
        taken, self.place = self._content[self.place : end], end
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def u64(self) -> int:
        return self.number(8)

    def length(self) -> int:
        """Return a count or the number of a variant (ULEB128, 32 bits, no longer than it needs to be)."""
        value = 0
        for position in range(5):
            byte = self.number(1)
            value |= (byte & 0x7F) << 7 * position
            if byte < 0x80:
                if (position and not byte) or value >= 2**32:
                    raise Malformed("not a length in its one form")
                return value
        raise Malformed("not a length")

    def variant(self, *known: int) -> int:
        found = self.length()
        if found not in known:
            raise Malformed("another variant")
        return found

    def flag(self) -> bool:
        return bool(self.variant(0, 1))

    def bytes(self) -> bytes:
        return self.take(self.length())

    def digest(self) -> str:
        if self.length() != DIGEST_BYTES:
            raise Malformed("not a digest")
        return str(base58.encode(self.take(DIGEST_BYTES)))

    def address(self) -> str:
        return "0x" + self.take(ADDRESS_BYTES).hex()

    def text(self) -> str:
        return self.bytes().decode("ascii")

    def end(self) -> None:
        if self.place != len(self._content):
            raise Malformed("more than there should be")


def u64(value: int) -> bytes:
    return value.to_bytes(8, "little")


def length(value: int) -> bytes:
    written = b""
    while value > 0x7F:
        written, value = written + bytes([value & 0x7F | 0x80]), value >> 7
    return written + bytes([value])


def sized(content: bytes) -> bytes:
    return length(len(content)) + content


def listed(items: Sequence[bytes]) -> bytes:
    return length(len(items)) + b"".join(items)


def address(text: str) -> bytes:
    content = bytes.fromhex(text.removeprefix("0x"))
    if len(content) != ADDRESS_BYTES:
        raise Malformed("not an address")
    return content


def digest(text: str) -> bytes:
    """Return a digest that is written in base 58. :raises Malformed: if it is none"""
    try:
        content = bytes(base58.decode(text))
    except Exception as error:
        raise Malformed("not base 58") from error
    if len(content) != DIGEST_BYTES or base58.encode(content) != text:
        raise Malformed("not a digest")
    return sized(content)


def hashed(kind: str, content: bytes) -> str:
    """Return the digest of something in BCS, as the network writes it; `kind` is the name of its type."""
    whole = hashlib.blake2b(f"{kind}::".encode() + content, digest_size=DIGEST_BYTES)
    return str(base58.encode(whole.digest()))


def reference(at: ObjectVersion) -> bytes:
    return address(at.object_id) + u64(at.version) + digest(at.digest)


def read_reference(reader: Reader) -> ObjectVersion:
    return ObjectVersion(reader.address(), reader.u64(), reader.digest())


def coin_type(text: str) -> str:
    """
    Return a coin type in the one form it has here: 0x, 64 digits, ::module::NAME.

    :raises Malformed: if it is none, or one that depends on others
    """
    package, *names = text.split("::")
    if not _SHORT_ADDRESS.fullmatch(package) or len(names) != 2 or not all(map(_IDENTIFIER.fullmatch, names)):
        raise Malformed("not a coin type")
    return "::".join(["0x" + package[2:].lower().rjust(64, "0"), *names])


def type_tag(text: str) -> bytes:
    package, module, name = coin_type(text).split("::")
    return bytes([_STRUCT]) + address(package) + sized(module.encode()) + sized(name.encode()) + listed([])


def read_type_tag(reader: Reader) -> str:
    reader.variant(_STRUCT)
    text = "::".join([reader.address(), reader.text(), reader.text()])
    reader.variant(0)
    return coin_type(text)
