"""Finding wallets and reading what they hold."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db.models import QuerySet

import custody.queries
import ledger.queries
from assets.models import Asset
from assets.queries import list_assets
from kit import sql
from kit.errors import NotFound
from kit.ids import is_id
from kit.money import Money
from ledger.queries import Standing
from wallets.models import Address, Payee, Reservation, ReservationPart, Wallet

_OWN = "SELECT {w} FROM wallets_wallet w WHERE w.id = %s AND w.user_id = %s"
_OWN_AND_FIRST_OF = """
SELECT {w}, {f} FROM wallets_wallet w LEFT JOIN (
    accounts_user u CROSS JOIN LATERAL (
        SELECT * FROM wallets_wallet WHERE user_id = u.id AND network_id = %s ORDER BY id LIMIT 1
    ) f
) ON u.email = %s AND u.is_active WHERE w.id = %s AND w.user_id = %s
"""


@dataclass(frozen=True)
class Owner:
    wallet_id: str
    user_id: str


@dataclass(frozen=True)
class Holding:
    """
    What a wallet holds of one asset, in minor units. All of it is the person's money.

    `marked` is the part of `available` that is softly reserved: it is shown, and nothing else can spend it.
    """

    asset: str
    available: int
    held: int
    marked: int = 0


@dataclass(frozen=True)
class SharedPlace:
    """Where wallets share one account: what to give to those who cannot pay to an address with a number in it."""

    address: str
    memo: str  # a numeric one


class BalanceType(StrEnum):
    """The three balances of a person: to pay with, invested, and deployed in strategies."""

    AVAILABLE = "available"
    INVESTED = "invested"
    STRATEGY = "strategy"


PAID_WITH = frozenset({"USDC.SOL"})
"""Crypto assets that count as money to pay with; all other crypto assets are investments."""


def balance_type(asset: Asset) -> BalanceType:
    """Return which balance this asset, lying in a wallet, belongs to. Only deployed positions are strategy."""
    if asset.kind == Asset.Kind.FIAT or asset.code in PAID_WITH:
        return BalanceType.AVAILABLE
    return BalanceType.INVESTED


@dataclass(frozen=True)
class ReservedPart:
    """What one part of a reservation took, and what of it is still there."""

    name: str
    money: Money
    remaining: Money


@dataclass(frozen=True)
class Reserved:
    """A reservation as its owner sees it: what for, how much, until when."""

    id: str
    wallet_id: str
    kind: str
    status: str
    purpose: str
    transaction_id: str
    parts: tuple[ReservedPart, ...]
    created_at: datetime
    expires_at: datetime | None

    @property
    def remaining(self) -> list[Money]:
        """What is still reserved in each asset."""
        totals: dict[str, int] = {}
        for part in self.parts:
            totals[part.remaining.asset] = totals.get(part.remaining.asset, 0) + part.remaining.minor
        return [Money(minor, asset) for asset, minor in totals.items() if minor]


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


def find_wallet(*, user_id: str, wallet_id: str) -> Wallet:
    """
    Return this person's wallet alone, without its network and addresses.

    :raises NotFound: as get_wallet
    """
    found = sql.read(_OWN, [wallet_id, user_id], w=Wallet)
    if not found:
        raise NotFound("There is no such wallet.")
    wallet: Wallet = found[0][0]
    return wallet


def own_and_first_of(*, user_id: str, wallet_id: str, email: str, network: str) -> tuple[Wallet, Wallet | None]:
    """
    Return this person's wallet, and the oldest one on this network of the active person with this e-mail address.

    Each alone as find_wallet; one round trip.

    :raises NotFound: as get_wallet
    """
    found = sql.read(_OWN_AND_FIRST_OF, [network, email, wallet_id, user_id], w=Wallet, f=Wallet)
    if not found:
        raise NotFound("There is no such wallet.")
    own, first = found[0]
    return own, first if first.pk else None


def deposit_address(wallet: Wallet) -> str:
    """Return the newest deposit address of a wallet."""
    return max(wallet.addresses.all(), key=lambda address: address.pk).address


def shared_place(wallet: Wallet) -> SharedPlace | None:
    """Return the plain address and memo that stand for the deposit address where wallets share an account."""
    newest = max(wallet.addresses.all(), key=lambda address: address.pk)
    if newest.tag is None:
        return None
    return SharedPlace(custody.queries.hot_address(network=wallet.network_id), str(newest.tag))


def payment_uri(wallet: Wallet) -> str:
    """Return the deposit address as a payment URI: BIP-21, Solana Pay, SEP-7 on Stellar, EIP-681 on EVM networks."""
    address = deposit_address(wallet)
    if wallet.network.family in ("bitcoin", "solana"):
        return f"{wallet.network.family}:{address}"
    if wallet.network.family == "stellar":
        return f"web+stellar:pay?destination={address}"
    return f"ethereum:{address}@{settings.NETWORKS[wallet.network_id].chain}"


def owners_of(*, network: str, addresses: Iterable[str]) -> dict[str, Owner]:
    """Return who owns which of these addresses; strangers' addresses are left out."""
    rows = Address.objects.filter(network_id=network, address__in=set(addresses)).values_list(
        "address", "wallet_id", "wallet__user_id"
    )
    return {address: Owner(wallet_id, user_id) for address, wallet_id, user_id in rows}


