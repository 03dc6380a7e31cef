"""What the network has of a send since before a restore: taken over in place of signing, and never signed again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import chains.queries
import custody.queries
import ledger.queries
from assets.queries import get_asset, get_network
from chains.models import FoundSend
from chains.values import Output
from transactions.models import Attempt, Batch, Coin, Transaction
from transactions.services.accounts import is_sponsored, pays_its_own_fee
from transactions.services.sharing import share


def take_over(transaction: Transaction, *, now: datetime) -> Attempt | None:
    """
    Store what the network has of it in place of signing; None where it has nothing, as nearly always.

    Inside the caller's database transaction, which books it.
    """
    found = chains.queries.found_send(transaction.pk)
    if found is None or _is_taken(transaction, found):
        return None
    family = get_network(found.network).family
    has_coins, has_nonces = family == "bitcoin", family in ("evm", "stellar")
    attempt = Attempt.objects.create(
        transaction=transaction,
        number=transaction.attempts.count() + 1,
        network_id=found.network,
        txid=found.txid,
        batch=_batch(transaction, found, now) if has_coins and len(_payees(found)) > 1 else None,
        raw=bytes(found.raw),
        sender=custody.queries.hot_address(network=found.network) if has_coins else found.sender,
        nonce=int(found.replay_tokens[0].rpartition(":")[2]) if has_nonces else None,
        replay_tokens=found.replay_tokens,
        max_fee_minor=_most_fee(transaction, found),
        broadcast_count=1,
        created_at=now,
        updated_at=now,
    )
    if has_coins:
        _take_coins(attempt, found)
    return attempt


def is_waiting(transaction: Transaction) -> bool:
    """Say whether the network has something of it that is not taken over yet."""
    found = chains.queries.found_send(transaction.pk)
    return found is not None and not _is_taken(transaction, found)


def paid_by(outputs: Sequence[Output], sends: Sequence[Transaction]) -> dict[str, int]:
    """Return which of these outputs pays which send, by the send's id and the output's place: each output but one."""
    found: dict[str, int] = {}
    for send in sends:
        for place, each in enumerate(outputs):
            if place not in found.values() and pays(send, each.address, each.contract, each.minor):
                found[send.pk] = place
                break
    return found


def unknown_part(found: FoundSend) -> tuple[list[Sequence[Any]], int]:
    """Return what a transaction of ours paid besides what our books know of, and the fee that falls on that."""
    subjects = [each for each in (found.subject, *found.others) if each]
    sends = list(Transaction.objects.filter(pk__in=subjects).order_by("pk"))
    payees = _payees(found)
    known = set(paid_by([_output(each) for each in payees], sends).values())
    shares = _shares(found)
    rest = [place for place in range(len(payees)) if place not in known]
    return [payees[place] for place in rest], sum(shares[place] for place in rest)


def booked_as(found: FoundSend) -> str:
    """Return the key of the posting that books what no row of ours asks for; there is none before somebody's word."""
    return f"found:{found.network}:{found.txid}"


def unbooked(network: str) -> list[FoundSend]:
    """Return what nothing in our books asks for and is not booked yet, the oldest first; without its bytes."""
    found = {booked_as(each): each for each in chains.queries.found_unasked(network=network)}
    if not found:
        return []
    booked = {each.posting_key for each in ledger.queries.lines_of(posting_keys=list(found))}
    rest = [each for key, each in found.items() if key not in booked]
    return sorted(rest, key=lambda each: (each.height, each.pk))


def pays(transaction: Transaction, address: str, contract: str, minor: int) -> bool:
    """
    Say whether this is what the transaction would pay; one that empties an address pays what its fee has left.

    So it is too where the recipient of a sweep pays its fee: what comes to it is shown without that.
    """
    if (address, contract) != (transaction.to_address, get_asset(transaction.asset_id).contract):
        return False
    if pays_its_own_fee(transaction) or _is_paid_by_its_recipient(transaction):
        return 0 <= transaction.amount_minor - minor <= transaction.max_fee_minor
    return minor == transaction.amount_minor


