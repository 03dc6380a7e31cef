"""Tests: as in development, on databases of their own."""

from wallet_project.settings.dev import *  # noqa: F403

DEBUG = False
DEVNET = True
SECRET_KEY = "test-only-secret-key-test-only-secret-key-test-only"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
THROTTLE_LIMITS = {}
