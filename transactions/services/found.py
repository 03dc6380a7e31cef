"""What the network has of a send since before a restore: taken over in place of signing, and never signed again."""

from collections.abc import Collection, Sequence
from datetime import datetime

import chains.queries
import custody.queries
from assets.queries import get_asset, get_network
from chains.models import FoundSend
from transactions.models import Attempt, Coin, Transaction
from transactions.services.accounts import is_sponsored, pays_its_own_fee


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


def is_waiting(transaction: Transaction) -> bool:
    """Say whether the network has something of it that is not taken over yet."""
    found = chains.queries.found_send(transaction.pk)
    return found is not None and not Attempt.objects.filter(network_id=found.network, txid=found.txid).exists()


def pays(transaction: Transaction, address: str, contract: str, minor: int) -> bool:
    """
    Say whether this is what the transaction would pay; one that empties an address pays what its fee has left.

    So it is too where the recipient of a sweep pays its fee: what comes to it is shown without that.
    """
    if (address, contract) != (transaction.to_address, get_asset(transaction.asset_id).contract):
        return False
    if pays_its_own_fee(transaction) or _is_paid_by_its_recipient(transaction):
        return 0 <= transaction.amount_minor - minor <= transaction.max_fee_minor
    return minor == transaction.amount_minor


def _is_paid_by_its_recipient(transaction: Transaction) -> bool:
    is_native_sweep = transaction.type == Transaction.Type.SWEEP and transaction.asset_id == transaction.fee_asset_id
    return is_native_sweep and is_sponsored(transaction.network_id)


def write_change(*, network: str, txid: str, outputs: Sequence[tuple[str, int, int]]) -> None:
    """Write down what comes back of it to the hot wallet: coins of (address, minor units, position)."""
    change = custody.queries.treasury_addresses(network=network, among={address for address, *_ in outputs})
    for address, minor, vout in outputs:
        if address in change:
            Coin.objects.update_or_create(
                network_id=network,
                txid=txid,
                vout=vout,
                defaults={"address": address, "minor": minor, "is_change": True},
            )


def fee_in_coins(*, network: str, tokens: Collection[str], paid: int) -> int:
    """Return what those who spend these coins of ours and pay so much have left to the network."""
    coins = Coin.objects.filter(network_id=network, txid__in={each.partition(":")[0] for each in tokens})
    return max(0, sum(coin.minor for coin in coins if str(coin) in tokens) - paid)


def _most_fee(transaction: Transaction, found: FoundSend) -> int:
    """
    Return what it can have cost, which is more than we know to have been agreed to where it was sped up since then.

    Of one that empties an address of native coins, what it paid says so exactly.
    """
    paid = sum(int(minor) for _, minor, *_ in found.outputs)
    if pays_its_own_fee(transaction):
        return transaction.amount_minor - paid
    adapter = chains.queries.get_adapter(found.network)
    if not adapter.replaces:
        return transaction.max_fee_minor
    if get_network(found.network).family == "bitcoin":
        return fee_in_coins(network=found.network, tokens=found.replay_tokens, paid=paid)
    return adapter.stated(bytes(found.raw))[1]


def _take_coins(attempt: Attempt, found: FoundSend) -> None:
    """Tie the inputs to this attempt, and write down the change it has made."""
    for token in found.replay_tokens:
        txid, _, vout = token.partition(":")
        spent = Coin.objects.filter(network_id=found.network, txid=txid, vout=int(vout), reserved_by__isnull=True)
        spent.update(reserved_by=attempt)
    outputs = [(address, int(minor), vout) for address, minor, _, vout, *_ in found.outputs]
    write_change(network=found.network, txid=found.txid, outputs=outputs)
