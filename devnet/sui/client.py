"""Controls of the local Sui network, over its gRPC port."""

import json
from typing import Any
from urllib.parse import urlsplit

import grpc

from devnet.jsonrpc import ControlFailed
from devnet.sui.service import CONTROL


class SuiNode:
    """A handle on a running node: its faucet and its levers."""

    def __init__(self, url: str, *, timeout_seconds: float = 20) -> None:
        self.url = url
        self.timeout_seconds = timeout_seconds

    def control(self, name: str, *places: Any, **arguments: Any) -> Any:
        """
        Pull a lever; what it takes is named, or given in order.

        :raises ControlFailed: with the node's own words
        :raises OSError: if it does not answer
        """
        parts = urlsplit(self.url)
        body = json.dumps({"name": name, "places": places, "arguments": arguments}).encode()
        options = [("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(f"{parts.hostname}:{parts.port}", options) as channel:
            try:
                answer = json.loads(channel.unary_unary(CONTROL)(body, timeout=self.timeout_seconds))
            except grpc.RpcError as error:
                raise OSError("the node does not answer") from error
        if "error" in answer:
            raise ControlFailed(400, answer["error"])
        return answer["result"]

    def mine(self, checkpoints: int = 1) -> int:
        return int(self.control("mine", checkpoints=checkpoints))

    def fund(self, address: str, minor: int, coin_type: str = "SUI", by: str = "object") -> str:
        """Give coins; return the digest of what brings them."""
        return str(self.control("fund", address=address, minor=minor, coin_type=coin_type, by=by))

    def is_ready(self) -> bool:
        try:
            return bool(self.control("usdc"))
        except OSError:
            return False
