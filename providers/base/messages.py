"""Short messages to telephones, by companies that deliver them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from providers.base.common import Access, WebhookNews

BAD_NUMBER = "bad_number"
"""The reason of a ProviderRefused that says the number takes no messages, whatever is sent to it."""


@dataclass(frozen=True)
class Message:
    """
    One message; `operation_id` is ours, the same for every repetition.

    Not every company takes a key for it. Where it takes none, `asked_before` says when this message was first handed
    over without an answer being had: the adapter then looks for it there before it sends it again.
    """

    operation_id: str
    to: str = field(repr=False)  # E.164: + and up to 15 digits
    text: str = field(repr=False)
    asked_before: datetime | None = None


class MessageStage(StrEnum):
    """How far a message is, in our words."""

    ABSENT = "absent"  # the provider does not know it
    QUEUED = "queued"
    SENT = "sent"  # the telephone's own network has it
    DELIVERED = "delivered"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self in {MessageStage.DELIVERED, MessageStage.FAILED}


@dataclass(frozen=True)
class MessageState:
    stage: MessageStage
    message_id: str = ""  # the provider's own id
    error: str = ""  # its number of what went wrong
    is_number_bad: bool = False  # this number takes no messages, whatever is sent to it
    segments: int = 0  # how many parts it is charged as


class MessageProvider(Protocol):
    """
    Messages to telephones.

    Every method raises ProviderUnavailable (no usable answer; `has_left` tells whether it may have been
    acted upon) or ProviderRefused (the provider understood and said no).
    """

    def __init__(self, access: Access) -> None: ...

    def send_message(self, message: Message) -> MessageState: ...

    def check_message(self, message_id: str) -> MessageState:
        """Return how the message with the provider's id stands."""
        ...

    def read_webhook(self, *, headers: Mapping[str, str], raw: bytes, now: datetime) -> Sequence[WebhookNews]:
        """
        Check the signature; the operation it names is the provider's id of the message.

        :raises WebhookForged: if the signature is wrong
        """
        ...
