"""
At most one can land: what keeps signed attempts of one transaction from landing beside each other.

Ethereum: the same sender and number. Bitcoin: an input in common with every earlier attempt. Stellar: the same
sequence, or its last ledger has passed. Solana and Sui: their last block has passed. Wherever one has passed, it must
be proved besides that it did not land before.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class ConflictSet:
    """
    One attempt: the places of replay it uses up, and the last block that can hold it (None: any).

    `is_seen`: a block that we have read holds it. `has_landed`: it is settled. `is_dead`: it is proved never to land.
    """

    tokens: frozenset[str]
    last_block: int | None = None
    is_seen: bool = False
    has_landed: bool = False
    is_dead: bool = False


def may_sign_again(earlier: Iterable[ConflictSet], *, tokens: Collection[str], read_to: int) -> bool:
    """
    Say whether it is proved that at most one of these and of what uses up `tokens` can ever land.

    `read_to`: the last block that no reorg takes back, as we have counted them ourselves; 0: none is known.
    """
    return not any(_may_land_beside(each, frozenset(tokens), read_to) for each in earlier)


def _may_land_beside(earlier: ConflictSet, tokens: frozenset[str], read_to: int) -> bool:
    if earlier.is_dead:
        return False
    if earlier.has_landed:
        return True
    has_passed = earlier.last_block is not None and earlier.last_block < read_to
    if has_passed and not earlier.is_seen:
        return False
    return not earlier.tokens & tokens
