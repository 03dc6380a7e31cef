"""
Replacements of ours that the books have lost: signed after the moment that a restore has gone back to, and landed.

What has used up a place of replay of a send, and is none of its attempts, our own keys have signed for that same send,
or a thief has. If it pays what the send asks for, or nobody but ourselves, it is one more attempt of that send: it
lands like any other, and nothing is paid back or signed beside it. Else it is a stranger's, and the send is undone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import chains.queries
import custody.queries
import events.services
from assets.queries import get_network
from chains.errors import PayloadInvalid
from chains.values import Block, Output, Spend, places
from transactions.models import Attempt, Batch, Replacement, Status, Transaction
from transactions.queries import watched
from transactions.queries.find import locked
from transactions.services import schedule
from transactions.services.found import fee_in_coins, paid_by, write_change
from transactions.services.sharing import share

LIVE = (Attempt.State.SIGNED, Attempt.State.LANDED)
REPLACED = (Transaction.Type.SEND, Transaction.Type.OVERFLOW)
"""What is signed anew at a higher fee while it waits."""


@dataclass(frozen=True)
class Overtaken:
    """
    What has used up the place of an attempt (`of`) of ours; `cancels`: it pays nobody but ourselves.

    `most_fee_minor` is this send's share of `fee_minor`, where it pays others besides (`is_shared`).
    """

    of: Attempt
    txid: str
    raw: bytes
    tokens: tuple[str, ...]
    outputs: tuple[Output, ...]
    most_fee_minor: int
    cancels: bool
    fee_minor: int = 0
    is_shared: bool = False


def find(*, network: str, block: Block) -> list[Overtaken]:
    """
    Return what the block holds of this kind; nothing, as nearly always. Outside any database transaction.

    :raises NodeUnavailable: if there is something, and no node gives its bytes
    """
    if not chains.queries.get_adapter(network).replaces:
        return []
    by_txid = _by_txid(block.spends, _places(network, block.spends))
    known = set(Attempt.objects.filter(network_id=network, txid__in=by_txid).values_list("txid", flat=True))
    return [each for txid, of in by_txid.items() if txid not in known for each in _read(txid, of)]


def adopt(found: Overtaken, *, now: datetime) -> bool:
    """
    Let it be one more attempt of its send; say whether it was none before. Inside the caller's database transaction.

    What is booked as on its way stays as it is: what was really paid is booked where the send settles.
    """
    transaction = locked(found.of.transaction_id)
    network = found.of.network_id
    if transaction.attempts.filter(network_id=network, txid=found.txid).exists():
        return False
    batch = None
    if found.is_shared:
        subject = found.of.batch.subject if found.of.batch else transaction
        known = {"subject": subject, "fee_minor": found.fee_minor, "created_at": now}
        batch, _ = Batch.objects.get_or_create(network_id=network, txid=found.txid, defaults=known)
    attempt = Attempt.objects.create(
        transaction=transaction,
        number=transaction.attempts.count() + 1,
        network_id=network,
        txid=found.txid,
        batch=batch,
        raw=found.raw,
        sender=found.of.sender,
        nonce=found.of.nonce,
        replay_tokens=places(found.tokens),
        max_fee_minor=found.most_fee_minor,
        replaces_id=found.of.replaces_id or found.of.pk,
        cancels=found.cancels,
        is_booked=False,
        broadcast_count=1,
        created_at=now,
        updated_at=now,
    )
    if get_network(network).family == "bitcoin":
        outputs = [(each.address, each.minor, vout) for vout, each in enumerate(found.outputs)]
        write_change(network=network, txid=found.txid, outputs=outputs)
    if found.cancels and transaction.type == Transaction.Type.SEND:
        _restore_wish(attempt, found.of, now)
    data = {"transaction_id": transaction.pk, "txid": found.txid, "cancels": found.cancels}
    events.services.record(type="attempt.found", subject=attempt, actor="system", now=now, data=data)
    schedule.wake(transaction.pk, now=now)
    return True


def _places(network: str, spends: Collection[Spend]) -> dict[str, list[Attempt]]:
    """Return whose places these are, of those of sends that may still land or be taken back by a reorg."""
    standing = Attempt.objects.filter(network_id=network, status__in=LIVE, transaction__type__in=REPLACED)
    standing = standing.exclude(transaction__status=Status.FAILED).defer("raw").order_by("number")
    if get_network(network).family != "bitcoin":
        senders = watched.likely_ours(network=network, addresses={_sender(each) for each in spends})
        if not senders:
            return {}
        standing = standing.filter(sender__in=senders)
    used = {each.replay_token for each in spends}
    newest = {attempt.transaction_id: attempt for attempt in standing.select_related("transaction", "batch")}
    found: dict[str, list[Attempt]] = defaultdict(list)
    for _, attempt in sorted(newest.items()):
        for token in attempt.replay_tokens:
            if token in used:
                found[token].append(attempt)
    return found


def _by_txid(spends: Iterable[Spend], places: Mapping[str, list[Attempt]]) -> dict[str, list[Attempt]]:
    return {each.txid: places[each.replay_token] for each in spends if each.replay_token in places}


def _read(txid: str, of: list[Attempt]) -> list[Overtaken]:
    """Return what our keys have signed in the place of these attempts, for each send that it is for."""
    network = of[0].network_id
    adapter = chains.queries.get_adapter(network)
    try:
        raw = adapter.raw(txid)
        said, tokens = adapter.explain(raw)
        outputs, most = adapter.stated(raw)
    except PayloadInvalid:
        return []
    if said != txid or not set(tokens) & set(of[0].replay_tokens):
        return []  # a node says that it is in this place; its own bytes, that none of our keys has signed it
    paid = paid_by(outputs, [each.transaction for each in of])
    own = custody.queries.own_addresses(network=network, among={each.address for each in outputs})
    if not paid and any(each.address not in own for each in outputs):
        return []
    if get_network(network).family == "bitcoin":
        most = fee_in_coins(network=network, tokens=tokens, paid=sum(each.minor for each in outputs))
    found = [each for each in of if not paid or each.transaction_id in paid]
    shares = share(most, most=[most] * len(found)) or []
    return [
        Overtaken(each, txid, raw, tokens, outputs, minor, not paid, fee_minor=most, is_shared=len(found) > 1)
        for each, minor in zip(found, shares, strict=True)
    ]


def _restore_wish(attempt: Attempt, of: Attempt, now: datetime) -> None:
    """What calls a send off was its owner's wish, as nearly always: who asked for it is lost, what it did is not."""
    Replacement.objects.create(
        transaction=attempt.transaction,
        key=f"found:{attempt.network_id}:{attempt.txid}",
        cancels=True,
        of=of,
        rate=0,
        tip=0,
        max_fee_minor=attempt.max_fee_minor,
        attempt=attempt,
        asked_by="system",
        created_at=now,
        over_at=now,
    )


def _sender(spend: Spend) -> str:
    return spend.replay_token.partition(":")[0]
