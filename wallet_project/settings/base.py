"""What every environment shares. The environment itself is read through `env` only."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from wallet_project.settings import env
from wallet_project.settings.backups import *  # noqa: F403
from wallet_project.settings.bus import *  # noqa: F403
from wallet_project.settings.place import *  # noqa: F403
from wallet_project.settings.providers import PAY_ORIGINS, PROVIDERS  # noqa: F401
from wallet_project.settings.reconciliation import *  # noqa: F403
from wallet_project.settings.records import *  # noqa: F403
from wallet_project.settings.solvency import *  # noqa: F403
from wallet_project.settings.telling import *  # noqa: F403
from wallet_project.settings.tracing import *  # noqa: F403
from wallet_project.settings.tracing import TRACING
from wallet_project.settings.treasury import *  # noqa: F403
from wallet_project.settings.watching import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VERSION = "0.1.0"

# --- Who this process is ---------------------------------------------------------------------
ROLE = env.text(
    "HOLDFAST_ROLE", "web", "What this process is: web, live, worker, beat or command; named in logs.", is_deployed=True
)
DEVNET = False
DEBUG = False
SECRET_KEY = ""

# --- Apps, by floor ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "wallet_project.commands",  # before Django's own
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "csp",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_prometheus",
    "django_structlog",
    "assets",
    "events",
    "providers",
    "rates",
    "accounts",
    "ledger",
    "chains",
    "custody",
    "wallets",
    "transactions",
    "solvency",
    "reconciliation",
    "audit",
    "notifications",
    "analytics",
    "wallet_project.backups",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "wallet_project.middleware.RequestLogMiddleware",
    *TRACING,
    "wallet_project.middleware.PlainAddressMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "wallet_project.middleware.PeopleMiddleware",
    "wallet_project.middleware.UncachedMiddleware",
    "wallet_project.middleware.AdminPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "wallet_project.urls"
WSGI_APPLICATION = "wallet_project.wsgi.application"
ASGI_APPLICATION = "wallet_project.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "wallet_project.context.frame",
            ],
            "libraries": {
                "components": "wallet_project.templatetags.components",
                "back_office": "wallet_project.templatetags.back_office",
            },
        },
    },
]

# --- Four databases; no foreign key crosses from one to another ---------------------------------
TEST_SUFFIX = env.text(
    "TEST_DATABASE_SUFFIX", "", "Appended to the names of test databases, so that two test runs can share a server."
)
DATABASES = {
    "default": env.database(
        "CORE_DATABASE_URL",
        "postgres://postgres@127.0.0.1:5432/holdfast_core",
        "The core database: people, ledger, wallets, transactions, events.",
        test_suffix=TEST_SUFFIX,
    ),
    "kyc": env.database(
        "KYC_DATABASE_URL",
        "postgres://postgres@127.0.0.1:5432/holdfast_kyc",
        "The identity database.",
        test_suffix=TEST_SUFFIX,
    ),
    "rates": env.database(
        "RATES_DATABASE_URL",
        "postgres://postgres@127.0.0.1:5432/holdfast_rates",
        "The rates database: prices and the network fee cache.",
        test_suffix=TEST_SUFFIX,
    ),
    "audit": env.database(
        "AUDIT_DATABASE_URL",
        "postgres://postgres@127.0.0.1:5432/holdfast_audit",
        "The audit database.",
        test_suffix=TEST_SUFFIX,
    ),
}
DATABASE_ROUTERS = ["wallet_project.databases.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: Celery's broker, the cache, the live feed's channel layer ---------------------------
REDIS_URL = env.text(
    "REDIS_URL", "redis://127.0.0.1:6379", "Redis or Valkey, without a database number.", secret=True
).rstrip("/")
CACHES = {"default": {"BACKEND": "kit.cache.RedisCache", "LOCATION": f"{REDIS_URL}/1"}}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [f"{REDIS_URL}/2"], "prefix": "holdfast"},
    }
}

# --- Celery: the bell. The queue itself is rows in PostgreSQL ------------------------------------
CELERY_BROKER_URL = f"{REDIS_URL}/0"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A task runs at most 120 s, so nothing is delivered again while it still runs; the sweep for
# messages of dead workers comes every few seconds instead of every hundred.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
}

# --- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.policy.RoleBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.services.validators.GuessablePasswordValidator"},
    {"NAME": "accounts.services.validators.BreachedPasswordValidator"},
]
BREACHED_PASSWORDS_FILE = env.text(
    "BREACHED_PASSWORDS_FILE",
    "",
    "Pwned Passwords as its downloader writes them (one file of SHA1HEX:COUNT lines, ordered by hash): new passwords "
    "found in it are refused. Empty: only the built-in lists are used.",
)
SIMPLE_JWT: dict[str, Any] = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "USER_ID_CLAIM": "sub",
    "ISSUER": "holdfast",
}
TRUSTED_PROXIES = env.integer(
    "TRUSTED_PROXIES",
    0,
    "How many of our own proxies add to X-Forwarded-For before a request arrives here.",
    is_deployed=True,
)
EMAIL_URL = env.text(
    "EMAIL_URL",
    "console:",
    "How mail leaves: smtp://user:password@host:587 (STARTTLS), smtps://…:465, file:/folder, or console: for the log.",
    secret=True,
)
globals().update(env.email(EMAIL_URL))
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Holdfast <no-reply@localhost>", "The sender of mails.", is_deployed=True)
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

# --- Words, time, files -------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOCALE_PATHS = [BASE_DIR / "locale"]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "staticfiles"
STATICFILES_DIRS: list[Any] = [BASE_DIR / "static", ("vendor", BASE_DIR / "var" / "vendor")]

# --- Security headers ---------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "wallet_project.views.csrf_failure"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'", *PAY_ORIGINS],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # RequestLogMiddleware has made it a sane one
DJANGO_STRUCTLOG_USER_ID_FIELD = ""  # who is asking is bound when it is found out
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line for each request: the one that says how it ended

# Limits in each quarter of an hour: callers who are not signed in by address, signed-in people by
# person, tries of passwords and codes by address and account, and offers by person.
THROTTLE_LIMITS: dict[str, int] = {
    "anonymous": env.integer("LIMIT_ANONYMOUS", 100, "Calls in 15 minutes from one address that is not signed in."),
    "user": env.integer("LIMIT_USER", 6_000, "Calls in 15 minutes of one signed-in person."),
    "credentials": env.integer(
        "LIMIT_CREDENTIALS", 10, "Tries of a password or code in 15 minutes from one address for one account."
    ),
    "offers": env.integer(
        "LIMIT_OFFERS", 60, "Times in 15 minutes that one person may ask the payment partners for offers."
    ),
}

# --- REST ---------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["kit.parsers.StrictJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.BearerAuthentication",
        "accounts.api.authentication.CookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["kit.throttling.AnonymousThrottle", "kit.throttling.UserThrottle"],
    "DEFAULT_PAGINATION_CLASS": "kit.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "wallet_project.api_errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Holdfast",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {"NotificationKindEnum": "notifications.models.KIND_CHOICES"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "wallet_project.schema.describe_problems",
        "wallet_project.schema.describe_idempotency_keys",
    ],
}


# --- Networks, rates: what they say, in the order of docs/configuration.md ---------------------------
from wallet_project.settings.networks import *  # noqa: E402, F403
from wallet_project.settings.rates import *  # noqa: E402, F403
from wallet_project.settings.rates import PRICE_REFRESH_SECONDS  # noqa: E402

# --- Providers: outside companies we rely on ------------------------------------------------------
PROVIDER_LOG_DAYS = env.integer("PROVIDER_LOG_DAYS", 90, "Days that calls to providers are kept, redacted.")
PROVIDER_READ_LOG_DAYS = env.integer(
    "PROVIDER_READ_LOG_DAYS", 3, "Days that calls are kept which only read, such as for prices."
)

# --- Transactions ---------------------------------------------------------------------------------
IDEMPOTENCY_DAYS = env.integer(
    "IDEMPOTENCY_DAYS", 30, "Days, at least 1, that an Idempotency-Key gets the answer it got first; then it is new."
)

# --- Notifications --------------------------------------------------------------------------------
NOTIFICATION_MAILS_PER_HOUR = env.integer(
    "NOTIFICATION_MAILS_PER_HOUR", 10, "Mails of one kind to one person in an hour; what is beyond them comes in one."
)
WEBHOOK_TIMEOUT_SECONDS = env.integer(
    "WEBHOOK_TIMEOUT_SECONDS", 10, "How long people's own webhook endpoints have to answer."
)

# --- Custody, the record ----------------------------------------------------------------------------
from wallet_project.settings.keys import *  # noqa: E402, F403

# --- Seen from outside -----------------------------------------------------------------------------
LOG_LEVEL = env.text("LOG_LEVEL", "INFO", "The least level that is logged: DEBUG, INFO, WARNING or ERROR.").upper()
LOG_FORMAT = env.text("LOG_FORMAT", "", "json or console; empty: json in production, console elsewhere.")
LOGGING_CONFIG = "wallet_project.logging.configure"
LOGGING = {"format": LOG_FORMAT or "console", "level": LOG_LEVEL}
METRICS_TOKEN = env.text(
    "METRICS_TOKEN", "", "Bearer token for /metrics from elsewhere; empty: only this machine itself.", secret=True
)
PROMETHEUS_FOLDER = env.text(
    "PROMETHEUS_MULTIPROC_DIR",
    "",
    "Folder for the counters of all processes on this machine, emptied before they start; empty: only the web's own.",
    is_deployed=True,
)
METRICS_FOLDER = env.text(
    "METRICS_FOLDER",
    PROMETHEUS_FOLDER,
    "Folder whose counters /metrics adds up, with those of folders below; empty: as PROMETHEUS_MULTIPROC_DIR.",
    is_deployed=True,
)
if PROMETHEUS_FOLDER:
    Path(PROMETHEUS_FOLDER).mkdir(parents=True, exist_ok=True)  # the library writes into it and does not make it

# --- Back office --------------------------------------------------------------------------------
from wallet_project.back_office import UNFOLD  # noqa: E402, F401

# --- Rounds -------------------------------------------------------------------------------------
from wallet_project.schedule import CELERY_BEAT_SCHEDULE  # noqa: E402

CELERY_BEAT_SCHEDULE["rates.refresh_prices"]["schedule"] = float(PRICE_REFRESH_SECONDS)
CELERY_BEAT_SCHEDULE["solvency.check_reserves"]["schedule"] = float(SOLVENCY_CHECK_SECONDS)  # noqa: F405
