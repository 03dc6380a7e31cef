"""Real EVM nodes (Foundry's anvil, from node_modules) and the levers a test or a developer pulls."""

import itertools
import os
import platform
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devnet import anvil_package, jsonrpc
from devnet.places import ROOT
from devnet.supervisor import Program

CHAIN_ID = 31_337


@dataclass(frozen=True)
class Local:
    """One local EVM network: which chain it is, and which token has been put on it."""

    code: str
    name: str
    chain_id: int
    port: int  # wished
    token: str  # asset code of the dollar there
    token_decimals: int
    hardfork: str = ""  # rules of the EVM; empty: the newest


ETHEREUM = Local("ethereum", "Ethereum", CHAIN_ID, 8_545, "USDC.ETH", 6)
POLYGON = Local("polygon", "Polygon", 137, 8_546, "USDC.POL", 6)
BSC = Local("bsc", "BNB Smart Chain", 56, 8_547, "USDC.BNB", 18, hardfork="berlin")
"""By the rules from before EIP-1559: whatever is not sent with a gas price is refused."""

NETWORKS = (ETHEREUM, POLYGON, BSC)
CONFIRMATIONS, FINAL_DEPTH = 3, 8
DEV_BALANCE_ETHER = 10_000_000
DUMP_SECONDS = 10


def find_anvil() -> Path:
    """
    Return the platform's binary from node_modules (npm's launcher script would hide its process
    from us), else one that Foundry's own installer put on the PATH.
    """
    name = anvil_package.platform_name(platform.system(), platform.machine())
    binary = anvil_package.binary_path(ROOT, name)
    installed = shutil.which("anvil")
    if binary.exists():
        return binary
    if installed:
        return Path(installed)
    raise SystemExit(anvil_package.missing_text(name, anvil_package.read_version(ROOT)))


def anvil_program(port: int, data: Path, *, block_seconds: int, network: Local = ETHEREUM) -> Program:
    """
    Describe the node's process; its chain is kept in `data` and found again.

    :param block_seconds: 0: blocks only when asked for
    """
    data.mkdir(parents=True, exist_ok=True)
    binary = find_anvil()
    if not os.access(binary, os.X_OK):
        binary.chmod(0o755)  # npm keeps no mode bits with --ignore-scripts on some systems
    options = {
        "--host": "127.0.0.1",
        "--port": str(port),
        "--chain-id": str(network.chain_id),
        "--slots-in-an-epoch": "1",  # or `finalized` stays at 0
        "--order": "fees",
        "--balance": str(DEV_BALANCE_ETHER),
        "--state": str(data / "state.json"),
        "--state-interval": str(DUMP_SECONDS),
    }
    if network.hardfork:
        options["--hardfork"] = network.hardfork
    mining = ["--block-time", str(block_seconds)] if block_seconds else ["--no-mining"]
    command = [str(binary), *itertools.chain(*options.items()), *mining, "--quiet"]
    return Program(network.code, command, folder=data, is_service=True)


class Anvil:
    """Controls of a running node."""

    def __init__(self, url: str, *, timeout_seconds: float = 20) -> None:
        self.url = url
        self.timeout_seconds = timeout_seconds

    def fund(self, address: str, wei: int) -> str:
        """Send a real transfer from a development account (a set balance would be in no block); return its hash."""
        sender = self.call("eth_accounts")[0]
        return self.pay({"from": sender, "to": address, "value": hex(wei)})

    def pay(self, transaction: Mapping[str, str]) -> str:
        """Have a development account send a transaction, with a gas price where there is no base fee."""
        latest = self.call("eth_getBlockByNumber", "latest", False)
        price = {} if latest.get("baseFeePerGas") else {"gasPrice": self.call("eth_gasPrice")}
        return str(self.call("eth_sendTransaction", {**transaction, **price}))

    def mine(self, blocks: int = 1) -> int:
        """Mine at once; return the new height."""
        self.call("anvil_mine", hex(blocks))
        return self.height()

    def height(self) -> int:
        return int(self.call("eth_blockNumber"), 16)

    def stall(self, on: bool = True, *, block_seconds: int = 2) -> None:
        """Stop blocks that come by themselves, or let them come every `block_seconds` again."""
        if on:
            self.call("evm_setAutomine", False)
        self.call("evm_setIntervalMining", 0 if on else block_seconds)

    def reorg(self, depth: int, *, keep_transactions: bool = True) -> int:
        """
        Replace the last `depth` blocks by as many empty ones and one more; return the new height.

        Their transactions wait again, or with `keep_transactions` False are gone.
        """
        height = self.height()
        dropped = [raw for number in range(height - depth + 1, height + 1) for raw in self._raw_transactions(number)]
        self.call("anvil_setCoinbase", f"0x{secrets.token_hex(20)}")  # else an empty block comes back as itself
        self.call("anvil_reorg", depth, [])
        self.call("anvil_mine", "0x1")
        for raw in dropped if keep_transactions else ():
            self.call("eth_sendRawTransaction", raw)
        return self.height()

    def forget(self, txid: str) -> None:
        """Drop a waiting transaction, as a node that restarted may."""
        self.call("anvil_dropTransaction", txid)

    def is_ready(self) -> bool:
        try:
            return self.height() >= 0
        except (OSError, ValueError):
            return False

    def call(self, method: str, *params: Any) -> Any:
        """:raises ControlFailed: with the node's own message"""
        return jsonrpc.call(self.url, method, *params, timeout_seconds=self.timeout_seconds)

    def _raw_transactions(self, height: int) -> list[str]:
        block = self.call("eth_getBlockByNumber", hex(height), False)
        return [str(self.call("eth_getRawTransactionByHash", txid)) for txid in block["transactions"]]
