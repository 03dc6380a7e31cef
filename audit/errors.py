"""What audit refuses to do, and why."""

from typing import ClassVar

from kit.errors import DomainError, Severity


class ChainBroken(DomainError):
    """The record does not follow from itself, or from what was signed or anchored before."""

    code = "record_chain_broken"
    status = 500
    title = "The record was changed"
    why = "Its entries do not lead from the last checkpoint to the last entry, or the anchor file knows otherwise."
    what_to_do = "Nothing was signed. Keep the database and the anchor file as they are, and see docs/audit.md."
    severity: ClassVar[Severity] = "critical"


class SigningKeyRefused(DomainError):
    """There is no key to sign checkpoints with, or its file may not be used."""

    code = "record_key_refused"
    status = 500
    title = "Checkpoints cannot be signed"
    why = "Only a process with AUDIT_KEY_FILE, a private key of mode 0600 and its own, may sign."
    what_to_do = "Set AUDIT_KEY_FILE for the workers; `manage.py create_audit_key` makes one."
    severity: ClassVar[Severity] = "high"


class NothingSealed(DomainError):
    """No checkpoint covers anything of this range yet."""

    code = "record_not_sealed"
    status = 409
    title = "Nothing of this range is signed yet"
    why = "An export is made of what a checkpoint has sealed, and the next one has not been signed."
    what_to_do = "Try again in some minutes, or name earlier positions."
    severity: ClassVar[Severity] = "low"
    retry_after_seconds = 300
