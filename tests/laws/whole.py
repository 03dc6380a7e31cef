"""What is true of the whole system after every story."""

from collections import defaultdict

from django.db.models import Sum

import chains.queries
import custody.queries
import ledger.queries
from assets.models import Asset
from assets.queries import get_network, list_assets, list_networks
from chains.models import FoundSend
from custody.base import Purpose
from events.models import Event, FeedHead, FeedItem
from ledger.services import Purpose as Books
from tests.laws.reservations import reservations_are_in_the_books
from transactions.models import Attempt, Batch, Coin, Deposit, Transaction
from transactions.queries import cold


def check_laws() -> None:
    """Fail on the first law that does not hold, naming it."""
    for law in (
        every_status_has_its_fact,
        every_credit_has_its_posting,
        feeds_have_no_gaps,
        one_live_attempt_each,
        reserves_cover_liabilities,
        reservations_are_in_the_books,
        books_say_what_networks_say,
    ):
        law()


def every_status_has_its_fact() -> None:
    """The newest transaction.<status> event of each transaction names the status it is in."""
    for transaction in Transaction.objects.all():
        facts = Event.objects.filter(
            subject=f"transactions.transaction:{transaction.pk}", type__startswith="transaction."
        ).exclude(type="transaction.progressed")
        newest = facts.order_by("-id").first()
        assert newest is not None, f"{transaction} has no fact"
        assert newest.type == f"transaction.{transaction.status}", f"{transaction}: {newest.type}"


def every_credit_has_its_posting() -> None:
    """A deposit is credited now exactly if its status says so."""
    for deposit in Deposit.objects.all():
        credited = deposit.credits - deposit.reversals
        assert credited == (1 if deposit.status in {"confirmed", "final"} else 0), deposit


def feeds_have_no_gaps() -> None:
    for head in FeedHead.objects.all():
        sequences = list(
            FeedItem.objects.filter(user_id=head.pk).order_by("sequence").values_list("sequence", flat=True)
        )
        assert sequences == list(range(1, head.sequence + 1)), f"the feed of {head.pk}: {sequences}"


def one_live_attempt_each() -> None:
    """
    Of all attempts that could land for one transaction at most one can, and no two share a token unless paid together.

    Those pay exactly what their bytes cost, and no one more than agreed to, as far as it is known.
    """
    seen: dict[tuple[str, str], str] = {}
    live: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.objects.exclude(status=Attempt.State.DEAD).select_related("batch"):
        for token in attempt.replay_tokens:
            owner = attempt.batch.subject_id if attempt.batch else attempt.transaction_id
            other = seen.setdefault((attempt.network_id, token), owner)
            assert other == owner, f"{token} is used by {other} and {attempt.transaction_id}"
        for earlier in live[attempt.transaction_id]:
            assert set(earlier.replay_tokens) & set(attempt.replay_tokens), f"{earlier} and {attempt} can both land"
        live[attempt.transaction_id].append(attempt)
        assert attempt.nonce is None or attempt.replay_tokens == [f"{attempt.sender}:{attempt.nonce}"], attempt
    lost = set(FoundSend.objects.values_list("txid", flat=True))
    for batch in Batch.objects.prefetch_related("attempts__transaction"):
        together = list(batch.attempts.all())
        assert len({bytes(each.raw) for each in together}) == 1, batch
        assert {each.txid for each in together} == {batch.txid}, batch
        shared = sum(each.max_fee_minor for each in together)
        if batch.txid in lost or not together[0].is_booked:
            assert shared <= batch.fee_minor, batch
        else:
            assert shared == batch.fee_minor, batch
            assert all(each.max_fee_minor <= each.transaction.max_fee_minor for each in together), batch


def reserves_cover_liabilities() -> None:
    """In every asset, what we hold and what is owed to us covers what we owe: the books sum to zero."""
    owing = (Books.USER_AVAILABLE, Books.USER_HELD, Books.SUSPENSE)
    holding = (Books.TREASURY, Books.DEPOSITS, Books.COLD, Books.IN_TRANSIT, Books.FEES, Books.RECEIVABLE)
    totals = ledger.queries.totals()
    for asset in {asset for asset, _ in totals}:
        owed = sum(totals.get((asset, purpose), 0) for purpose in owing)
        held = -sum(totals.get((asset, purpose), 0) for purpose in holding)
        assert owed == held, f"{asset}: we owe {owed} and hold {held}"


def books_say_what_networks_say() -> None:
    """Coins on our addresses = treasury + deposits + cold in the books, where nothing is on its way or provisional."""
    totals = ledger.queries.totals()
    for network in list_networks():
        if chains.queries.get_cursor(network.code) is None:
            continue  # nobody reads it: nothing of it is in the books
        moving = Attempt.objects.filter(network=network, status=Attempt.State.SIGNED).exists()
        provisional = Deposit.objects.filter(network=network, status=Deposit.State.SEEN).exists()
        if moving or provisional:
            continue
        addresses = [
            address
            for purpose in (Purpose.DEPOSIT, Purpose.HOT, Purpose.CHANGE)
            for address in custody.queries.list_addresses(network=network.code, purpose=purpose)
        ]
        addresses += cold.addresses(network.code)
        used = set(Deposit.objects.filter(network=network).values_list("asset_id", flat=True))
        for asset in list_assets():
            if asset.network_id == network.code and (not asset.contract or asset.code in used):
                _holds_what_is_booked(asset, addresses, totals)


def _holds_what_is_booked(asset: Asset, addresses: list[str], totals: dict[tuple[str, str], int]) -> None:
    network = str(asset.network_id)
    booked = -sum(totals.get((asset.code, each), 0) for each in (Books.TREASURY, Books.DEPOSITS, Books.COLD))
    if get_network(network).family == "bitcoin":
        unspent = Coin.objects.filter(network=network, spent_height__isnull=True, height__isnull=False)
        assert booked == int(unspent.aggregate(total=Sum("minor"))["total"] or 0), f"{asset}: {booked}"
    adapter = chains.queries.get_adapter(network)
    there = sum(adapter.balance(address, asset.contract) for address in addresses)
    assert booked == there, f"{asset}: the books say {booked}, the network {there}"
