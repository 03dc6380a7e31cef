"""New key-encryption keys: every data key wrapped anew, no secret opened, old versions forgotten last."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from custody.base import Purpose
from custody.errors import KeysUnavailable
from custody.models import Key, Vault
from custody.queries import key_versions_in_use
from custody.services import allocate_key, retire_key_versions, rotate_keys, seal_waiting, setup_vaults, sign
from events.models import Event
from tests.factories.custody import NOW, use_local_keys, use_no_keys, vault_count
from tests.factories.custody_payments import ethereum_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sealed(key_file: Path) -> None:
    """A vault and a hot key for each network, and three more keys, all sealed under version 1."""
    for _ in range(3):
        allocate_key(network="ethereum", purpose=Purpose.DEPOSIT, now=NOW)
    seal_waiting(now=NOW)


def versions(key_file: Path) -> tuple[int, list[str]]:
    content = json.loads(key_file.read_text())
    return content["active"], sorted(content["keys"])


def test_every_data_key_is_wrapped_anew_and_no_secret_is_touched(key_file: Path) -> None:
    unsigned, intent = ethereum_payment()
    before = sign(payload=unsigned.payload, intent=intent, now=NOW)
    sealed = dict(Key.objects.values_list("pk", "sealed_key"))
    data_keys = set(Key.objects.values_list("data_key", flat=True))
    rotation = rotate_keys(now=NOW, batch_size=2)
    assert (rotation.version, rotation.rewrapped, rotation.broken) == (2, 2 * vault_count() + 3, ())
    assert key_versions_in_use() == {2}
    assert dict(Key.objects.values_list("pk", "sealed_key")) == sealed
    assert not data_keys & set(Key.objects.values_list("data_key", flat=True))
    assert sign(payload=unsigned.payload, intent=intent, now=NOW) == before
    assert versions(key_file) == (2, ["1", "2"])
    assert Event.objects.filter(type="vault.rewrapped", data={"version": 2}).count() == vault_count()


def test_a_version_is_forgotten_once_no_row_needs_it(key_file: Path) -> None:
    assert retire_key_versions(now=NOW) == ()
    rotate_keys(now=NOW)
    assert retire_key_versions(now=NOW) == (1,)
    assert versions(key_file) == (2, ["2"])
    unsigned, intent = ethereum_payment()
    sign(payload=unsigned.payload, intent=intent, now=NOW)


def test_an_unfinished_rotation_is_finished_and_not_begun_again(key_file: Path) -> None:
    rotate_keys(now=NOW)
    old = Key.objects.filter(purpose=Purpose.DEPOSIT)
    content = json.loads(key_file.read_text())
    key_file.write_text(json.dumps({"active": 3, "keys": {**content["keys"], "3": content["keys"]["1"]}}))
    rotation = rotate_keys(now=NOW)
    assert (rotation.version, rotation.rewrapped) == (3, 2 * vault_count() + 3)
    assert {key.kek_version for key in old} == {3}


def test_a_row_that_cannot_be_opened_does_not_hold_up_the_others_nor_its_key(key_file: Path, caplog: Any) -> None:
    bad = Key.objects.filter(purpose=Purpose.DEPOSIT)[0]
    good = Key.objects.filter(purpose=Purpose.DEPOSIT)[1]
    Key.objects.filter(pk=bad.pk).update(data_key=good.data_key)
    rotation = rotate_keys(now=NOW, batch_size=2)
    assert (rotation.version, rotation.rewrapped, rotation.broken) == (2, 2 * vault_count() + 2, (bad.pk,))
    assert key_versions_in_use() == {1, 2}
    assert retire_key_versions(now=NOW) == ()
    assert versions(key_file) == (2, ["1", "2"])
    assert [record.message for record in caplog.records if record.levelname == "CRITICAL"] == ["data_key_not_rewrapped"]
    with pytest.raises(CommandError, match=bad.pk):
        call_command("rotate_keys", stdout=io.StringIO())


def test_keys_in_the_environment_are_rotated_from_outside(key_file: Path, settings: Any) -> None:
    content = json.loads(key_file.read_text())
    settings.KEY_FILE, settings.KEY_VALUE = "", json.dumps(content)
    with pytest.raises(KeysUnavailable):
        rotate_keys(now=NOW)
    assert key_versions_in_use() == {1}
    two = {**content["keys"], "2": "A" * 43 + "="}
    settings.KEY_VALUE = json.dumps({"active": 2, "keys": two})
    assert rotate_keys(now=NOW).rewrapped == 2 * vault_count() + 3
    assert key_versions_in_use() == {2}


def test_without_keys_nothing_rotates(settings: Any) -> None:
    use_no_keys(settings)
    with pytest.raises(KeysUnavailable):
        rotate_keys(now=NOW)
    with pytest.raises(KeysUnavailable):
        retire_key_versions(now=NOW)
    assert key_versions_in_use() == {1}


def test_the_commands(key_file: Path) -> None:
    out = io.StringIO()
    call_command("rotate_keys", "--batch-size", "3", stdout=out)
    call_command("rotate_keys", "--retire", stdout=out)
    call_command("init_custody", "--create-key-file", stdout=out)
    assert out.getvalue().splitlines() == [
        f"Version 2 is active; {2 * vault_count() + 3} data keys wrapped anew.",
        "Versions forgotten: 1.",
        "New vaults: none, all networks have theirs.",
    ]


def test_a_first_start_makes_file_and_vaults(settings: Any, tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM custody_key; DELETE FROM custody_branch; DELETE FROM custody_vault")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    path = tmp_path / "elsewhere" / "keys.json"
    settings.KEY_FILE = str(path)
    with pytest.raises(CommandError):
        call_command("init_custody", stdout=io.StringIO())
    assert not Vault.objects.exists()
    assert not path.exists()
    out = io.StringIO()
    call_command("init_custody", "--create-key-file", stdout=out)
    assert out.getvalue().splitlines()[1] == "New vaults: bitcoin, ethereum, polygon, bsc, solana, stellar, sui."
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert Vault.objects.count() == vault_count()
    content = path.read_text()
    call_command("init_custody", "--create-key-file", stdout=out)
    assert path.read_text() == content


def test_a_second_key_file_is_of_no_use(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    use_local_keys(settings, tmp_path / "other")
    assert setup_vaults(now=NOW) == []
    rotation = rotate_keys(now=NOW)
    assert rotation.version == 2
    assert len(rotation.broken) == 2 * vault_count() + 3
    assert key_versions_in_use() == {1}
