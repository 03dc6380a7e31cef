"""One JSON-RPC call to a local node, for controls and tests; the product has its own client."""

import base64
import json
import urllib.error
import urllib.request
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit


class ControlFailed(Exception):
    """The node refused; `code` and the message are its own."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


def call(url: str, method: str, *params: Any, timeout_seconds: float = 20) -> Any:
    """
    Call a method of the node at a loopback URL, which may hold user:password@.

    :raises ControlFailed: with the node's own code and message; the HTTP status if it is not JSON
    :raises OSError: if it does not answer
    """
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json"}
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(credentials).decode()
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    address = urlunsplit(parts._replace(netloc=f"{parts.hostname}:{parts.port}"))
    request = urllib.request.Request(address, body, headers)  # noqa: S310 - a local node's
    try:
        with urllib.request.urlopen(request, timeout=timeout_seconds) as response:  # noqa: S310
            content = response.read()
    except urllib.error.HTTPError as error:
        with error:
            content = error.read()
        if not content.startswith(b"{"):
            raise ControlFailed(error.code, error.reason) from None
    answer = json.loads(content, parse_float=Decimal)
    if answer.get("error"):
        raise ControlFailed(answer["error"]["code"], answer["error"]["message"])
    return answer["result"]
