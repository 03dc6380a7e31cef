"""How deep JSON goes, told before it is parsed: a parser that follows it down may run over the end of the stack."""

import re

MOST_LEVELS = 200

# Possessive, and a text without an end is a token too: whatever the bytes are, each is looked at once.
_TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)


def is_too_deep(raw: bytes, *, most_levels: int = MOST_LEVELS) -> bool:
    """Tell whether it opens more than so many lists and objects within one another; it need not be valid JSON."""
    depth = 0
    for token in _TOKENS.finditer(raw):
        first = raw[token.start()]
        if first in b"[{":
            depth += 1
            if depth > most_levels:
                return True
        elif first in b"]}":
            depth -= 1
    return False
