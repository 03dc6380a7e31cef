"""Run the network: python -m devnet.sui --port 9000 --data var/sui --checkpoint-seconds 1."""

import argparse
import signal
import sys
import threading
import time
from pathlib import Path

from devnet.sui.controls import pull
from devnet.sui.node import Chain
from devnet.sui.service import Node, serve


def main() -> int:
    arguments = _arguments()
    started, closing = time.monotonic(), threading.Event()
    chain = Chain(arguments.data)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: closing.set())
    servers = [serve(Node(chain), pull, port=port) for port in (arguments.port, *arguments.mirror)]
    print(f"checkpoint {chain.head.height}, ready after {time.monotonic() - started:.1f} s", flush=True)
    while not closing.wait(arguments.checkpoint_seconds or None):
        chain.tick()
    for server in servers:
        server.stop(0).wait()
    chain.close()
    print("closed in order", flush=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devnet.sui", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mirror", type=int, action="append", default=[], help="port of one more node of the chain")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--checkpoint-seconds", type=float, default=0, help="0: only when asked")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
