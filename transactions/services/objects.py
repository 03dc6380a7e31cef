"""Sui's coin objects: each version of one is in one signed payment at a time, and whose it was is proved by blocks."""

from collections.abc import Sequence

from django.db import connection

from chains.values import Block, OwnedCoin
from kit.locks import wait_for_turn
from transactions.models import Attempt


def free(found: Sequence[OwnedCoin], *, network: str) -> tuple[OwnedCoin, ...]:
    """
    Return those that no signed payment takes, one signer after the other for each network.

    Inside the transaction that signs: until it ends nobody else is offered any. What a payment took that is dead for
    good may be taken again; what one took that has landed is gone, whatever a node still says.
    """
    assert connection.in_atomic_block, "what is free stays so until the signature is committed"
    wait_for_turn(f"transactions.objects:{network}")
    tokens = [each.at.token for each in found]
    holding = Attempt.objects.filter(network_id=network, last_block__isnull=False, replay_tokens__overlap=tokens)
    lists = holding.exclude(status=Attempt.State.DEAD).values_list("replay_tokens", flat=True)
    taken = {token for tokens in lists for token in tokens}
    return tuple(each for each in found if each.at.token not in taken)


def see_block(*, network: str, block: Block) -> None:
    """Note of which signed payments a block shows that something else has used up an object version they take."""
    by = {spend.replay_token: spend.txid for spend in block.spends}
    if not by:
        return
    waiting = Attempt.objects.filter(
        network_id=network,
        status=Attempt.State.SIGNED,
        last_block__isnull=False,
        conflict_height__isnull=True,
        replay_tokens__overlap=list(by),
    )
    lost = [each.pk for each in waiting if any(by.get(token, each.txid) != each.txid for token in each.replay_tokens)]
    Attempt.objects.filter(pk__in=lost).update(conflict_height=block.ref.height)
