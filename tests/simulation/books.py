"""The books against the chain: what strangers received, what people were credited, what lies on our addresses."""

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Sum

import custody.queries
import ledger.queries
from assets.queries import native_asset
from custody.base import Purpose
from ledger.services import Purpose as Books
from tests.simulation.chain import Chain
from tests.simulation.laws import Broken
from tests.simulation.people import Crowd
from transactions.models import Attempt, Coin, Deposit, Transaction
from wallets.models import Address, Wallet
from wallets.queries import holdings


def check_payments(chain: Chain, payees: Mapping[str, int]) -> None:
    """No stranger is paid by two transactions that can both be mined, nor anything but what was asked for."""
    paying: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for tx in chain.alive():
        for out in tx.outs:
            if out.address not in payees:
                continue
            for txid, tokens in paying[out.address].items():
                if txid != tx.txid and not tokens & set(tx.tokens):
                    raise Broken(f"paid twice: {out.address} by {sorted([txid, tx.txid])}")
            paying[out.address][tx.txid] = frozenset(tx.tokens)
            if out.minor != payees[out.address]:
                raise Broken(f"paid {out.minor} in place of {payees[out.address]}: {out.address}")


def check(chains: Mapping[str, Chain], crowd: Crowd, *, stolen: int) -> None:
    """
    Compare everything once nothing is on its way.

    :raises Broken: naming what the books say otherwise than the chain
    """
    for difference in ledger.queries.verify():
        raise Broken(f"the ledger contradicts itself: {difference}")
    for code, chain in chains.items():
        _check_sends(chain, code, crowd.payees)
        _check_attempts(chain, code)
        _check_deposits(chain, code)
        _check_reserves(chain, code, stolen if code == "ethereum" else 0)
    _check_people()


def _check_sends(chain: Chain, network: str, payees: Mapping[str, int]) -> None:
    """What strangers received is exactly what completed sends have sent."""
    sends = {send.to_address: send for send in Transaction.objects.filter(type="send", network=network)}
    corrected = set(
        Attempt.objects.filter(transaction__type="send", network=network, status="final").values_list(
            "transaction_id", flat=True
        )
    )
    for address in payees:
        send = sends.get(address)
        owed = 0
        if send is not None and send.status == "completed":
            owed = int(send.amount_minor)
            if send.pk in corrected and _never_left(send):
                owed = 0
        received = chain.received(address)
        if received != owed:
            raise Broken(f"{send} is {send.status if send else 'not there'}, and {address} received {received}")


def _never_left(send: Transaction) -> bool:
    """Tell whether the amount came back because the final branch refused what an earlier one took."""
    attempt = send.attempts.get(status="final")
    lines = ledger.queries.lines_of(posting_keys=[f"attempt:{attempt.pk}:correction"])
    return any(line.money.minor >= send.amount_minor for line in lines)


def _check_attempts(chain: Chain, network: str) -> None:
    """What was signed has landed if its status says so: final, or landed where the network ran and refused it."""
    for attempt in Attempt.objects.filter(network=network).select_related("transaction"):
        place = chain.head.state.places.get(attempt.txid)
        over = "landed" if attempt.transaction.status == "failed" else "final"
        if (place is not None) != (attempt.status == over):
            raise Broken(f"{attempt} is {attempt.status} and {'mined' if place else 'not mined'}")


def _check_deposits(chain: Chain, network: str) -> None:
    """Every deposit is credited as the winning branch says, as if no other had ever been seen."""
    own = set(Attempt.objects.filter(network=network).values_list("txid", flat=True))
    addresses = set(Address.objects.filter(network=network).values_list("address", flat=True))
    landed = {
        (txid, index): out.minor
        for txid, (_, done) in chain.head.state.places.items()
        if txid not in own and done.succeeded
        for index, out in enumerate(done.tx.outs)
        if out.address in addresses
    }
    rows = Deposit.objects.filter(network=network, wallet__isnull=False, status="final")
    credited = {(deposit.txid, deposit.index): int(deposit.amount_minor) for deposit in rows}
    if landed != credited:
        raise Broken(f"{network} holds deposits {landed}, and credited are {credited}")


def _check_reserves(chain: Chain, network: str, stolen: int) -> None:
    """Coins on our addresses are what the books say lies there, less what an intruder burnt."""
    asset = native_asset(network).code
    totals = ledger.queries.totals()
    booked = -totals.get((asset, Books.TREASURY), 0) - totals.get((asset, Books.DEPOSITS), 0)
    purposes = (Purpose.DEPOSIT, Purpose.HOT, Purpose.CHANGE)
    own = {each for kind in purposes for each in custody.queries.list_addresses(network=network, purpose=kind)}
    state = chain.head.state
    if chain.family == "evm":
        there = sum(minor for address, minor in state.balances.items() if address in own)
    else:
        there = sum(out.minor for out in state.unspent.values() if out.address in own)
        rows = Coin.objects.filter(network=network, spent_height__isnull=True, height__isnull=False)
        known = int(rows.aggregate(total=Sum("minor"))["total"] or 0)
        if known != there:
            raise Broken(f"{network}: coins of {known} are known, and {there} are there")
    if there + stolen != booked:
        raise Broken(f"{network}: the books say {booked}, and {there} is there ({stolen} was burnt by an intruder)")


def _check_people() -> None:
    """What each wallet holds follows from what came in and went out, to the last unit."""
    expected: dict[str, int] = defaultdict(int)
    for deposit in Deposit.objects.filter(wallet__isnull=False):
        if deposit.status == "final":
            expected[str(deposit.wallet_id)] += int(deposit.amount_minor)
        else:
            expected[str(deposit.wallet_id)] -= int(deposit.owed_minor) * -1
    for each in Transaction.objects.filter(status__in=["completed", "failed"]):
        wallet, amount, fee = str(each.wallet_id), int(each.amount_minor), int(each.fee_minor or 0)
        is_done = each.status == "completed"
        if each.type == "send":
            expected[wallet] -= fee + (amount if is_done and not _came_back(each) else 0)
        elif each.type in {"transfer", "refund"} and is_done:
            expected[wallet] -= amount
            expected[str(each.recipient_wallet_id)] += amount
    for wallet_id, found in holdings(Wallet.objects.all()).items():
        holds = sum(each.available + each.held for each in found)
        if holds != expected[wallet_id]:
            raise Broken(f"wallet {wallet_id} holds {holds}, and its movements come to {expected[wallet_id]}")


def _came_back(send: Transaction) -> bool:
    return send.attempts.filter(status="final").exists() and _never_left(send)
