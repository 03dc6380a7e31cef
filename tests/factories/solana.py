"""A Solana node of a test's own, and people with keys on it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.transaction import VersionedTransaction

from devnet import jsonrpc
from devnet.places import free_port
from devnet.solana.faucet import USDC
from tests.factories.chain_nodes import running, wait_until_ready
from tests.factories.chains import edwards_key

__all__ = ["FINAL_DEPTH", "USDC", "SolanaNode", "keypair", "signed", "solana_node"]

FINAL_DEPTH = 4
"""Slots until a block is final, so that tests need few."""


class SolanaNode:
    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, *params: Any) -> Any:
        return jsonrpc.call(self.url, method, *params)

    def mine(self, blocks: int = 1) -> int:
        """Make so many blocks final; return the slot."""
        return int(self.call("devnet_mine", blocks))

    def fund(self, address: str, minor: int, mint: str = "") -> str:
        return str(self.call("devnet_fund", address, minor, mint))

    def is_ready(self) -> bool:
        return bool(self.call("getSlot"))


@contextmanager
def solana_node(folder: Path, *, final_depth: int = FINAL_DEPTH) -> Iterator[SolanaNode]:
    port = free_port()
    command = [sys.executable, "-m", "devnet.solana", "--port", str(port), "--data", str(folder)]
    with running([*command, "--final-depth", str(final_depth)]) as process:
        node = SolanaNode(f"http://127.0.0.1:{port}")
        wait_until_ready(node.is_ready, process)
        yield node


def keypair(name: str) -> Keypair:
    """The same key for the same name, as tests.factories.chains has it."""
    return Keypair.from_seed(edwards_key(name).private_bytes_raw())


def signed(payer: Keypair, instructions: Sequence[Instruction], *, recent: str) -> bytes:
    """A transaction as anybody may make it."""
    message = MessageV0.try_compile(payer.pubkey(), list(instructions), [], Hash.from_string(recent))
    return bytes(VersionedTransaction(message, [payer]))
