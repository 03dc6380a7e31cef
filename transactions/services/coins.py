"""Bitcoin outputs that pay our keys: found by the scanner, reserved by sends, spent by blocks."""

from collections.abc import Collection, Container
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

import chains.queries
import chains.values
import events.services
from chains.values import Block, Outpoint, SignedElsewhere, Unsigned
from kit import sql
from transactions.models import Attempt, Coin, Deposit, Transaction
from transactions.queries import cold

CANDIDATES = 200
"""At most so many coins are offered to one send; the largest first."""

_OF_TRANSACTIONS = """
SELECT id, txid, vout FROM transactions_coin WHERE network_id = %s AND txid = ANY(string_to_array(%s, ' '))
"""
"""One text for the thousands of coins that a block spends: psycopg writes a list value by value."""


def spendable(*, network: str, head: int, confirmations: int, for_update: bool) -> list[chains.values.Coin]:
    """
    Return coins a send may spend: deposits that are final, and our own change once confirmed.

    A deposit that a reorg could still take back is never spent: the send would go with it. Nor is the change of one
    that has landed while another in its place still may.
    With `for_update` they are locked, passing over those another send has in its hands.
    """
    provisional = Deposit.objects.filter(network_id=network, txid=OuterRef("txid"), index=OuterRef("vout")).exclude(
        status=Deposit.State.FINAL
    )
    contested = Attempt.objects.filter(
        network_id=network, status=Attempt.State.SIGNED, transaction__attempts__txid=OuterRef("txid")
    ).exclude(txid=OuterRef("txid"))
    rows = Coin.objects.filter(
        Q(is_change=False, height__isnull=False) | Q(is_change=True, height__lte=head - confirmations + 1),
        ~Exists(provisional),
        ~Exists(contested),
        network_id=network,
        reserved_by__isnull=True,
        spent_height__isnull=True,
    ).exclude(address__in=cold.addresses(network))  # nobody here has their keys
    if for_update:
        rows = rows.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return [
        chains.values.Coin(outpoint=Outpoint(coin.txid, coin.vout), minor=coin.minor, address=coin.address)
        for coin in rows.order_by("-minor", "id")[:CANDIDATES]
    ]


def in_cold(*, network: str, address: str, with_reserved: bool = False) -> list[chains.values.Coin]:
    """Return what a cold address holds beyond every reorg, the largest first; what is spent is not there."""
    final = chains.queries.scanned_height(network=network) - settings.NETWORKS[network].final_depth
    rows = Coin.objects.filter(network_id=network, address=address, height__lte=final, spent_height__isnull=True)
    if not with_reserved:
        rows = rows.filter(reserved_by__isnull=True)
    return [
        chains.values.Coin(outpoint=Outpoint(coin.txid, coin.vout), minor=coin.minor, address=coin.address)
        for coin in rows.order_by("-minor", "id")[:CANDIDATES]
    ]


def are_free(*, network: str, tokens: Collection[str]) -> bool:
    """Say whether nobody has spent these coins of ours or is about to; they stay locked until the caller commits."""
    places = [token.partition(":") for token in tokens]
    wanted = Q(pk__in=[])
    for txid, _, vout in places:
        wanted |= Q(txid=txid, vout=int(vout))
    rows = _held(Coin.objects.filter(wanted, network_id=network), for_update=True)
    return len(rows) == len(places) and all(each.reserved_by_id is None and each.spent_height is None for each in rows)


def reserve(*, attempt: Attempt, unsigned: Unsigned | SignedElsewhere, change_address: str) -> None:
    """Tie the inputs to this attempt and write down the change it will make, before anyone hears of it."""
    for token in unsigned.replay_tokens:
        txid, _, vout = token.partition(":")
        taken = Coin.objects.filter(
            network_id=attempt.network_id, txid=txid, vout=int(vout), reserved_by__isnull=True
        ).update(reserved_by=attempt)
        assert taken == 1, f"the input {token} was not ours to spend"
    write_change(attempt=attempt, unsigned=unsigned, change_address=change_address)


def write_change(*, attempt: Attempt, unsigned: Unsigned | SignedElsewhere, change_address: str) -> None:
    """Write down the change an attempt will make, if it is the one that lands."""
    for position, output in enumerate(unsigned.outputs):
        if output.address == change_address:
            Coin.objects.create(
                network_id=attempt.network_id,
                txid=attempt.txid,
                vout=position,
                address=output.address,
                minor=output.minor,
                is_change=True,
            )


def are_spent(attempt: Attempt, *, up_to: int) -> bool:
    """Say whether a block up to this height spends one of the coins that these bytes spend."""
    return _of(attempt).filter(spent_height__isnull=False, spent_height__lte=up_to).exists()


