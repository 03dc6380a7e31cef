"""What the network has of a send since before a restore: taken over in place of signing, and never signed again."""

from datetime import datetime

import chains.queries
import custody.queries
from assets.queries import get_network
from chains.models import FoundSend
from transactions.models import Attempt, Coin, Transaction
from transactions.services.accounts import pays_its_own_fee


def take_over(transaction: Transaction, *, now: datetime) -> Attempt | None:
    """
    Store what the network has of it in place of signing; None where it has nothing, as nearly always.

    Inside the caller's database transaction, which books it.
    """
    found = chains.queries.found_send(transaction.pk)
    if found is None or Attempt.objects.filter(network_id=found.network, txid=found.txid).exists():
        return None
    family = get_network(found.network).family
    has_coins, has_nonces = family == "bitcoin", family in ("evm", "stellar")
    attempt = Attempt.objects.create(
        transaction=transaction,
        number=transaction.attempts.count() + 1,
        network_id=found.network,
        txid=found.txid,
        raw=bytes(found.raw),
        sender=custody.queries.hot_address(network=found.network) if has_coins else found.sender,
        nonce=int(found.replay_tokens[0].rpartition(":")[2]) if has_nonces else None,
        replay_tokens=found.replay_tokens,
        max_fee_minor=_most_fee(transaction, found),
        broadcast_count=1,
        created_at=now,
        updated_at=now,
    )
    if has_coins:
        _take_coins(attempt, found)
    return attempt


def _most_fee(transaction: Transaction, found: FoundSend) -> int:
    """Return what it can have cost: of one that empties an address of native coins, what it paid says so exactly."""
    if not pays_its_own_fee(transaction):
        return transaction.max_fee_minor
    return transaction.amount_minor - sum(int(minor) for _, minor, *_ in found.outputs)


def _take_coins(attempt: Attempt, found: FoundSend) -> None:
    """Tie the inputs to this attempt, and write down the change it has made."""
    for token in found.replay_tokens:
        txid, _, vout = token.partition(":")
        spent = Coin.objects.filter(network_id=found.network, txid=txid, vout=int(vout), reserved_by__isnull=True)
        spent.update(reserved_by=attempt)
    addresses = {address for address, *_ in found.outputs}
    change = custody.queries.treasury_addresses(network=found.network, among=addresses)
    for address, minor, _, vout, *_ in found.outputs:
        if address in change:
            Coin.objects.update_or_create(
                network_id=found.network,
                txid=found.txid,
                vout=vout,
                defaults={"address": address, "minor": int(minor), "is_change": True},
            )
