"""Reading about providers: which there are, how to reach them, how they do."""

import threading
from typing import Any

from django.conf import settings

from kit.errors import NotFound
from providers.base import Access, Kind
from providers.models import Provider
from providers.registry import ADAPTERS

_adapters: dict[str, tuple[Access, Any]] = {}
_building = threading.Lock()


def get_provider(code: str) -> Provider:
    """
    Return the provider's row.

    :raises NotFound: if there is none
    """
    found = Provider.objects.filter(pk=code).first()
    if found is None:
        raise NotFound("There is no such provider.")
    return found


def is_configured(code: str) -> bool:
    """Say whether this installation knows how to reach the provider."""
    return code in settings.PROVIDERS


def get_adapter(provider: Provider) -> Any:
    """
    Return the provider's adapter; one per process and access, because it keeps its connections.

    :raises LookupError: if the adapter is not registered or settings.PROVIDERS does not know the provider
    """
    access: Access = settings.PROVIDERS[provider.code]
    with _building:
        kept = _adapters.get(provider.code)
        if kept is None or kept[0] != access:
            kept = _adapters[provider.code] = (access, ADAPTERS[Kind(provider.kind)].get(provider.adapter)(access))
        return kept[1]
