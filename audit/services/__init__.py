"""Keeping the record: copying events into it, sealing it with signatures, and telling those outside."""

from audit.services.checkpoints import seal
from audit.services.copying import Copied, copy
from audit.services.export import export
from audit.services.memos import anchor_on_network

__all__ = ["Copied", "anchor_on_network", "copy", "export", "seal"]
