"""The local key provider: whose file it accepts, how it changes it, what it refuses to open."""

import base64
import json
import os
from pathlib import Path

import pytest
from django.conf import settings

from custody.base import WrappedKey
from custody.errors import KeyFileRefused, KeysUnavailable
from custody.providers.local import LocalKeys, create_key_file
from custody.providers.none import NoKeys
from kit.crypto import SealBroken, Secret


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    create_key_file(path)
    return path


def provider(path: Path) -> LocalKeys:
    return LocalKeys(key_file=str(path), key_value="")


def test_a_new_key_file_is_ours_alone_and_never_replaced(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    content = json.loads(path.read_text())
    assert content["active"] == 1
    assert len(base64.b64decode(content["keys"]["1"])) == 32
    with pytest.raises(KeyFileRefused):
        create_key_file(path)
    assert json.loads(path.read_text()) == content
    assert os.listdir(path.parent) == ["keys.json"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o700, 0o400])
def test_a_file_with_another_mode_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeyFileRefused, match=f"{mode:04o}"):
        provider(path).active_version()


def test_a_mode_changed_later_is_noticed(path: Path) -> None:
    keys = provider(path)
    assert keys.active_version() == 1
    path.chmod(0o644)
    with pytest.raises(KeyFileRefused):
        keys.active_version()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(path: Path) -> None:
    os.chown(path, 65534, 65534)
    with pytest.raises(KeyFileRefused, match="another user"):
        provider(path).active_version()


def test_a_link_is_refused(path: Path) -> None:
    link = path.with_name("link.json")
    link.symlink_to(path)
    with pytest.raises(KeyFileRefused):
        provider(link).active_version()


def test_a_file_inside_the_program_is_refused(path: Path) -> None:
    inside = Path(settings.BASE_DIR) / "keys-test.json"
    with pytest.raises(KeyFileRefused):
        create_key_file(inside)
    with pytest.raises(KeyFileRefused):
        provider(inside).active_version()
    with pytest.raises(KeyFileRefused):
        provider(Path("keys.json")).active_version()
    assert not inside.exists()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileRefused):
        provider(tmp_path / "none.json").active_version()


GOOD_KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"active": 1, "keys": {}}',
        '{"active": 1, "keys": []}',
        json.dumps({"active": 2, "keys": {"1": GOOD_KEY}}),
        '{"active": 1, "keys": {"1": "c2hvcnQ="}}',
        '{"active": 1, "keys": {"1": "not base64!"}}',
        '{"active": 1, "keys": {"1": ""}}',
        '{"active": 1, "keys": {"1": 5}}',
    ],
)
def test_what_is_not_a_key_file_is_refused_without_showing_it(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(KeyFileRefused) as refusal:
        provider(path).active_version()
    assert GOOD_KEY not in str(refusal.value)
    with pytest.raises(KeyFileRefused):
        LocalKeys(key_file="", key_value=content)
    path.write_text(json.dumps({"active": 1, "keys": {"1": GOOD_KEY}}))  # once put right, it is used
    assert provider(path).active_version() == 1


def test_either_a_file_or_a_value_must_be_given(path: Path) -> None:
    with pytest.raises(KeyFileRefused):
        LocalKeys(key_file="", key_value="")
    with pytest.raises(KeyFileRefused):
        LocalKeys(key_file=str(path), key_value=path.read_text())


def test_wrapping_is_undone_only_with_the_same_key_and_context(path: Path, tmp_path: Path) -> None:
    data_key = Secret(bytearray(range(32)))
    wrapped = provider(path).wrap(data_key, context=b"row 1")
    assert wrapped.version == 1
    assert bytes(range(32)) not in wrapped.ciphertext
    assert provider(path).unwrap(wrapped, context=b"row 1").reveal() == bytes(range(32))
    with pytest.raises(SealBroken):
        provider(path).unwrap(wrapped, context=b"row 2")
    other = tmp_path / "other.json"
    create_key_file(other)
    with pytest.raises(SealBroken):
        provider(other).unwrap(wrapped, context=b"row 1")


def test_a_new_version_reaches_other_processes_at_once(path: Path) -> None:
    ours, theirs = provider(path), provider(path)
    old = theirs.wrap(Secret.random(), context=b"")
    assert ours.add_version() == 2
    assert theirs.active_version() == 2
    new = theirs.wrap(Secret.random(), context=b"")
    assert (old.version, new.version) == (1, 2)
    theirs.unwrap(old, context=b"")
    with pytest.raises(SealBroken):  # a version is part of what a wrapped key is bound to
        theirs.unwrap(WrappedKey(version=2, ciphertext=old.ciphertext), context=b"")
    assert ours.retire_versions(keep=frozenset({1})) == ()
    assert ours.retire_versions(keep=frozenset()) == (1,)
    with pytest.raises(KeysUnavailable):
        theirs.unwrap(old, context=b"")
    theirs.unwrap(new, context=b"")
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["keys.json"]


def test_keys_in_a_value_work_but_cannot_be_changed(path: Path) -> None:
    keys = LocalKeys(key_file="", key_value=path.read_text())
    wrapped = keys.wrap(Secret.random(), context=b"")
    assert provider(path).unwrap(wrapped, context=b"").reveal() == keys.unwrap(wrapped, context=b"").reveal()
    with pytest.raises(KeysUnavailable):
        keys.add_version()
    assert keys.active_version() == 1


def test_the_watch_only_provider_refuses_everything(path: Path) -> None:
    none = NoKeys(key_file=str(path), key_value=path.read_text())
    wrapped = provider(path).wrap(Secret.random(), context=b"")
    for call in (
        none.active_version,
        none.add_version,
        lambda: none.wrap(Secret.random(), context=b""),
        lambda: none.unwrap(wrapped, context=b""),
        lambda: none.retire_versions(keep=frozenset()),
    ):
        with pytest.raises(KeysUnavailable):
            call()
    assert vars(none) == {}
