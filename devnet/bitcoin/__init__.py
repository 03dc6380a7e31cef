"""A bitcoind-compatible regtest node: Bitcoin Core's own validation, with our mempool, miner and JSON-RPC."""
