"""
An anchor, in the order it happens: the hash of a checkpoint of the record goes into a ledger that nobody here can
rewrite: begin, sign, broadcast, confirm, settle, final, told.

The least that can be paid goes from the company's account to itself, and the memo is the hash. It costs a fee, which is
the company's. There is one for each hash and network, ever, and one at a time: it needs the account's only lane.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction as database
from django.db.models import Max, QuerySet

import custody.queries
from assets.queries import native_asset
from kit.locks import wait_for_turn
from transactions.engine import run as engine
from transactions.engine.base import Done, Flow, Kind, Result, StepOf, Work
from transactions.flows import own_fee
from transactions.models import Attempt, Status, Transaction
from transactions.services import lifecycle

LEAST_MINOR = 1
MOST_FEE = 10_000
"""Stroops: a hundred times the usual. An anchor can wait for a quieter hour, and its money is the company's."""

AT_ONCE = 100
_MEMO = "hash:"


@dataclass(frozen=True)
class Anchored:
    """Where a hash stands for good: in the memo of this transaction of our account, in the ledger of this height."""

    transaction_id: str
    hash: str
    account: str
    txid: str
    height: int


def begin(*, network: str, hash: str, now: datetime) -> bool:
    """
    Begin to anchor a hash (64 hexadecimal digits); say whether that was to be done. Harmless at any time.

    Nothing is begun if it was before, whatever came of it, or while another is under way.

    :raises VaultMissing: if the network's keys have not been set up
    """
    key, account = f"anchor:{network}:{hash}", custody.queries.hot_address(network=network)
    with database.atomic():
        wait_for_turn(f"transactions.anchor:{network}")
        under_way = _anchors(network).exclude(status__in=[Status.COMPLETED, Status.FAILED])
        if under_way.exists() or Transaction.objects.filter(key=key).exists():
            return False
        asset = native_asset(network)
        found = lifecycle.open_transaction(
            type=Transaction.Type.ANCHOR,
            key=key,
            actor="system",
            network_id=network,
            asset=asset,
            amount_minor=LEAST_MINOR,
            fee_asset=asset,
            max_fee_minor=min(MOST_FEE, settings.NETWORKS[network].fee_cap),
            to_address=account,
            memo=f"{_MEMO}{hash}",
            required_confirmations=settings.NETWORKS[network].confirmations,
            now=now,
        )
        engine.begin(found, now=now)
    return True


def last_begun_at(*, network: str) -> datetime | None:
    """Return when the last one was begun, whatever came of it; None: there was none yet."""
    found: datetime | None = _anchors(network).aggregate(last=Max("created_at"))["last"]
    return found


def anchored(*, network: str, above: int) -> Sequence[Anchored]:
    """Return what stands for good in ledgers above this height, the lowest first."""
    landed = Attempt.objects.filter(transaction__in=_anchors(network).filter(status=Status.COMPLETED))
    final = landed.filter(status=Attempt.State.FINAL, height__gt=above).select_related("transaction")
    return [
        Anchored(
            transaction_id=each.transaction_id,
            hash=each.transaction.memo.removeprefix(_MEMO),
            account=each.sender,
            txid=each.txid,
            height=each.height or 0,
        )
        for each in final.order_by("height")[:AT_ONCE]
    ]


def _anchors(network: str) -> QuerySet[Transaction]:
    return Transaction.objects.filter(type=Transaction.Type.ANCHOR, network_id=network)


def _check(work: Work, answer: Any) -> Result:
    """Whose hash it is, the record knows, which has asked for it."""
    return Done()


FLOW = Flow(
    Transaction.Type.ANCHOR,
    [
        StepOf("checked", Kind.VALIDATION, "takes over the hash", _check, via=[Status.BALANCE_RESERVED]),
        *own_fee.steps(type=Transaction.Type.ANCHOR),
    ],
    says="The hash of a checkpoint of the record goes into the memo of a payment from the company to itself.",
    command="InitiateAnchorCommand",
)
