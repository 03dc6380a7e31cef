"""Which adapter speaks to which kind of network."""

from chains.base import ChainAdapter
from kit.registry import Registry

ADAPTERS: Registry[ChainAdapter] = Registry(
    "chain adapter",
    {
        "bitcoin": "chains.adapters.bitcoin.BitcoinAdapter",
        "evm": "chains.adapters.evm.EvmAdapter",
        "solana": "chains.adapters.solana.SolanaAdapter",
        "stellar": "chains.adapters.stellar.StellarAdapter",
        "sui": "chains.adapters.sui.SuiAdapter",
    },
)
