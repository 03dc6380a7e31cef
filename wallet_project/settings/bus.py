"""How what happens gets to whoever listens."""

from wallet_project.settings import env

EVENTS_BUS = env.text(
    "EVENTS_BUS",
    "postgresql",
    "What carries events to consumers: postgresql (nothing else is needed) or nats.",
    is_deployed=True,
)
EVENTS_LISTEN_URL = env.text(
    "EVENTS_LISTEN_URL",
    "",
    "postgres:// URL of the core database for LISTEN, where CORE_DATABASE_URL leads through a pooler; empty: that one.",
    secret=True,
)
NATS_URL = env.text(
    "NATS_URL",
    "nats://127.0.0.1:4222",
    "NATS with JetStream, for EVENTS_BUS=nats; several of one cluster with commas.",
    secret=True,
)
NATS_PREFIX = env.text(
    "NATS_PREFIX", "holdfast", "Begins the names of streams, subjects and consumers in NATS.", is_deployed=True
)
NATS_REPLICAS = env.integer(
    "NATS_REPLICAS", 1, "On how many servers of the cluster NATS keeps each event; 3 of 3.", is_deployed=True
)
EVENTS_KNOCK = env.boolean(
    "EVENTS_KNOCK",
    False,
    "Writers wake the bus (run_bus) at each commit; without it, it looks every second.",
    is_deployed=True,
)
EVENT_CONSUMERS = {"bells": "wallet_project.listening.BELLS"}
"""Name of a consumer to where its events.base.Consumer stands."""
