"""The nodes of one network: which to ask, which to leave alone for a while, and what each has last said."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from itertools import count
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from prometheus_client import Counter, Histogram

from chains.errors import NodeUnavailable
from chains.node import Node, nodes_of
from chains.values import EndpointHealth, NetworkConfig
from kit import tracing
from kit.http import Answer, CallFailed, HttpClient
from providers import breaker
from providers.breaker import Verdict

logger = logging.getLogger(__name__)

T = TypeVar("T")
P = ParamSpec("P")
Ask = Callable[[str, list[Any]], Any]

MALFORMED = (ArithmeticError, AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""What reading an answer raises that does not have the form it must have: as bad as no answer."""

HIGHEST_HEIGHT = 2**31 - 1
"""No chain is longer for centuries; a node that says so is broken or lies."""

BEHIND_BLOCKS = 3
"""A node this far below the highest block ever seen is not asked: it would answer from the past."""

PROBE_SECONDS = 1.0
"""When every node is cooling down, all of them are tried again, this often at most."""

_KIND_OF_STATUS = {401: "forbidden", 402: "quota", 403: "forbidden", 429: "rate_limited"}

_rpc_seconds = Histogram("holdfast_rpc_seconds", "Time a node took to answer.", ["network", "endpoint"])
_rpc_errors = Counter("holdfast_rpc_errors", "Calls that a node did not answer.", ["network", "endpoint", "kind"])


class RpcRefused(NodeUnavailable):
    """
    The node understood and said no. This is an answer: it says nothing against the node.

    Adapters catch the refusals they expect. One that nobody expected reaches the caller as what it is
    for him: the network cannot be used right now. The node's own words are for the log alone.
    """

    def __init__(self, rpc_code: int, message: str) -> None:
        super().__init__("A node refused to answer.")
        self.rpc_code = rpc_code
        self.message = message

    def __str__(self) -> str:
        return f"{self.rpc_code}: {self.message}"


class EndpointDown(Exception):
    """This node gave no answer; `has_left`: it may have received the request all the same."""

    def __init__(self, kind: str, *, has_left: bool) -> None:
        super().__init__(kind)
        self.kind = kind
        self.has_left = has_left


@dataclass(frozen=True)
class Reply:
    """What one node made of a call to all: a result, or one of the two errors."""

    endpoint: str
    result: Any = None
    error: RpcRefused | EndpointDown | None = None


