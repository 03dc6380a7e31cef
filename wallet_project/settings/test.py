"""Tests: as in development, on databases of their own."""

from dataclasses import replace

from wallet_project.settings.dev import *  # noqa: F403
from wallet_project.settings.dev import NETWORKS
from wallet_project.settings.providers import PROVIDERS


def _here(url: str) -> str:
    return url if url.startswith("http://127.0.0.1:") else "http://127.0.0.1:1"


DEBUG = False
DEVNET = True
SECRET_KEY = "test-only-secret-key-test-only-secret-key-test-only"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
THROTTLE_LIMITS = {}
EVENTS_KNOCK = False
# Where no local networks are lent, every network still has a node configured: one that is never there.
NETWORKS = {
    code: replace(config, rpc_urls=config.rpc_urls or ("http://127.0.0.1:1",)) for code, config in NETWORKS.items()
}
# Keys made ahead cost a moment wherever vaults are made: a test that gives them out says so.
NETWORKS = {code: replace(config, key_pool=0) for code, config in NETWORKS.items()}
# Nor is any company ever asked: whoever has no sandbox lent leads nowhere.
PROVIDERS = {
    code: replace(
        access,
        base_url=_here(access.base_url),
        secrets={name: _here(value) if name.endswith("_url") else value for name, value in access.secrets.items()},
    )
    for code, access in PROVIDERS.items()
}
