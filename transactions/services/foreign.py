"""What a key kept elsewhere has signed, stored as if it had been signed here: to be followed, and never signed anew."""

from datetime import datetime

from assets.queries import get_network
from chains.errors import SignedRefused
from chains.values import SignedElsewhere
from transactions.models import Attempt, Transaction
from transactions.services import coins


def store(transaction: Transaction, signed: SignedElsewhere, *, now: datetime) -> Attempt:
    """
    Store what a key kept elsewhere has signed, inside the caller's database transaction, which books it.

    What it pays the hot wallet counts like our own change: to be spent once confirmed.

    :raises SignedRefused: if a coin of it is taken by something else
    """
    attempt = Attempt.objects.create(
        transaction=transaction,
        number=1,
        network_id=transaction.network_id,
        txid=signed.signed.txid,
        raw=signed.signed.raw,
        sender=transaction.from_address,
        nonce=signed.nonce,
        replay_tokens=list(signed.replay_tokens),
        max_fee_minor=signed.max_fee_minor,
        created_at=now,
        updated_at=now,
    )
    if get_network(transaction.network_id).family == "bitcoin":
        if not coins.are_free(network=transaction.network_id, tokens=signed.replay_tokens):
            raise SignedRefused("A coin that it spends is spent already, or by something else that is on its way.")
        coins.reserve(attempt=attempt, unsigned=signed, change_address=transaction.to_address)
    return attempt
