"""The newest checkpoint's hash, in a memo on a public network: what nobody here can take back."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from audit.models import NetworkAnchor
from audit.queries import checkpoint_of, last_checkpoint, last_network_anchor
from audit.verify import checkpoint_hash
from events.services import record
from kit.locks import wait_for_turn
from transactions.flows import anchor
from transactions.flows.anchor import Anchored

logger = logging.getLogger(__name__)

ANCHOR = "audit.anchor"


def anchor_on_network(*, now: datetime) -> bool:
    """
    Write down which hashes have come to stand in the network's ledgers, and begin to anchor the newest if it is due.

    Return whether one was begun. Due is what is not anchored yet, AUDIT_ANCHOR_SECONDS after the last one was begun;
    while that is under way (the network is halted, or lumens are missing), none follows it. Nothing is done without
    AUDIT_ANCHOR_NETWORK. Harmless at any time.

    :raises VaultMissing: if the network's keys have not been set up
    """
    network = settings.AUDIT_ANCHOR_NETWORK
    if not network:
        return False
    _write_down(network, now)
    newest, last = last_checkpoint(), anchor.last_begun_at(network=network)
    if newest is None or (last and now - last < timedelta(seconds=settings.AUDIT_ANCHOR_SECONDS)):
        return False
    newest_hash = checkpoint_hash(newest.content)
    if NetworkAnchor.objects.filter(checkpoint=newest.number, network=network, hash=newest_hash).exists():
        return False  # the core database was restored, and does not know
    return anchor.begin(network=network, hash=newest_hash, now=now)


def _write_down(network: str, now: datetime) -> None:
    with transaction.atomic(using="audit"):
        wait_for_turn(ANCHOR, using="audit")
        last = last_network_anchor(network=network)
        for found in anchor.anchored(network=network, above=last.height if last else -1):
            _write_one(found, network=network, now=now)


def _write_one(found: Anchored, *, network: str, now: datetime) -> None:
    checkpoint = checkpoint_of(hash=found.hash)
    made = NetworkAnchor(
        transaction_id=found.transaction_id,
        checkpoint=checkpoint.number if checkpoint else None,
        hash=found.hash,
        network=network,
        chain=settings.NETWORKS[network].chain,
        account=found.account,
        txid=found.txid,
        height=found.height,
        recorded_at=now,
    )
    if checkpoint is None:
        _contradict(made, now)
    made.save(force_insert=True)


@transaction.atomic
def _contradict(found: NetworkAnchor, now: datetime) -> None:
    """Tell that a checkpoint which we anchored is none of the record's any more: it was cut off or rewritten."""
    data = {"network": found.network, "txid": found.txid, "hash": found.hash}
    logger.critical("record_contradicted", extra=data)
    record(type="record.contradicted", subject=found, actor="system", now=now, data=data)
