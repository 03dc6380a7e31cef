"""Controls of the local Stellar ledger, over HTTP."""

import json
import urllib.error
import urllib.request
from typing import Any

from devnet.jsonrpc import ControlFailed


class Horizon:
    """A handle on a running ledger: its faucet and its levers."""

    def __init__(self, url: str, *, timeout_seconds: float = 20) -> None:
        self.url = url
        self.timeout_seconds = timeout_seconds

    def fund(self, address: str, amount: str, code: str = "") -> str:
        """Pay lumens, or units of what the ledger's issuer issues; return the transaction's hash."""
        return str(self.control("fund", address=address, amount=amount, code=code))

    def mine(self, ledgers: int = 1) -> int:
        """Close ledgers at once; return the newest one's number."""
        return int(self.control("mine", ledgers=ledgers))

    def is_ready(self) -> bool:
        try:
            urllib.request.urlopen(self.url, timeout=self.timeout_seconds).close()  # noqa: S310 - a local ledger's
        except OSError:
            return False
        return True

    def control(self, name: str, **arguments: Any) -> Any:
        """
        Pull a lever.

        :raises ControlFailed: with the ledger's own words
        :raises OSError: if it does not answer
        """
        request = urllib.request.Request(f"{self.url}/devnet/{name}", json.dumps(arguments).encode())  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_seconds) as answer:  # noqa: S310
                return json.loads(answer.read())["result"]
        except urllib.error.HTTPError as error:
            with error:
                raise ControlFailed(error.code, str(json.loads(error.read()).get("error"))) from None
