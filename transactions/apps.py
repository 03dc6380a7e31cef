from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks


class TransactionsConfig(AppConfig):
    name = "transactions"

    def ready(self) -> None:
        checks.register(check_cold_addresses)


def check_cold_addresses(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:  # noqa: ARG001
    """Say before anything is sent there that a cold address is none of its network."""
    from transactions.queries.cold import mistakes

    return [
        checks.Error(f"{code.upper()}_COLD_ADDRESSES: {mistake}", id="transactions.E001")
        for code, config in settings.NETWORKS.items()
        for mistake in mistakes(config)
    ]
