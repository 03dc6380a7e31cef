"""
The local networks, as `python -m devnet.run services -- pytest` lends them; without it these tests are skipped.

A node that a test may kill or fill is started by the test itself, on its own data.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devnet import jsonrpc
from devnet.ethereum import Anvil
from devnet.jsonrpc import ControlFailed
from devnet.places import ROOT, free_port

PASSWORD = "secret-of-a-test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.nodes)


class BitcoinNode:
    """A handle on one node: `node.getblockcount()` calls the method of that name."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return lambda *params: jsonrpc.call(self.url, method, *params)

    def refusal(self, method: str, *params: Any) -> tuple[int, str]:
        """Return the code and message with which the node refuses; fail if it does not."""
        with pytest.raises(ControlFailed) as caught:
            jsonrpc.call(self.url, method, *params)
        return caught.value.code, caught.value.message


class OwnNode(BitcoinNode):
    """A node process of a test's own, on a folder that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        super().__init__("")

    def start(self) -> None:
        port = free_port()
        command = [sys.executable, "-m", "devnet.bitcoin", "--port", str(port), "--data", str(self.folder)]
        environment = {**os.environ, "BITCOIN_NODE_PASSWORD": PASSWORD}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        self.url = f"http://devnet:{PASSWORD}@127.0.0.1:{port}"
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                jsonrpc.call(self.url, "getblockcount")
                return
            except OSError:
                assert self.process.poll() is None, "the node ended"
                time.sleep(0.02)
        raise TimeoutError("the node did not answer")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(20)


@pytest.fixture
def own_node(tmp_path: Path) -> Iterator[OwnNode]:
    node = OwnNode(tmp_path / "bitcoin")
    node.start()
    yield node
    node.stop()


@pytest.fixture
def bitcoin() -> Iterator[BitcoinNode]:
    """The lent Bitcoin node with nothing waiting in it, and every lever put back afterwards."""
    node = BitcoinNode(_lent("BITCOIN_RPC_URLS"))
    node.devnet_forget()
    yield node
    node.devnet_reset()
    node.devnet_forget()


@pytest.fixture
def anvil() -> Anvil:
    """The lent Ethereum node with nothing waiting in it; it mines only when asked to."""
    node = Anvil(_lent("ETHEREUM_RPC_URLS"))
    node.call("anvil_dropAllTransactions")
    return node


def _lent(name: str) -> str:
    if os.environ.get("DEVNET_NODES") != "1" or not os.environ.get(name):
        pytest.skip("needs local networks: python -m devnet.run services -- pytest tests/nodes")
    return os.environ[name].split(",")[0]
