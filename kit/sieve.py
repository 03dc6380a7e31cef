"""Whether a text may be among very many, at a few bits each: a look before the exact one."""

from collections.abc import Iterable

BITS_EACH = 64
"""At twice as many as it was made for, one stranger in 250 passes; at as many, one in 1,000."""


class Sieve:
    """
    A Bloom filter of two bits a text: "no" is certain, "yes" is not, and either costs the same however many it holds.

    Python's own hash has a key that each process draws for itself, so nobody outside can choose texts that pass.
    """

    def __init__(self, *, expected: int) -> None:
        bits = 1 << max(16, (expected * BITS_EACH - 1).bit_length())
        self._mask = bits - 1
        self._bytes = bytearray(bits // 8)
        self.room = 2 * bits // BITS_EACH
        self.count = 0

    def add(self, texts: Iterable[str]) -> None:
        """Let these pass; `count` counts those that did not."""
        held, mask = self._bytes, self._mask
        for text in texts:
            code = hash(text)
            is_new = False
            for place in (code & mask, (code >> 32) & mask):
                if not held[place >> 3] & (1 << (place & 7)):
                    held[place >> 3] |= 1 << (place & 7)
                    is_new = True
            self.count += is_new

    def passing(self, texts: Iterable[str]) -> list[str]:
        """Return those that may be among them."""
        held, mask = self._bytes, self._mask
        passed = []
        for text in texts:
            code = hash(text)
            place = code & mask
            if held[place >> 3] & (1 << (place & 7)):
                place = (code >> 32) & mask
                if held[place >> 3] & (1 << (place & 7)):
                    passed.append(text)
        return passed
