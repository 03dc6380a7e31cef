"""
After a restore: what our keys have sent since that moment, read from the network, which alone still knows.

A send that the books believe to be waiting may be on the network already. It must never be signed again: its bytes are
taken from there, and it goes on from them as if they had just been signed (services/found.py).
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction as database

import chains.queries
import chains.services
import custody.queries
import custody.services
import events.services
import ledger.services
from assets.queries import find_asset, get_network
from chains.base import ChainAdapter
from chains.models import FoundSend
from chains.values import Block, Movement, Presence
from kit.errors import DomainError
from kit.money import Money
from ledger.errors import InsufficientFunds
from ledger.services import Line
from transactions.engine.base import Done, is_failing
from transactions.engine.book import Run
from transactions.errors import NotCompared
from transactions.models import Attempt, Coin, Status, Step, Transaction
from transactions.queries import cold
from transactions.queries.find import locked
from transactions.registry import flow_of
from transactions.services import attempts, overtaken
from transactions.services.accounts import is_sponsored, line
from transactions.services.found import booked_as, pays, unbooked, unknown_part

logger = logging.getLogger(__name__)

SIGNED = "signed"
"""The step in which every flow that pays signs; what is before it has left nothing on a network."""

_PAYS = (
    *(Transaction.Type.SEND, Transaction.Type.SWEEP, Transaction.Type.TOP_UP),
    *(Transaction.Type.ANCHOR, Transaction.Type.OVERFLOW),
)


@dataclass
class Comparison:
    """
    What a network has and the books did not; heights of the first and the last block read.

    `taken_over`: sends that waited, and go on from the network's bytes. `not_yet`: those that could not be taken over
    now, and why: they will be in place of being signed. `unknown`: sends that no row of ours asks for. `waiting`:
    sends that something in the mempool looks like, to be compared again once it is mined. `unsure`: what would be
    signed anew though bytes of it may have been lost, which can land up to the block `until`; the network is at `now`.
    """

    network: str
    first: int
    last: int
    taken_over: list[str] = field(default_factory=list)
    not_yet: dict[str, str] = field(default_factory=dict)
    unknown: list[FoundSend] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    now: int = 0
    until: int = 0


def compare(*, network: str, skip: int, actor: str, now: datetime) -> Comparison:
    """
    Read the network from where the books stand to its head, and write down what we have sent there unknown to them.

    First, addresses that may have been given out since then are taken, `skip` of each kind: so what they hold is
    seen, and nobody gets them again. Harmless to repeat. Nothing of ours may be signed meanwhile: the network must be
    halted, as it is after a restore.

    Where it is now, and so what can still land, is told by the blocks read: nodes agree on those, and not on the number
    that a head has.

    :raises NodeUnavailable: if no node answered, or they are behind what the books have read
    """
    adapter = chains.queries.get_adapter(network)
    cursor = chains.queries.get_cursor(network)
    assert cursor is not None, "a network that was never read was never sent on"
    custody.services.skip_keys(network=network, count=skip, occasion=chains.queries.server_run(), actor=actor, now=now)
    first = max(1, cursor.height - settings.NETWORKS[network].final_depth)
    made = Comparison(network, first, last=adapter.head().height)
    ours = _Ours(network, adapter)
    contracts = chains.queries.token_contracts(network)
    for height in range(first, made.last + 1):
        block = adapter.block(height, contracts)
        made.now = block.ref.number or block.ref.height
        made.taken_over += _adopt(overtaken.find(network=network, block=block), now=now)
        for found in ours.sent_in(block, now=now):
            _match(found, number=made.now)
    made.until = chains.services.begin_comparing(network=network, number=made.now) + adapter.lasts()
    for found in FoundSend.objects.filter(network=network).order_by("height", "id"):
        _tell(found, made, now=now)
    made.waiting = [
        each.pk for each in _unsigned(network) if any(_pays(each, movement) for movement in adapter.pending(contracts))
    ]
    if adapter.lasts() and made.now <= made.until:
        made.unsure = _unsure(network)
    return made


def reopen(*, network: str, skip: int, reason: str, actor: str, now: datetime) -> Comparison:
    """
    Compare once more, and let the network be read and signed for again.

    What is in no book is booked: what has left the house is owed to it by whoever it was sent for.

    :param reason: the operator's own word on sends that no row of ours asks for
    :raises NotCompared: if something may still be on its way, unknown sends have nobody's word, or bytes that were lost
        with the database may still land: nothing may be signed in their place until they have expired
    :raises NodeUnavailable: if no node answered
    """
    made = compare(network=network, skip=skip, actor=actor, now=now)
    if made.waiting:
        raise NotCompared(f"On its way, it seems: {', '.join(made.waiting)}. Compare again once it is mined.")
    if made.unsure:
        raise NotCompared(
            f"Bytes signed for {', '.join(made.unsure)} may have been lost with the database, and can still land:"
            f" up to block {made.until} of {network}, which is at {made.now}. Compare again once that is over."
        )
    if made.unknown and not reason.strip():
        raise NotCompared(f"{len(made.unknown)} sends on {network} are in no book of ours: give a reason.")
    costs = {each.txid: unknown_part(each)[1] if each.subject else _fee(each) for each in made.unknown}
    with database.atomic():
        for each in made.unknown:
            _book_if_covered(each, fee=costs[each.txid], now=now)
        chains.services.compared(
            network=network, actor=actor, found=len(made.unknown) + len(made.taken_over), reason=reason[:200], now=now
        )
    return made


def book_rest(*, network: str, now: datetime) -> int:
    """
    Book what reopening could not, and return how much of it: what took coins that came after the moment restored.

    Until blocks that are read again have shown those, the books do not have what left them.
    """
    if not chains.queries.is_compared(network):
        return 0  # nobody has given their word yet on what was found
    return sum(_book_if_covered(each, fee=_fee(each), now=now) for each in unbooked(network))


def _book_if_covered(found: FoundSend, *, fee: int, now: datetime) -> bool:
    """Book it; False, and nothing, where the books have yet to be shown the coins that it took."""
    if found.subject:  # its own row has them held
        _book(found, fee=fee, now=now)
        return True
    try:
        with database.atomic():
            _book(found, fee=fee, now=now)
    except InsufficientFunds:
        logger.warning("found_send_not_covered", extra={"network": found.network, "txid": found.txid})
        return False
    return True


@database.atomic
def _adopt(lost: Iterable[overtaken.Overtaken], *, now: datetime) -> list[str]:
    """Return the sends on their way whose lost replacements these are, each one more attempt of theirs now."""
    return [each.of.transaction_id for each in lost if overtaken.adopt(each, now=now)]


class _Ours:
    """Knows which places of replay are ours, those too that blocks read here have made."""

    def __init__(self, network: str, adapter: ChainAdapter) -> None:
        self._network = network
        self._adapter = adapter
        self._by_sender = get_network(network).family != "bitcoin"
        self._made: dict[str, Movement] = {}

    def sent_in(self, block: Block, *, now: datetime) -> Iterable[FoundSend]:
        """Write down and return what the block holds of us that no attempt of ours explains."""
        own = custody.queries.own_addresses(
            network=self._network, among={movement.address for movement in block.movements}
        )
        for movement in block.movements:
            if movement.address in own and not self._by_sender:
                self._made[f"{movement.txid}:{movement.index}"] = movement
        spent: dict[str, list[str]] = {}
        for spend in block.spends:
            spent.setdefault(spend.txid, []).append(spend.replay_token)
        senders = self._senders(spent)
        known = set(Attempt.objects.filter(network_id=self._network, txid__in=senders).values_list("txid", flat=True))
        for txid, sender in senders.items():
            if txid not in known:
                yield self._write_down(txid, sender, spent[txid], block, now)

    def _senders(self, spent: dict[str, list[str]]) -> dict[str, str]:
        """
        Return the transactions that used up a place of ours, and whose: the sender, or the first coin's address.

        Where the hot wallet pays for another of ours and signs beside it, that other is the sender.
        """
        if self._by_sender:
            by = {txid: [token.partition(":")[0] for token in tokens] for txid, tokens in spent.items()}
            signers = {signer for each in by.values() for signer in each}
            own = custody.queries.own_addresses(network=self._network, among=signers)
            pooled = custody.queries.treasury_addresses(network=self._network, among=own)
            ours = {txid: sorted(own & set(each), key=lambda one: (one in pooled, one)) for txid, each in by.items()}
            return {txid: each[0] for txid, each in ours.items() if each}
        sources = {token.partition(":")[0] for tokens in spent.values() for token in tokens}
        coins = Coin.objects.filter(network_id=self._network, txid__in=sources)
        at = {str(coin): coin.address for coin in coins} | {key: each.address for key, each in self._made.items()}
        return {
            txid: next(at[token] for token in tokens if token in at)
            for txid, tokens in spent.items()
            if any(token in at for token in tokens)
        }

    def _write_down(self, txid: str, sender: str, tokens: Sequence[str], block: Block, now: datetime) -> FoundSend:
        outputs = [
            [movement.address, str(movement.minor), movement.contract, movement.index, movement.memo]
            for movement in block.movements
            if movement.txid == txid
        ]
        for token in tokens:
            self._know_coin(token)
        raw = self._adapter.raw(txid)
        with database.atomic():
            found, is_new = FoundSend.objects.get_or_create(
                network=self._network,
                txid=txid,
                defaults={
                    "height": block.ref.height,
                    "raw": raw,
                    "sender": sender,
                    "replay_tokens": list(tokens),
                    "outputs": outputs,
                    "found_at": now,
                },
            )
            if is_new:
                data = {"network": self._network, "txid": txid, "subject": ""}
                events.services.record(type="chains.send_found", subject=found, actor="system", now=now, data=data)
        return found

    def _know_coin(self, token: str) -> None:
        """A coin that was made and spent since the restore is unknown: the send that spent it must find it."""
        movement = self._made.get(token)
        if movement is not None:
            Coin.objects.get_or_create(
                network_id=self._network,
                txid=movement.txid,
                vout=movement.index,
                defaults={"address": movement.address, "minor": movement.minor, "is_change": False},
            )


def _unsigned(network: str) -> list[Transaction]:
    """Return what waits to be signed, the oldest first."""
    waiting = Transaction.objects.filter(network_id=network, type__in=_PAYS).exclude(
        status__in=[Status.COMPLETED, Status.FAILED]
    )
    return list(waiting.exclude(attempts__in=Attempt.objects.exclude(status=Attempt.State.DEAD)).order_by("id"))


def _unsure(network: str) -> list[str]:
    """Return what would be signed anew and was not found: bytes of it that we do not have may be out there."""
    found = set(FoundSend.objects.filter(network=network).exclude(subject="").values_list("subject", flat=True))
    return [each.pk for each in [*_unsigned(network), *_expiring(network)] if each.pk not in found]


def _expiring(network: str, *, before: int | None = None) -> list[Transaction]:
    """
    Return sends whose bytes may have expired and been signed anew since then: what pays the same is taken for that.

    It is taken over where they would be signed anew here. Of several that ask for the same, it does not matter which.

    :param before: only those that no block of this number can hold, nor a later one
    """
    signed = Attempt.objects.filter(network_id=network, status=Attempt.State.SIGNED, last_block__isnull=False)
    signed = signed.filter(transaction__type=Transaction.Type.SEND, seen_height__isnull=True)
    signed = signed.filter(last_block__lt=before) if before is not None else signed
    sends = {each.transaction_id: each.transaction for each in signed.select_related("transaction").order_by("id")}
    adapter = chains.queries.get_adapter(network)

    def is_there(send: Transaction) -> bool:  # also as what replaced it, and was found a moment ago
        live = send.attempts.filter(status__in=[Attempt.State.SIGNED, Attempt.State.LANDED])
        return any(adapter.state(each.txid).presence != Presence.ABSENT for each in live)

    return [send for send in sends.values() if not is_there(send)]


def _match(found: FoundSend, *, number: int) -> None:
    """
    Say what it was signed for, if that waits in our books and nothing else was found for it.

    :param number: of its block. What is in it was never signed in place of bytes that could land there themselves.
    """
    if found.subject:
        return
    is_shared = get_network(found.network).family == "bitcoin"
    taken = {each for row in FoundSend.objects.exclude(subject="") for each in (row.subject, *row.others)}
    paid = [
        Movement(found.txid, index, address, contract, int(minor), memo)
        for address, minor, contract, index, memo, *_ in ((*each, "") for each in found.outputs)  # once without memos
    ]
    for each in [*_unsigned(found.network), *_expiring(found.network, before=number)]:
        from_there = each.type != Transaction.Type.SWEEP or each.from_address == found.sender
        match = next((movement for movement in paid if from_there and _pays(each, movement)), None)
        if each.pk in taken or match is None:
            continue
        paid.remove(match)
        if found.subject:
            found.others.append(each.pk)
        found.subject = found.subject or each.pk
        if not is_shared:
            break
    if found.subject:
        found.save(update_fields=["subject", "others"])


def _pays(transaction: Transaction, movement: Movement) -> bool:
    """Say whether this is what it would pay; of two that pay as much to one address, each as its memo says."""
    is_said = movement.memo == attempts.said(transaction)
    return is_said and pays(transaction, movement.address, movement.contract, movement.minor)


def _tell(found: FoundSend, made: Comparison, *, now: datetime) -> None:
    """Let a send that waited go on from what was found, or say what is in the way."""
    if not found.subject or _is_partly_unknown(found):
        made.unknown.append(found)
    for subject in (found.subject, *found.others):
        if subject:
            _take_over(subject, found, made, now=now)


def _is_partly_unknown(found: FoundSend) -> bool:
    """Say whether it paid somebody of whom our books know nothing beside one that they know."""
    return get_network(found.network).family == "bitcoin" and bool(unknown_part(found)[0])


def _take_over(subject: str, found: FoundSend, made: Comparison, *, now: datetime) -> None:
    if not Attempt.objects.filter(transaction_id=subject, txid=found.txid).exists():
        try:
            _go_on(subject, now=now)
        except DomainError as error:
            made.not_yet[subject] = error.what_happened
    is_taken = Attempt.objects.filter(transaction_id=subject, txid=found.txid).exists()
    if is_taken:
        made.taken_over.append(subject)
    else:
        made.not_yet.setdefault(subject, "It is not at the step that signs.")


@database.atomic
def _go_on(transaction_id: str, *, now: datetime) -> None:
    """Do the step that signs, which takes over what was found; what comes before it, the network has made needless."""
    transaction = locked(transaction_id)
    if is_failing(transaction) or attempts.is_signed(transaction):
        return
    flow = flow_of(transaction.type)
    run = Run(flow, transaction, {step.name: step for step in transaction.steps.all()}, now=now)
    with events.services.gather():
        for step in flow.steps.values():
            if run.steps[step.name].state in (Step.State.DONE, Step.State.SKIPPED):
                continue
            if step.name == SIGNED:
                run.do(step, attempts.NOTHING_PLANNED, [step])
                break
            run.apply(step, Done(memo={"topped_up": False}))
        run.save()


def _fee(found: FoundSend) -> int:
    """Return what it cost, in native minor units: on Bitcoin, what went in and did not come out."""
    if get_network(found.network).family != "bitcoin":
        return chains.queries.get_adapter(found.network).state(found.txid).fee_minor
    spent = Coin.objects.filter(network_id=found.network, txid__in={each[:64] for each in found.replay_tokens})
    went_in = sum(coin.minor for coin in spent if str(coin) in found.replay_tokens)
    return went_in - sum(int(minor) for _, minor, *_ in found.outputs)


def _book(found: FoundSend, *, fee: int, now: datetime) -> None:
    """Take what it moved off the account it lay on: to others of ours, to the network, or out of the house."""
    network = found.network
    outputs = unknown_part(found)[0] if found.subject else found.outputs
    addresses = {found.sender, *(address for address, *_ in outputs)}
    own = custody.queries.own_addresses(network=network, among=addresses)
    pooled = custody.queries.treasury_addresses(network=network, among=addresses)
    is_pooled, kept_cold = get_network(network).is_pooled, set(cold.addresses(network)) - own

    def lies_in(address: str) -> str:
        if address in kept_cold:
            return "cold"
        return "treasury" if address in pooled or is_pooled else "deposits"

    def went_to(address: str) -> str:
        return lies_in(address) if address in own or address in kept_cold else "receivable"

    # Who pays for the sweeps of others is the treasury; coins that came to it are shown without what it has paid.
    is_paid_for = is_sponsored(network) and lies_in(found.sender) == "deposits"
    # What a token's new account on Solana is given is a part of the fee, and of no payment.
    is_token = any(contract for _, _, contract, *_ in found.outputs)
    lines: list[Line] = []
    moved = [
        (went_to(address), minor, contract)
        for address, minor, contract, *_ in outputs
        if contract or address in own or not is_token
    ]
    is_net = any((name, contract) == ("treasury", "") for name, _, contract in moved)
    payer = "treasury" if is_paid_for and not is_net else lies_in(found.sender)
    for name, minor, contract in [*moved, ("fees", str(fee), "")]:
        asset = find_asset(network=network, contract=contract)
        source = payer if name == "fees" else lies_in(found.sender)
        if asset is not None and (name, contract) != (source, ""):
            money = Money(int(minor), asset.code)
            lines += [*line(network, source, money), *line(network, name, -money)]
    if lines:
        ledger.services.post(key=booked_as(found), kind="restore.found", lines=lines, now=now)
