"""
Run the sandboxes: python -m devnet.vendors --control-port 9000 --moonpay-port 9001 --transak-port 9002.

The keys that the product uses, and the nodes whose faucets pay, come in the environment under the names
that the product itself reads (MOONPAY_API_KEY, ..., BITCOIN_RPC_URLS, ETHEREUM_RPC_URLS).
"""

import argparse
import os
import signal
import sys
import threading

from devnet.vendors.desk import Desk
from devnet.vendors.keys import CODES

TICK_SECONDS = 0.1


def main() -> int:
    arguments = _arguments()
    ports = {code: int(getattr(arguments, f"{code}_port")) for code in CODES}
    desk = Desk(os.environ, product_url=arguments.product_url, step_seconds=arguments.step_seconds)
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    desk.open(control_port=arguments.control_port, ports=ports)
    print(f"{', '.join(f'{code} on {port}' for code, port in ports.items())}", flush=True)
    while not stopping.wait(TICK_SECONDS):
        desk.tick()
    desk.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devnet.vendors", description=__doc__)
    parser.add_argument("--control-port", type=int, required=True)
    for code in CODES:
        parser.add_argument(f"--{code}-port", type=int, required=True)
    parser.add_argument("--product-url", default="", help="where webhooks go; empty: nowhere until the control says")
    parser.add_argument("--step-seconds", type=float, default=60, help="from one state of an order to the next")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
