"""The shared cache in Redis: Django's own, which makes a new client for every question and looks twice to count."""

from typing import Any

from django.core.cache.backends import redis

_INCREMENT = "return redis.call('exists', KEYS[1]) == 1 and redis.call('incrby', KEYS[1], ARGV[1])"


_Base: Any = redis.RedisCacheClient  # whose types leave half of it out


class _Client(_Base):  # type: ignore[misc]
    """Keeps one client for each of its pools: making one costs as much as what is asked through it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clients: dict[int, Any] = {}

    def get_client(self, key: str | None = None, *, write: bool = False) -> Any:
        pool = self._get_connection_pool(write)
        client = self._clients.get(id(pool))
        if client is None:
            client = self._clients[id(pool)] = self._client(connection_pool=pool)
        return client

    def incr(self, key: str, delta: int) -> int:
        """
        Count in one round trip.

        :raises ValueError: if there is nothing under this key
        """
        found: int | None = self.get_client(key, write=True).eval(_INCREMENT, 1, key, delta)
        if found is None:
            raise ValueError(f"Key {key!r} not found.")
        return found


class RedisCache(redis.RedisCache):
    """The cache that settings.CACHES names."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client
