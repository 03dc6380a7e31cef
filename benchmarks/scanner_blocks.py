"""Two large blocks as nodes tell them, and a node that does nothing but tell them."""

import json
import multiprocessing
import os
import random
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bitcoin.core import CBlock, COutPoint, CTransaction, CTxIn, CTxInWitness, CTxOut, CTxWitness, b2lx
from bitcoin.core.script import CScript, CScriptWitness

from chains.adapters.bitcoin_address import to_script

HEIGHT = 800_000
TOKEN = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
_TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"


def bitcoin(transactions: int, ours: list[str]) -> dict[str, Any]:
    """Return what Bitcoin Core says of a block of so many transactions, the last of which pays these addresses."""
    made = [
        _bitcoin_transaction([_script() for _ in range(random.choice((1, 2, 2, 2, 3)))]) for _ in range(transactions)
    ]
    if ours:
        made[-1] = _bitcoin_transaction([to_script(address, chain="regtest") for address in ours])
    root = CBlock(2, bytes(32), bytes(32), 0, 0, 0, made).calc_merkle_root()
    block = CBlock(2, bytes(32), root, 1_700_000_000, 0, 0, made)
    return {
        "getblockchaininfo": {"chain": "regtest"},
        "getblockhash": b2lx(block.GetHash()),
        "getblock": block.serialize().hex(),
    }


def _bitcoin_transaction(scripts: list[bytes]) -> CTransaction:
    inputs = [CTxIn(COutPoint(os.urandom(32), random.randrange(3))) for _ in range(random.choice((1, 1, 2, 2, 3)))]
    outputs = [CTxOut(random.randrange(1_000, 10**9), CScript(script)) for script in scripts]
    signature = CTxInWitness(CScriptWitness([os.urandom(71), os.urandom(33)]))
    return CTransaction(inputs, outputs, 0, 2, CTxWitness([signature] * len(inputs)))


def _script() -> bytes:
    """A stranger's output: half of them P2WPKH, the rest of every kind."""
    match random.random():
        case kind if kind < 0.5:
            return b"\x00\x14" + os.urandom(20)
        case kind if kind < 0.8:
            return b"\x51\x20" + os.urandom(32)
        case kind if kind < 0.9:
            return b"\xa9\x14" + os.urandom(20) + b"\x87"
    return b"\x76\xa9\x14" + os.urandom(20) + b"\x88\xac"


def ethereum(logs: int, ours: list[str], *, chain: int) -> dict[str, Any]:
    """Return what a node says of a block with so many token transfers, four to a transaction; the last are ours."""
    block_hash, count = _hex(32), logs // 4
    recipients = [_hex(20) for _ in range(logs - len(ours))] + ours
    transactions, receipts = [], []
    for index in range(count):
        txid, place = _hex(32), {"blockHash": block_hash, "blockNumber": hex(HEIGHT), "transactionIndex": hex(index)}
        parties = {"from": _hex(20), "to": _hex(20)}
        transactions.append({"hash": txid, **place, **parties, **_SIGNED, "nonce": hex(index), "value": hex(10**15)})
        told = [
            {
                "address": TOKEN.lower(),
                "topics": [_TRANSFER, _topic(_hex(20)), _topic(recipient)],
                "data": "0x" + f"{10**6:064x}",
                "transactionHash": txid,
                "logIndex": hex(index * 4 + number),
                "removed": False,
                **place,
            }
            for number, recipient in enumerate(recipients[index * 4 : index * 4 + 4])
        ]
        receipts.append({"transactionHash": txid, **place, **parties, **_RECEIPT, "logs": told})
    header = {"number": hex(HEIGHT), "hash": block_hash, "parentHash": _hex(32), "timestamp": "0x65000000"}
    return {
        "eth_chainId": hex(chain),
        "eth_getBlockByNumber": {**header, **_HEADER, "transactions": transactions},
        "eth_getBlockReceipts": receipts,
    }


_SIGNED = {
    "type": "0x2",
    "chainId": "0x1",
    "gas": "0x30d40",
    "gasPrice": hex(10**10),
    "maxFeePerGas": hex(2 * 10**10),
    "maxPriorityFeePerGas": hex(10**9),
    "input": "0x" + "a9059cbb" + "11" * 64,
    "accessList": [],
    "v": "0x1",
    "yParity": "0x1",
    "r": "0x" + "12" * 32,
    "s": "0x" + "34" * 32,
}
_RECEIPT = {
    "type": "0x2",
    "status": "0x1",
    "cumulativeGasUsed": "0x30d40",
    "gasUsed": "0x30d40",
    "effectiveGasPrice": hex(10**10),
    "contractAddress": None,
    "logsBloom": "0x" + "00" * 256,
}
_HEADER = {
    "miner": "0x" + "00" * 20,
    "gasLimit": hex(30_000_000),
    "gasUsed": hex(20_000_000),
    "baseFeePerGas": hex(10**9),
    "logsBloom": "0x" + "00" * 256,
    "extraData": "0x",
    "uncles": [],
}


def _hex(length: int) -> str:
    return "0x" + os.urandom(length).hex()


def _topic(address: str) -> str:
    return "0x" + address[2:].lower().rjust(64, "0")


class CannedNode:
    """A process of its own that answers each method with what it was given, as bytes made before."""

    def __init__(self, answers: dict[str, Any]) -> None:
        ready, told = multiprocessing.Pipe()
        bodies = {method: json.dumps(answer).encode() for method, answer in answers.items()}
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(bodies, told), daemon=True)
        self._process.start()
        self.url = f"http://127.0.0.1:{ready.recv()}"

    def stop(self) -> None:
        self._process.terminate()
        self._process.join()


def _serve(bodies: dict[str, bytes], told: Any) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            number = json.dumps(request["id"]).encode()
            body = b'{"jsonrpc":"2.0","id":' + number + b',"result":' + bodies[request["method"]] + b"}"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.send(server.server_address[1])
    server.serve_forever()
