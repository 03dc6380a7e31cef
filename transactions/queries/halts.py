"""Whether sends of an asset are halted."""

from django.db.models import QuerySet

from transactions.errors import SendsHalted
from transactions.models import SendHalt


def find_halt(asset: str) -> SendHalt | None:
    """Return the halt that sends of this asset are under now, or None."""
    return open_halts().filter(asset_id=asset).first()


def open_halts() -> QuerySet[SendHalt]:
    """Return every halt that is not over."""
    return SendHalt.objects.exclude(status=SendHalt.State.RESUMED)


def last_resumed(asset: str) -> SendHalt | None:
    """Return the halt of this asset that was resumed last, or None."""
    return SendHalt.objects.filter(asset_id=asset, status=SendHalt.State.RESUMED).order_by("-updated_at").first()


def check_sends_allowed(asset: str) -> None:
    """
    Pass in silence unless sends of this asset are halted.

    :raises SendsHalted: if they are
    """
    if find_halt(asset) is not None:
        raise SendsHalted(f"Sends of {asset} are paused while we check something.")
