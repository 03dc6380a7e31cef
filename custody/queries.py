"""Reading keys as anyone may know them: addresses and public keys, never what is sealed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from custody.base import KeyRef, Purpose, SignedBefore
from custody.errors import VaultMissing
from custody.models import Key, SignatureGuard, Vault


def hot_address(*, network: str) -> str:
    """
    Return the address sends are paid from.

    :raises VaultMissing: if the network's keys have not been set up
    """
    address = _watched(network).filter(purpose=Purpose.HOT).values_list("address", flat=True).first()
    if address is None:
        raise VaultMissing(f"There are no keys for {network} yet.")
    return address


def is_treasury_address(*, network: str, address: str) -> bool:
    """Say whether the address, in its canonical form, is the hot wallet's or holds our change."""
    return _watched(network).filter(address=address, purpose__in=[Purpose.HOT, Purpose.CHANGE]).exists()


def treasury_addresses(*, network: str, among: Iterable[str]) -> set[str]:
    """Return those of the addresses that are the hot wallet's or hold our change."""
    return set(_treasury(network).filter(address__in=list(among)).values_list("address", flat=True))


def all_treasury(*, network: str) -> Iterator[str]:
    """Yield the hot wallet's address and every one that holds or held our change, some at a time."""
    addresses: QuerySet[Key, str] = _treasury(network).values_list("address", flat=True)
    return addresses.iterator(chunk_size=10_000)


def count_treasury(*, network: str) -> int:
    return _treasury(network).count()


def treasury_made(*, network: str, since: int, until: int) -> "QuerySet[Key, str]":
    """Return those of them that transactions of these numbers have made, the last excluded (kit.commits)."""
    made = _treasury(network).filter(made_by__gte=since, made_by__lt=until)
    return made.values_list("address", flat=True)


def own_addresses(*, network: str, among: Iterable[str]) -> set[str]:
    """Return those of the addresses that belong to a key of ours, whatever it is for."""
    return set(_watched(network).filter(address__in=list(among)).values_list("address", flat=True))


def list_addresses(*, network: str, purpose: Purpose) -> list[str]:
    """Return all our addresses for this purpose, oldest first."""
    return list(_watched(network).filter(purpose=purpose).order_by("index").values_list("address", flat=True))


def unsealed_key_ids(*, limit: int) -> list[str]:
    """Return keys whose private half is not stored yet, oldest first."""
    waiting = Key.objects.filter(sealed_key__isnull=True).order_by("id")
    return list(waiting.values_list("id", flat=True)[:limit])


def key_versions_in_use() -> frozenset[int]:
    """Return the versions of the key-encryption key without which some row could not be opened."""
    versions: set[int | None] = set(Vault.objects.values_list("kek_version", flat=True).distinct())
    versions |= set(Key.objects.values_list("kek_version", flat=True).distinct())
    return frozenset(version for version in versions if version is not None)


def guarded(*, tokens: list[str], key_ids: list[str]) -> QuerySet[SignatureGuard]:
    """Return what has been signed in any of these places of replay by any of these keys."""
    return SignatureGuard.objects.filter(replay_token__in=tokens, key_id__in=key_ids)


def by_payload(rows: Iterable[SignatureGuard]) -> dict[bytes, SignedBefore]:
    """Return what was signed, one for each payload by its digest."""
    found: dict[bytes, list[SignatureGuard]] = defaultdict(list)
    for row in rows:
        found[bytes(row.payload_digest)].append(row)
    return {
        digest: SignedBefore(
            generation=each[0].generation,
            tokens=frozenset(row.replay_token for row in each),
            terms_digest=bytes(each[0].terms_digest),
            last_block=each[0].last_block,
        )
        for digest, each in found.items()
    }


def key_ref(key: Key) -> KeyRef:
    return KeyRef(
        id=key.id,
        network=key.network_id,
        purpose=Purpose(key.purpose),
        address=key.address,
        path=key.path,
        public_key=bytes(key.public_key),
    )


def _watched(network: str) -> QuerySet[Key]:
    return Key.objects.filter(network=network)


def _treasury(network: str) -> QuerySet[Key]:
    return _watched(network).filter(purpose__in=[Purpose.HOT, Purpose.CHANGE])
