"""Addresses: derived from extended public keys, each given out once, with or without keys at hand."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from custody.base import Purpose
from custody.errors import KeysUnavailable, VaultMissing
from custody.models import Branch, Key, Vault
from custody.queries import hot_address, list_addresses, own_addresses
from custody.services import allocate_key, seal_key, seal_waiting, setup_vaults
from custody.tasks import seal_keys
from tests.factories.custody import NOW, make_vaults, use_no_keys, waiting_count

pytestmark = pytest.mark.django_db


def test_without_keys_no_vault_is_made(settings: Any) -> None:
    use_no_keys(settings)
    with pytest.raises(KeysUnavailable):
        setup_vaults(now=NOW)
    assert not Vault.objects.exists()
    assert not Branch.objects.exists()


def test_without_a_vault_no_key_is_made() -> None:
    with pytest.raises(VaultMissing):
        allocate_key(network="bitcoin", purpose=Purpose.DEPOSIT, now=NOW)
    with pytest.raises(VaultMissing):
        hot_address(network="bitcoin")
    assert not Key.objects.exists()


NETWORKS = ["bitcoin", "ethereum", "polygon", "bsc", "solana", "stellar", "sui"]


def test_setting_up_twice_changes_nothing(key_file: Path) -> None:
    before = list(Vault.objects.order_by("pk").values())
    assert [vault["network_id"] for vault in before] == NETWORKS
    assert setup_vaults(now=NOW) == []
    assert list(Vault.objects.order_by("pk").values()) == before
    assert Key.objects.count() == len(NETWORKS)


def test_the_hot_key_is_always_the_same_one(key_file: Path) -> None:
    one = allocate_key(network="ethereum", purpose=Purpose.HOT, now=NOW)
    two = allocate_key(network="ethereum", purpose=Purpose.HOT, now=NOW)
    assert one == two
    assert one.path == "m/44'/60'/1'/0/0"
    assert hot_address(network="ethereum") == one.address


def test_a_watch_only_process_gives_out_addresses_but_cannot_seal(key_file: Path, settings: Any) -> None:
    use_no_keys(settings)
    first = allocate_key(network="bitcoin", purpose=Purpose.DEPOSIT, now=NOW)
    second = allocate_key(network="bitcoin", purpose=Purpose.DEPOSIT, now=NOW)
    assert [first.path, second.path] == ["m/84'/0'/0'/0/0", "m/84'/0'/0'/0/1"]
    assert first.address.startswith("bc1q")
    assert first.address != second.address
    assert list_addresses(network="bitcoin", purpose=Purpose.DEPOSIT) == [first.address, second.address]
    assert own_addresses(network="bitcoin", among=[second.address, "bc1qstranger"]) == {second.address}
    assert own_addresses(network="ethereum", among=[second.address]) == set()
    with pytest.raises(KeysUnavailable):
        seal_key(key_id=first.id, now=NOW)
    with pytest.raises(KeysUnavailable):
        seal_waiting(now=NOW)
    assert Key.objects.get(pk=first.id).sealed_key is None


def test_sealing_is_done_once(key_file: Path) -> None:
    key = allocate_key(network="ethereum", purpose=Purpose.DEPOSIT, now=NOW)
    assert seal_waiting(now=NOW) == waiting_count() + 1  # the hot keys and this one
    sealed = Key.objects.values().get(pk=key.id)
    assert sealed["kek_version"] == 1
    assert sealed["sealed_at"] == NOW
    seal_key(key_id=key.id, now=NOW)
    assert seal_waiting(now=NOW) == 0
    assert Key.objects.values().get(pk=key.id) == sealed


def test_the_task_seals_what_waits(key_file: Path) -> None:
    key = allocate_key(network="bitcoin", purpose=Purpose.CHANGE, now=NOW)
    seal_keys()
    assert Key.objects.get(pk=key.id).sealed_key is not None
    assert not Key.objects.filter(sealed_key__isnull=True).exists()


def test_the_task_in_a_process_without_keys_says_so_and_goes_on(key_file: Path, settings: Any, caplog: Any) -> None:
    use_no_keys(settings)
    seal_keys()
    assert [(record.levelname, record.message) for record in caplog.records] == [("ERROR", "keys_not_sealed")]
    assert not Key.objects.filter(network="ethereum", sealed_key__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_a_new_key_rings_the_bell_after_commit(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_vaults(settings, tmp_path)
    rung: list[str] = []
    monkeypatch.setattr("kit.jobs.ring", lambda task, **ids: rung.append(task))
    with transaction.atomic():
        allocate_key(network="bitcoin", purpose=Purpose.CHANGE, now=NOW)
        assert rung == []
    assert rung == ["custody.seal_keys"]
