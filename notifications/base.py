"""The port of every channel by which people are told, and its frozen values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Letter:
    """What is told, in its reader's own words; `id` stays the same however often it is sent."""

    id: str
    kind: str  # notifications.policy.Kind
    topic: str
    title: str
    text: str
    url: str  # where to look, absolute
    language: str
    happened_at: datetime
    also: tuple[str, ...] = ()  # the titles of others that came with it, where many are told at once
    more: int = 0  # and so many beyond those


@dataclass(frozen=True)
class Target:
    """Whom to tell: an e-mail address or a URL; `secrets` sign what goes to a URL, the newest first."""

    address: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    timeout_seconds: float = 10.0
    may_be_near: bool = False  # may lead to this machine or its neighbours: development only


@dataclass(frozen=True)
class Receipt:
    """What the other side said when it took it."""

    status: int | None = None
    text: str = ""


class DeliveryFailed(Exception):
    """
    It was not taken, or nobody knows. `is_final`: trying again would change nothing.

    `is_gone`: whoever is there says that nobody wants to be told there any more. The reason is shown to operators
    and to the owner of an endpoint, and holds nothing secret.
    """

    def __init__(
        self, reason: str, *, status: int | None = None, is_final: bool = False, is_gone: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.is_final = is_final or is_gone
        self.is_gone = is_gone


class Channel(Protocol):
    """One way of telling people."""

    def send(self, letter: Letter, target: Target, *, now: datetime) -> Receipt:
        """
        Hand the letter over. It may have been taken although this raises, so the same letter may come twice.

        :raises DeliveryFailed: if it was not taken, or no answer came in time
        """
