"""Settings of the process that measures the yardsticks: django-hordak and the plain ORM ledger."""

from wallet_project.settings import env

SECRET_KEY = "benchmark-only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak", "benchmarks.plain_orm"]
DATABASES = {
    "default": env.database(
        "PEERS_DATABASE_URL", None, "The database of the ledger benchmark's yardsticks.", test_suffix=""
    )
    | {"ENGINE": "django.db.backends.postgresql"}
}
CURRENCIES = ["EUR"]
