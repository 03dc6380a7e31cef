"""A Solana node for development: the real virtual machine and its programs; slots, blocks and commitment are ours."""
