"""Keeping the record: copying events into it, sealing it with signatures, and telling those outside."""

from audit.services.checkpoints import seal
from audit.services.copying import Copied, copy
from audit.services.export import export

__all__ = ["Copied", "copy", "export", "seal"]
