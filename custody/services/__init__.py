"""The life of a key: a vault, an address, a seal, a signature, and new keys above it all."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction

from assets.models import Network
from assets.queries import list_networks
from chains.queries import get_adapter
from chains.values import Curve
from custody.base import KeyRef, Purpose
from custody.errors import VaultMissing
from custody.models import Branch, Key, Vault
from custody.queries import key_ref
from custody.registry import key_provider
from custody.services import pool
from custody.services.rotation import Rotation, retire_key_versions, rotate_keys
from custody.services.sealing import hold_versions, seal_key, seal_waiting
from custody.services.signing import sign, sign_ownership
from custody.signers import derivation
from custody.signers.sealing import SEAL_VERSION, close, seed_context
from events.queries import events_of
from events.services import record
from kit import jobs
from kit.crypto import Secret
from kit.ids import new_id
from kit.locks import wait_for_turn

__all__ = [
    "Rotation",
    "allocate_key",
    "retire_key_versions",
    "rotate_keys",
    "seal_key",
    "seal_waiting",
    "setup_vaults",
    "sign",
    "sign_ownership",
    "skip_keys",
]

logger = logging.getLogger(__name__)


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
    hold_versions()
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
        # ed25519 has no public derivation: nothing stands for a branch but the seed itself.
        has_xpub = get_adapter(network.code).curve is Curve.SECP256K1
        xpubs = {
            purpose: derivation.extended_public_key(entropy, path) if has_xpub else ""
            for purpose, path in paths.items()
        }
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
    if has_xpub:
        allocate_key(network=network.code, purpose=Purpose.HOT, now=now)
    else:
        pool.fill(network=network.code, purpose=Purpose.HOT, size=1, now=now)
        pool.take(network=network.code, purpose=Purpose.HOT, now=now)
        pool.fill(network=network.code, purpose=Purpose.DEPOSIT, size=settings.NETWORKS[network.code].key_pool, now=now)
    return True


# --- Addresses, without any secret ----------------------------------------------------------------
@transaction.atomic
def allocate_key(*, network: str, purpose: Purpose, now: datetime) -> KeyRef:
    """
    Return the next key of a purpose, or the one there is if it is the hot key.

    Watch-only, in any process: derived from the branch's extended public key, or taken from the pool of ready ones.

    :raises VaultMissing: if the network's keys have not been set up
    :raises KeyPoolEmpty: if none is ready: workers make more at once
    """
    if get_adapter(network).curve is Curve.ED25519 and purpose is not Purpose.HOT:
        return key_ref(pool.take(network=network, purpose=purpose, now=now))
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
        if not branch.extended_public_key:
            pool.skip(branch, count=count, now=now)
            continue
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
        taken_at=now,
        created_at=now,
    )
    branch.next_index += 1
    branch.save(update_fields=["next_index"])
    return key
