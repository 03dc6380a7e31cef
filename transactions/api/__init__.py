"""The REST doors of wallets' balances and of transactions."""
