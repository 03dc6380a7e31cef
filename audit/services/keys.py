"""The private key that checkpoints are signed with: a file of the workers' own."""

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from audit.errors import SigningKeyRefused


def signing_key() -> Ed25519PrivateKey:
    """
    Return the private key that AUDIT_KEY_FILE names.

    :raises SigningKeyRefused: if there is none, others can read it, or it is no Ed25519 key in PEM
    """
    if not settings.AUDIT_KEY_FILE:
        raise SigningKeyRefused("This process has no AUDIT_KEY_FILE.")
    try:
        descriptor = os.open(settings.AUDIT_KEY_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise SigningKeyRefused(f"The key file cannot be opened: {error.strerror}.") from None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or stat.S_IMODE(found.st_mode) != 0o600:
            raise SigningKeyRefused(f"The key file must have mode 0600, not {stat.S_IMODE(found.st_mode):04o}.")
        if found.st_uid != os.geteuid():
            raise SigningKeyRefused("The key file belongs to another user.")
        content = file.read()
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SigningKeyRefused("It is not a key file.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyRefused("It is not an Ed25519 key.")
    return key


def public_key(key: Ed25519PrivateKey) -> str:
    """Return what anybody may know and verifiers need: 32 bytes in hex."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def create_key_file(path: Path) -> str:
    """
    Write a fresh private key, mode 0600, where there is no file yet; return its public key.

    :raises SigningKeyRefused: if there is a file already, or the place is inside the program's folder
    """
    if not path.is_absolute() or path.resolve().is_relative_to(Path(settings.BASE_DIR).resolve()):
        raise SigningKeyRefused("AUDIT_KEY_FILE must be named in full and lie outside the program's folder.")
    key = Ed25519PrivateKey.generate()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)  # whatever the umask says
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike rename, refuses to replace one that is there
    except FileExistsError:
        raise SigningKeyRefused("There is a key file already: it is never overwritten.") from None
    finally:
        draft.unlink(missing_ok=True)
    return public_key(key)
