"""Keys made ahead: a pool that workers fill, from which anybody gives out each key once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import DatabaseError, connection, transaction
from embit import base58

from custody.base import Ownership, Purpose
from custody.errors import ConflictingSignature, IntentMismatch, KeyPoolEmpty, KeysUnavailable, VaultMissing
from custody.models import Branch, Key, SignatureGuard, Vault
from custody.queries import hot_address, list_addresses
from custody.services import allocate_key, rotate_keys, setup_vaults, sign, sign_ownership, skip_keys
from custody.services.pool import fill, fill_all
from custody.services.sealing import open_private_key
from custody.signers import ownership
from custody.tasks import fill_pools
from tests.factories.custody import NOW, make_vaults, use_no_keys
from tests.factories.island import ISLAND, POOL, add_island, forget, island_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _island(settings: Any, monkeypatch: pytest.MonkeyPatch, db: None, _main_chain: None) -> Iterator[None]:
    add_island(settings, monkeypatch)
    yield
    forget()


def ready() -> int:
    return Key.objects.filter(network=ISLAND, purpose=Purpose.DEPOSIT, taken_at__isnull=True).count()


def rows() -> list[Any]:
    return list(Key.objects.order_by("pk").values())


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    rung: list[str] = []
    monkeypatch.setattr("kit.jobs.ring", lambda task, **ids: rung.append(task))
    return rung


def test_a_vault_begins_with_its_hot_key_and_a_full_pool(key_file: Path) -> None:
    hot = Key.objects.get(network=ISLAND, purpose=Purpose.HOT)
    assert hot.path == "m/44'/501'/1'/0'"
    assert hot.taken_at == hot.sealed_at == NOW
    assert hot.address == hot_address(network=ISLAND) == base58.encode(bytes(hot.public_key))
    pool = Key.objects.filter(network=ISLAND, purpose=Purpose.DEPOSIT).order_by("index")
    assert [key.path for key in pool] == [f"m/44'/501'/0'/{index}'" for index in range(POOL)]
    assert {(key.taken_at, key.sealed_at, key.kek_version) for key in pool} == {(None, NOW, 1)}
    assert {branch.extended_public_key for branch in Branch.objects.filter(vault__network=ISLAND)} == {""}
    assert setup_vaults(now=NOW) == []
    assert allocate_key(network=ISLAND, purpose=Purpose.HOT, now=NOW).id == hot.id


def test_any_process_gives_out_the_oldest_ready_key_at_once(key_file: Path, settings: Any) -> None:
    use_no_keys(settings)
    given = [allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW) for _ in range(POOL)]
    assert [key.path for key in given] == [f"m/44'/501'/0'/{index}'" for index in range(POOL)]
    assert [key.address for key in given] == list_addresses(network=ISLAND, purpose=Purpose.DEPOSIT)
    assert ready() == 0


def test_an_empty_pool_refuses_and_rings_at_once(key_file: Path, bells: list[str]) -> None:
    for _ in range(POOL):
        allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)
    bells.clear()
    before = rows()
    with pytest.raises(KeyPoolEmpty) as refused:
        allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)
    assert (refused.value.code, refused.value.status, refused.value.retry_after_seconds) == ("key_pool_empty", 503, 5)
    assert bells == ["custody.fill_pools"]
    assert rows() == before


def test_without_a_vault_it_says_so() -> None:
    with pytest.raises(VaultMissing):
        allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)
    with pytest.raises(VaultMissing):
        fill(network=ISLAND, purpose=Purpose.DEPOSIT, size=1, now=NOW)
    assert fill_all(now=NOW) == 0
    assert not Key.objects.exists()


def test_filling_makes_what_is_missing_and_no_more(key_file: Path) -> None:
    assert fill_all(now=NOW) == 0
    for _ in range(3):
        allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)
    fill_pools()
    assert ready() == POOL
    assert Branch.objects.get(vault__network=ISLAND, purpose=Purpose.DEPOSIT).next_index == POOL + 3
    assert fill_all(now=NOW) == 0


def test_a_batch_may_be_smaller_than_what_is_missing(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.services.pool.BATCH", 3)
    assert fill(network=ISLAND, purpose=Purpose.DEPOSIT, size=POOL + 7, now=NOW) == 7
    assert ready() == POOL + 7


def test_a_process_without_keys_fills_nothing_and_says_so(key_file: Path, settings: Any, caplog: Any) -> None:
    use_no_keys(settings)
    assert fill_all(now=NOW) == 0  # nothing to do
    allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)
    before = rows()
    with pytest.raises(KeysUnavailable):
        fill_all(now=NOW)
    fill_pools()
    assert [(record.levelname, record.message) for record in caplog.records] == [("ERROR", "pools_not_filled")]
    assert rows() == before


def test_what_is_given_out_is_given_out_for_good(key_file: Path) -> None:
    key = allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)
    for change in ("taken_at = NULL", "taken_at = now()"):
        with pytest.raises(DatabaseError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE custody_key SET {change} WHERE id = %s", [key.id])
    assert Key.objects.get(pk=key.id).taken_at == NOW


@pytest.mark.django_db(transaction=True)
def test_a_low_pool_rings_after_commit(
    settings: Any, tmp_path: Path, bells: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_vaults(settings, tmp_path)
    monkeypatch.setattr("kit.jobs._is_first", lambda task: True)
    bells.clear()
    with transaction.atomic():
        for _ in range(POOL - 2):
            allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)
    assert bells == []  # two are left of five: not yet below the half
    with transaction.atomic():
        allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)
        assert bells == []
    assert bells == ["custody.fill_pools"]


def test_a_wallet_that_is_not_opened_gives_its_key_back(key_file: Path) -> None:
    with transaction.atomic():
        allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)
        assert ready() == POOL - 1
        transaction.set_rollback(True)
    assert ready() == POOL


@pytest.mark.parametrize("has_keys", [True, False])
def test_after_a_restore_what_may_have_been_given_out_is_given_to_nobody(
    key_file: Path, settings: Any, has_keys: bool
) -> None:
    keys = settings.KEY_PROVIDER, settings.KEY_FILE
    if not has_keys:
        use_no_keys(settings)
    for _ in range(2):  # harmless twice
        skip_keys(network=ISLAND, count=4, occasion="run 2", actor="system", now=NOW)
    assert ready() == 0
    with pytest.raises(KeyPoolEmpty):
        allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)
    settings.KEY_PROVIDER, settings.KEY_FILE = keys
    fill_all(now=NOW)
    addresses = list_addresses(network=ISLAND, purpose=Purpose.DEPOSIT)
    assert len(addresses) == POOL + 4 + POOL
    assert allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW).address == addresses[POOL + 4]


def test_what_was_approved_is_signed_once_for_its_place(key_file: Path) -> None:
    payload, intent = island_payment()
    signed = sign(payload=payload, intent=intent, now=NOW)
    public = Key.objects.get(network=ISLAND, purpose=Purpose.HOT).public_key
    Ed25519PublicKey.from_public_bytes(bytes(public)).verify(signed.raw[:64], payload)
    assert sign(payload=payload, intent=intent, now=NOW) == signed
    other, other_intent = island_payment(minor=11)
    with pytest.raises(ConflictingSignature):
        sign(payload=other, intent=other_intent, now=NOW)
    with pytest.raises(IntentMismatch, match="amount"):
        sign(payload=island_payment(number=2, minor=11)[0], intent=intent, now=NOW)
    with pytest.raises(IntentMismatch, match="senders"):
        sign(payload=island_payment(number=2, sender="thief")[0], intent=intent, now=NOW)
    assert SignatureGuard.objects.count() == 1


def test_a_deposit_key_signs_too_and_survives_a_rotation(key_file: Path) -> None:
    key = allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)
    payload, intent = island_payment(sender=key.address)
    signed = sign(payload=payload, intent=intent, now=NOW)
    rotate_keys(now=NOW)
    assert not Key.objects.filter(network=ISLAND, kek_version=1).exists()
    assert Vault.objects.get(network=ISLAND).kek_version == 2
    assert sign(payload=payload, intent=intent, now=NOW) == signed


def test_its_address_is_stated_to_be_ours(key_file: Path) -> None:
    address = allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW).address
    stated = Ownership(ISLAND, address, 7, 100, "ab" * 32)
    proof = sign_ownership(stated, now=NOW)
    assert proof.scheme == "solana-offchain-v0"
    public = Ed25519PublicKey.from_public_bytes(base58.decode(address))
    public.verify(base58.decode(proof.signature), ownership.offchain_message(proof.message))
    assert sign_ownership(stated, now=NOW) == proof


def test_no_secret_of_it_shows_in_what_is_kept_or_printed(key_file: Path) -> None:
    key = Key.objects.filter(network=ISLAND, purpose=Purpose.DEPOSIT).first()
    assert key is not None
    with open_private_key(key, now=NOW) as private:
        raw = bytes(private.reveal())
        shown = f"{key} {key!r} {vars(key)} {private} {private!r}"
    assert raw not in bytes(key.sealed_key or b"")
    assert raw.hex() not in shown
    assert repr(raw)[2:-1] not in shown
