"""What several nodes say, made one: all alike, or nothing."""

from collections.abc import Mapping
from typing import TypeVar

from chains.base import BlockRef
from chains.errors import NodesDisagree, NodeUnavailable

T = TypeVar("T")


def agreed(answers: Mapping[str, T], *, network: str, what: str) -> T:
    """
    Return what all nodes said.

    :raises NodesDisagree: if they did not all say the same
    :raises NodeUnavailable: if none said anything
    """
    if not answers:
        raise NodeUnavailable(f"No node of {network} could say {what}.")
    said = list(answers.values())
    if any(other != said[0] for other in said[1:]):
        raise NodesDisagree(f"The nodes {', '.join(sorted(answers))} of {network} do not say the same of {what}.")
    return said[0]


def witnesses(hashes: Mapping[str, str], *, network: str, block: BlockRef) -> int:
    """Return how many nodes have this block, by the hashes they have at its height. :raises: as agreed"""
    what = f"which block is at {block.height}"
    if agreed(hashes, network=network, what=what) != block.hash:
        raise NodesDisagree(f"Block {block.height} of {network} is another one than the one we have read.")
    return len(hashes)
