"""What several nodes say, made one: all alike, or nothing."""

from collections.abc import Mapping
from typing import TypeVar

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
