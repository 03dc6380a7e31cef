"""Mistakes to plant into the product: each is one that somebody could make, and that the simulation must find."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest import mock

import events.services
from chains.adapters import bitcoin_payload, bitcoin_replacing, evm_forms, evm_payload
from chains.values import (
    Block,
    FeeRate,
    NetworkConfig,
    Outpoint,
    Output,
    Presence,
    Replacing,
    TransactionState,
    Unsigned,
)
from chains.values import Coin as BitcoinCoin
from custody.services import signing
from kit.states import Flow as States
from transactions.engine import run as engine
from transactions.engine.base import Fail, Flow, GoBack, Later, Work
from transactions.engine.book import Run
from transactions.flows import crediting, send, sweep, top_up
from transactions.models import Attempt, Coin, Status, Transaction
from transactions.queries.find import locked
from transactions.services import attempts, conflicts, held, landing, schedule

Patches = list[Any]

MOVING_COINS = (send.FLOW, sweep.FLOW, top_up.FLOW)
"""The flows that sign."""


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Make the mistake for as long as the block lasts."""
    with ExitStack() as stack:
        for patch in (FAULTS | REPLACING_FAULTS)[name]():
            stack.enter_context(patch)
        yield


def _drop_compare_and_swap() -> Patches:
    """A status is written over whatever stands there, by whoever comes, with or without a lease."""
    move = events.services.move

    def blind(obj: Any, to: str, **more: Any) -> None:
        with mock.patch.object(States, "check", return_value=None):
            obj.status = type(obj)._default_manager.values_list("status", flat=True).get(pk=obj.pk)
            move(obj, to, **more)

    return [mock.patch.object(events.services, "move", blind), _without_lease_check(), _without_second_look()]


def _resign_on_unknown() -> Patches:
    """Bytes that no node shows are taken for dead, and others are signed in their place."""

    def anew(work: Work) -> Fail | GoBack | Later:
        if work.transaction.status != Status.PROVIDER_PROCESSING:
            return Later()
        attempt = attempts.live_attempt(work.transaction)
        events.services.move(attempt, Attempt.State.DEAD, flow=Attempt.FLOW, actor="system", now=work.now)
        return GoBack("signed", "It was not there.", via=[Status.PROVIDER_FAILOVER])

    return [
        mock.patch.object(attempts, "is_dead", _is_not_seen),
        mock.patch.object(landing, "_dead", anew),
        *(_changed(flow, "broadcast", goes_back={"signed": [Status.PROVIDER_FAILOVER]}) for flow in MOVING_COINS),
    ]


def _refund_on_unknown() -> Patches:
    """Bytes that no node shows are taken for dead, and the money is given back."""
    return [mock.patch.object(attempts, "is_dead", _is_not_seen)]


def _forget_undo() -> Patches:
    """A send that is undone keeps what it held."""
    return [_changed(send.FLOW, "funds_held", undo=None)]


def _forget_reversal() -> Patches:
    """A deposit whose block a reorg took away stays credited."""
    return [_changed(crediting.FLOW, "credited", undo=None)]


def _two_recovery_loops() -> Patches:
    """A claimed transaction can be claimed again at once, and two workers carry out the same step."""

    def claim(*, now: datetime, transaction_id: str | None = None) -> Transaction | None:
        return Transaction.objects.filter(next_look_at__lte=now).order_by("next_look_at").first()

    return [mock.patch.object(schedule, "claim", claim), _without_second_look()]


def _forget_failures() -> Patches:
    """Bytes that a block holds are remembered only if they succeeded: of those that failed nodes may know nothing."""
    see_block = held.see_block

    def of_those_that_moved(*, network: str, block: Block) -> None:
        moved = {movement.txid for movement in block.movements}
        see_block(network=network, block=replace(block, txids=tuple(moved)))

    return [mock.patch.object(held, "see_block", of_those_that_moved)]


def _without_proof() -> Patches:
    """Neither of the two who prove that at most one can land does."""
    return [
        mock.patch.object(conflicts, "may_sign_again", return_value=True),
        mock.patch.object(signing, "replaces", return_value=True),
    ]


def _replace_elsewhere() -> Patches:
    """What waits is signed again under the next number."""
    replace_signed = evm_payload.replace_signed

    def elsewhere(replacing: Replacing, *, config: NetworkConfig) -> tuple[Unsigned, FeeRate]:
        unsigned, rate = replace_signed(replacing, config=config)
        fields = evm_forms.unpack(unsigned.payload[20:])
        payload = unsigned.payload[:20] + evm_forms.pack(replace(fields, nonce=fields.nonce + 1))
        chain_id, has_base_fee = int(config.chain), config.has_base_fee
        made = evm_payload.decode(payload, network=config.code, chain_id=chain_id, has_base_fee=has_base_fee)
        return made, rate

    return [*_without_proof(), mock.patch.object(evm_payload, "replace_signed", elsewhere)]


def _cancel_elsewhere() -> Patches:
    """A cancellation spends some other coin of ours, and so cancels nothing."""
    replace_signed = bitcoin_replacing.replace_signed

    def elsewhere(replacing: Replacing, *, network: str, chain: str) -> tuple[Unsigned, FeeRate]:
        unsigned, rate = replace_signed(replacing, network=network, chain=chain)
        free = Coin.objects.filter(network=network, reserved_by=None, spent_height=None, height__isnull=False).first()
        if not replacing.cancels or free is None:
            return unsigned, rate
        spent = BitcoinCoin(Outpoint(free.txid, free.vout), free.minor, free.address)
        back = [Output(replacing.change_address, free.minor - unsigned.max_fee_minor)]
        return bitcoin_payload.of_outputs([spent], back, network=network, chain=chain), rate

    return [*_without_proof(), mock.patch.object(bitcoin_replacing, "replace_signed", elsewhere)]


def _book_twice() -> Patches:
    """A higher fee is booked as if it were another payment: what it replaces stays booked as on its way."""
    return [mock.patch.object(landing, "_unbook", return_value=None)]


def _is_not_seen(attempt: Attempt, *, state: TransactionState, head: int) -> bool:
    return state.presence == Presence.ABSENT


def _without_lease_check() -> Any:
    def opened(flow: Flow, claimed: Transaction, now: datetime) -> Run:
        transaction = locked(claimed.pk)
        steps = {step.name: step for step in transaction.steps.all()}
        return Run(flow, transaction, steps, now=now, is_claimed=True)

    return mock.patch.object(engine, "_open", opened)


def _without_second_look() -> Any:
    return mock.patch.object(Run, "is_still", return_value=True)


@contextmanager
def _changed(flow: Flow, name: str, **changes: Any) -> Iterator[None]:
    step = flow.steps[name]
    before = {field: getattr(step, field) for field in changes}
    for field, value in changes.items():
        object.__setattr__(step, field, value)
    try:
        yield
    finally:
        for field, value in before.items():
            object.__setattr__(step, field, value)


REPLACING_FAULTS: dict[str, Callable[[], Patches]] = {
    "re-sign under another number": _replace_elsewhere,
    "a cancellation without an input in common": _cancel_elsewhere,
    "a higher fee counted as another send": _book_twice,
}
"""Mistakes in replacing what waits, for schedules.py to find."""

FAULTS: dict[str, Callable[[], Patches]] = {
    "drop the compare-and-swap": _drop_compare_and_swap,
    "re-sign on unknown": _resign_on_unknown,
    "refund on unknown": _refund_on_unknown,
    "forget an undo": _forget_undo,
    "forget a reversal": _forget_reversal,
    "forget failed bytes": _forget_failures,
    "two recovery loops": _two_recovery_loops,
}
