"""Which app lives in which of the four databases."""

from typing import Any

HOME = {"kyc": "kyc", "rates": "rates", "analytics": "rates", "audit": "audit"}
"""App label to database alias; every app not named here lives in core ("default")."""


def home(app_label: str) -> str:
    return HOME.get(app_label, "default")


class Router:
    """Sends each app to its database and refuses relations and migrations anywhere else."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return home(model._meta.app_label)

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return home(model._meta.app_label)

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return home(one._meta.app_label) == home(other._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == home(app_label)
