"""A Stellar ledger of our own: real transactions, hashes and signatures behind the paths of Horizon's REST."""
