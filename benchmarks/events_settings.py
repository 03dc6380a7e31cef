"""Settings of the processes that measure events: the product's database and bus settings, and the outbox only."""

from wallet_project.settings import env
from wallet_project.settings.bus import *  # noqa: F403

SECRET_KEY = "benchmark-only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["events"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DATABASES = {
    "default": env.database("CORE_DATABASE_URL", None, "The database of the events benchmark.", test_suffix="")
}
EVENT_CONSUMERS = {"benchmark": "benchmarks.events_worker.CONSUMER"}
