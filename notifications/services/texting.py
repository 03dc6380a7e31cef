"""
Text messages: whichever company can send them, and the channel that does.

The channel stands here and not among the adapters: it speaks to no company itself, but through `providers`, where the
companies' own adapters, their breakers and the log of calls are.
"""

from collections.abc import Callable
from datetime import datetime

from notifications.base import DeliveryFailed, Letter, Receipt, Target
from providers.base import BAD_NUMBER, Kind, Message, MessageState
from providers.errors import ProviderRefused, ProviderUnavailable
from providers.policy import Needs
from providers.services import call, eligible

SENDER_NAME = "Holdfast"
LONGEST = 300
"""Characters of one message: two parts where it has signs beyond the plain alphabet."""


class SmsChannel:
    """
    Title and reference, and no link: nobody should learn to follow links in text messages.

    The reference makes every text another one, by which a company that takes no keys can be asked for it.
    """

    def send(self, letter: Letter, target: Target, *, now: datetime) -> Receipt:
        """
        Hand the message to a company.

        :raises DeliveryFailed: if none took it, or nobody knows; gone: the number takes no messages
        """
        state = text(
            operation_id=target.delivery,
            to=target.address,
            words=words_of(letter),
            asked_before=target.asked_before,
            now=now,
        )
        return Receipt(text="The company took it.", reference=state.message_id)


def words_of(letter: Letter) -> str:
    """Return the words of the text message."""
    foot = f" {letter.frame.reference} {letter.id[-6:]}"
    return f"{SENDER_NAME}: {letter.title}"[: LONGEST - len(foot) - 1] + "." + foot


def text(*, operation_id: str, to: str, words: str, asked_before: datetime | None, now: datetime) -> MessageState:
    """
    Have one of the companies send a message, the next one where the first cannot have got it.

    Outside of any transaction. `asked_before`: it was handed over then without an answer, and may be there.

    :raises DeliveryFailed: if none took it, or nobody knows; gone: the number takes no messages
    """
    message = Message(operation_id=operation_id, to=to, text=words, asked_before=asked_before)
    failure = DeliveryFailed("No company is set up for text messages.")
    for provider in eligible(kind=Kind.MESSAGE, needs=Needs(operation="send_message"), now=now)[0]:
        try:
            return call(
                provider=provider,
                operation="send_message",
                operation_id=operation_id,
                ask=_asking(message),
                now=now,
                subject=f"notifications:{operation_id}",
            )
        except ProviderRefused as refusal:
            is_gone = refusal.reason == BAD_NUMBER
            raise DeliveryFailed(refusal.what_happened, is_final=True, is_gone=is_gone) from refusal
        except ProviderUnavailable as unavailable:
            failure = DeliveryFailed(f"The company did not take it: {unavailable.kind}.")
            if unavailable.has_left:
                break
    raise failure


def _asking(message: Message) -> Callable[..., MessageState]:
    def ask(adapter: object) -> MessageState:
        state: MessageState = adapter.send_message(message)  # type: ignore[attr-defined]
        return state

    return ask
