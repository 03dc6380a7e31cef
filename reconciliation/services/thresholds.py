"""Changing up to which difference the house helps itself: an administrator's to say."""

from datetime import datetime

from django.db import transaction as database

import events.services
from assets.queries import get_asset
from kit.errors import InvalidInput
from kit.money import MAX_MINOR
from reconciliation.models import Threshold


@database.atomic
def change(*, asset: str, minor: int, actor: str, now: datetime) -> Threshold:
    """
    Set the threshold of an asset, in its minor units; the same again changes nothing.

    :raises UnknownAsset: if there is no such asset
    :raises InvalidInput: if it is below zero or beyond every amount
    """
    get_asset(asset)
    if not 0 <= minor <= MAX_MINOR:
        raise InvalidInput("This is no amount.", fields={"minor": ["A whole number of minor units, zero or more."]})
    Threshold.objects.bulk_create([Threshold(asset=asset, minor=0)], ignore_conflicts=True)
    found = Threshold.objects.select_for_update(of=("self",), no_key=True).get(pk=asset)
    if found.minor == minor:
        return found
    data = {"asset": asset, "minor": str(minor), "minor_before": str(found.minor)}
    found.minor, found.updated_by, found.updated_at = minor, actor, now
    found.save()
    events.services.record(type="threshold.changed", subject=found, actor=actor, now=now, data=data)
    return found