class Endpoints:
    """
    Every RPC endpoint of a network, the best first.

    Reads go to the first node that is enabled, well and up to date, and on to the next if it does not
    answer. `check` is asked once of a node before its first use, and again after each failure: it
    raises EndpointDown("wrong_chain") if the node serves another chain. `not_ready` names the JSON-RPC
    error codes by which a node says that it cannot serve now.
    """

    def __init__(
        self,
        config: NetworkConfig,
        *,
        check: Callable[[Ask], None],
        not_ready: Mapping[int, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._network = config.code
        self._check = check
        self._not_ready = not_ready
        self._clock = clock
        self._ids = count(1)
        self._probed_at = -PROBE_SECONDS
        self._highest_seen = 0
        self._last = threading.local()  # .node: which one this thread has its last answer from
        self._polled = threading.local()  # .node: the only one that this thread asks at the moment
        self._nodes = list(nodes_of(config))

    def call(self, method: str, params: list[Any]) -> Any:
        """
        Ask one node.

        :raises RpcRefused: if a node said no
        :raises NodeUnavailable: if none answered
        """
        for node in self._in_order():
            try:
                return self._ask(node, method, params)
            except EndpointDown:
                continue
        raise NodeUnavailable(f"No node of {self._network} answered {method}.")

    def seek(self, method: str, params: list[Any], *, absent: frozenset[int] = frozenset()) -> Any:
        """
        Ask one node after the other until one knows; None if those that answered do not.

        `absent` names the error codes that mean "I do not know it".

        :raises NodeUnavailable: if none answered
        """
        answered = False
        for node in self._in_order():
            try:
                found = self._ask(node, method, params)
            except EndpointDown:
                continue
            except RpcRefused as error:
                if error.rpc_code not in absent:
                    raise
                found = None
            answered = True
            if found is not None:
                return found
        if not answered:
            raise NodeUnavailable(f"No node of {self._network} answered {method}.")
        return None

    def highest(self, read: Callable[[Ask], tuple[int, T]]) -> T:
        """
        Ask every node that is well for its head, remember each height, and return the highest that may be believed.

        :raises NodeUnavailable: if none answered
        """
        found: list[tuple[int, T]] = []
        for node in self._in_order(with_behind=True):
            try:
                height, answer = read(self._asking(node))
                if not 0 <= height <= HIGHEST_HEIGHT:
                    raise ValueError(height)
            except (EndpointDown, RpcRefused):
                continue
            except MALFORMED:  # not the form of a block
                self._failed(node, "broken")
                continue
            node.highest = height
            found.append((height, answer))
        if not found:
            raise NodeUnavailable(f"No node of {self._network} answered.")
        believed = believed_height(height for height, _ in found)
        if self._alone is None:
            self._highest_seen = max(self._highest_seen, believed)
        return next(answer for height, answer in found if height == believed)

    def poll(self, read: Callable[[], T]) -> Iterator[tuple[str, T]]:
        """
        Have `read` make its calls to one node alone, for each that is well, one after the other.

        Yields the node's name with what came of it; those of whom nothing came are left out. Where fewer are well
        than have to agree, the others are tried, too.
        """
        asked_before = self._alone
        for node in self._in_order(with_behind=True, at_least=self.needed):
            self._polled.node = node
            try:
                answer = read()
            except (EndpointDown, NodeUnavailable) as error:
                logger.info("node_left_out", extra={"endpoint": node.name, "reason": str(error)[:100]})
                continue
            except MALFORMED:
                self._failed(node, "broken")
                continue
            finally:
                self._polled.node = asked_before
            yield node.name, answer

    @property
    def needed(self) -> int:
        """How many nodes must say the same for it to be believed: half of those that are switched on, or more."""
        return (self.enabled + 1) // 2

    @property
    def enabled(self) -> int:
        """How many may be asked now: within `poll` one."""
        return 1 if self._alone else sum(node.is_enabled for node in self._nodes)

    @property
    def _alone(self) -> Node | None:
        return getattr(self._polled, "node", None)

    def contradicted(self, names: Iterable[str]) -> None:
        """Count that these nodes said something else than those believed: for operators, not for the breaker."""
        for name in names:
            _rpc_errors.labels(self._network, name, "contradicts").inc()
            logger.warning("node_contradicts", extra={"network": self._network, "endpoint": name})

    def each(self, read: Callable[[Ask], T]) -> dict[str, T]:
        """Have every node that is well read by itself; return by name what each made of it, the silent left out."""
        found: dict[str, T] = {}
        for node in self._in_order(with_behind=True):
            try:
                found[node.name] = read(self._asking(node))
            except (EndpointDown, RpcRefused) as error:
                logger.info("node_left_out", extra={"endpoint": node.name, "reason": str(error)[:100]})
            except MALFORMED:
                self._failed(node, "broken")
        return found

    def blame(self) -> None:
        """Leave the node alone that this thread has its last answer from: it made no sense."""
        node: Node | None = getattr(self._last, "node", None)
        if node is not None:
            self._failed(node, "broken")

    def all(self, method: str, params: list[Any]) -> tuple[Reply, ...]:
        """Hand the same call to every node that may be asked, whatever the others say."""
        return tuple(self._reply(node, method, params) for node in self._in_order(with_behind=True))

    def health(self) -> tuple[EndpointHealth, ...]:
        now = self._clock()
        return tuple(node.health(now=now) for node in self._nodes)

    def learn(self, *, disabled: Iterable[str], highest_block: int) -> None:
        """Take over what other processes and operators know; `highest_block` as believed_height says."""
        switched_off = set(disabled)
        for node in self._nodes:
            node.is_enabled = node.name not in switched_off
        # What a node said that was switched off since counts no more: it may have been the one that lied.
        own = believed_height(node.highest for node in self._nodes if node.is_enabled)
        self._highest_seen = max(highest_block, own)

    def _in_order(self, *, with_behind: bool = False, at_least: int = 1) -> Iterator[Node]:
        if self._alone:
            yield self._alone
            return
        enabled = [node for node in self._nodes if node.is_enabled]
        now = self._clock()
        well = [node for node in enabled if breaker.verdict(node.state, now=now) is not Verdict.OPEN]
        in_need = len(well) < min(at_least, len(enabled)) and now - self._probed_at >= PROBE_SECONDS
        if in_need:
            self._probed_at = now
            well = enabled
        for node in well:
            if not with_behind and node.highest and node.highest < self._highest_seen - BEHIND_BLOCKS:
                continue
            verdict = breaker.verdict(node.state, now=now)  # another thread may have learned something since
            if verdict is Verdict.OPEN and not in_need:
                continue
            if verdict is not Verdict.CLOSED:
                node.state = breaker.probing(node.state, now=now)
            yield node

    def _reply(self, node: Node, method: str, params: list[Any]) -> Reply:
        try:
            return Reply(node.name, result=self._ask(node, method, params))
        except (RpcRefused, EndpointDown) as error:
            return Reply(node.name, error=error)

    def _asking(self, node: Node) -> Ask:
        return lambda method, params: self._ask(node, method, params)

    def _ask(self, node: Node, method: str, params: list[Any]) -> Any:
        try:
            if not node.is_checked:
                self._check(lambda method, params: self._post(node, method, params))
                node.is_checked = True
        except EndpointDown as error:
            self._failed(node, error.kind)
            raise EndpointDown(error.kind, has_left=False) from error  # the call itself was never made
        except RpcRefused as error:
            self._failed(node, "server")
            raise EndpointDown("server", has_left=False) from error
        except MALFORMED as error:
            self._failed(node, "broken")
            raise EndpointDown("broken", has_left=False) from error
        self._last.node = node
        asked_at = self._clock()
        try:
            result = self._post(node, method, params)
        except EndpointDown as error:
            self._failed(node, error.kind)
            raise
        except RpcRefused:
            self._answered(node, asked_at)
            raise
        self._answered(node, asked_at)
        return result

    @tracing.spanned(lambda self, node, method, _: (f"rpc {method}", {"network": self._network, "endpoint": node.name}))
    def _post(self, node: Node, method: str, params: list[Any]) -> Any:
        number = next(self._ids)
        started = self._clock()
        try:
            answer = self._send(node.client, method, params, number)
        except CallFailed as error:
            raise EndpointDown(error.kind, has_left=error.has_left) from error
        _rpc_seconds.labels(self._network, node.name).observe(self._clock() - started)
        return self._read(answer, number)

    def _send(self, client: HttpClient, method: str, params: list[Any], number: int) -> Answer:
        return client.post(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode())

    def _read(self, answer: Answer, number: int) -> Any:
        try:
            document = json.loads(answer.body, parse_float=Decimal)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, dict) and isinstance(document.get("error"), dict):
            code, message = document["error"].get("code", 0), str(document["error"].get("message", ""))
            if type(code) is not int:
                raise EndpointDown("broken", has_left=True)
            if code in self._not_ready:
                raise EndpointDown(self._not_ready[code], has_left=False)
            if answer.status not in _KIND_OF_STATUS:
                raise RpcRefused(code, message)
        if answer.status in _KIND_OF_STATUS:
            raise EndpointDown(_KIND_OF_STATUS[answer.status], has_left=False)
        if answer.status != 200:
            raise EndpointDown("server", has_left=True)
        if not isinstance(document, dict) or document.get("id") != number or "result" not in document:
            raise EndpointDown("broken", has_left=True)
        return document["result"]

    def _answered(self, node: Node, asked_at: float) -> None:
        now = self._clock()
        node.state = breaker.answered(node.state, asked_at=asked_at)
        node.measure = node.measure.with_answer(now=now, latency_ms=(now - asked_at) * 1_000)
        node.ok_at = now

    def _failed(self, node: Node, kind: str) -> None:
        now = self._clock()
        node.is_checked = False
        node.state = breaker.failed(node.state, kind, now=now)
        node.measure = node.measure.with_failure(now=now)
        _rpc_errors.labels(self._network, node.name, kind).inc()
        logger.warning("node_failed", extra={"network": self._network, "endpoint": node.name, "kind": kind})


def believed_height(heights: Iterable[int]) -> int:
    """
    Return the highest height that more than a minority have: of three nodes the second, of one or two the first.

    A node alone that claims more would have the others left alone as behind. 0 where nobody has said anything.
    """
    falling = sorted((height for height in heights if height), reverse=True)
    return falling[(len(falling) - 1) // 2] if falling else 0


class _Asker(Protocol):
    endpoints: Endpoints


A = TypeVar("A", bound=_Asker)


def distrusting(method: Callable[Concatenate[A, P], T]) -> Callable[Concatenate[A, P], T]:
    """
    Turn an answer that cannot be read into a node that is broken, so that the next try asks another.

    :raises NodeUnavailable: in place of whatever reading the answer raised
    """

    @wraps(method)
    def guarded(self: A, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except MALFORMED as error:
            logger.warning("node_makes_no_sense", exc_info=True, extra={"call": method.__name__})
            self.endpoints.blame()
            raise NodeUnavailable("A node's answer could not be read.") from error

    return guarded
