"""Run the node: python -m devnet.bitcoin --port 18443 --data var/bitcoin --block-seconds 5."""

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path

from bitcoin import SelectParams

from devnet.bitcoin.node import Node
from devnet.bitcoin.server import Server


def main() -> int:
    arguments = _arguments()
    SelectParams("regtest")
    started = time.monotonic()
    node = Node(arguments.data)
    password = os.environ.get("BITCOIN_NODE_PASSWORD", "devnet")
    server = Server(("127.0.0.1", arguments.port), node, user=arguments.user, password=password)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: server.closing.set())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    print(f"height {node.chain.height}, ready after {time.monotonic() - started:.1f} s", flush=True)
    while not server.closing.wait(arguments.block_seconds or None):
        node.tick()
    server.shutdown()
    node.close()
    print("closed in order", flush=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devnet.bitcoin", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--user", default="devnet", help="the password is in BITCOIN_NODE_PASSWORD")
    parser.add_argument("--block-seconds", type=float, default=0, help="0: only when asked")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
