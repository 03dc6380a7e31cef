"""A provider's webhook is a bell: the transaction it is about asks the provider how it stands."""

from datetime import datetime

from django.db import transaction as database

from providers.models import Webhook
from providers.services import inbox
from transactions.models import Transaction
from transactions.services import lifecycle
from transactions.services.schedule import wake


@database.atomic
def take(item: Webhook, *, now: datetime) -> None:
    """
    Have the transaction looked at, or park the webhook if there is none yet.

    :raises IllegalMove: if another worker has taken it
    """
    transaction_id, _, provider = item.operation_id.rpartition("-")
    found = Transaction.objects.filter(pk=transaction_id, type=Transaction.Type.ON_RAMP).first()
    if found is None or provider != item.provider_id:  # nobody rings for what is at another company
        inbox.park(item, "No transaction of ours is known by this.", now)
        return
    inbox.done(item, now)
    lifecycle.tell(found, "ProviderResponseReceived", category="integration", now=now)
    wake(found.pk, now=now)
