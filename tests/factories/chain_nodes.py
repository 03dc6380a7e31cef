"""Nodes of a test's own: real engines on free ports, and a front that can be dead, silent or in the past."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from chains.endpoints import Endpoints
from chains.errors import NodeUnavailable
from devnet.ethereum import ETHEREUM, Anvil, Local, find_anvil
from devnet.places import ROOT, free_port
from tests.factories.chains import BITCOIN

START_SECONDS = 120
"""More than any machine needs: whoever waits so long has a node that does not start."""


class BitcoinNode:
    """The devnet's Bitcoin node, mining only when asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._endpoints = Endpoints(
            replace(BITCOIN, rpc_urls=(url,), timeout_seconds=20), check=lambda ask: None, not_ready={}
        )

    def call(self, method: str, *params: Any) -> Any:
        return self._endpoints.call(method, list(params))

    def mine(self, blocks: int = 1) -> None:
        self.call("devnet_mine", blocks)

    def fund(self, address: str, amount: str) -> str:
        return str(self.call("devnet_fund", address, amount))


@contextmanager
def bitcoin_node(folder: Path) -> Iterator[BitcoinNode]:
    port = free_port()
    command = [sys.executable, "-m", "devnet.bitcoin", "--port", str(port), "--data", str(folder)]
    with running(command) as process:
        node = BitcoinNode(f"http://devnet:devnet@127.0.0.1:{port}")
        wait_until_ready(lambda: node.call("getblockcount") is not None, process)
        yield node


@contextmanager
def anvil_node(network: Local = ETHEREUM) -> Iterator[Anvil]:
    port = free_port()
    binary = shutil.which("anvil") or str(find_anvil())
    command = [binary, "--host", "127.0.0.1", "--port", str(port), "--no-mining", "--quiet"]
    command += ["--chain-id", str(network.chain_id)]
    command += ["--hardfork", network.hardfork] if network.hardfork else []
    with running([*command, "--slots-in-an-epoch", "1", "--order", "fees"]) as process:
        node = Anvil(f"http://127.0.0.1:{port}")
        wait_until_ready(node.is_ready, process)
        yield node


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a program running meanwhile."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def wait_until_ready(is_ready: Any, process: subprocess.Popen[bytes]) -> None:
    """Wait for a node that has just been started."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(NodeUnavailable, OSError):
            if is_ready():
                return
        time.sleep(0.05)
    raise AssertionError("the node did not start")


def dead_url() -> str:
    """An address at which nobody listens."""
    return f"http://127.0.0.1:{free_port()}"
