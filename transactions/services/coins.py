"""Bitcoin outputs that pay our keys: found by the scanner, reserved by sends, spent by blocks."""

from collections.abc import Container
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

import chains.base
import events.services
from chains.base import Block, Outpoint, Unsigned
from kit import sql
from transactions.models import Attempt, Coin, Deposit

CANDIDATES = 200
"""At most so many coins are offered to one send; the largest first."""

_OF_TRANSACTIONS = """
SELECT id, txid, vout FROM transactions_coin WHERE network_id = %s AND txid = ANY(string_to_array(%s, ' '))
"""
"""One text for the thousands of coins that a block spends: psycopg writes a list value by value."""


def spendable(*, network: str, head: int, confirmations: int, for_update: bool) -> list[chains.base.Coin]:
    """
    Return coins a send may spend: deposits that are final, and our own change once confirmed.

    A deposit that a reorg could still take back is never spent: the send would go with it.
    With `for_update` they are locked, passing over those another send has in its hands.
    """
    provisional = Deposit.objects.filter(network_id=network, txid=OuterRef("txid"), index=OuterRef("vout")).exclude(
        status=Deposit.State.FINAL
    )
    rows = Coin.objects.filter(
        Q(is_change=False, height__isnull=False) | Q(is_change=True, height__lte=head - confirmations + 1),
        ~Exists(provisional),
        network_id=network,
        reserved_by__isnull=True,
        spent_height__isnull=True,
    )
    if for_update:
        rows = rows.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return [
        chains.base.Coin(outpoint=Outpoint(coin.txid, coin.vout), minor=coin.minor, address=coin.address)
        for coin in rows.order_by("-minor", "id")[:CANDIDATES]
    ]


def reserve(*, attempt: Attempt, unsigned: Unsigned, change_address: str) -> None:
    """Tie the inputs to this attempt and write down the change it will make, before anyone hears of it."""
    for token in unsigned.replay_tokens:
        txid, _, vout = token.partition(":")
        taken = Coin.objects.filter(
            network_id=attempt.network_id, txid=txid, vout=int(vout), reserved_by__isnull=True
        ).update(reserved_by=attempt)
        assert taken == 1, f"the input {token} was not ours to spend"
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
    """
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
        if coin.reserved_by is None or coin.reserved_by.txid not in txids:
            events.services.record(
                type="coin.spent_by_stranger",
                subject=coin,
                actor="system",
                now=now,
                data={"severity": "critical", "outpoint": str(coin), "block": block.ref.hash},
            )
