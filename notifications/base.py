"""The port of every channel by which people are told, and its frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol


class Frame(NamedTuple):
    """What stands around every message, in its reader's own words."""

    look: str  # the link in a mail
    since: str  # before the titles of others in one mail
    more: str  # after them, %(more)s
    choose: str  # the link to the settings
    always: str  # under security alerts
    and_another: str  # at the end of the subject of a mail about two
    and_others: str  # of one about more
    reference: str  # before the reference at the end of a text message
    code: str  # the text message with a code, %(code)s


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
    frame: Frame = field(kw_only=True)


@dataclass(frozen=True)
class Target:
    """Whom to tell: an e-mail address, a number or a URL; `secrets` sign what goes to a URL, the newest first."""

    address: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    timeout_seconds: float = 10.0
    may_be_near: bool = False  # may lead to this machine or its neighbours: development only
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)  # that what is sent is encrypted with
    sender: str = ""  # who we are, to a push service: an https:// or mailto: address
    is_urgent: bool = False
    delivery: str = ""  # its id: one letter may go to several places
    asked_before: datetime | None = None  # it was handed over then, and no answer was had


@dataclass(frozen=True)
class Receipt:
    """What the other side said when it took it."""

    status: int | None = None
    text: str = ""
    reference: str = ""  # the other side's own id of it, where it reports later how it went


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
