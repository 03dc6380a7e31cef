"""What only the network knows of a payment, asked for before the database transaction that signs it."""

from dataclasses import replace

from django.conf import settings

import chains.queries
from chains.errors import NodeUnavailable
from chains.values import Payment


def prepare(payment: Payment, *, network: str) -> Payment:
    """
    Return the payment with what its bytes must have: where they expire, the block or the epoch they are bound to.

    That is the last one we have read ourselves. So when they are dead follows from our own count of blocks.

    :raises NodeUnavailable: if no node answered, or we are too far behind to be bound to a block that we know
    :raises PaymentImpossible: if the network would refuse it, whatever we hold
    """
    adapter, valid_blocks = chains.queries.get_adapter(network), settings.NETWORKS[network].valid_blocks
    if valid_blocks:
        newest, head = chains.queries.newest_block(network=network), adapter.head()
        if newest is None or head.number - newest.number > valid_blocks // 3:
            raise NodeUnavailable("The last blocks of the network have yet to be read.")
        payment = replace(payment, recent=newest.hash, last_height=newest.number + valid_blocks)
    return _bound(adapter.prepare(payment), network=network, lasts=0 if valid_blocks else adapter.lasts())


def _bound(payment: Payment, *, network: str, lasts: int) -> Payment:
    """Have what names a last block of its own (Stellar) end where we can tell, not where a node says that it is now."""
    if not lasts:
        return payment
    newest = chains.queries.newest_block(network=network)
    if newest is None or payment.last_height - lasts - newest.height > lasts // 3:
        raise NodeUnavailable("The last blocks of the network have yet to be read.")
    return replace(payment, last_height=newest.height + lasts)
