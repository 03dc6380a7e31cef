"""The real thing: refuses to start with anything that belongs to development."""

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from wallet_project.settings import env
from wallet_project.settings.base import *  # noqa: F403
from wallet_project.settings.base import (
    AUDIT_ANCHOR_FILE,
    AUDIT_ANCHOR_NETWORK,
    AUDIT_KEY_FILE,
    BREACHED_PASSWORDS_FILE,
    EMAIL_URL,
    KEY_PROVIDER,
    KEY_VALUE,
    LOG_FORMAT,
    LOG_LEVEL,
    NETWORKS,
    ROLE,
    TRUSTED_PROXIES,
)
from wallet_project.settings.place import PUBLIC_URL
from wallet_project.settings.providers import PROVIDERS
from wallet_project.settings.telling import VAPID_KEY_FILE

SECRET_KEY = env.text("SECRET_KEY", None, "Django's signing secret, at least 50 random characters.", secret=True)
ALLOWED_HOSTS = env.listing(
    "ALLOWED_HOSTS", "", "Host names this site answers to, comma-separated; needed.", is_deployed=True
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]


def _refuse(reason: str) -> None:
    raise ImproperlyConfigured(f"Production does not start: {reason}")


def _is_this_machine(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local"))


if env.boolean("DEBUG", False, "Django's debug pages; refused in production."):
    _refuse("DEBUG shows secrets to visitors; unset it.")
if env.boolean("DEVNET", False, "Local networks with a faucet; refused in production."):
    _refuse("DEVNET gives coins away; unset it.")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 20 or "development" in SECRET_KEY or "test-only" in SECRET_KEY:
    _refuse("SECRET_KEY must be at least 50 random characters of your own.")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    _refuse("ALLOWED_HOSTS must name the hosts this site answers to.")
if not PUBLIC_URL.startswith("https://"):
    _refuse("PUBLIC_URL must be an https:// address.")
if not EMAIL_URL.startswith(("smtp://", "smtps://")):
    _refuse("EMAIL_URL must name a mail server: people verify addresses and reset passwords by mail.")
if KEY_PROVIDER != "none" and ROLE in {"web", "live", "beat"}:
    _refuse(f"KEY_PROVIDER must be none for the role {ROLE}: only workers may be able to decrypt keys.")
if KEY_VALUE:
    _refuse("KEY_VALUE puts keys in the environment, where crash reports find them; use KEY_FILE (mode 0600).")
if AUDIT_KEY_FILE and ROLE in {"web", "live", "beat"}:
    _refuse(f"AUDIT_KEY_FILE must not be set for the role {ROLE}: only workers sign the record.")
if VAPID_KEY_FILE and ROLE in {"web", "live", "beat"}:
    _refuse(f"VAPID_KEY_FILE must not be set for the role {ROLE}: only workers sign push messages.")
if ROLE == "worker" and not AUDIT_KEY_FILE:
    _refuse("AUDIT_KEY_FILE must name the key that the record is signed with; see docs/audit.md.")
if ROLE == "worker" and not AUDIT_ANCHOR_FILE:
    _refuse("AUDIT_ANCHOR_FILE must name a file outside the databases; see docs/audit.md.")
if AUDIT_ANCHOR_NETWORK and not NETWORKS[AUDIT_ANCHOR_NETWORK].rpc_urls:
    _refuse("AUDIT_ANCHOR_NETWORK names a network without nodes: nothing would ever be anchored there.")
for _access in PROVIDERS.values():
    for _name, _url in [("base_url", _access.base_url), *_access.secrets.items()]:
        if not _name.endswith("_url"):
            continue
        _variable = f"{_access.code}_{_name}".upper()
        if not _url.startswith("https://"):
            _refuse(f"{_variable} must be an https:// address.")
        if _is_this_machine(urlsplit(_url).hostname or "localhost"):
            _refuse(f"{_variable} is not the company's: it leads to a machine nearby.")

if BREACHED_PASSWORDS_FILE and ROLE == "web" and not Path(BREACHED_PASSWORDS_FILE).is_file():
    _refuse("BREACHED_PASSWORDS_FILE names no file: no password could be set.")

# --- Only over TLS ------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.boolean(
    "SSL_REDIRECT", True, "Send http:// visitors to https://; 0 if the proxy does it.", is_deployed=True
)
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.integer("HSTS_SECONDS", 31_536_000, "How long browsers insist on TLS for this host.")
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# With this prefix browsers take the cookies from this very host only, not from a sibling subdomain.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"

LOGGING = {"format": LOG_FORMAT or "json", "level": LOG_LEVEL}

# --- Static files: collected once, named by content -----------------------------------------------
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
