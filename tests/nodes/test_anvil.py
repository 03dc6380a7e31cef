"""The Ethereum node's levers: real transfers, blocks on demand, reorganisations that keep or lose transactions."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from devnet.ethereum import CHAIN_ID, Anvil, anvil_program
from devnet.jsonrpc import ControlFailed
from devnet.places import free_port

ETHER = 10**18


def address() -> str:
    return "0x" + os.urandom(20).hex()


def test_the_faucet_sends_a_transfer_that_is_in_a_block(anvil: Anvil) -> None:
    to = address()
    txid = anvil.fund(to, 2 * ETHER)
    assert anvil.call("eth_getTransactionReceipt", txid) is None
    height = anvil.mine()
    block = anvil.call("eth_getBlockByNumber", hex(height), True)
    assert [(each["hash"], each["to"], int(each["value"], 16)) for each in block["transactions"]] == [
        (txid, to, 2 * ETHER)
    ]
    assert int(anvil.call("eth_chainId"), 16) == CHAIN_ID
    assert int(anvil.call("eth_getBlockByNumber", "finalized", False)["number"], 16) >= height - 2


def test_a_reorg_puts_transactions_back_to_wait(anvil: Anvil) -> None:
    txid = anvil.fund(address(), ETHER)
    anvil.mine()
    height = anvil.mine(2)
    old = anvil.call("eth_getBlockByNumber", hex(height - 2), False)["hash"]
    assert anvil.reorg(3) == height + 1
    assert anvil.call("eth_getBlockByNumber", hex(height - 2), False)["hash"] != old
    assert anvil.call("eth_getTransactionReceipt", txid) is None
    assert int(anvil.call("txpool_status")["pending"], 16) == 1
    anvil.mine()
    assert int(anvil.call("eth_getTransactionReceipt", txid)["status"], 16) == 1


def test_a_reorg_can_make_a_deposit_vanish(anvil: Anvil) -> None:
    to = address()
    txid = anvil.fund(to, ETHER)
    anvil.mine()
    anvil.reorg(1, keep_transactions=False)
    anvil.mine(2)
    assert anvil.call("eth_getTransactionByHash", txid) is None
    assert int(anvil.call("eth_getBalance", to, "latest"), 16) == 0


def test_a_refusal_carries_the_nodes_words(anvil: Anvil) -> None:
    with pytest.raises(ControlFailed, match=r"not found|not supported|Method"):
        anvil.call("eth_nothing")


def test_the_chain_outlives_the_process(tmp_path: Path) -> None:
    """Blocks, balances and receipts are found again, and blocks come by themselves until stalled."""
    port = free_port()
    anvil = Anvil(f"http://127.0.0.1:{port}")
    command = anvil_program(port, tmp_path, block_seconds=1).command
    to = address()
    first = _start(command, anvil)
    try:
        txid = anvil.fund(to, ETHER)
        _until(lambda: anvil.call("eth_getTransactionReceipt", txid) is not None)
        anvil.stall()
        height = anvil.height()
        block_hash = anvil.call("eth_getBlockByNumber", hex(height), False)["hash"]
        time.sleep(1.5)
        assert anvil.height() == height
    finally:
        first.send_signal(signal.SIGTERM)
        first.wait(10)
    second = _start(command, anvil)
    try:
        assert anvil.call("eth_getBlockByNumber", hex(height), False)["hash"] == block_hash
        assert int(anvil.call("eth_getBalance", to, "latest"), 16) == ETHER
        assert int(anvil.call("eth_getTransactionReceipt", txid)["status"], 16) == 1
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(10)


def _start(command: Sequence[str], anvil: Anvil) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(list(command), stdout=subprocess.DEVNULL)
    _until(anvil.is_ready)
    return process


def _until(is_done: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
