"""One call to an outside company: may it be asked, ask it, measure it, write down what was said."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from providers.queries import get_adapter, get_provider

T = TypeVar("T")


def call(
    *,
    provider: str,
    operation: str,
    operation_id: str,
    ask: Callable[[Any], T],
    now: datetime,
    subject: str = "",
) -> T:
    """
    Ask a provider for one operation, outside of any transaction, and return what its adapter returns.

    `operation_id` is ours, the same for every repetition, and the provider's idempotency key.

    :raises ProviderUnavailable: if no usable answer was had; `has_left` says whether it may have been acted upon
    :raises ProviderRefused: if the provider said no
    """
    del operation, operation_id, now, subject  # measured and written down from the next commit on
    return ask(get_adapter(get_provider(provider)))
