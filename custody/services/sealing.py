"""The seals of seeds and private keys: closed once, opened for one use, and the lock above all their versions."""

import logging
from datetime import datetime

from django.db import connection, transaction

from chains.queries import get_adapter
from custody.base import KeyProvider
from custody.errors import KeyMismatch
from custody.models import Key, Vault
from custody.queries import unsealed_key_ids
from custody.registry import key_provider
from custody.signers import curves
from custody.signers.sealing import Envelope, close, key_context, open_envelope, seed_context
from kit.crypto import SealBroken, Secret

logger = logging.getLogger(__name__)

_VERSIONS_LOCK = 0x6B65795F76657273
"""Advisory lock: shared by whoever uses a key-encryption key, exclusive for whoever retires one."""


def seal_waiting(*, now: datetime, limit: int = 100) -> int:
    """
    Seal the keys that have no stored private half yet, and return how many that were.

    A key that does not fit its vault is left alone, loudly: someone has changed the
    branch's extended public key, and what was paid to that address is not ours.
    """
    sealed = 0
    for key_id in unsealed_key_ids(limit=limit):
        try:
            seal_key(key_id=key_id, now=now)
        except (KeyMismatch, SealBroken) as error:
            logger.critical("key_not_sealed", extra={"key_id": key_id, "code": error.code})
        else:
            sealed += 1
    return sealed


@transaction.atomic
def seal_key(*, key_id: str, now: datetime) -> None:
    """
    Derive the private key from the vault, check that it fits, and store it sealed. Harmless twice.

    :raises KeyMismatch: if the public key on record is not this vault's
    :raises KeysUnavailable: in a process without keys
    """
    hold_versions()
    keys = Key.objects.select_for_update(no_key=True, of=("self",)).select_related("branch__vault")
    key = keys.get(pk=key_id)
    if key.sealed_key is not None:
        return
    provider = key_provider()
    curve = get_adapter(key.network_id).curve
    with (
        open_seed(key.branch.vault, provider) as entropy,
        curves.private_key_at(entropy, key.path, curve=curve) as private,
    ):
        if curves.public_key_of(private, curve=curve) != bytes(key.public_key):
            raise KeyMismatch(f"Key {key_id} was not derived from its vault.")
        envelope = close(private, provider=provider, context=context_of(key))
    Key.objects.filter(pk=key_id).update(
        sealed_key=envelope.sealed,
        data_key=envelope.data_key,
        kek_version=envelope.kek_version,
        sealed_at=now,
    )


def open_private_key(key: Key, *, now: datetime) -> Secret:
    """Return a key's private half, sealing it first where that has not been done."""
    if key.sealed_key is None:
        seal_key(key_id=key.id, now=now)
        key = Key.objects.get(pk=key.pk)
    return open_envelope(envelope_of(key), provider=key_provider(), context=context_of(key))


def open_seed(vault: Vault, provider: KeyProvider) -> Secret:
    return open_envelope(envelope_of(vault), provider=provider, context=context_of(vault))


def hold_versions() -> None:
    """Let no version of the key-encryption key be retired until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_VERSIONS_LOCK])


def wait_for_users() -> None:
    """Wait until nobody uses a version any more, and let nobody begin to until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_VERSIONS_LOCK])


def envelope_of(row: Vault | Key) -> Envelope:
    sealed = row.sealed_entropy if isinstance(row, Vault) else row.sealed_key
    assert sealed is not None
    assert row.data_key is not None
    assert row.kek_version is not None
    return Envelope(sealed=bytes(sealed), data_key=bytes(row.data_key), kek_version=row.kek_version)


def context_of(row: Vault | Key) -> bytes:
    """Return what a row's seal is bound to."""
    if isinstance(row, Vault):
        return seed_context(vault_id=row.id, network=row.network_id, version=row.seal_version)
    return key_context(
        key_id=row.id, network=row.network_id, purpose=row.purpose, path=row.path, version=row.seal_version
    )
