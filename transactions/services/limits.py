"""How much one person may send in a day, valued at today's prices. Without a fresh price it fails closed."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum

import rates.queries
from kit.locks import wait_for_turn
from kit.money import Money
from transactions.errors import LimitExceeded, LimitUnknown
from transactions.models import Status, Transaction

WINDOW = timedelta(days=1)
CURRENCY = "USD"


def take_send_limit(*, user_id: str, money: Money, now: datetime) -> None:
    """
    Check it once more where the send is written: one after the other for each person, so that no two share the rest.

    :raises LimitExceeded, LimitUnknown: as check_send_limit
    """
    if settings.SEND_LIMIT_USD:
        wait_for_turn(f"send_limit:{user_id}")
        check_send_limit(user_id=user_id, money=money, now=now)


def check_send_limit(*, user_id: str, money: Money, now: datetime) -> None:
    """
    Pass in silence if what this person has sent within WINDOW and this together stay within settings.SEND_LIMIT_USD.

    0 there means no limit. What failed does not count; what is on its way does.

    :raises LimitExceeded: if they do not
    :raises LimitUnknown: if something of it has no fresh price: nothing is let through on a guess
    """
    limit = settings.SEND_LIMIT_USD
    if not limit:
        return
    sent = Transaction.objects.filter(user_id=user_id, type=Transaction.Type.SEND, created_at__gt=now - WINDOW).exclude(
        status=Status.FAILED
    )
    totals = sent.order_by().values_list("asset_id").annotate(total=Sum("amount_minor"))
    amounts = [Money(int(total), asset) for asset, total in totals]
    values = [each.value for each in rates.queries.values(amounts=[*amounts, money], currency=CURRENCY, now=now)]
    if any(value is None for value in values):
        raise LimitUnknown
    if sum(value for value in values if value is not None) > limit:
        raise LimitExceeded(f"You can send {limit} {CURRENCY} a day, and this would be more.")
