"""Which key providers there are, and the one this process uses."""

from functools import cache

from django.conf import settings

from custody.base import KeyProvider
from kit.registry import Registry

KEY_PROVIDERS: Registry[KeyProvider] = Registry(
    "key provider",
    {
        "none": "custody.providers.none.NoKeys",
        "local": "custody.providers.local.LocalKeys",
    },
)


def key_provider() -> KeyProvider:
    """Return this process's provider, as KEY_PROVIDER, KEY_FILE and KEY_VALUE say."""
    return _provider(settings.KEY_PROVIDER, settings.KEY_FILE, settings.KEY_VALUE)


@cache
def _provider(name: str, key_file: str, key_value: str) -> KeyProvider:
    return KEY_PROVIDERS.get(name)(key_file=key_file, key_value=key_value)  # type: ignore[call-arg]
