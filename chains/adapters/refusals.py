"""What nodes say when they do not take a transaction: no two programs use the same words."""

from collections.abc import Callable, Iterable, Sequence

from chains.endpoints import EndpointDown, Reply, RpcRefused
from chains.errors import NodeUnavailable
from chains.values import Broadcast, Outcome

Table = tuple[tuple[str, str], ...]
"""Part of a node's message, in lower case, and the Broadcast.code it means; the first that fits counts."""


def conclude(
    replies: Sequence[Reply], *, already: Iterable[str], table: Table, is_known: Callable[[], bool]
) -> Broadcast:
    """
    Return how handing the same bytes to every node ended.

    :param is_known: asks whether a node knows the transaction: what sounds like a refusal is also what nodes say of
        one that is mined. It may raise NodeUnavailable
    """
    if any(is_there(reply, already) for reply in replies):
        return Broadcast(Outcome.SUCCEEDED)
    try:
        if is_known():
            return Broadcast(Outcome.SUCCEEDED)
    except NodeUnavailable:
        return Broadcast(Outcome.UNKNOWN, reason="No node answered.")
    return verdict(replies, table)


def is_there(reply: Reply, phrases: Iterable[str]) -> bool:
    """Say whether the node has this very transaction now: it took it, or it says so in one of these phrases."""
    if reply.error is None:
        return True
    return isinstance(reply.error, RpcRefused) and _has_any(reply.error.message, phrases)


def verdict(replies: Iterable[Reply], table: Table) -> Broadcast:
    """
    Judge a broadcast that no node is known to have taken.

    FAILED only if every node that can have received it gave a refusal this table knows; a silence on
    the way or a word never heard before is UNKNOWN, because refunding on a guess pays twice.
    """
    errors = [reply.error for reply in replies]
    if any(isinstance(error, EndpointDown) and error.has_left for error in errors):
        return Broadcast(Outcome.UNKNOWN, reason="A node did not answer in time.")
    refused = [error for error in errors if isinstance(error, RpcRefused)]
    codes = [_code(error.message, table) for error in refused]
    if refused and all(codes):
        return Broadcast(Outcome.FAILED, codes[0], refused[0].message)
    return Broadcast(Outcome.UNKNOWN, reason=refused[0].message if refused else "No node answered.")


def _code(message: str, table: Table) -> str:
    return next((code for part, code in table if part in message.lower()), "")


def _has_any(message: str, phrases: Iterable[str]) -> bool:
    return any(phrase in message.lower() for phrase in phrases)