def all_addresses(*, network: str) -> Iterator[str]:
    """Yield every deposit address there is or was, some at a time."""
    addresses: QuerySet[Address, str] = Address.objects.filter(network_id=network).values_list("address", flat=True)
    return addresses.iterator(chunk_size=10_000)


def count_addresses(*, network: str) -> int:
    return Address.objects.filter(network_id=network).count()


def addresses_made(*, network: str, since: int, until: int) -> "QuerySet[Address, str]":
    """Return the addresses that transactions of these numbers have made, the last excluded (kit.commits)."""
    made = Address.objects.filter(network_id=network, made_by__gte=since, made_by__lt=until)
    return made.values_list("address", flat=True)


def holdings(wallets: Iterable[Wallet]) -> dict[str, list[Holding]]:
    """Return what each wallet holds of every asset on its network, by wallet id; one query."""
    wallets = list(wallets)
    codes = [code for wallet in wallets for code in (available_account(wallet.pk), held_account(wallet.pk))]
    found = ledger.queries.standings(codes)
    nothing = Standing()
    return {
        wallet.pk: [
            Holding(
                asset=asset.code,
                available=found.get((available_account(wallet.pk), asset.code), nothing).balance,
                held=found.get((held_account(wallet.pk), asset.code), nothing).balance,
                marked=found.get((available_account(wallet.pk), asset.code), nothing).marked,
            )
            for asset in list_assets()
            if asset.network_id == wallet.network_id
        ]
        for wallet in wallets
    }


def list_reservations(*, wallets: Iterable[Wallet], open_only: bool = True) -> QuerySet[Reservation]:
    """Return what is reserved of these wallets, the newest first."""
    found = Reservation.objects.filter(wallet__in=list(wallets)).prefetch_related("parts").order_by("-id")
    return found.filter(status=Reservation.State.OPEN) if open_only else found


def get_reservation(*, key: str) -> Reserved:
    """
    Return the reservation under this key as it is now.

    :raises NotFound: if there is none
    """
    found = Reservation.objects.filter(key=key).prefetch_related("parts").first()
    if found is None:
        raise NotFound("There is no such reservation.")
    return describe_reservations([found])[0]


def hold_keys(*, transaction_id: str) -> list[str]:
    """Return under which keys the ledger keeps, or kept, what was reserved for this movement."""
    parts = ReservationPart.objects.filter(reservation__transaction_id=transaction_id).select_related("reservation")
    return [part.ledger_key for part in parts.order_by("pk")]


def describe_reservations(found: Iterable[Reservation]) -> list[Reserved]:
    """Return them with what the ledger says is left of each; three queries, however many there are."""
    found = list(found)
    keys = [part.ledger_key for reservation in found for part in reservation.parts.all()]
    remaining = ledger.queries.remaining_of(keys=keys)
    return [
        Reserved(
            id=each.pk,
            wallet_id=each.wallet_id,
            kind=each.kind,
            status=each.status,
            purpose=each.purpose,
            transaction_id=each.transaction_id,
            parts=tuple(
                ReservedPart(
                    part.name,
                    Money(part.minor, part.asset_id),
                    Money(remaining.get(part.ledger_key, 0), part.asset_id),
                )
                for part in sorted(each.parts.all(), key=lambda part: part.name)
            ),
            created_at=each.created_at,
            expires_at=each.expires_at,
        )
        for each in found
    ]


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


def payee_addresses(*, user_id: str, network: str) -> list[str]:
    """Return the addresses this person has saved on a network, in canonical form."""
    return list(Payee.objects.filter(user_id=user_id, network_id=network).values_list("address", flat=True))


def find_payee(*, user_id: str, network: str, address: str) -> Payee | None:
    return Payee.objects.filter(user_id=user_id, network_id=network, address=address).first()