def _is_paid_by_its_recipient(transaction: Transaction) -> bool:
    is_native_sweep = transaction.type == Transaction.Type.SWEEP and transaction.asset_id == transaction.fee_asset_id
    return is_native_sweep and is_sponsored(transaction.network_id)


def write_change(*, network: str, txid: str, outputs: Sequence[tuple[str, int, int]]) -> None:
    """Write down what comes back of it to the hot wallet: coins of (address, minor units, position)."""
    change = custody.queries.treasury_addresses(network=network, among={address for address, *_ in outputs})
    for address, minor, vout in outputs:
        if address in change:
            Coin.objects.update_or_create(
                network_id=network,
                txid=txid,
                vout=vout,
                defaults={"address": address, "minor": minor, "is_change": True},
            )


def fee_in_coins(*, network: str, tokens: Collection[str], paid: int) -> int:
    """Return what those who spend these coins of ours and pay so much have left to the network."""
    coins = Coin.objects.filter(network_id=network, txid__in={each.partition(":")[0] for each in tokens})
    return max(0, sum(coin.minor for coin in coins if str(coin) in tokens) - paid)


def _most_fee(transaction: Transaction, found: FoundSend) -> int:
    """
    Return what it can have cost, which is more than we know to have been agreed to where it was sped up since then.

    Of one that empties an address of native coins, what it paid says so exactly.
    """
    paid = sum(int(minor) for _, minor, *_ in found.outputs)
    if pays_its_own_fee(transaction):
        return transaction.amount_minor - paid
    adapter = chains.queries.get_adapter(found.network)
    if not adapter.replaces:
        return transaction.max_fee_minor
    if get_network(found.network).family == "bitcoin":
        payees = [_output(each) for each in _payees(found)]
        if len(payees) == 1:
            return _fee(found)
        subjects = {transaction.pk, *(each for each in (found.subject, *found.others) if each)}
        sends = list(Transaction.objects.filter(pk__in=subjects).order_by("pk"))  # of two alike each has a place
        return _shares(found)[paid_by(payees, sends)[transaction.pk]]
    return adapter.stated(bytes(found.raw))[1]


def _is_taken(transaction: Transaction, found: FoundSend) -> bool:
    return Attempt.objects.filter(transaction=transaction, network_id=found.network, txid=found.txid).exists()


def _payees(found: FoundSend) -> list[Sequence[Any]]:
    """Return what a Bitcoin transaction of ours paid: all outputs but what came back to the hot wallet."""
    back = custody.queries.treasury_addresses(network=found.network, among={each[0] for each in found.outputs})
    return [each for each in found.outputs if each[0] not in back]


def _output(written: Sequence[Any]) -> Output:
    return Output(address=written[0], minor=int(written[1]), contract=written[2])


def _fee(found: FoundSend) -> int:
    paid = sum(int(minor) for _, minor, *_ in found.outputs)
    return fee_in_coins(network=found.network, tokens=found.replay_tokens, paid=paid)


def _shares(found: FoundSend) -> list[int]:
    """Return the share of its fee that falls on each payee, in their order; what was agreed to is lost."""
    fee, payees = _fee(found), _payees(found)
    return share(fee, most=[fee] * len(payees)) or []


def _batch(transaction: Transaction, found: FoundSend, now: datetime) -> Batch:
    known = {"subject": transaction, "fee_minor": _fee(found), "created_at": now}
    return Batch.objects.get_or_create(network_id=found.network, txid=found.txid, defaults=known)[0]


def _take_coins(attempt: Attempt, found: FoundSend) -> None:
    """Tie the inputs to this attempt, and write down the change it has made."""
    for token in found.replay_tokens:
        txid, _, vout = token.partition(":")
        spent = Coin.objects.filter(network_id=found.network, txid=txid, vout=int(vout), reserved_by__isnull=True)
        spent.update(reserved_by=attempt)
    outputs = [(address, int(minor), vout) for address, minor, _, vout, *_ in found.outputs]
    write_change(network=found.network, txid=found.txid, outputs=outputs)
