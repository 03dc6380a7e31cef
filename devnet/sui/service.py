"""What one node of the network answers: sui.rpc.v2 as far as it is used here, and how it misbehaves if told to."""

import json
import time
from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass, field
from typing import Any

import grpc

from chains.adapters.sui_form import contract_of
from chains.adapters.sui_messages import MESSAGES, SERVICE_OF, make
from devnet.sui import checkpoints
from devnet.sui.errors import Refused, invalid, missing
from devnet.sui.masks import masked
from devnet.sui.node import Chain
from devnet.sui.state import SUI, Coin
from devnet.sui.store import StoredCheckpoint

SILENCE_SECONDS = 60
CONTROL = "/holdfast.devnet.Controls/Call"


@dataclass
class Fault:
    """The next `count` calls of `method` end badly: `timeout` does the work and stays silent, `drop` does nothing."""

    mode: str
    method: str
    count: int


@dataclass
class Switches:
    """What a test may turn on one node; all off after a restart."""

    lag: int = 0  # checkpoints that it says it has not seen yet
    drops: int = 0  # so many transactions more are taken and forgotten
    stale_height: int | None = None  # where it says that the chain ends
    false_minor: int = 0  # added to every balance it says
    is_dead: bool = False
    faults: list[Fault] = field(default_factory=list)


