"""What people were shown a price for: whether they went on is summed up by whoever reads the events."""

from datetime import datetime

from django.db import transaction as database

import events.services
from assets.queries import get_asset
from wallets.models import Wallet


@database.atomic
def note(*, user_id: str, wallet_id: str, type: str, asset: str, now: datetime) -> None:
    """Record that this person was shown what a movement of this type would cost, or what is offered for it."""
    events.services.record(
        type="preview.shown",
        subject=Wallet(pk=wallet_id),
        actor=user_id,
        user_id=user_id,
        now=now,
        data={"type": type, "network": get_asset(asset).network_id, "asset": asset},
    )
