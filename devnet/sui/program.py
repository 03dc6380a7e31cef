"""How the devnet starts its Sui node, and what the product has to be told of it."""

import sys
from pathlib import Path

from devnet.places import ROOT
from devnet.sui.state import USDC
from devnet.supervisor import Program

PORT = 9_000


def program(port: int, data: Path, *, checkpoint_seconds: int) -> Program:
    """Describe the node; with `checkpoint_seconds` of 0 checkpoints come only when asked for."""
    command = [sys.executable, "-m", "devnet.sui", "--port", str(port), "--data", str(data)]
    command += ["--checkpoint-seconds", str(checkpoint_seconds)]
    return Program("sui", command, folder=ROOT, is_service=True)


def variables(port: int, *, checkpoint_seconds: int) -> dict[str, str]:
    """Return the variables that name the node; the faucet's dollar has its public type here, too."""
    return {
        "SUI_RPC_URLS": f"http://127.0.0.1:{port}",
        "SUI_CHAIN": "devnet",
        "SUI_TOKENS": f"USDC.SUI={USDC}",
        "SUI_BLOCK_SECONDS": str(max(1, checkpoint_seconds)),
    }
