"""
Keys made ahead: where only the signer can derive an address, workers keep some ready for all others to give out.

A key is derived, sealed and written down in one commit, so one that was half made has never existed; it is given
out in the commit of whatever takes it, once for good (trigger).
"""

import logging
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import transaction

from assets.queries import list_networks
from chains.queries import get_adapter
from chains.values import Curve
from custody.base import Purpose
from custody.errors import KeyPoolEmpty, KeysUnavailable, VaultMissing
from custody.models import Branch, Key, Vault
from custody.registry import key_provider
from custody.services.sealing import context_of, hold_versions, open_seed
from custody.signers import curves
from custody.signers.derivation import hardened_path
from custody.signers.sealing import SEAL_VERSION, close
from kit import jobs
from kit.crypto import Secret
from kit.ids import new_id

logger = logging.getLogger(__name__)

BATCH = 25
"""Keys made in one commit."""

_TASK = "custody.fill_pools"


def take(*, network: str, purpose: Purpose, now: datetime) -> Key:
    """
    Give out the oldest ready key inside the caller's transaction, passing over those others are just taking.

    :raises VaultMissing: if the network's keys have not been set up
    :raises KeyPoolEmpty: if none is ready
    """
    ready = Key.objects.filter(branch__vault__network=network, purpose=purpose, taken_at__isnull=True)
    key = ready.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("index").first()
    if key is None:
        if not Vault.objects.filter(network=network).exists():
            raise VaultMissing(f"There are no keys for {network} yet.")
        jobs.ring(_TASK)  # at once: the caller's transaction will not be committed
        raise KeyPoolEmpty(f"No address of {network} is ready.")
    Key.objects.filter(pk=key.pk).update(taken_at=now)
    key.taken_at = now
    low = settings.NETWORKS[network].key_pool // 2
    if purpose is Purpose.DEPOSIT and ready.count() < low:
        jobs.enqueue_shared(_TASK)
    return key


def fill_all(*, now: datetime) -> int:
    """
    Make every pool full again and return how many keys that took.

    :raises KeysUnavailable: in a process without keys, if there is anything to do
    """
    made = 0
    for network in list_networks():
        config = settings.NETWORKS[network.code]
        sizes = {Purpose.DEPOSIT: config.key_pool, Purpose.CHANGE: config.channels and _missing_channels(network.code)}
        wanted = {purpose: size for purpose, size in sizes.items() if size}
        if wanted and get_adapter(network.code).curve is Curve.ED25519 and _has_vault(network.code):
            made += sum(fill(network=network.code, purpose=each, size=size, now=now) for each, size in wanted.items())
    return made


def _missing_channels(network: str) -> int:
    """Return how many accounts are wanted besides the paying one (chains.values.NetworkConfig) and have no key yet."""
    taken = Key.objects.filter(network=network, purpose=Purpose.CHANGE, taken_at__isnull=False)
    return max(0, int(settings.NETWORKS[network].channels) - taken.count())


def _has_vault(network: str) -> bool:
    return Vault.objects.filter(network=network).exists()


def fill(*, network: str, purpose: Purpose, size: int, now: datetime) -> int:
    """
    Make keys until so many are ready, some in each commit, and return how many those were.

    :raises VaultMissing: if the network's keys have not been set up
    :raises KeysUnavailable: in a process without keys, if there is anything to do
    """
    made = 0
    while count := _fill_some(network, purpose, size=size, now=now):
        made += count
    return made


def skip(branch: Branch, *, count: int, now: datetime) -> None:
    """
    Let what is ready and so many keys to come count as given out, inside the caller's transaction.

    After a restore others may have them. Those to come are made here where the seed is, so that what they hold is
    seen at once; elsewhere workers make them.
    """
    Key.objects.filter(branch=branch, taken_at__isnull=True).update(taken_at=now)
    if branch.purpose != Purpose.DEPOSIT:
        return  # nothing was ever given out
    branch.taken_below = branch.next_index + count
    branch.save(update_fields=["taken_below"])
    with suppress(KeysUnavailable):
        fill(network=branch.vault.network_id, purpose=Purpose(branch.purpose), size=0, now=now)


@transaction.atomic
def _fill_some(network: str, purpose: Purpose, *, size: int, now: datetime) -> int:
    """Make a batch of the keys that are missing and return their number; one process at a time for each branch."""
    branches = Branch.objects.select_for_update(no_key=True, of=("self",)).select_related("vault__network")
    branch = branches.filter(vault__network=network, purpose=purpose).first()
    if branch is None:
        raise VaultMissing(f"There are no keys for {network} yet.")
    ready = Key.objects.filter(branch=branch, taken_at__isnull=True).count()
    taken = max(0, branch.taken_below - branch.next_index)
    count = min(BATCH, taken + max(0, size - ready))
    if count == 0:
        return 0
    hold_versions()
    with open_seed(branch.vault, key_provider()) as entropy:
        keys = [_made(branch, branch.next_index + number, entropy, now) for number in range(count)]
    Key.objects.bulk_create(keys)
    branch.next_index += count
    branch.save(update_fields=["next_index"])
    return count


def _made(branch: Branch, index: int, entropy: Secret, now: datetime) -> Key:
    network, purpose = branch.vault.network, Purpose(branch.purpose)
    adapter = get_adapter(network.code)
    key = Key(
        id=new_id("key"),
        branch=branch,
        network=network,
        purpose=purpose,
        index=index,
        path=hardened_path(branch.path, index, family=network.family, purpose=purpose),
        seal_version=SEAL_VERSION,
        taken_at=now if index < branch.taken_below else None,
        created_at=now,
        sealed_at=now,
    )
    with curves.private_key_at(entropy, key.path, curve=adapter.curve) as private:
        key.public_key = curves.public_key_of(private, curve=adapter.curve)
        key.address = adapter.address_of(bytes(key.public_key))
        envelope = close(private, provider=key_provider(), context=context_of(key))
    key.sealed_key, key.data_key, key.kek_version = envelope.sealed, envelope.data_key, envelope.kek_version
    return key
