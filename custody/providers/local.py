"""Key-encryption keys in a file of ours or in one environment value, by version."""

import base64
import binascii
import json
import os
import stat
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from custody.base import WrappedKey
from custody.errors import KeyFileRefused, KeysUnavailable
from kit.crypto import KEY_BYTES, Secret, bind, seal, unseal


@dataclass(frozen=True)
class _KeyRing:
    active: int
    keys: Mapping[int, Secret]


class LocalKeys:
    """
    {"active": 2, "keys": {"1": base64, "2": base64}}, 32 bytes each.

    The file is looked at before every use and read again when it has changed, so a rotation
    reaches all processes without a restart. A value from the environment never changes.
    """

    def __init__(self, *, key_file: str, key_value: str) -> None:
        if bool(key_file) == bool(key_value):
            raise KeyFileRefused("Set either KEY_FILE or KEY_VALUE.")
        self._path = Path(key_file) if key_file else None
        self._lock = threading.Lock()
        self._ring = _parse(Secret(bytearray(key_value.encode()))) if key_value else None
        self._stamp: tuple[int, ...] = ()

    def active_version(self) -> int:
        return self._current().active

    def wrap(self, data_key: Secret, *, context: bytes) -> WrappedKey:
        ring = self._current()
        sealed = seal(data_key, key=ring.keys[ring.active], context=_context(ring.active, context))
        return WrappedKey(version=ring.active, ciphertext=sealed)

    def unwrap(self, wrapped: WrappedKey, *, context: bytes) -> Secret:
        key = self._current().keys.get(wrapped.version)
        if key is None:
            raise KeysUnavailable(f"Version {wrapped.version} of the key-encryption key is not here.")
        return unseal(wrapped.ciphertext, key=key, context=_context(wrapped.version, context))

    def add_version(self) -> int:
        ring = self._current()
        version = max(ring.keys) + 1
        self._replace(_KeyRing(version, {**ring.keys, version: Secret.random()}))
        return version

    def retire_versions(self, *, keep: frozenset[int]) -> tuple[int, ...]:
        ring = self._current()
        kept = {version: key for version, key in ring.keys.items() if version in keep or version == ring.active}
        if len(kept) < len(ring.keys):
            self._replace(_KeyRing(ring.active, kept))
        return tuple(sorted(ring.keys.keys() - kept.keys()))

    def _current(self) -> _KeyRing:
        with self._lock:
            if self._path is not None:
                content, stamp = _read(self._path, unless=self._stamp)
                if content is not None:
                    self._ring, self._stamp = _parse(content), stamp
            assert self._ring is not None
            return self._ring

    def _replace(self, ring: _KeyRing) -> None:
        if self._path is None:
            raise KeysUnavailable(
                "Keys given in KEY_VALUE cannot be changed from inside.",
                what_to_do="Change KEY_VALUE where it is kept, restart the workers, and rotate again.",
            )
        write_key_file(self._path, _text(ring), is_new=False)


def create_key_file(path: Path) -> None:
    """
    Write a key file with one fresh version.

    :raises KeyFileRefused: if there is one already, or the place is not allowed
    """
    _check_place(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_key_file(path, _text(_KeyRing(1, {1: Secret.random()})), is_new=True)


def write_key_file(path: Path, content: Secret, *, is_new: bool) -> None:
    """Put the content in place in one step: a crash leaves the old file whole or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file, content:
        os.fchmod(file.fileno(), 0o600)  # whatever the umask says
        file.write(content.reveal())
        file.flush()
        os.fsync(file.fileno())
    try:
        if is_new:
            os.link(draft, path)  # unlike rename, refuses to replace one that is there
        else:
            os.rename(draft, path)
    except FileExistsError:
        raise KeyFileRefused("There is a key file already: it is never overwritten.") from None
    finally:
        draft.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)  # or the new name may be lost in a power cut after rows already depend on it
    finally:
        os.close(directory)


def _read(path: Path, *, unless: tuple[int, ...]) -> tuple[Secret | None, tuple[int, ...]]:
    """Return the content and a stamp of the file's state; no content if the stamp is the same."""
    _check_place(path)
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise KeyFileRefused(f"The key file cannot be opened: {error.strerror}.") from None
    with os.fdopen(file, "rb") as opened:
        found = os.fstat(opened.fileno())
        if not stat.S_ISREG(found.st_mode) or stat.S_IMODE(found.st_mode) != 0o600:
            raise KeyFileRefused(f"The key file must have mode 0600, not {stat.S_IMODE(found.st_mode):04o}.")
        if found.st_uid != os.geteuid():
            raise KeyFileRefused("The key file belongs to another user.")
        stamp = (found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)
        if stamp == unless:
            return None, stamp
        return Secret(bytearray(opened.read())), stamp


def _check_place(path: Path) -> None:
    if not path.is_absolute() or path.resolve().is_relative_to(Path(settings.BASE_DIR).resolve()):
        raise KeyFileRefused("The key file must lie outside the program's folder, and KEY_FILE name it in full.")


def _parse(content: Secret) -> _KeyRing:
    try:
        with content:
            ring = json.loads(content.reveal())
        active = int(ring["active"])
        keys = {
            int(version): Secret(bytearray(base64.b64decode(key, validate=True)))
            for version, key in ring.pop("keys").items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise KeyFileRefused("It is not a key file.") from None
    if active not in keys or any(len(key.reveal()) != KEY_BYTES for key in keys.values()):
        raise KeyFileRefused("It is not a whole key file: each version has 32 bytes, and the active one is there.")
    return _KeyRing(active, keys)


def _text(ring: _KeyRing) -> Secret:
    keys = {str(version): base64.b64encode(key.reveal()).decode() for version, key in sorted(ring.keys.items())}
    return Secret(bytearray(json.dumps({"active": ring.active, "keys": keys}, indent=1).encode()))


def _context(version: int, context: bytes) -> bytes:
    return bind("key-encryption key", str(version)) + context
