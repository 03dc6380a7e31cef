"""Which block holds the bytes that we have signed, as the scanner reads it."""

from chains.values import Block
from transactions.models import Attempt


def see_block(*, network: str, block: Block) -> None:
    """
    Take note of bytes of ours that a block holds; inside the caller's transaction.

    Those that moved something succeeded (`height`). Those that failed moved nothing, and yet
    their token is used up and their fee paid: they are held, too (`seen_height`).
    """
    ours = Attempt.objects.filter(network_id=network)
    held = set(ours.filter(txid__in=block.txids).values_list("txid", flat=True))
    if not held:
        return
    ours.filter(txid__in=held).update(seen_height=block.ref.height)
    moved = held & {movement.txid for movement in block.movements}
    ours.filter(txid__in=moved).update(height=block.ref.height)


def forget_blocks(*, network: str, above: int) -> None:
    """Undo what blocks above this height said of our bytes."""
    Attempt.objects.filter(network_id=network, seen_height__gt=above).update(height=None, seen_height=None)
    Attempt.objects.filter(network_id=network, conflict_height__gt=above).update(conflict_height=None)
