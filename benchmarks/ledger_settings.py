"""Settings of the processes that measure the ledger: the product's database settings, and the ledger's apps only."""

from wallet_project.settings import env

SECRET_KEY = "benchmark-only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["assets", "ledger"]
DATABASES = {
    "default": env.database("CORE_DATABASE_URL", None, "The database of the ledger benchmark.", test_suffix="")
}
