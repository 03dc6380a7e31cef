"""The life of a key: a vault, an address, a seal, a signature, and new keys above it all."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.conf import settings
from django.db import connection, transaction

from assets.models import Network
from assets.queries import get_network, list_networks
from chains.base import ChainAdapter, Signed, Unsigned
from chains.queries import check_not_halted, get_adapter
from custody.base import Intent, KeyProvider, KeyRef, Ownership, OwnershipProof, Purpose
from custody.errors import (
    ConflictingSignature,
    IntentMismatch,
    KeyMismatch,
    KeysUnavailable,
    OwnershipRefused,
    VaultMissing,
)
from custody.models import Branch, Key, SignatureGuard, Vault
from custody.policy import differences
from custody.queries import guarded, key_ref, key_versions_in_use, unsealed_key_ids
from custody.registry import key_provider
from custody.signers import derivation, ownership, secp256k1
from custody.signers.sealing import SEAL_VERSION, Envelope, close, key_context, open_envelope, rewrap, seed_context
from events.queries import events_of
from events.services import record
from kit import jobs
from kit.crypto import SealBroken, Secret
from kit.errors import BusyElsewhere
from kit.ids import new_id
from kit.locks import one_at_a_time, wait_for_turn

logger = logging.getLogger(__name__)

_VERSIONS_LOCK = 0x6B65795F76657273
"""Advisory lock: shared by whoever uses a key-encryption key, exclusive for whoever retires one."""


# --- Vaults -------------------------------------------------------------------------------------
def setup_vaults(*, now: datetime) -> list[str]:
    """
    Give every network a vault, its branches and its hot key; return the codes of those that had none.

    :raises KeysUnavailable: in a process without keys, if there is anything to do
    """
    missing = [network for network in list_networks() if not Vault.objects.filter(network=network).exists()]
    return [network.code for network in missing if _setup_vault(network, now=now)]


@transaction.atomic
def _setup_vault(network: Network, *, now: datetime) -> bool:
    _hold_versions()
    vault_id = new_id("vlt")
    context = seed_context(vault_id=vault_id, network=network.code, version=SEAL_VERSION)
    with Secret.random(derivation.ENTROPY_BYTES) as entropy:
        envelope = close(entropy, provider=key_provider(), context=context)
        paths = {
            purpose: derivation.account_path(
                family=network.family, chain=settings.NETWORKS[network.code].chain, purpose=purpose
            )
            for purpose in Purpose
        }
        xpubs = {purpose: derivation.extended_public_key(entropy, path) for purpose, path in paths.items()}
    vault = Vault(
        id=vault_id,
        network=network,
        sealed_entropy=envelope.sealed,
        data_key=envelope.data_key,
        kek_version=envelope.kek_version,
        seal_version=SEAL_VERSION,
        created_at=now,
    )
    Vault.objects.bulk_create([vault], ignore_conflicts=True)
    if not Vault.objects.filter(pk=vault_id).exists():
        return False  # another process was first; this seed has never been used and is forgotten
    Branch.objects.bulk_create(
        Branch(vault=vault, purpose=purpose, path=paths[purpose], extended_public_key=xpubs[purpose])
        for purpose in Purpose
    )
    record(type="vault.created", subject=vault, actor="system", now=now, data={"network": network.code})
    allocate_key(network=network.code, purpose=Purpose.HOT, now=now)
    return True


# --- Addresses, without any secret ----------------------------------------------------------------
@transaction.atomic
def allocate_key(*, network: str, purpose: Purpose, now: datetime) -> KeyRef:
    """
    Return the next key of a purpose, or the one there is if it is the hot key.

    Watch-only: derived from the branch's extended public key, in any process.

    :raises VaultMissing: if the network's keys have not been set up
    """
    branch = _branch(network, purpose)
    if purpose is Purpose.HOT and branch.next_index > 0:
        return key_ref(Key.objects.get(branch=branch))
    key = _next_key(branch, now)
    jobs.enqueue("custody.seal_keys")
    return key_ref(key)


@transaction.atomic
def skip_keys(*, network: str, count: int, occasion: str, actor: str, now: datetime) -> None:
    """
    Take so many further keys for people and for change, which nobody is given, with an event.

    After a restore: addresses given out since then are forgotten, and must not go to others. Once for each occasion.
    """
    vault, data = Vault.objects.get(network=network), {"network": network, "count": count, "occasion": occasion}
    wait_for_turn(f"custody.skip_keys:{network}")
    if any(event.data.get("occasion") == occasion for event in events_of(vault)):
        return
    for purpose in (Purpose.DEPOSIT, Purpose.CHANGE):
        branch = _branch(network, purpose)
        for _ in range(count):
            _next_key(branch, now)
    record(type="vault.keys_skipped", subject=vault, actor=actor, now=now, data=data)
    jobs.enqueue("custody.seal_keys")


def _branch(network: str, purpose: Purpose) -> Branch:
    branches = Branch.objects.select_for_update(no_key=True, of=("self",))
    branch = branches.select_related("vault").filter(vault__network=network, purpose=purpose).first()
    if branch is None:
        raise VaultMissing(f"There are no keys for {network} yet.")
    return branch


def _next_key(branch: Branch, now: datetime) -> Key:
    network = branch.vault.network_id
    public_key = derivation.public_key_at(branch.extended_public_key, branch.next_index)
    key = Key.objects.create(
        id=new_id("key"),
        branch=branch,
        network_id=network,
        purpose=branch.purpose,
        index=branch.next_index,
        path=derivation.key_path(branch.path, branch.next_index),
        address=get_adapter(network).address_of(public_key),
        public_key=public_key,
        seal_version=SEAL_VERSION,
        created_at=now,
    )
    branch.next_index += 1
    branch.save(update_fields=["next_index"])
    return key


# --- Sealing ------------------------------------------------------------------------------------
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
    _hold_versions()
    keys = Key.objects.select_for_update(no_key=True, of=("self",)).select_related("branch__vault")
    key = keys.get(pk=key_id)
    if key.sealed_key is not None:
        return
    provider = key_provider()
    with _open_seed(key.branch.vault, provider) as entropy, derivation.private_key_at(entropy, key.path) as private:
        if secp256k1.public_key_of(private) != bytes(key.public_key):
            raise KeyMismatch(f"Key {key_id} was not derived from its vault.")
        envelope = close(private, provider=provider, context=_key_context(key))
    Key.objects.filter(pk=key_id).update(
        sealed_key=envelope.sealed,
        data_key=envelope.data_key,
        kek_version=envelope.kek_version,
        sealed_at=now,
    )


# --- Signing ------------------------------------------------------------------------------------
def sign(*, payload: bytes, intent: Intent, now: datetime) -> Signed:
    """
    Sign exactly what was approved, once, inside the caller's transaction.

    The payload is decoded here and compared with the intent; each place of replay it uses
    is then written down for good. The same payload for the same subject signs to the same
    bytes again. Whatever is refused leaves nothing behind, even if the caller goes on.

    :raises IntentMismatch: if the bytes do anything else than the intent says
    :raises ConflictingSignature: if one of its places of replay is taken by other bytes
    :raises KeysUnavailable: in a process without keys
    :raises NetworkHalted: while an operator has yet to look at the network, as after a restore
    """
    assert connection.in_atomic_block, "the signature commits together with what sends it, or not at all"
    adapter = get_adapter(intent.network)
    check_not_halted(intent.network)
    with transaction.atomic():
        _hold_versions()
        key_provider().active_version()
        unsigned = adapter.decode(payload)
        keys = _own_keys(unsigned, intent)
        found = differences(unsigned, intent, own_addresses=keys.keys())
        if found:
            logger.critical(
                "signing_refused", extra={"network": intent.network, "subject": intent.subject, "differs_in": found}
            )
            raise IntentMismatch(f"It differs in: {', '.join(found)}.", differs_in=found)
        signers = [keys[sender] for sender in unsigned.senders]
        _guard(signers, unsigned, payload=payload, subject=intent.subject, now=now)
        return _sign_checked(adapter, payload, signers, unsigned=unsigned, now=now)


@transaction.atomic
def sign_ownership(stated: Ownership, *, now: datetime) -> OwnershipProof:
    """
    Sign that an address is ours: the one form of message that keys sign, which is made here and can be no payment.

    :raises OwnershipRefused: if the address is none of ours, or what is stated does not fit into the form
    :raises KeysUnavailable: in a process without keys
    """
    _hold_versions()
    key_provider().active_version()
    text = ownership.message(stated, chain=settings.NETWORKS[stated.network].chain)
    key = Key.objects.filter(network=stated.network, address=stated.address).first()
    if key is None:
        logger.critical("ownership_refused", extra={"network": stated.network, "address": stated.address})
        raise OwnershipRefused(f"{stated.address} is not ours.")
    family, public = get_network(stated.network).family, bytes(key.public_key)
    with _open_private_key(key, now=now) as private:
        digest = ownership.digest(text, family=family, public_key=public)
        signature = secp256k1.sign_digest(private, digest, public_key=public)
    encoded = ownership.encode(signature, family=family, public_key=public)
    return OwnershipProof(message=text, scheme=ownership.SCHEMES[family], signature=encoded)


def _own_keys(unsigned: Unsigned, intent: Intent) -> dict[str, Key]:
    addresses = {*unsigned.senders, *intent.change_addresses}
    return {key.address: key for key in Key.objects.filter(network=intent.network, address__in=addresses)}


def _guard(signers: list[Key], unsigned: Unsigned, *, payload: bytes, subject: str, now: datetime) -> None:
    digest = hashlib.sha256(payload).digest()
    rows = [
        SignatureGuard(key=key, replay_token=token, payload_digest=digest, subject=subject, signed_at=now)
        for key, token in zip(signers, unsigned.replay_tokens, strict=True)
    ]
    rows.sort(key=lambda row: (row.key_id, row.replay_token))  # one order for all: no deadlock
    # Waits for a rival's uncommitted row; then inserts nothing, and the rival's row is read below.
    SignatureGuard.objects.bulk_create(rows, ignore_conflicts=True)
    standing = guarded(tokens=[row.replay_token for row in rows], key_ids=[row.key_id for row in rows])
    if any(bytes(row.payload_digest) != digest or row.subject != subject for row in standing):
        logger.critical("conflicting_signature", extra={"subject": subject})
        raise ConflictingSignature


def _sign_checked(
    adapter: ChainAdapter, payload: bytes, signers: list[Key], *, unsigned: Unsigned, now: datetime
) -> Signed:
    signatures = []
    for key, digest in zip(signers, adapter.digests(payload), strict=True):
        with _open_private_key(key, now=now) as private:
            signatures.append(secp256k1.sign_digest(private, digest, public_key=bytes(key.public_key)))
    signed = adapter.attach(payload, signatures, [bytes(key.public_key) for key in signers])
    txid, tokens = adapter.explain(signed.raw)
    if txid != signed.txid or tokens != unsigned.replay_tokens:
        raise IntentMismatch("The signed bytes are not those that were checked.")
    return signed


def _open_private_key(key: Key, *, now: datetime) -> Secret:
    if key.sealed_key is None:
        seal_key(key_id=key.id, now=now)
        key = Key.objects.get(pk=key.pk)
    return open_envelope(_envelope(key), provider=key_provider(), context=_key_context(key))


def _open_seed(vault: Vault, provider: KeyProvider) -> Secret:
    return open_envelope(_envelope(vault), provider=provider, context=_seed_context(vault))


# --- New key-encryption keys ----------------------------------------------------------------------
@dataclass(frozen=True)
class Rotation:
    """How a rotation ended; `broken` rows could not be opened and keep their old version."""

    version: int
    rewrapped: int
    broken: tuple[str, ...]


def rotate_keys(*, now: datetime, batch_size: int = 100) -> Rotation:
    """
    Make a new version of the key-encryption key and wrap every data key in it, while signing goes on.

    An unfinished rotation is finished instead of starting another. No secret is opened.

    :raises BusyElsewhere: if another process is rotating
    :raises KeysUnavailable: in a process without keys, or where they cannot be changed from inside
    """
    with one_at_a_time("custody.rotate_keys") as is_mine:
        if not is_mine:
            raise BusyElsewhere("Another process is rotating the keys.")
        provider = key_provider()
        version = provider.active_version()
        if key_versions_in_use() <= {version}:
            version = provider.add_version()
        with transaction.atomic():
            _wait_for_users()  # whoever has still sealed under the old version has committed after this
        rewrapped = 0
        broken: list[str] = []
        for model in (Vault, Key):
            after = ""
            while rows := _rewrap_batch(model, version=version, after=after, limit=batch_size, broken=broken):
                rewrapped += len(rows)
                after = rows[-1]
        rewrapped -= len(broken)
        for vault in Vault.objects.order_by("pk"):
            with transaction.atomic():
                record(type="vault.rewrapped", subject=vault, actor="system", now=now, data={"version": version})
        return Rotation(version=version, rewrapped=rewrapped, broken=tuple(broken))


def retire_key_versions(*, now: datetime) -> tuple[int, ...]:
    """Forget the versions no row needs any more, and return them. Waits for signatures under way."""
    with transaction.atomic():
        _wait_for_users()
        retired = key_provider().retire_versions(keep=key_versions_in_use())
        for vault in Vault.objects.order_by("pk") if retired else ():
            record(type="vault.versions_retired", subject=vault, actor="system", now=now, data={"versions": [*retired]})
        return retired


@transaction.atomic
def _rewrap_batch(
    model: type[Vault] | type[Key], *, version: int, after: str, limit: int, broken: list[str]
) -> list[str]:
    """Return the ids looked at, in order; those that could not be opened are added to `broken`."""
    _hold_versions()
    behind = model.objects.filter(pk__gt=after, kek_version__isnull=False).exclude(kek_version=version)
    rows = cast("list[Vault | Key]", list(behind.select_for_update(no_key=True).order_by("pk")[:limit]))
    for row in rows:
        context = _key_context(row) if isinstance(row, Key) else _seed_context(row)
        try:
            envelope = rewrap(_envelope(row), provider=key_provider(), context=context)
        except (SealBroken, KeysUnavailable) as error:
            logger.critical("data_key_not_rewrapped", extra={"row": row.pk, "code": error.code})
            broken.append(row.pk)
            continue
        model.objects.filter(pk=row.pk).update(data_key=envelope.data_key, kek_version=envelope.kek_version)
    return [row.pk for row in rows]


def _hold_versions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_VERSIONS_LOCK])


def _wait_for_users() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_VERSIONS_LOCK])


def _envelope(row: Vault | Key) -> Envelope:
    sealed = row.sealed_entropy if isinstance(row, Vault) else row.sealed_key
    assert sealed is not None
    assert row.data_key is not None
    assert row.kek_version is not None
    return Envelope(sealed=bytes(sealed), data_key=bytes(row.data_key), kek_version=row.kek_version)


def _seed_context(vault: Vault) -> bytes:
    return seed_context(vault_id=vault.id, network=vault.network_id, version=vault.seal_version)


def _key_context(key: Key) -> bytes:
    return key_context(
        key_id=key.id, network=key.network_id, purpose=key.purpose, path=key.path, version=key.seal_version
    )
