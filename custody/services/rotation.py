"""New key-encryption keys above all data keys, while everything runs."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import transaction

from custody.errors import KeysUnavailable
from custody.models import Key, Vault
from custody.queries import key_versions_in_use
from custody.registry import key_provider
from custody.services.sealing import context_of, envelope_of, hold_versions, wait_for_users
from custody.signers.sealing import rewrap
from events.services import record
from kit.crypto import SealBroken
from kit.errors import BusyElsewhere
from kit.locks import one_at_a_time

logger = logging.getLogger(__name__)


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
            wait_for_users()  # whoever has still sealed under the old version has committed after this
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
        wait_for_users()
        retired = key_provider().retire_versions(keep=key_versions_in_use())
        for vault in Vault.objects.order_by("pk") if retired else ():
            record(type="vault.versions_retired", subject=vault, actor="system", now=now, data={"versions": [*retired]})
        return retired


@transaction.atomic
def _rewrap_batch(
    model: type[Vault] | type[Key], *, version: int, after: str, limit: int, broken: list[str]
) -> list[str]:
    """Return the ids looked at, in order; those that could not be opened are added to `broken`."""
    hold_versions()
    behind = model.objects.filter(pk__gt=after, kek_version__isnull=False).exclude(kek_version=version)
    rows = cast("list[Vault | Key]", list(behind.select_for_update(no_key=True).order_by("pk")[:limit]))
    for row in rows:
        context = context_of(row)
        try:
            envelope = rewrap(envelope_of(row), provider=key_provider(), context=context)
        except (SealBroken, KeysUnavailable) as error:
            logger.critical("data_key_not_rewrapped", extra={"row": row.pk, "code": error.code})
            broken.append(row.pk)
            continue
        model.objects.filter(pk=row.pk).update(data_key=envelope.data_key, kek_version=envelope.kek_version)
    return [row.pk for row in rows]
