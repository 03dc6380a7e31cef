"""Finding wallets and reading what they hold."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet

import ledger.queries
from assets.queries import list_assets
from kit.errors import NotFound
from kit.ids import is_id
from wallets.models import Address, Payee, Wallet


@dataclass(frozen=True)
class Owner:
    wallet_id: str
    user_id: str


@dataclass(frozen=True)
class Holding:
    """What a wallet holds of one asset, in minor units. All of it is the person's money."""

    asset: str
    available: int
    held: int


def available_account(wallet_id: str) -> str:
    """Return the code of the ledger account of what this wallet can spend."""
    return f"wallet:{wallet_id}:available"


def held_account(wallet_id: str) -> str:
    """Return the code of the ledger account of what is set aside for sends on their way."""
    return f"wallet:{wallet_id}:held"


def list_wallets(*, user_id: str) -> QuerySet[Wallet]:
    """Return a person's wallets, oldest first, each with its network and addresses."""
    return Wallet.objects.filter(user_id=user_id).select_related("network").prefetch_related("addresses").order_by("id")


def get_wallet(*, user_id: str, wallet_id: str) -> Wallet:
    """
    Return this person's wallet.

    :raises NotFound: if it does not exist or is someone else's: the caller cannot tell which
    """
    wallet = list_wallets(user_id=user_id).filter(pk=wallet_id).first()
    if wallet is None:
        raise NotFound("There is no such wallet.")
    return wallet


def deposit_address(wallet: Wallet) -> str:
    """Return the newest deposit address of a wallet."""
    return max(wallet.addresses.all(), key=lambda address: address.pk).address


def payment_uri(wallet: Wallet) -> str:
    """Return the deposit address as a payment URI: BIP-21 on Bitcoin, EIP-681 on EVM networks."""
    address = deposit_address(wallet)
    if wallet.network.family == "bitcoin":
        return f"bitcoin:{address}"
    return f"ethereum:{address}@{settings.NETWORKS[wallet.network_id].chain}"


def owners_of(*, network: str, addresses: Iterable[str]) -> dict[str, Owner]:
    """Return who owns which of these addresses; strangers' addresses are left out."""
    rows = Address.objects.filter(network_id=network, address__in=set(addresses)).values_list(
        "address", "wallet_id", "wallet__user_id"
    )
    return {address: Owner(wallet_id, user_id) for address, wallet_id, user_id in rows}


def holdings(wallets: Iterable[Wallet]) -> dict[str, list[Holding]]:
    """Return what each wallet holds of every asset on its network, by wallet id; one query."""
    wallets = list(wallets)
    codes = [code for wallet in wallets for code in (available_account(wallet.pk), held_account(wallet.pk))]
    balances = ledger.queries.balances(codes)
    return {
        wallet.pk: [
            Holding(
                asset=asset.code,
                available=balances.get((available_account(wallet.pk), asset.code), 0),
                held=balances.get((held_account(wallet.pk), asset.code), 0),
            )
            for asset in list_assets()
            if asset.network_id == wallet.network_id
        ]
        for wallet in wallets
    }


def look_up(wallets: QuerySet[Wallet], term: str) -> QuerySet[Wallet]:
    """Keep the wallets that the term names: by their id, their owner's id or e-mail address, or a deposit address."""
    if not term:
        return wallets
    if is_id(term, "wal"):
        return wallets.filter(pk=term)
    if is_id(term, "usr"):
        return wallets.filter(user_id=term)
    if "@" in term:
        return wallets.filter(user__email=term.lower())
    return wallets.filter(pk__in=Address.objects.filter(address=term).values("wallet"))


def list_payees(*, user_id: str) -> QuerySet[Payee]:
    return Payee.objects.filter(user_id=user_id).order_by("label", "id")


def find_payee(*, user_id: str, network: str, address: str) -> Payee | None:
    return Payee.objects.filter(user_id=user_id, network_id=network, address=address).first()