def never_come(attempt: Attempt) -> bool:
    """Say whether bytes of ours that would make one of the coins that these spend are proved dead."""
    sources = {token.partition(":")[0] for token in attempt.replay_tokens}
    made = Attempt.objects.filter(network_id=attempt.network_id, txid__in=sources)
    return made.filter(status=Attempt.State.DEAD).exists()


def spent_by(attempt: Attempt, *, for_update: bool) -> tuple[chains.values.Coin, ...]:
    """Return the coins that these bytes spend, in their order."""
    rows = {str(coin): coin for coin in _held(_of(attempt), for_update)}
    found = [rows[token] for token in attempt.replay_tokens]
    return tuple(chains.values.Coin(Outpoint(each.txid, each.vout), each.minor, each.address) for each in found)


def change_address_of(attempt: Attempt) -> str:
    """Return where these bytes send what is left; empty: nowhere."""
    change = Coin.objects.filter(network_id=attempt.network_id, txid=attempt.txid, is_change=True).first()
    return change.address if change else ""


def is_built_upon(attempts: Collection[Attempt], *, for_update: bool) -> bool:
    """Say whether somebody spends what these attempts leave: whatever replaced them would take that away."""
    made = Coin.objects.filter(txid__in=[each.txid for each in attempts], is_change=True)
    made = made.filter(network_id__in=[each.network_id for each in attempts])
    return any(coin.reserved_by_id is not None for coin in _held(made, for_update))


def _held(rows: QuerySet[Coin], for_update: bool) -> QuerySet[Coin]:
    rows = rows.order_by("id")
    return rows.select_for_update(of=("self",), no_key=True) if for_update else rows


def _of(attempt: Attempt) -> QuerySet[Coin]:
    places = [token.partition(":") for token in attempt.replay_tokens]
    wanted = Q(pk__in=[])
    for txid, _, vout in places:
        wanted |= Q(txid=txid, vout=int(vout))
    return Coin.objects.filter(wanted, network_id=attempt.network_id)


def see_block(*, network: str, block: Block, ours: Container[str], now: datetime) -> None:
    """Take note of coins a block makes (for addresses that are ours) and of ours that it spends."""
    made = [movement for movement in block.movements if movement.address in ours]
    for movement in made:
        Coin.objects.get_or_create(
            network_id=network,
            txid=movement.txid,
            vout=movement.index,
            defaults={"address": movement.address, "minor": movement.minor, "is_change": False},
        )
    if made:  # each coin pays one of our addresses, so no other transaction of the block has made any
        txids = {movement.txid for movement in made}
        Coin.objects.filter(network_id=network, txid__in=txids).update(height=block.ref.height)
    _see_spent(network, block, now)


def forget_blocks(*, network: str, above: int) -> None:
    """Undo what blocks above this height said; reservations stay, for the same bytes may land again."""
    Coin.objects.filter(network_id=network, height__gt=above).update(height=None)
    Coin.objects.filter(network_id=network, spent_height__gt=above).update(spent_height=None)


def forget_change(*, attempt: Attempt) -> None:
    """
    Forget the change that an attempt which is proved dead would have made.

    Inputs of it that nobody has spent stay reserved: custody signs once for each and never again, so a send
    that was offered one could not go on. Somebody who has our keys spent the others: that alarm comes first.
    Those of a refill are free again: custody has signed for none of them.
    """
    if attempt.transaction.type == Transaction.Type.REFILL:
        Coin.objects.filter(reserved_by=attempt, spent_height__isnull=True).update(reserved_by=None)
    Coin.objects.filter(network_id=attempt.network_id, txid=attempt.txid, is_change=True).delete()


def _see_spent(network: str, block: Block, now: datetime) -> None:
    """Note which of our coins the block spends; one that was not spent by the send it is reserved for is an alarm."""
    spent = {(outpoint.txid, outpoint.vout) for outpoint in block.spent}
    if not spent:
        return
    made_in = " ".join({txid for txid, _ in spent})
    ids = [pk for pk, txid, vout in sql.rows(_OF_TRANSACTIONS, [network, made_in]) if (txid, vout) in spent]
    if not ids:
        return
    txids = set(block.txids)
    news = Coin.objects.filter(pk__in=ids).exclude(spent_height=block.ref.height)  # a block may be read again
    for coin in news.select_related("reserved_by").order_by("pk"):
        coin.spent_height = block.ref.height
        coin.save(update_fields=["spent_height"])
        if coin.reserved_by is None or not _is_own_spend(coin.reserved_by, txids):
            events.services.record(
                type="coin.spent_by_stranger",
                subject=coin,
                actor="system",
                now=now,
                data={"severity": "critical", "outpoint": str(coin), "block": block.ref.hash},
            )


def _is_own_spend(attempt: Attempt, txids: Collection[str]) -> bool:
    """Say whether it is these bytes that spend it, or others that replaced them."""
    return attempt.txid in txids or Attempt.objects.filter(transaction=attempt.transaction_id, txid__in=txids).exists()
