"""What is stored of a key opens in its own row, under its own keys, unchanged, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from custody.base import Purpose
from custody.errors import KeyMismatch, KeysUnavailable
from custody.models import Branch, Key, SignatureGuard, Vault
from custody.providers.local import create_key_file
from custody.services import allocate_key, seal_key, seal_waiting, sign
from custody.signers import derivation
from kit.crypto import SealBroken, Secret
from tests.factories.custody import NOW, vault_count, waiting_count
from tests.factories.custody_payments import ethereum_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vaults(key_file: Path) -> None:
    """Every test here has vaults."""


@pytest.fixture
def intruder(db: None) -> Any:
    """Someone with a database connection and no triggers in the way."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def hot_key() -> Key:
    return Key.objects.get(network="ethereum", purpose=Purpose.HOT)


def assert_it_does_not_sign(error: type[Exception]) -> None:
    unsigned, intent = ethereum_payment()
    with pytest.raises(error):
        sign(payload=unsigned.payload, intent=intent, now=NOW)
    assert not SignatureGuard.objects.exists()


def test_every_row_has_its_own_data_key_and_nonce() -> None:
    for _ in range(3):
        allocate_key(network="ethereum", purpose=Purpose.DEPOSIT, now=NOW)
    assert seal_waiting(now=NOW) == waiting_count() + 3
    keys = Key.objects.all()
    assert len({bytes(key.data_key or b"") for key in keys}) == vault_count() + 3
    assert len({bytes(key.sealed_key or b"")[:12] for key in keys}) == vault_count() + 3
    assert {len(bytes(key.sealed_key or b"")) for key in keys} == {12 + 32 + 16}


@pytest.mark.parametrize(
    "columns", [("sealed_key",), ("data_key",), ("sealed_key", "data_key"), ("sealed_key", "data_key", "path")]
)
def test_a_ciphertext_moved_to_another_row_does_not_open(intruder: Any, columns: tuple[str, ...]) -> None:
    other = allocate_key(network="ethereum", purpose=Purpose.DEPOSIT, now=NOW)
    seal_waiting(now=NOW)
    taken = Key.objects.values(*columns).get(pk=other.id)
    Key.objects.filter(pk=hot_key().pk).update(**taken)
    assert_it_does_not_sign(SealBroken)


@pytest.mark.parametrize(
    "change",
    [
        {"path": "m/44'/60'/0'/0/0"},
        {"purpose": "deposit"},
        {"seal_version": 2},
        {"kek_version": 7},
    ],
)
def test_a_row_changed_around_its_ciphertext_does_not_open(intruder: Any, change: dict[str, Any]) -> None:
    seal_waiting(now=NOW)
    unsigned, intent = ethereum_payment()
    Key.objects.filter(pk=hot_key().pk).update(**change)
    with pytest.raises(KeysUnavailable if "kek_version" in change else SealBroken):
        sign(payload=unsigned.payload, intent=intent, now=NOW)
    assert not SignatureGuard.objects.exists()


@pytest.mark.parametrize("column", ["sealed_key", "data_key"])
@pytest.mark.parametrize("position", [0, 12, -1])
def test_one_changed_bit_does_not_open(intruder: Any, column: str, position: int) -> None:
    seal_waiting(now=NOW)
    content = bytearray(getattr(hot_key(), column))
    content[position] ^= 1
    Key.objects.filter(pk=hot_key().pk).update(**{column: bytes(content)})
    assert_it_does_not_sign(SealBroken)


def test_vaults_cannot_be_exchanged(intruder: Any) -> None:
    bitcoin, ethereum = Vault.objects.get(network="bitcoin"), Vault.objects.get(network="ethereum")
    Vault.objects.filter(pk=ethereum.pk).update(sealed_entropy=bitcoin.sealed_entropy, data_key=bitcoin.data_key)
    with pytest.raises(SealBroken):
        seal_key(key_id=hot_key().id, now=NOW)
    assert hot_key().sealed_key is None


def test_another_key_encryption_key_does_not_open(settings: Any, tmp_path: Path) -> None:
    seal_waiting(now=NOW)
    create_key_file(tmp_path / "other.json")
    settings.KEY_FILE = str(tmp_path / "other.json")
    assert_it_does_not_sign(SealBroken)


def test_an_exchanged_extended_public_key_is_noticed_when_sealing(intruder: Any, caplog: Any) -> None:
    theirs = derivation.extended_public_key(Secret.random(), "m/44'/60'/0'")
    Branch.objects.filter(path="m/44'/60'/0'").update(extended_public_key=theirs)
    stolen = allocate_key(network="ethereum", purpose=Purpose.DEPOSIT, now=NOW)
    with pytest.raises(KeyMismatch):
        seal_key(key_id=stolen.id, now=NOW)
    assert seal_waiting(now=NOW) == waiting_count()  # the hot keys: one bad row does not hold up the rest
    assert Key.objects.get(pk=stolen.id).sealed_key is None
    assert [record.message for record in caplog.records if record.levelname == "CRITICAL"] == ["key_not_sealed"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM custody_key",
        "DELETE FROM custody_branch",
        "DELETE FROM custody_vault",
        "TRUNCATE custody_key, custody_signatureguard",
        "TRUNCATE custody_branch, custody_key, custody_signatureguard",
        "UPDATE custody_key SET address = 'x'",
        "UPDATE custody_key SET public_key = ''",
        "UPDATE custody_key SET sealed_key = ''",
        "UPDATE custody_key SET sealed_key = NULL, data_key = NULL, kek_version = NULL, sealed_at = NULL",
        "UPDATE custody_vault SET sealed_entropy = ''",
        "UPDATE custody_branch SET extended_public_key = ''",
        "UPDATE custody_branch SET next_index = next_index - 1 WHERE next_index > 0",
    ],
)
def test_the_database_keeps_keys_as_they_are(statement: str) -> None:
    seal_waiting(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or TRUNCATE would fail for another reason
    before = [list(model.objects.order_by("pk").values()) for model in (Vault, Branch, Key)]
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert [list(model.objects.order_by("pk").values()) for model in (Vault, Branch, Key)] == before
