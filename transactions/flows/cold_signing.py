"""
What passes between here and whoever keeps the cold key: the unsigned transaction of an approved refill goes out, what
they have signed comes in.

Nothing here can sign for a cold address, and what comes back is believed in nothing: it must spend the cold address
alone, pay exactly what was approved to the hot wallet, and give what is left back to the cold address, on this chain,
at no higher fee than was approved, under signatures that are good, in a place of replay that is still free.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction as database

import chains.queries
import chains.services
import custody.queries
import events.services
from assets.queries import get_asset, get_network, native_asset
from chains.errors import SignedRefused
from chains.values import Coin, Output, Payment, Priority, SignedElsewhere
from kit.errors import NotFound
from transactions.engine import run as engine
from transactions.errors import FeeAboveCeiling, RefillDecided
from transactions.flows.refill import in_coins
from transactions.models import Attempt, Deposit, Refill, Transaction
from transactions.queries import cold
from transactions.services import coins, foreign, lifecycle, refills
from transactions.services.accounts import open_network_accounts


@dataclass(frozen=True)
class Exported:
    """What is handed to whoever keeps the cold key: a text for their wallet, and the name of a file for it."""

    name: str
    text: str


def export(*, refill_id: str, actor: str, now: datetime) -> Exported:
    """
    Return the unsigned transaction of an approved refill, at today's fee and in the next free place of replay.

    Asks the network, so it runs outside any database transaction. Nothing is kept: it may be exported again.

    :raises NotFound: if there is no such refill
    :raises RefillDecided: if it is not approved, or was imported already
    :raises FeeAboveCeiling: if it would cost more than was approved
    :raises PaymentImpossible, NodeUnavailable: if it cannot be built now
    """
    found = _find(refill_id)
    _check_approved(found)
    network, asset = found.network_id, get_asset(found.asset_id)
    chains.queries.check_not_halted(network)
    adapter = chains.queries.get_adapter(network)
    rate = chains.services.get_fee_rate(network=network, priority=Priority.FAST, now=now)
    payment = Payment(
        to=found.to_address, minor=found.amount_minor, contract=asset.contract, rate=rate, sender=found.from_address
    )
    if get_network(network).family == "bitcoin":
        payment = replace(in_coins(payment, network), max_fee_minor=found.max_fee_minor)
    else:
        gas, nonce = adapter.gas_limit(payment), adapter.next_nonce(found.from_address)
        payment = replace(payment, gas_limit=gas, nonce=nonce)
    unsigned = adapter.build(payment)
    if unsigned.max_fee_minor > found.max_fee_minor:
        raise FeeAboveCeiling(what_to_do="Export it later, or refuse it: another is asked for at the fees of then.")
    with database.atomic():
        _check_approved(refills.locked(refill_id))
        data = refills.facts(found)
        events.services.record(type="refill.exported", subject=found, actor=actor, now=now, data=data)
    ending = "psbt" if get_network(network).family == "bitcoin" else "txt"
    return Exported(f"{found.pk}.{ending}", adapter.to_be_signed(unsigned))


def take(*, refill_id: str, content: str, actor: str, now: datetime) -> Transaction:
    """
    Take in what the cold key has signed, and begin to follow it; the very same again returns what it has begun.

    Asks the network, so it runs outside any database transaction. A refusal leaves everything as it was.

    :raises NotFound: if there is no such refill
    :raises RefillDecided: if it is not approved, or another signed transaction was imported for it
    :raises SignedRefused: saying why, if it is not exactly what was approved, or can never land
    :raises InsufficientFunds: if less is booked as cold than it takes
    :raises NodeUnavailable: if the network cannot be asked
    """
    found = _find(refill_id)
    network = found.network_id
    chains.queries.check_not_halted(network)
    signed = _read(found, content)
    if found.transaction is not None and found.transaction.txid == signed.signed.txid:
        return found.transaction
    _check_approved(found)
    _check_pays(found, signed)
    _check_can_land(found, signed, now)
    with database.atomic(), events.services.gather():
        return _begin(refill_id, signed, actor=actor, now=now)


def _find(refill_id: str) -> Refill:
    found = Refill.objects.filter(pk=refill_id).first()
    if found is None:
        raise NotFound("There is no such refill.")
    return found


def _begin(refill_id: str, signed: SignedElsewhere, *, actor: str, now: datetime) -> Transaction:
    found = refills.locked(refill_id)
    _check_approved(found)
    _check_pays(found, signed)
    _check_unused(found, signed)
    network, asset = found.network_id, get_asset(found.asset_id)
    open_network_accounts(network=network, now=now)
    made = lifecycle.open_transaction(
        type=Transaction.Type.REFILL,
        key=f"refill:{found.pk}",
        actor=actor,
        network_id=network,
        asset=asset,
        amount_minor=found.amount_minor,
        fee_asset=native_asset(network),
        max_fee_minor=found.max_fee_minor,
        from_address=found.from_address,
        to_address=found.to_address,
        required_confirmations=settings.NETWORKS[network].confirmations,
        now=now,
    )
    foreign.store(made, signed, now=now)
    refills.move(found, Refill.State.IMPORTED, actor=actor, now=now, transaction_id=made.pk)
    engine.begin(made, now=now, actor=actor)
    return made


def _read(found: Refill, content: str) -> SignedElsewhere:
    network = found.network_id
    spendable: list[Coin] = []
    if get_network(network).family == "bitcoin":
        spendable = coins.in_cold(network=network, address=found.from_address, with_reserved=True)
    return chains.queries.get_adapter(network).read_signed(content, spendable)


def _check_approved(found: Refill) -> None:
    """:raises RefillDecided: unless two people have approved it and nothing was imported yet"""
    if found.status in (Refill.State.WANTED, Refill.State.SECONDED):
        raise RefillDecided("It is not approved by two people yet.")
    if found.status != Refill.State.APPROVED:
        raise RefillDecided(f"It is {found.status} already.")
    if found.from_address not in cold.addresses(found.network_id):
        raise RefillDecided("It is asked of an address that is no cold address any more.")
    if found.to_address != custody.queries.hot_address(network=found.network_id):
        raise RefillDecided("It would pay an address that is not the hot wallet's any more.")


def _check_pays(found: Refill, signed: SignedElsewhere) -> None:
    """:raises SignedRefused: unless it moves what was approved from cold to hot and does nothing else"""
    asset = get_asset(found.asset_id)
    if set(signed.senders) != {found.from_address}:
        raise SignedRefused(
            f"It spends what lies on {', '.join(sorted(set(signed.senders)))}, not on the cold address."
        )
    payment = Output(found.to_address, found.amount_minor, asset.contract)
    rest = list(signed.outputs)
    if payment not in rest:
        paid = "; ".join(f"{each.minor} minor units to {each.address}" for each in signed.outputs)
        raise SignedRefused(
            f"It does not pay {found.amount_minor} minor units to {found.to_address}, but {paid}."[:400]
        )
    rest.remove(payment)
    if any((each.address, each.contract) != (found.from_address, "") for each in rest) or len(rest) > 1:
        raise SignedRefused("It pays somebody else besides: what is left may go back to the cold address alone.")
    if signed.max_fee_minor > found.max_fee_minor:
        raise SignedRefused(f"It may cost {signed.max_fee_minor} minor units; {found.max_fee_minor} were approved.")


def _check_can_land(found: Refill, signed: SignedElsewhere, now: datetime) -> None:
    """:raises SignedRefused: if it would wait for ever, and block whatever comes after it"""
    network, asset = found.network_id, get_asset(found.asset_id)
    adapter = chains.queries.get_adapter(network)
    slow = chains.services.get_fee_rate(network=network, priority=Priority.SLOW, now=now)
    if signed.rate < slow.rate:
        raise SignedRefused(f"It offers a rate of {signed.rate}; the network asks for {slow.rate} now.")
    if signed.nonce is None:
        return
    following = adapter.next_nonce(found.from_address)
    if signed.nonce != following:
        raise SignedRefused(f"Its number is {signed.nonce}, and the next one of the cold address is {following}.")
    native = signed.max_fee_minor + (0 if asset.contract else found.amount_minor)
    is_short = bool(asset.contract) and adapter.balance(found.from_address, asset.contract) < found.amount_minor
    if is_short or adapter.balance(found.from_address) < native:
        raise SignedRefused("The cold address holds less on the network than this takes.")


def _check_unused(found: Refill, signed: SignedElsewhere) -> None:
    """:raises SignedRefused: if it is known already, or another one of ours stands in its place"""
    txid = signed.signed.txid
    own = Attempt.objects.filter(network_id=found.network_id)
    if own.filter(txid=txid).exists() or Deposit.objects.filter(network_id=found.network_id, txid=txid).exists():
        raise SignedRefused("This transaction is in the books already.")
    if signed.nonce is not None and own.filter(sender=found.from_address, nonce=signed.nonce).exists():
        raise SignedRefused(f"Another transaction of number {signed.nonce} was imported before.")
