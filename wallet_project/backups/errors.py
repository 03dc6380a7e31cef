from typing import ClassVar

from kit.errors import DomainError, Severity


class BackupFailed(DomainError):
    """No backup was taken, or it cannot be trusted."""

    code = "backup_failed"
    status = 500
    title = "No backup was taken"
    why = "A program of PostgreSQL, or this machine, refused."
    what_to_do = "Read what it said, put it right, and take the backup again. Earlier backups are still there."
    severity: ClassVar[Severity] = "critical"


class RestoreFailed(DomainError):
    """Nothing was restored; no running database was touched."""

    code = "restore_failed"
    status = 500
    title = "Nothing was restored"
    why = "The backup, the archive or this machine did not allow it."
    what_to_do = "Read what it said, put it right, and restore into an empty folder. See docs/runbooks/restore.md."
    severity: ClassVar[Severity] = "critical"


class BinariesMissing(DomainError):
    """The programs of PostgreSQL are not on this machine."""

    code = "binaries_missing"
    status = 500
    title = "The programs of PostgreSQL are not on this machine"
    why = "pg_basebackup, pg_receivewal, pg_verifybackup and, to restore, the server itself are needed."
    what_to_do = "Install PostgreSQL of the servers' own major version, or name its folder in POSTGRES_BINARIES."
    severity: ClassVar[Severity] = "high"
