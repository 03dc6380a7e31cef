"""Events to copy, and keys to seal them with."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from assets.models import Network
from audit.models import Checkpoint, Entry, NetworkAnchor
from audit.services import seal
from audit.services.copying import moment
from audit.services.keys import create_key_file
from audit.verify import NOTHING, checkpoint_hash, entry_hash
from events.services import UNNAMED, Name, record


def make_events(
    count: int,
    *,
    now: datetime,
    kind: str = "network.looked_at",
    user_id: str = "",
    name: Name = UNNAMED,
    **data: Any,
) -> list[int]:
    """Record so many events, each in a transaction of its own; return their ids."""
    made = []
    for number in range(count):
        with transaction.atomic():
            event = record(
                type=kind,
                subject=Network.objects.order_by("pk")[0],
                actor=user_id or "system",
                user_id=user_id,
                name=name,
                data={"number": number, "word": "Zürich → \u2028", **data},
                now=now,
            )
        made.append(event.pk)
    return made


def use_key(settings: Any, folder: Path) -> str:
    """Give this process a key to sign with and a file to anchor in; return the public key."""
    settings.AUDIT_KEY_FILE = str(folder / "audit.pem")
    settings.AUDIT_ANCHOR_FILE = str(folder / "anchor" / "checkpoints.jsonl")
    settings.AUDIT_CHECKPOINT_ENTRIES, settings.AUDIT_CHECKPOINT_SECONDS = 5, 300
    return create_key_file(folder / "audit.pem")


def make_checkpoint(settings: Any, folder: Path, *, now: datetime) -> Checkpoint:
    """Seal what is in the record, with a fresh key."""
    use_key(settings, folder)
    checkpoint = seal(now=now)
    assert checkpoint is not None
    return checkpoint


def make_network_anchor(checkpoint: Checkpoint, *, now: datetime) -> NetworkAnchor:
    """Say of a checkpoint that a network has it, for pages that show one."""
    place = {"network": "stellar", "chain": "devnet", "account": "GA7Q", "txid": "ab" * 32, "height": 7}
    hashed = checkpoint_hash(checkpoint.content)
    return NetworkAnchor.objects.create(
        transaction_id="txn_anchor", checkpoint=checkpoint.number, hash=hashed, recorded_at=now, **place
    )


def make_entry(*, now: datetime, position: int = 1, previous: str = NOTHING, **fields: Any) -> Entry:
    """Write an entry of which the core database knows nothing, for pages that show one."""
    known = {"type": "user.signed_in", "category": "", "name": "", "subject": "accounts.user:usr_1", "actor": "system"}
    content: dict[str, Any] = {
        **known,
        "user_id": "",
        "data": {},
        **fields,
        "id": position,
        "xid": str(position),
        "happened_at": moment(now),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    columns = {name: content[name] for name in (*known, "user_id")}
    return Entry.objects.create(
        position=position,
        event_id=position,
        xid=position,
        happened_at=now,
        content=text,
        previous=previous,
        hash=entry_hash(position=position, previous=previous, content=text),
        **columns,
    )
