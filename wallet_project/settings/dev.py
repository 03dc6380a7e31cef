"""A developer's machine: the local networks run beside it."""

from wallet_project.settings import env
from wallet_project.settings.base import *  # noqa: F403

DEBUG = env.boolean("DEBUG", True, "Django's debug pages; development only.")
DEVNET = env.boolean("DEVNET", True, "Local networks with a faucet; development and tests only.")
SECRET_KEY = env.text(
    "SECRET_KEY",
    "development-only-secret-key-never-used-in-production",
    "Django's signing secret, at least 50 random characters.",
    secret=True,
)
ALLOWED_HOSTS = env.listing(
    "ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", "Host names this site answers to, comma-separated."
)
RECONCILIATION_WITNESSES = env.integer(
    "RECONCILIATION_WITNESSES", 1, "As above; the local networks have one node each."
)
# Static files come from where they are; nothing is collected first.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
if DEVNET:
    INSTALLED_APPS.append("devnet")  # noqa: F405
