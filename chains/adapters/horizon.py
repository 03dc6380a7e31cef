"""Horizon's REST over this house's own endpoints: a path in place of a method, an HTTP status in place of a code."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlencode

from chains.endpoints import Ask, EndpointDown, Endpoints, RpcRefused
from chains.errors import NodeUnavailable
from chains.values import NetworkConfig
from kit.http import Answer, HttpClient

T = TypeVar("T")

NOT_FOUND = 404
GONE = 410
"""Older than what this Horizon keeps."""

PAGE = 200
MOST_PAGES = 100

_DOWN = {401: "forbidden", 402: "quota", 403: "forbidden", 429: "rate_limited"}


class HorizonEndpoints(Endpoints):
    """
    Every Horizon of a network. `ask("GET", [path])` reads; `ask("POST", [path, form])` hands over.

    A refusal's code is the HTTP status; its message is Horizon's status or title, or the result in XDR.
    """

    def __init__(self, config: NetworkConfig, *, passphrase: str) -> None:
        self._passphrase = passphrase
        super().__init__(config, check=self._check_network, not_ready={})

    def whole(self, read: Callable[[Ask], T], *, what: str) -> T:
        """
        Have one node after the other read by itself until one has all of it: those that are behind hold up nobody.

        :raises NodeUnavailable: if none has
        """
        for node in self._in_order():
            try:
                return read(self._asking(node))
            except EndpointDown:
                continue
            except RpcRefused as error:
                if error.rpc_code not in {NOT_FOUND, GONE}:
                    raise
        raise NodeUnavailable(f"No node has {what}.")

    def _check_network(self, ask: Ask) -> None:
        if ask("GET", ["/"])["network_passphrase"] != self._passphrase:
            raise EndpointDown("wrong_chain", has_left=False)

    def _send(self, client: HttpClient, method: str, params: list[Any], number: int) -> Answer:
        path = str(params[0]).lstrip("/")
        body = urlencode(params[1]).encode() if len(params) > 1 else None
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return client.request(method, f"/{path}" if path else "", body=body, headers=headers)

    def _read(self, answer: Answer, number: int) -> Any:
        if answer.status in _DOWN:
            raise EndpointDown(_DOWN[answer.status], has_left=False)
        try:
            document = json.loads(answer.body, parse_float=Decimal)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise EndpointDown("server" if answer.status >= 500 else "broken", has_left=True)
        if answer.status < 300 or document.get("tx_status") == "DUPLICATE":
            return document
        if answer.status >= 500 and "tx_status" not in document:
            raise EndpointDown("server", has_left=True)
        words = document.get("error_result_xdr") or document.get("tx_status") or document.get("title")
        raise RpcRefused(answer.status, str(words))


def pages(ask: Ask, path: str) -> Iterator[dict[str, Any]]:
    """
    Yield the records of a list page by page, for as long as the caller wants more.

    :raises ValueError: if there are more than any ledger has
    """
    cursor, sign = "", "&" if "?" in path else "?"
    for _ in range(MOST_PAGES):
        records = ask("GET", [f"{path}{sign}limit={PAGE}{cursor}"])["_embedded"]["records"]
        yield from records
        if len(records) < PAGE:
            return
        cursor = f"&cursor={records[-1]['paging_token']}"
    raise ValueError("a list without an end")
