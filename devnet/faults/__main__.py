"""python -m devnet.faults --kind evm --node http://127.0.0.1:8545 --port 9545"""

import argparse

from devnet.faults.server import VIEWS, FaultProxy


def main() -> None:
    parser = argparse.ArgumentParser(prog="devnet.faults", description="Makes a node late, deaf or a liar.")
    parser.add_argument("--kind", choices=sorted(VIEWS), required=True)
    parser.add_argument("--node", required=True, help="URL of the real node, which may hold user:password@")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    with FaultProxy(("127.0.0.1", options.port), kind=options.kind, url=options.node) as proxy:
        try:
            proxy.serve_forever()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
