"""Run the node: python -m devnet.solana --port 8899 --data var/solana --slot-seconds 0.4."""

import argparse
import signal
import sys
import threading
import time
from pathlib import Path

from devnet.solana.node import FINAL_DEPTH, Node
from devnet.solana.server import Server


def main() -> int:
    arguments = _arguments()
    started = time.monotonic()
    node = Node(arguments.data, final_depth=arguments.final_depth)
    server = Server(("127.0.0.1", arguments.port), node)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: server.closing.set())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    print(f"slot {node.slot}, ready after {time.monotonic() - started:.1f} s", flush=True)
    while not server.closing.wait(arguments.slot_seconds or None):
        node.tick()
    server.shutdown()
    node.close()
    print("closed in order", flush=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devnet.solana", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--slot-seconds", type=float, default=0, help="0: only when asked")
    parser.add_argument("--final-depth", type=int, default=FINAL_DEPTH, help="slots until a block is final")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
