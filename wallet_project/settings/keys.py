"""Keys and what is signed with them: custody's, and the record's."""

from django.core.exceptions import ImproperlyConfigured

from wallet_project.settings import env

# --- Custody ------------------------------------------------------------------------------------
KEY_PROVIDER = env.text(
    "KEY_PROVIDER",
    "none",
    "Where the key-encryption keys are: none (watch-only: web, live, beat) or local (workers).",
    is_deployed=True,
)
KEY_FILE = env.text(
    "KEY_FILE", "", "Local key provider: path of the key file, mode 0600, outside the repository.", is_deployed=True
)
KEY_VALUE = env.text(
    "KEY_VALUE",
    "",
    "Local key provider: the key file's JSON itself, instead of a file.",
    secret=True,
    is_deployed=False,
)
WEBHOOKS_AT_ONCE = env.integer(
    "WEBHOOKS_AT_ONCE",
    1,
    "Webhooks to people's own endpoints on their way at a time: fewer than there are worker processes, for people's "
    "servers may be slow.",
)

# --- The record (audit) -----------------------------------------------------------------------------
AUDIT_KEY_FILE = env.text(
    "AUDIT_KEY_FILE",
    "",
    "Workers only: path of the Ed25519 private key (PEM, mode 0600) that the record's checkpoints are signed with.",
    is_deployed=True,
)
AUDIT_ANCHOR_FILE = env.text(
    "AUDIT_ANCHOR_FILE",
    "",
    "Workers only: file outside the databases, best on another machine, to which every checkpoint is appended.",
    is_deployed=True,
)
AUDIT_ANCHOR_NETWORK = env.text(
    "AUDIT_ANCHOR_NETWORK",
    "",
    "Network whose ledger holds the hash of the newest checkpoint, too, at the price of a fee: stellar; empty: none.",
    is_deployed=True,
)
if AUDIT_ANCHOR_NETWORK not in {"", "stellar"}:
    raise ImproperlyConfigured("AUDIT_ANCHOR_NETWORK must be stellar or empty: no other network's memo holds a hash.")
AUDIT_ANCHOR_SECONDS = env.integer("AUDIT_ANCHOR_SECONDS", 3600, "It is written there so many seconds after the last.")
AUDIT_CHECKPOINT_ENTRIES = env.integer(
    "AUDIT_CHECKPOINT_ENTRIES", 1_000, "A checkpoint of the record is signed after so many entries,"
)
AUDIT_CHECKPOINT_SECONDS = env.integer(
    "AUDIT_CHECKPOINT_SECONDS", 300, "or after so many seconds, whichever is first; also when nothing happened."
)
