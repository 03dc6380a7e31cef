"""Run the ledger: python -m devnet.stellar --port 8000 --data var/stellar --close-seconds 2."""

import argparse
import signal
import sys
import threading
import time
from pathlib import Path

from devnet.stellar.ledger import PASSPHRASE, Ledger
from devnet.stellar.server import Server

PATIENCE_SECONDS = 30.0


def main() -> int:
    arguments = _arguments()
    started = time.monotonic()
    ledger = Ledger(arguments.data, passphrase=arguments.passphrase)
    server = Server(("127.0.0.1", arguments.port), ledger, patience_seconds=arguments.patience_seconds)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: server.closing.set())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    print(f"ledger {ledger.head}, ready after {time.monotonic() - started:.1f} s", flush=True)
    while not server.closing.wait(arguments.close_seconds or None):
        ledger.tick()
    server.shutdown()
    ledger.close()
    print("closed in order", flush=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devnet.stellar", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--passphrase", default=PASSPHRASE)
    parser.add_argument("--close-seconds", type=float, default=0, help="0: only when asked")
    parser.add_argument("--patience-seconds", type=float, default=PATIENCE_SECONDS, help="of POST /transactions")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
