"""Sui's gRPC over this house's own endpoints: a method's name and its request in, the answer's message out."""

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import grpc
import urllib3
from google.protobuf.message import DecodeError

from chains.adapters.sui_messages import MESSAGES, SERVICE_OF, make
from chains.endpoints import Ask, EndpointDown, Endpoints, RpcRefused
from chains.values import NetworkConfig
from kit.http import Answer, CallFailed, HttpClient

INVALID_ARGUMENT, NOT_FOUND = 3, 5

CHAINS = {
    "main": "4btiuiMPvEENsttpZC7CZ53DruC3MAgfznDbASZ7DR6S",
    "test": "69WiPg3DAQiwdxfncX6wYQ2siKwAe6L9BZthQea3JNMD",
}
"""The public networks by the digest of their first checkpoint; any other name stands for a network of one's own."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
_OPTIONS = (
    ("grpc.max_receive_message_length", _LARGEST_ANSWER_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
)
_ANSWERS = frozenset({3, 5, 6, 9, 11, 12})
"""Codes by which a node says no: it understood, and it says nothing against the node."""

_DOWN = {4: "timeout", 7: "forbidden", 8: "rate_limited", 14: "connection", 16: "forbidden"}
_NEVER_LEFT = frozenset({7, 16})


@dataclass(frozen=True)
class _Place:
    target: str
    is_plain: bool
    metadata: tuple[tuple[str, str], ...]


class SuiEndpoints(Endpoints):
    """
    Every node of a network. `ask(method, [request])`; a refusal's code and message are gRPC's.

    Each process has connections of its own: one that was opened before a fork serves nobody after it.
    """

    def __init__(self, config: NetworkConfig) -> None:
        self._chain = config.chain
        self._seconds = config.timeout_seconds
        self._places = dict(_place(url) for url in config.rpc_urls)
        self._channels: dict[tuple[int, str], grpc.Channel] = {}
        super().__init__(config, check=self._check_chain, not_ready={})

    def _check_chain(self, ask: Ask) -> None:
        found = ask("GetServiceInfo", [make("GetServiceInfoRequest")]).chain_id
        wanted = CHAINS.get(self._chain)
        if not found or (found != wanted and (wanted is not None or found in CHAINS.values())):
            raise EndpointDown("wrong_chain", has_left=False)

    def _send(self, client: HttpClient, method: str, params: list[Any], number: int) -> Answer:
        call = self._channel(client.name).unary_unary(f"/{SERVICE_OF[method]}/{method}")
        try:
            body = call(
                params[0].SerializeToString(), timeout=self._seconds, metadata=self._places[client.name].metadata
            )
        except grpc.RpcError as error:
            return _refusal(error)
        return Answer(0, body, {"method": method})

    def _read(self, answer: Answer, number: int) -> Any:
        if answer.status:
            raise RpcRefused(answer.status, answer.body.decode())
        try:
            return MESSAGES[answer.headers["method"] + "Response"].FromString(answer.body)
        except DecodeError as error:
            raise EndpointDown("broken", has_left=True) from error

    def _channel(self, name: str) -> grpc.Channel:
        key = os.getpid(), name
        if key not in self._channels:
            place = self._places[name]
            options = list(_OPTIONS)
            self._channels[key] = (
                grpc.insecure_channel(place.target, options)
                if place.is_plain
                else grpc.secure_channel(place.target, grpc.ssl_channel_credentials(), options)
            )
        return self._channels[key]


def _place(url: str) -> tuple[str, _Place]:
    """Return a node's name, as HttpClient has it, and where it is. :raises ValueError: if it would be asked in clear"""
    parts = urlsplit(url)
    is_plain = parts.scheme != "https"
    if is_plain and parts.hostname not in _LOOPBACK:
        raise ValueError("a node on another machine is asked over TLS: its URL begins with https")
    target = f"{parts.hostname}:{parts.port or (80 if is_plain else 443)}"
    metadata: tuple[tuple[str, str], ...] = ()
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        metadata = (("authorization", urllib3.make_headers(basic_auth=credentials)["authorization"]),)
    return target, _Place(target, is_plain, metadata)


def _refusal(error: Any) -> Answer:
    """
    Return what a node said in place of an answer.

    :raises CallFailed: if it said nothing that counts: it may have received the request, unless nothing was connected
    """
    code, words = int(error.code().value[0]), str(error.details() or "")
    if code in _ANSWERS:
        return Answer(code, words.encode())
    has_left = code not in _NEVER_LEFT and not (code == 14 and "failed to connect" in words.lower())
    raise CallFailed(_DOWN.get(code, "server"), has_left=has_left) from error
