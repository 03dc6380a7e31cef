"""A Sui network of one node: our own ledger behind the network's real messages, bytes and signatures."""
