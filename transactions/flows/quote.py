"""What a send would cost and whether it can be at all: checked and priced, nothing moved."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

import chains.queries
import chains.services
import custody.queries
from assets.models import Asset
from assets.queries import get_asset, native_asset
from chains.base import ChainAdapter
from chains.errors import MemoInvalid, PaymentImpossible
from chains.values import Coin, FeeRate, Outpoint, Payment, Priority
from kit.money import Money
from transactions.errors import AssetNotOnNetwork, OwnTreasury, PayeeNotUsableYet, TokenTakesFee
from transactions.queries import cold, warnings
from transactions.queries.halts import check_sends_allowed
from transactions.services import batching, coins, limits
from wallets.models import Wallet
from wallets.queries import find_payee, get_wallet

SPARE_VBYTES = 2 * 68
"""Virtual bytes of two more P2WPKH inputs than were needed when it was priced."""

SPARE_CHANGE = 294
"""Satoshi of change too small for an output of its own (Bitcoin Core's dust limit for P2WPKH): it goes to the fee."""

CEILING_PERCENT = 150
"""The ceiling held for the network's fee, of what it would cost now: fees may rise before signing."""

COIN_ENOUGH = 100_000_000
"""Satoshi above the amount in the imaginary coin that a price is first taken from."""


@dataclass(frozen=True)
class Quote:
    """A send as it would be now: checked, priced, nothing moved. Amounts in minor units."""

    wallet: Wallet
    asset: Asset
    minor: int
    to: str  # canonical
    memo: str
    priority: Priority
    fee_asset: str
    fee_minor: int  # what it would cost now
    max_fee_minor: int  # the ceiling that is held
    seconds: int  # usual time until it is settled
    is_new_address: bool
    looks_like: str  # an address the person knows that has the same ends and is another; empty: none
    may_need_memo: bool  # the address could be shared by many, and nothing says whose it is

    def is_above(self, agreed_minor: int) -> bool:
        """Tell whether more would be held for the fee than the person agreed to; then they are asked anew."""
        return self.max_fee_minor > agreed_minor


def quote(
    *, user_id: str, wallet_id: str, asset: str, minor: int, to: str, memo: str, priority: Priority, now: datetime
) -> Quote:
    """
    Check and price a send; asks the network, so it runs outside any database transaction.

    :raises NotFound: if the wallet is not this person's
    :raises MemoInvalid, MemoMissing: if a memo does not fit, or the recipient needs one
    :raises AssetNotOnNetwork, AddressInvalid, OwnTreasury, AmountRefused, PayeeNotUsableYet: if it cannot be
    :raises TokenTakesFee: if nobody could say what would arrive
    :raises SendsHalted: if nothing of this asset, or of the one that pays its fee, leaves now
    :raises LimitExceeded, LimitUnknown: if it is above the person's daily limit, or nobody can tell
    :raises NodeUnavailable: if the network could not be asked, or is halted
    """
    wallet = get_wallet(user_id=user_id, wallet_id=wallet_id)
    found = get_asset(asset)
    if found.network_id != wallet.network_id:
        raise AssetNotOnNetwork(f"{found.code} does not live on {wallet.network.name}.")
    if found.takes_fee:
        raise TokenTakesFee
    adapter = chains.queries.get_adapter(wallet.network_id)
    canonical = adapter.check_address(to)
    is_ours = custody.queries.is_treasury_address(network=wallet.network_id, address=canonical)
    if is_ours or canonical in cold.addresses(wallet.network_id):
        raise OwnTreasury
    payee = find_payee(user_id=user_id, network=wallet.network_id, address=canonical)
    if payee and payee.usable_from > now:
        raise PayeeNotUsableYet(f"{payee.label} can be used from {payee.usable_from:%d %b %Y, %H:%M} UTC.")
    check_sends_allowed(found.code, fee_asset=native_asset(wallet.network_id).code)
    limits.check_send_limit(user_id=user_id, money=Money(minor, found.code), now=now)
    chains.queries.check_not_halted(wallet.network_id)
    rate = chains.services.get_fee_rate(network=wallet.network_id, priority=priority, now=now)
    fee = estimate(wallet.network_id, found, minor, canonical, rate, adapter.check_memo(canonical, memo))
    is_new = payee is None and not warnings.sent_before(user_id=user_id, address=canonical)
    return Quote(
        wallet=wallet,
        asset=found,
        minor=minor,
        to=canonical,
        memo=memo,
        priority=priority,
        fee_asset=native_asset(wallet.network_id).code,
        fee_minor=fee,
        max_fee_minor=_ceiling(fee, rate, family=wallet.network.family),
        seconds=_seconds(wallet.network_id, rate),
        is_new_address=is_new,
        looks_like=warnings.lookalike(user_id=user_id, network=wallet.network_id, address=canonical) if is_new else "",
        may_need_memo=is_new and not memo and _takes_memo(adapter, canonical),
    )


def _seconds(network: str, rate: FeeRate) -> int:
    """Return the usual time until it is settled: in its queue, until it is in a block, and under other blocks."""
    config = settings.NETWORKS[network]
    queued = batching.queue_seconds(network=network, priority=rate.priority)
    return queued + rate.seconds + (config.confirmations - 1) * config.block_seconds


def _ceiling(fee: int, rate: FeeRate, *, family: str) -> int:
    """Return what is held for the fee; on Bitcoin other coins may pay than those it was priced with."""
    spare = SPARE_VBYTES * rate.rate // 1_000 + SPARE_CHANGE if family == "bitcoin" else 0
    return max(fee * CEILING_PERCENT // 100, fee + spare)


def estimate(network: str, asset: Asset, minor: int, to: str, rate: FeeRate, memo: str) -> int:  # noqa: PLR0917
    """
    Return what a payment by the hot wallet would cost now, in minor units of the native asset; nothing is reserved.

    :raises PaymentImpossible: if no coins in the world could make it valid: dust
    """
    adapter = chains.queries.get_adapter(network)
    sender = custody.queries.hot_address(network=network)
    payment = Payment(to=to, minor=minor, contract=asset.contract, rate=rate, sender=sender, memo=memo)
    fee = adapter.most_fee(payment)
    if fee:
        return fee
    payment = replace(payment, sender="", change_address=sender)
    one_coin = Coin(outpoint=Outpoint("00" * 32, 0), minor=minor + COIN_ENOUGH, address=sender)
    least = adapter.build(replace(payment, coins=(one_coin,))).max_fee_minor
    own = coins.spendable(
        network=network,
        head=chains.queries.scanned_height(network=network),
        confirmations=settings.NETWORKS[network].confirmations,
        for_update=False,
    )
    try:
        return max(least, adapter.build(replace(payment, coins=tuple(own))).max_fee_minor)
    except PaymentImpossible:  # not enough coins yet: it will wait for them
        return least


def _takes_memo(adapter: ChainAdapter, address: str) -> bool:
    try:
        return adapter.carries_memo and bool(adapter.check_memo(address, "1"))
    except MemoInvalid:  # this address names its owner by itself
        return False
