"""Opening wallets and saving payees."""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction

import chains.queries
import custody.queries
import custody.services
import events.services
import ledger.services
from assets.queries import get_network, is_available, list_assets
from custody.base import Purpose
from kit.ids import new_id
from kit.locks import wait_for_turn
from wallets.errors import NetworkNotAvailable, PayeeExists, TooManyWallets
from wallets.models import Address, Payee, Wallet
from wallets.queries import available_account, held_account

WALLETS_PER_NETWORK = 10
LEAST_TAG = 10**9
MOST_TAG = 2**53
"""Numbers that every program reads exactly, and in which two never meet by chance."""


@transaction.atomic
def create_wallet(*, user_id: str, network: str, label: str = "", now: datetime) -> Wallet:
    """
    Open a wallet with a deposit address of its own and its accounts in the ledger.

    Needs no secret: the address is derived from an extended public key.

    :raises UnknownNetwork: if there is no such network
    :raises NetworkNotAvailable: if there is no node of it to ask
    :raises TooManyWallets: if the person has WALLETS_PER_NETWORK there already
    """
    found = get_network(network)
    if not is_available(network):
        raise NetworkNotAvailable(f"{found.name} is not available here.")
    wait_for_turn(f"wallets:{user_id}")  # the count below stays true
    if Wallet.objects.filter(user_id=user_id, network_id=network).count() >= WALLETS_PER_NETWORK:
        raise TooManyWallets(f"You have {WALLETS_PER_NETWORK} wallets on {found.name} already.")
    wallet = Wallet.objects.create(
        id=new_id("wal"), user_id=user_id, network=found, label=label.strip()[:48], created_at=now
    )
    _give_address(wallet, now)
    _open_accounts(wallet, now)
    events.services.record(
        type="wallet.created", subject=wallet, actor=user_id, user_id=user_id, now=now, data={"network": network}
    )
    return wallet


@transaction.atomic
def first_wallet(*, user_id: str, network: str, now: datetime) -> Wallet:
    """Return the person's oldest wallet on this network, opening one if there is none; only one, asked at once."""
    own = Wallet.objects.filter(user_id=user_id, network_id=network).order_by("id")
    found = own.first()
    if found is None:
        wait_for_turn(f"wallets:{user_id}")
        found = own.first()  # another may have opened it while this one waited
    return found or create_wallet(user_id=user_id, network=network, now=now)


def save_payee(*, user_id: str, network: str, address: str, label: str, now: datetime) -> Payee:
    """
    Remember a destination under a name.

    :raises AddressInvalid: if it is not an address of that network
    :raises PayeeExists: if this person has saved it already
    """
    found = get_network(network)
    canonical = chains.queries.get_adapter(network).check_address(address)
    payee = Payee(
        id=new_id("pay"),
        user_id=user_id,
        network=found,
        address=canonical,
        label=label,
        created_at=now,
        usable_from=now,
    )
    try:
        with transaction.atomic():
            payee.save(force_insert=True)
            events.services.record(
                type="payee.saved",
                subject=payee,
                actor=user_id,
                user_id=user_id,
                now=now,
                data={"network": network, "address": canonical},
            )
    except IntegrityError as error:
        raise PayeeExists(f"{canonical} is among your payees already.") from error
    return payee


def _give_address(wallet: Wallet, now: datetime) -> None:
    """
    Give it an address with a key of its own, or a number within the account that all wallets of its network share.

    Numbers are drawn, not counted: they tell nobody how many there are, and one given out before a restore is not
    given to somebody else after it.
    """
    network, adapter = wallet.network_id, chains.queries.get_adapter(wallet.network_id)
    if not adapter.shares_account:
        key = custody.services.allocate_key(network=network, purpose=Purpose.DEPOSIT, now=now)
        Address.objects.create(wallet=wallet, network_id=network, address=key.address, key_id=key.id, created_at=now)
        return
    tag = LEAST_TAG + secrets.randbelow(MOST_TAG - LEAST_TAG)
    address = adapter.tagged_address(custody.queries.hot_address(network=network), tag)
    Address.objects.create(wallet=wallet, network_id=network, address=address, tag=tag, created_at=now)


def _open_accounts(wallet: Wallet, now: datetime) -> None:
    purposes = ledger.services.Purpose
    for asset in list_assets():
        if asset.network_id == wallet.network_id:
            for code, purpose in (
                (available_account(wallet.pk), purposes.USER_AVAILABLE),
                (held_account(wallet.pk), purposes.USER_HELD),
            ):
                ledger.services.open_account(code=code, asset=asset.code, purpose=purpose, now=now)
