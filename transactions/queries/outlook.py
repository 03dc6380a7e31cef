"""What comes next, how long it usually takes, and what the person can do: beside each status message."""

from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from transactions.models import Status, SubStatus, Transaction

INFORMATION, WARNING, ERROR, SUCCESS = "information", "warning", "error", "success"
TONES = (INFORMATION, WARNING, ERROR, SUCCESS)
BETWEEN_PEOPLE = (Transaction.Type.TRANSFER, Transaction.Type.REFUND)
UNKNOWN_LONG = (
    *(SubStatus.WAITING_FOR_LIQUIDITY, SubStatus.WAITING_FOR_LOWER_FEES),
    *(SubStatus.SENDS_HALTED, SubStatus.WAITING_FOR_GAS, SubStatus.WAITING_FOR_YOU),
)
"""What nobody can say how long it takes: there is no estimate rather than a guess."""

SECONDS_AT_ONCE = 5
"""What our own steps take, rounded up."""


class Outlook(NamedTuple):
    """`seconds` is the usual time until it is done, or None where that is not known or it is over."""

    tone: str
    next_step: str
    seconds: int | None


def outlook(transaction: Transaction, *, incoming: bool, can_cancel: bool, can_replace: bool = False) -> Outlook:
    """Return what comes next for this person; nothing is read for it."""
    if can_replace:
        following = _("Nothing: it is on its way. While it is in no block, you can speed it up or call it off.")
    else:
        following = _next_step(transaction, incoming=incoming, can_cancel=can_cancel)
    return Outlook(tone(transaction), following, seconds_left(transaction))


def tone(transaction: Transaction) -> str:
    """Return whether its message informs, warns, tells of an error, or of success."""
    if transaction.status == Status.COMPLETED:
        return WARNING if transaction.failure_code else SUCCESS
    if transaction.status == Status.FAILED:
        return ERROR
    waits = transaction.sub_status in UNKNOWN_LONG and transaction.status != Status.BLOCKCHAIN_PENDING
    is_odd = transaction.status in (Status.COMPENSATING, Status.PROVIDER_FAILOVER)
    return WARNING if waits or is_odd else INFORMATION


def seconds_left(transaction: Transaction) -> int | None:
    """Return the usual time until the money is there: blocks that are missing, and what the company usually takes."""
    status = Status(transaction.status)
    if status in (Status.COMPLETED, Status.FAILED, Status.COMPENSATING):
        return None
    if transaction.type in BETWEEN_PEOPLE or status in (Status.BLOCKCHAIN_CONFIRMED, Status.BALANCE_UPDATED):
        return SECONDS_AT_ONCE
    network = settings.NETWORKS[transaction.network_id]
    required = transaction.required_confirmations or network.confirmations
    if status == Status.BLOCKCHAIN_PENDING:
        return int(max(required - transaction.confirmations, 1) * network.block_seconds)
    if transaction.sub_status in UNKNOWN_LONG:
        return None
    if transaction.type == Transaction.Type.ON_RAMP:
        usual = _companys_seconds(transaction)
        return None if usual is None else usual + int(required * network.block_seconds)
    queued = dict(network.batch_seconds).get(transaction.priority, 0)
    is_queued = transaction.sub_status == SubStatus.WAITING_FOR_BATCH
    return SECONDS_AT_ONCE + (queued if is_queued else 0) + int(required * network.block_seconds)


def in_words(seconds: int) -> str:
    """Return a waiting time in words: about 36 seconds, about 12 minutes, about 2 hours."""
    if seconds < 90:
        return ngettext("about %d second", "about %d seconds", seconds) % seconds
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("about %d minute", "about %d minutes", minutes) % minutes
    hours = round(minutes / 60)
    return ngettext("about %d hour", "about %d hours", hours) % hours


def _companys_seconds(transaction: Transaction) -> int | None:
    """Return what the chosen company said it usually takes from payment to delivery."""
    candidates = transaction.choice.get("candidates", [])
    own = (each["seconds"] for each in candidates if each.get("provider") == transaction.provider)
    return next((round(Decimal(seconds)) for seconds in own), None)  # kept as the figure it was chosen by: 600.00


def _next_step(transaction: Transaction, *, incoming: bool, can_cancel: bool) -> str:  # noqa: PLR0911  # one each
    status = Status(transaction.status)
    if status == Status.COMPLETED:
        return ""
    if status == Status.FAILED:
        return _after_failure(transaction, incoming=incoming)
    if transaction.sub_status == SubStatus.WAITING_FOR_YOU:
        return _("Pay on your payment partner's page, ask for more time, or cancel it.")
    if status == Status.COMPENSATING:
        return _("Nothing: what is yours comes back by itself, and you are told when it has.")
    if status in (Status.BLOCKCHAIN_CONFIRMED, Status.BALANCE_UPDATED):
        return _("Nothing: it is only being written down.")
    if transaction.sub_status == SubStatus.WAITING_FOR_LOWER_FEES and can_cancel:
        return _("Wait until fees fall, or cancel it and send it again with a higher fee.")
    if can_cancel:
        return _("Nothing: it goes on by itself. As long as it has not been signed, you can still cancel it.")
    if status == Status.BLOCKCHAIN_PENDING and not incoming:
        return _("Nothing: it is on its way, and cannot be called back any more.")
    return _("Nothing: it goes on by itself, and you are told when it is done.")


def _after_failure(transaction: Transaction, *, incoming: bool) -> str:
    if transaction.type == Transaction.Type.ON_RAMP:
        return _("If you have paid, your payment partner gives the money back. You can start a new purchase.")
    if incoming:
        return _("Ask whoever sent it; they can look it up by its network id and send it again.")
    return _("What was held is back in your wallet. You can send it again.")
