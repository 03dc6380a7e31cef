"""Addresses: derived from extended public keys, each given out once, with or without keys at hand."""

from pathlib import Path
from typing import Any

import pytest

from custody.base import Purpose
from custody.errors import KeysUnavailable, VaultMissing
from custody.models import Branch, Key, Vault
from custody.queries import hot_address, is_own_address, list_addresses
from custody.services import allocate_key, seal_key, seal_waiting, setup_vaults
from tests.factories.custody import NOW, use_no_keys

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


def test_setting_up_twice_changes_nothing(key_file: Path) -> None:
    before = list(Vault.objects.order_by("pk").values())
    assert [vault["network_id"] for vault in before] == ["bitcoin", "ethereum"]
    assert setup_vaults(now=NOW) == []
    assert list(Vault.objects.order_by("pk").values()) == before
    assert Key.objects.count() == 2


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
    assert is_own_address(network="bitcoin", address=second.address)
    assert not is_own_address(network="ethereum", address=second.address)
    with pytest.raises(KeysUnavailable):
        seal_key(key_id=first.id, now=NOW)
    with pytest.raises(KeysUnavailable):
        seal_waiting(now=NOW)
    assert Key.objects.get(pk=first.id).sealed_key is None


def test_sealing_is_done_once(key_file: Path) -> None:
    key = allocate_key(network="ethereum", purpose=Purpose.DEPOSIT, now=NOW)
    assert seal_waiting(now=NOW) == 3  # both hot keys and this one
    sealed = Key.objects.values().get(pk=key.id)
    assert sealed["kek_version"] == 1
    assert sealed["sealed_at"] == NOW
    seal_key(key_id=key.id, now=NOW)
    assert seal_waiting(now=NOW) == 0
    assert Key.objects.values().get(pk=key.id) == sealed
