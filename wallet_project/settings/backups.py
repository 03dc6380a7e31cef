"""Where backups are kept, and who takes them."""

from wallet_project.settings import env

BACKUP_FOLDER = env.text(
    "BACKUP_FOLDER",
    "",
    "Backups and WAL are kept there, in a folder for each server: on another machine than the databases, encrypted.",
    is_deployed=True,
)
BACKUP_USER = env.text(
    "BACKUP_USER",
    "",
    "Database role with REPLICATION that backups are taken as; empty: as the database URLs say.",
    is_deployed=True,
)
BACKUP_PASSWORD = env.text("BACKUP_PASSWORD", "", "Password of that role.", secret=True)
POSTGRES_BINARIES = env.text(
    "POSTGRES_BINARIES",
    "",
    "Folder of pg_basebackup and its like, of the servers' own major version; empty: where systems install them.",
)
