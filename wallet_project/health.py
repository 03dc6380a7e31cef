"""Whether this process lives, and whether everything it depends on does."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chains.queries import NetworkHealth
from transactions.queries import operations
from transactions.queries.operations import OVERDUE_AFTER, Operations

DATABASE_NAMES = {"default": "core"}
"""What a database is called here, where Django calls it something else."""

ANSWER_SECONDS = 2.0
"""Each dependency has so long; all are asked at once."""

KEPT_SECONDS = 1.0
"""An answer is given again for so long: asking in a loop costs nobody anything."""

RELAY_LATE = timedelta(seconds=30)
WORKER_SILENT = timedelta(seconds=60)
LATE_BLOCKS = 12


class Unwell(Exception):
    """A dependency answered, and what it said is bad; the message is shown."""


@dataclass(frozen=True)
class Finding:
    """What came of one check. `detail` never holds an address or a message of a library."""

    is_well: bool
    detail: str
    seconds: float


@require_safe
@never_cache
def live(_request: HttpRequest) -> JsonResponse:
    """Say that this process answers; depends on nothing."""
    return JsonResponse({"status": "live"})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """Name every dependency with how it is; 503 if any is unwell."""
    findings = _kept.get()
    is_ready = all(finding.is_well for finding in findings.values())
    body = {
        "status": "ready" if is_ready else "not_ready",
        "checks": {
            name: {"ok": finding.is_well, "detail": finding.detail, "seconds": round(finding.seconds, 3)}
            for name, finding in sorted(findings.items())
        },
    }
    return JsonResponse(body, status=200 if is_ready else 503)


def check() -> dict[str, Finding]:
    """Ask every dependency at once, and return what came of it within ANSWER_SECONDS."""
    # Where a database is, is read here: a connection object belongs to the thread that made it.
    places = {alias: connections[alias].get_connection_params() for alias in settings.DATABASES}
    asks: dict[str, Callable[[], Any]] = {
        f"database.{DATABASE_NAMES.get(alias, alias)}": partial(_ask_database, place) for alias, place in places.items()
    }
    asks["redis"] = _ask_redis
    running = {name: _Asking.start(name, ask) for name, ask in asks.items()}
    work = _Asking.start("work", _ask_work)
    deadline = time.monotonic() + ANSWER_SECONDS
    findings = {name: asking.finding(deadline) for name, asking in running.items()}
    return findings | _work_findings(work.finding(deadline), work.answer)


class _Asking:
    """One check in a thread of its own. A check that hangs is not started again until it has ended."""

    _hanging: dict[str, "_Asking"] = {}

    def __init__(self, ask: Callable[[], Any]) -> None:
        self.answer: Any = None
        self.error = ""
        self.started = time.monotonic()
        self.ended = 0.0
        self.thread = threading.Thread(target=self._run, args=[ask], daemon=True)

    @classmethod
    def start(cls, name: str, ask: Callable[[], Any]) -> "_Asking":
        before = cls._hanging.get(name)
        if before and before.thread.is_alive():
            return before
        asking = cls._hanging[name] = cls(ask)
        asking.thread.start()
        return asking

    def finding(self, deadline: float) -> Finding:
        self.thread.join(max(0.0, deadline - time.monotonic()))
        if self.thread.is_alive():
            return Finding(False, "no answer in time", time.monotonic() - self.started)
        return Finding(not self.error, self.error or "ok", self.ended - self.started)

    def _run(self, ask: Callable[[], Any]) -> None:
        try:
            self.answer = ask()
        except Unwell as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the dependency is not well
            self.error = type(error).__name__
        finally:
            self.ended = time.monotonic()
            connections.close_all()


class _Kept:
    """The last findings, for KEPT_SECONDS."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._findings: dict[str, Finding] = {}
        self._until = 0.0

    def get(self) -> dict[str, Finding]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._findings = check()
                self._until = time.monotonic() + KEPT_SECONDS
            return self._findings

    def forget(self) -> None:
        self._until = 0.0


_kept = _Kept()


def forget() -> None:
    """Ask anew at the next request; for tests."""
    _kept.forget()


def _ask_database(place: Mapping[str, Any]) -> None:
    limits = {"connect_timeout": 2, "options": f"{place.get('options', '')} -c statement_timeout=2000"}
    with psycopg.connect(**{**place, **limits}) as connection:
        connection.execute("SELECT 1")


def _ask_redis() -> None:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
        client.ping()


def _ask_work() -> Operations:
    with connections["default"].cursor() as cursor:
        cursor.execute("SET statement_timeout = 2000")
    return operations.look(now=timezone.now())


def _work_findings(asked: Finding, seen: Operations | None) -> dict[str, Finding]:
    """Judge what the core database says of the networks, the relay and the workers."""
    names = [f"network.{code}" for code, config in settings.NETWORKS.items() if config.rpc_urls]
    if seen is None or not asked.is_well:
        unknown = Finding(False, "unknown: the core database did not say", asked.seconds)
        return dict.fromkeys([*names, "relay", "worker"], unknown)
    complaints = {f"network.{health.network}": _of_network(health) for health in seen.networks}
    complaints |= {"relay": _of_relay(seen), "worker": _of_workers(seen)}
    return {
        name: Finding(not complaints[name], complaints[name] or "ok", asked.seconds)
        for name in [*names, "relay", "worker"]
    }


def _of_network(health: NetworkHealth) -> str:
    if health.halted_reason:
        return f"halted: {health.halted_reason}"
    if health.height is None:
        return "not started"
    if not health.endpoints_well:
        return f"none of {health.endpoints} endpoints is well"
    return f"{health.lag_blocks} blocks behind" if health.lag_blocks > LATE_BLOCKS else ""


def _of_relay(seen: Operations) -> str:
    waited = seen.oldest_live_event_seconds
    return f"the oldest live event waits {waited:.0f} s" if waited > RELAY_LATE.total_seconds() else ""


def _of_workers(seen: Operations) -> str:
    """Workers write down how the endpoints do every few seconds, and take up what is due: both are their pulse."""
    if seen.oldest_due_seconds > OVERDUE_AFTER.total_seconds():
        return f"the oldest row has been due for {seen.oldest_due_seconds:.0f} s"
    if not any(config.rpc_urls for config in settings.NETWORKS.values()):
        return ""
    pulse = max((health.reported_at for health in seen.networks if health.reported_at), default=None)
    if pulse is None:
        return "no worker has reported yet"
    silent = seen.at - pulse
    return f"no worker has reported for {silent.total_seconds():.0f} s" if silent > WORKER_SILENT else ""
