"""What blocks, as we read them, moved on addresses of ours: to be held against what the addresses hold."""

from collections.abc import Mapping
from dataclasses import replace

from django.db.models import Q

import chains.queries
from chains.models import FoundSend
from reconciliation.base import NOWHERE
from reconciliation.queries.books import taken
from transactions.models import Attempt, Deposit, Transaction

MOST_SENT = 500
"""With more transactions of ours since then, nobody asks the nodes how all of them ended."""

WAYS = {
    Transaction.Type.SWEEP.value: ("deposits", "treasury"),
    Transaction.Type.OVERFLOW.value: ("treasury", "cold"),
    Transaction.Type.REFILL.value: ("cold", "treasury"),
}
"""From where to where types move what stays ours; the others from the treasury to deposit addresses, if at all."""


def moved(*, network: str, asset: str, since: Mapping[str, int], up_to: int) -> dict[str, int] | None:
    """
    Return by how much each address changed above its own height and up to this one, as far as blocks showed it to us.

    None where it cannot be told: too much was sent since, or something of which no row of ours knows what for. To be
    called outside a database transaction: nodes are asked how transactions ended.
    """
    lowest = min(since.values(), default=up_to)
    changes = dict.fromkeys(since, 0)
    arrived = Deposit.objects.filter(
        network_id=network, asset_id=asset, address__in=list(since), height__gt=lowest, height__lte=up_to
    )
    for address, height, minor in arrived.values_list("address", "height", "amount_minor"):
        if (height or 0) > since[address]:
            changes[address] += minor
    attempts = _sent(network, asset, since, lowest, up_to)
    if attempts is None:
        return None
    paid = chains.queries.get_adapter(network).paid([each.txid for each in attempts]) if attempts else {}
    for attempt in attempts:
        has_moved = attempt.height is not None  # a token's transaction may succeed and move nothing
        ended = replace(paid[attempt.txid], succeeded=has_moved)
        place = taken(attempt, ended).get(asset, NOWHERE)
        source, target = WAYS.get(attempt.transaction.type, ("treasury", "deposits"))
        left, came = getattr(place, source), getattr(place, target)
        for address, minor in ((attempt.sender, left), (attempt.transaction.to_address, came)):
            if (attempt.seen_height or 0) > since.get(address, up_to):
                changes[address] += minor
    return changes


def _sent(network: str, asset: str, since: Mapping[str, int], lowest: int, up_to: int) -> list[Attempt] | None:
    """Return what blocks showed to come from these addresses, or to them from another of ours."""
    if FoundSend.objects.filter(network=network, sender__in=list(since), height__gt=lowest, height__lte=up_to).exists():
        return None
    attempts = Attempt.objects.filter(
        Q(sender__in=list(since)) | Q(transaction__to_address__in=list(since)),
        Q(transaction__asset=asset) | Q(transaction__fee_asset=asset),
        network_id=network,
        seen_height__gt=lowest,
        seen_height__lte=up_to,
    )
    found = list(attempts.select_related("transaction").defer("raw").order_by("id")[: MOST_SENT + 1])
    return found if len(found) <= MOST_SENT else None
