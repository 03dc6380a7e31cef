"""The devnet's Solana node: what it remembers when it is killed, and what it refuses as the network would."""

import base64
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from devnet.jsonrpc import ControlFailed
from devnet.places import ROOT, free_port
from devnet.solana.faucet import USDC
from tests.factories.chain_nodes import wait_until_ready
from tests.factories.solana import SolanaNode, keypair, signed, solana_node

pytestmark = pytest.mark.nodes
ALICE, BOB = keypair("alice"), keypair("bob")
SOL = 10**9


def payment(node: SolanaNode, minor: int = SOL, recent: str = "") -> str:
    pays = transfer(TransferParams(from_pubkey=ALICE.pubkey(), to_pubkey=BOB.pubkey(), lamports=minor))
    recent = recent or node.call("getLatestBlockhash", {"commitment": "processed"})["value"]["blockhash"]
    return base64.b64encode(signed(ALICE, [pays], recent=recent)).decode()


def send(node: SolanaNode, raw: str) -> str:
    return str(node.call("sendTransaction", raw, {"encoding": "base64"}))


def refusal(node: SolanaNode, raw: str) -> tuple[int, str]:
    with pytest.raises(ControlFailed) as caught:
        send(node, raw)
    return caught.value.code, caught.value.message


def balance(node: SolanaNode, of: Pubkey) -> int:
    return int(node.call("getBalance", str(of))["value"])


def blocks(node: SolanaNode) -> list[Any]:
    return [node.call("getBlock", slot, {"encoding": "base64"}) for slot in node.call("getBlocks", 0)]


@contextmanager
def started(folder: Path, *options: str, ends_with: signal.Signals = signal.SIGTERM) -> Iterator[SolanaNode]:
    port = free_port()
    command = [sys.executable, "-m", "devnet.solana", "--port", str(port), "--data", str(folder), *options]
    process = subprocess.Popen([*command, "--final-depth", "4"], cwd=ROOT, stdout=subprocess.DEVNULL)
    node = SolanaNode(f"http://127.0.0.1:{port}")
    try:
        wait_until_ready(node.is_ready, process)
        yield node
    finally:
        process.send_signal(ends_with)
        process.wait(10)


def test_a_killed_node_finds_everything_again(tmp_path: Path) -> None:
    with started(tmp_path, ends_with=signal.SIGKILL) as node:
        node.fund(str(ALICE.pubkey()), 10 * SOL)
        node.fund(str(ALICE.pubkey()), 5_000_000, USDC)
        node.mine()
        raw = payment(node)
        txid = send(node, raw)
        node.mine()
        before = blocks(node)
        slot, supply = node.call("getSlot"), node.call("getTokenSupply", USDC)["value"]["amount"]

    with started(tmp_path) as node:
        assert node.call("getSlot") == slot
        assert blocks(node) == before
        assert (balance(node, ALICE.pubkey()), balance(node, BOB.pubkey())) == (9 * SOL - 5_000, SOL)
        assert node.call("getTokenSupply", USDC)["value"]["amount"] == supply == "5000000"
        assert node.call("getSignatureStatuses", [txid])["value"][0]["confirmationStatus"] == "finalized"
        assert refusal(node, raw) == (
            -32002,
            "Transaction simulation failed: This transaction has already been processed",
        )
        node.fund(str(BOB.pubkey()), SOL)
        node.mine()
        assert balance(node, BOB.pubkey()) == 2 * SOL


def test_what_the_network_refuses_pays_nothing(tmp_path: Path) -> None:
    with solana_node(tmp_path) as node:
        node.fund(str(ALICE.pubkey()), SOL)
        node.mine()
        recent = node.call("getLatestBlockhash")["value"]["blockhash"]
        forged = bytearray(base64.b64decode(payment(node, 1)))
        forged[10] ^= 1
        assert refusal(node, base64.b64encode(bytes(forged)).decode())[0] == -32003
        assert "0x1" in refusal(node, payment(node, 2 * SOL))[1]
        assert refusal(node, base64.b64encode(b"\x01\x02").decode())[0] == -32602
        old = payment(node, 10**8, recent)
        node.mine(151)
        assert refusal(node, old)[1].endswith("Blockhash not found")
        assert node.call("isBlockhashValid", recent)["value"] is False
        assert balance(node, ALICE.pubkey()) == SOL


def test_what_fails_in_a_program_lands_and_pays_its_fee(tmp_path: Path) -> None:
    """Sent past the rehearsal, as some wallets do."""
    with solana_node(tmp_path) as node:
        node.fund(str(ALICE.pubkey()), SOL)
        node.mine()
        txid = node.call("sendTransaction", payment(node, 2 * SOL), {"skipPreflight": True})
        node.mine()
        status = node.call("getSignatureStatuses", [txid])["value"][0]
        assert status["err"] == {"InstructionError": [0, {"Custom": 1}]}
        assert balance(node, ALICE.pubkey()) == SOL - 5_000


def test_slots_stand_still_only_while_it_is_stalled(tmp_path: Path) -> None:
    processed = {"commitment": "processed"}
    with started(tmp_path, "--slot-seconds", "0.01") as node:
        node.call("devnet_stall")
        slot = node.call("getSlot", processed)
        assert node.call("getSlot", processed) == slot
        node.call("devnet_stall", False)
        deadline = time.monotonic() + 20
        while node.call("getSlot", processed) <= slot + 3:
            assert time.monotonic() < deadline
