"""How the devnet starts its Solana node, and what the product has to be told of it."""

import sys
from pathlib import Path

from devnet.places import ROOT
from devnet.solana.faucet import USDC
from devnet.supervisor import Program

PORT = 8_899
FINAL_DEPTH = 4
"""Slots until a block is final: thirty-two are many for somebody who waits."""


def program(port: int, data: Path, *, slot_seconds: int) -> Program:
    """Describe the node; with `slot_seconds` of 0 blocks come only when asked for."""
    command = [sys.executable, "-m", "devnet.solana", "--port", str(port), "--data", str(data)]
    command += ["--slot-seconds", str(slot_seconds), "--final-depth", str(FINAL_DEPTH)]
    return Program("solana", command, folder=ROOT, is_service=True)


def variables(port: int, *, slot_seconds: int) -> dict[str, str]:
    """Return the variables that name the node; the faucet's dollar is at its public address here, too."""
    return {
        "SOLANA_RPC_URLS": f"http://127.0.0.1:{port}",
        "SOLANA_CHAIN": "local",
        "SOLANA_TOKENS": f"USDC.SOL={USDC}",
        "SOLANA_BLOCK_SECONDS": str(max(1, slot_seconds)),
    }
