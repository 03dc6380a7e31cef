"""Whether sends of an asset are halted: nothing of it leaves then, neither as what is sent nor as a network's fee."""

from django.db.models import QuerySet

from transactions.errors import SendsHalted
from transactions.models import SendHalt, Transaction


def find_halt(asset: str) -> SendHalt | None:
    """Return the halt that sends of this asset are under now, or None."""
    return open_halts().filter(asset_id=asset).first()


def halt_over(transaction: Transaction) -> SendHalt | None:
    """Return a halt that keeps this transaction from being signed: of its asset, or of the one that pays its fee."""
    return _halt_of(transaction.asset_id, transaction.fee_asset_id)


def open_halts() -> QuerySet[SendHalt]:
    """Return every halt that is not over."""
    return SendHalt.objects.exclude(status=SendHalt.State.RESUMED)


def last_resumed(asset: str) -> SendHalt | None:
    """Return the halt of this asset that was resumed last, or None."""
    return SendHalt.objects.filter(asset_id=asset, status=SendHalt.State.RESUMED).order_by("-updated_at").first()


def check_sends_allowed(asset: str, *, fee_asset: str) -> None:
    """
    Pass in silence unless sends of this asset are halted, or of the one that pays the network for them.

    :raises SendsHalted: if they are; it says of which asset, and why
    """
    found = _halt_of(asset, fee_asset)
    if found is not None:
        raise SendsHalted(_what(asset, found.asset_id), why=found.reason, halted_asset=found.asset_id)


def check_may_leave(transaction: Transaction) -> None:
    """
    Pass in silence unless signing this transaction would let something of a halted asset leave.

    :raises SendsHalted: if it would
    """
    check_sends_allowed(transaction.asset_id, fee_asset=transaction.fee_asset_id)


def _halt_of(asset: str, fee_asset: str) -> SendHalt | None:
    """Return the asset's own halt before that of the asset which pays its fee."""
    found = {halt.asset_id: halt for halt in open_halts().filter(asset_id__in={asset, fee_asset})}
    return found.get(asset) or found.get(fee_asset)


def _what(asset: str, halted: str) -> str:
    if asset == halted:
        return f"Sends of {asset} are paused while we check something."
    return f"Sends of {asset} are paused: their network fee is paid in {halted}, of which nothing leaves now."
