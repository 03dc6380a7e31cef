"""One endpoint of a network, and what this process knows of it."""

from collections.abc import Iterator

from chains.values import EndpointHealth, NetworkConfig
from kit.http import HttpClient
from providers import breaker

_CONNECT_SECONDS = 3
_LARGEST_ANSWER_BYTES = 64 * 1024 * 1024


class Node:
    """One endpoint and what is known of it. Under threads a count may miss a tick; nothing depends on it."""

    def __init__(self, client: HttpClient, name: str) -> None:
        self.client = client
        self.name = name
        self.is_enabled = True
        self.is_checked = False
        self.state = breaker.State()
        self.measure = breaker.Measure()
        self.ok_at: float | None = None
        self.highest = 0

    def health(self, *, now: float) -> EndpointHealth:
        return EndpointHealth(
            name=self.name,
            is_enabled=self.is_enabled,
            consecutive_failures=self.state.failures,
            seconds_since_ok=None if self.ok_at is None else now - self.ok_at,
            cooling_seconds=self.state.cooling_seconds(now=now),
            last_error=self.state.last_error,
            latency_ms=round(self.measure.latency_ms),
            highest_block=self.highest,
            success_rate=self.measure.success_rate(now=now),
        )


def nodes_of(config: NetworkConfig) -> Iterator[Node]:
    """Yield the endpoints in the order of configuration, each under a name of its own."""
    names: dict[str, int] = {}
    for url in config.rpc_urls:
        client = HttpClient(
            url,
            connect_seconds=min(_CONNECT_SECONDS, config.timeout_seconds),
            read_seconds=config.timeout_seconds,
            largest_bytes=_LARGEST_ANSWER_BYTES,
        )
        names[client.name] = names.get(client.name, 0) + 1
        suffix = f"#{names[client.name]}" if names[client.name] > 1 else ""
        yield Node(client, client.name + suffix)
