"""The local Stellar ledger as a program, and its controls over HTTP."""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from devnet.jsonrpc import ControlFailed
from devnet.places import ROOT
from devnet.supervisor import Program

PORT = 8_003
BLOCK_SECONDS = 3
"""Between ledgers on a devnet; the public network takes twice as long."""


def program(port: int, data: Path, *, close_seconds: float) -> Program:
    """
    Describe the ledger's process; what it has closed is kept in `data` and found again.

    :param close_seconds: 0: ledgers only when asked for
    """
    command = [sys.executable, "-m", "devnet.stellar", "--port", str(port), "--data", str(data)]
    command += ["--close-seconds", str(close_seconds)]
    return Program("stellar", command, folder=ROOT, is_service=True)


def variables(port: int, *, close_seconds: float) -> dict[str, str]:
    """Return the variables that name it, with the issuer of its dollar."""
    url = f"http://127.0.0.1:{port}"
    return {
        "STELLAR_RPC_URLS": url,
        "STELLAR_CHAIN": "devnet",
        "STELLAR_TOKENS": f"USDC.XLM=USDC:{Horizon(url).control('issuer')}",
        "STELLAR_BLOCK_SECONDS": str(round(close_seconds) or BLOCK_SECONDS),
    }


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
