"""Numbers that a sender's transactions take one after another, where networks count them."""

from collections.abc import Collection

from django.db.models import Exists, Max, OuterRef

from assets.queries import get_network
from transactions.errors import LaneBusy
from transactions.models import Attempt, NonceLane, Transaction


def next_nonce(transaction: Transaction, *, sender: str, floor: int, head: int) -> int | None:
    """
    Take the sender's next nonce under its lane's row lock.

    What follows from the attempts there are, and not from a counter of its own, cannot drift; the network's count
    (`floor`) is where it begins. Where numbers must be used in order, a gap is filled first: whatever stands behind it
    would wait for ever. Where transactions have a last block, the next one of a sender waits until it is known what
    became of the one before: numbers need not be used in order there, and the later would kill the earlier.

    :raises LaneBusy: if that is not known
    """
    network = get_network(transaction.network_id)
    if not network.is_numbered:
        return None
    lane = _lock(transaction.network_id, sender)
    signed = Attempt.objects.filter(network_id=transaction.network_id, sender=sender)
    if busy(network=transaction.network_id, senders={sender}, head=head):
        raise LaneBusy
    if network.family == "evm":
        nonce = _first_free(set(signed.filter(nonce__gte=floor).values_list("nonce", flat=True)), floor)
    else:
        last = signed.aggregate(last=Max("nonce"))["last"]
        nonce = max(floor, 0 if last is None else last + 1)
    lane.next_nonce = nonce + 1
    lane.save(update_fields=["next_nonce"])
    return nonce


def busy(*, network: str, senders: Collection[str], head: int) -> set[str]:
    """
    Return the senders of whom something may still land that nobody has seen land; where transactions have a last block.

    What has a number that a block has used up is none of it, as what was sped up: one of them has landed.
    """
    signed = Attempt.objects.filter(network_id=network, sender__in=senders)
    waiting = signed.filter(status=Attempt.State.SIGNED, seen_height__isnull=True, last_block__gte=head)
    used_up = signed.filter(sender=OuterRef("sender"), seen_height__isnull=False, nonce__gte=OuterRef("nonce"))
    return set(waiting.exclude(Exists(used_up)).values_list("sender", flat=True))


def _lock(network: str, sender: str) -> NonceLane:
    lanes = NonceLane.objects.select_for_update(no_key=True)
    lane = lanes.filter(network_id=network, sender=sender).first()
    if lane is not None:
        return lane
    fresh = NonceLane(network_id=network, sender=sender)
    NonceLane.objects.bulk_create([fresh], ignore_conflicts=True)  # whoever is second finds the first one's
    return lanes.get(network_id=network, sender=sender)


def _first_free(taken: set[int | None], floor: int) -> int:
    nonce = floor
    while nonce in taken:
        nonce += 1
    return nonce