class Node:
    """One node's view of the chain; its methods are named as the network's."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.switches = Switches()

    @property
    def height(self) -> int:
        seen = self.chain.head.height - self.switches.lag
        return max(0, seen if self.switches.stale_height is None else min(seen, self.switches.stale_height))

    def take_fault(self, method: str) -> str:
        """Return the mode of the fault that this call falls under, using it up; empty: none."""
        if self.switches.is_dead:
            return "drop"
        for fault in self.switches.faults:
            if fault.method in {method, "*"}:
                fault.count -= 1
                if fault.count <= 0:
                    self.switches.faults.remove(fault)
                return fault.mode
        return ""

    def GetServiceInfo(self, request: Any) -> Any:
        head = self._checkpoint(self.height)
        return make(
            "GetServiceInfoResponse",
            chain_id=self.chain.chain_id,
            chain="devnet",
            epoch=head.epoch,
            checkpoint_height=head.height,
        )

    def GetEpoch(self, request: Any) -> Any:
        epoch = make("Epoch", epoch=self.chain.epoch, reference_gas_price=self.chain.price)
        return make("GetEpochResponse", epoch=_asked(epoch, request, "epoch"))

    def GetCheckpoint(self, request: Any) -> Any:
        height = request.sequence_number if request.HasField("sequence_number") else self.height
        found = self._checkpoint(height)
        shown = make(
            "Checkpoint",
            sequence_number=found.height,
            digest=found.digest,
            summary=make("CheckpointSummary", bcs=make("Bcs", name="CheckpointSummary", value=found.summary)),
            contents=make("CheckpointContents", bcs=make("Bcs", name="CheckpointContents", value=found.contents)),
            transactions=[_executed(each, height) for each in self.chain.store.executed_in(height)],
        )
        return make("GetCheckpointResponse", checkpoint=_asked(shown, request, "sequence_number,digest"))

    def GetTransaction(self, request: Any) -> Any:
        kept = self.chain.store.executed(request.digest)
        if kept is not None and kept[0] <= self.height:
            found = _executed(kept[1], kept[0])
        elif (waiting := self.chain.waiting.get(request.digest)) and waiting.content:
            found = self.chain.rehearse(waiting.content)
        else:
            raise missing(f"Transaction {request.digest} not found")
        return make("GetTransactionResponse", transaction=_asked(found, request, "digest"))

    def GetBalance(self, request: Any) -> Any:
        coin_type = _type(request.coin_type or SUI)
        coins = sum(coin.minor for coin in self.chain.state.coins_of(request.owner, coin_type))
        coins += self.switches.false_minor
        floating = self.chain.state.balances.get((request.owner, coin_type), 0)
        balance = make(
            "Balance",
            coin_type=coin_type,
            balance=coins + floating,
            address_balance=floating,
            coin_balance=coins,
        )
        return make("GetBalanceResponse", balance=balance)

    def ListOwnedObjects(self, request: Any) -> Any:
        kind = request.object_type
        if not kind.startswith("0x2::coin::Coin<") or not kind.endswith(">"):
            raise invalid("only coins are kept here")
        coin_type = _type(kind.removeprefix("0x2::coin::Coin<").removesuffix(">"))
        coins = self.chain.state.coins_of(request.owner, coin_type)
        start, size = int(request.page_token or b"0"), request.page_size or 50
        page = [_object(coin) for coin in coins[start : start + size]]
        more = str(start + size).encode() if start + size < len(coins) else b""
        shown = [masked(each, request.read_mask.paths) for each in page]
        return make("ListOwnedObjectsResponse", objects=shown, next_page_token=more)

    def ExecuteTransaction(self, request: Any) -> Any:
        is_kept = self.switches.drops <= 0
        self.switches.drops = max(0, self.switches.drops - 1)
        signatures = [each.bcs.value for each in request.signatures]
        digest = self.chain.submit(request.transaction.bcs.value, signatures, is_kept=is_kept)
        return make("ExecuteTransactionResponse", transaction=make("ExecutedTransaction", digest=digest))

    def SimulateTransaction(self, request: Any) -> Any:
        ran = self.chain.rehearse(request.transaction.bcs.value)
        answer = make("SimulateTransactionResponse", transaction=ran)
        return masked(answer, request.read_mask.paths) if request.read_mask.paths else answer

    def _checkpoint(self, height: int) -> StoredCheckpoint:
        found = self.chain.store.checkpoint(height) if height <= self.height else None
        if found is None:
            raise missing(f"Checkpoint {height} not found")
        return found


def serve(node: Node, control: Callable[[Node, str, list[Any], dict[str, Any]], Any], *, port: int) -> grpc.Server:
    """Let a node answer at a port of the loopback address."""

    def answering(method: str) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        return lambda body, context: _answer(node, method, body, context)

    def controlled(body: bytes, context: grpc.ServicerContext) -> bytes:
        asked = json.loads(body)
        try:
            with node.chain.lock:
                return json.dumps(
                    {"result": control(node, asked["name"], asked["places"], asked["arguments"])}
                ).encode()
        except (TypeError, ValueError, KeyError, Refused) as error:
            return json.dumps({"error": str(error)}).encode()

    methods = {f"/{service}/{method}": answering(method) for method, service in SERVICE_OF.items()}
    handlers = _Handlers({**methods, CONTROL: controlled})
    server = grpc.server(futures.ThreadPoolExecutor(32), handlers=[handlers], options=[("grpc.so_reuseport", 0)])
    if not server.add_insecure_port(f"127.0.0.1:{port}"):
        raise OSError(f"port {port} is taken")
    server.start()
    return server


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc]
    def __init__(self, methods: dict[str, Callable[[bytes, grpc.ServicerContext], bytes]]) -> None:
        self._methods = methods

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        method = self._methods.get(details.method)
        return method and grpc.unary_unary_rpc_method_handler(method)


def _answer(node: Node, method: str, body: bytes, context: grpc.ServicerContext) -> bytes:
    request = MESSAGES[f"{method}Request"].FromString(body)
    with node.chain.lock:
        fault = node.take_fault(method)
        if not fault or fault == "timeout":
            try:
                answer: bytes = getattr(node, method)(request).SerializeToString()
            except Refused as error:
                context.abort(error.code, error.message)
    if fault == "timeout":
        _stay_silent(context)
    if fault:
        context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
    return answer


def _stay_silent(context: grpc.ServicerContext) -> None:
    until = time.monotonic() + SILENCE_SECONDS
    while context.is_active() and time.monotonic() < until:
        time.sleep(0.05)


def _executed(message: bytes, height: int) -> Any:
    found = MESSAGES["ExecutedTransaction"].FromString(message)
    found.checkpoint = height
    return found


def _asked(message: Any, request: Any, usual: str) -> Any:
    return masked(message, request.read_mask.paths or usual.split(","))


def _type(text: str) -> str:
    try:
        return contract_of(text) or SUI
    except ValueError:
        raise invalid("not a coin type") from None


def _object(coin: Coin) -> Any:
    return make(
        "Object",
        object_id=coin.id,
        version=coin.version,
        digest=coin.at.digest,
        owner=checkpoints.owner(coin.owner),
        object_type=checkpoints.object_type(coin.coin_type),
        balance=coin.minor,
    )
