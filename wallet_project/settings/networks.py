"""The networks: how each is reached, and when what it shows counts."""

from chains.base import NetworkConfig
from wallet_project.settings import env


def _network(
    code: str,
    adapter: str,
    chain: str,
    *,
    confirmations: int,
    final_depth: int,
    block_seconds: int,
    fee_floor: int,
    fee_cap: int,
    key_pool: int = 0,
) -> NetworkConfig:
    prefix = code.upper()
    return NetworkConfig(
        code=code,
        adapter=adapter,
        rpc_urls=tuple(
            env.listing(
                f"{prefix}_RPC_URLS",
                "",
                f"{code}: JSON-RPC endpoints, the best first, comma-separated; credentials as user:password@.",
                secret=True,
            )
        ),
        chain=env.text(
            f"{prefix}_CHAIN", chain, f"{code}: which chain; an EVM chain id, or main, test, signet, regtest."
        ),
        confirmations=env.integer(
            f"{prefix}_CONFIRMATIONS",
            confirmations,
            f"{code}: blocks until a deposit is credited and a send is settled.",
        ),
        final_depth=env.integer(
            f"{prefix}_FINAL_DEPTH",
            final_depth,
            f"{code}: blocks until nothing is rolled back any more; the reorg window.",
        ),
        block_seconds=env.integer(f"{prefix}_BLOCK_SECONDS", block_seconds, f"{code}: usual seconds between blocks."),
        fee_floor=env.integer(
            f"{prefix}_FEE_FLOOR",
            fee_floor,
            f"{code}: lowest fee rate offered (wei per gas; satoshi per 1,000 vbytes).",
        ),
        fee_cap=env.integer(f"{prefix}_FEE_CAP", fee_cap, f"{code}: highest fee rate ever paid (same units)."),
        key_pool=env.integer(
            f"{prefix}_KEY_POOL", key_pool, f"{code}: deposit addresses kept ready, which only workers can make."
        )
        if key_pool
        else 0,
        explorer_tx_url=env.text(f"{prefix}_EXPLORER_TX_URL", "", f"{code}: block explorer link with {{txid}} in it."),
    )


NETWORKS: dict[str, NetworkConfig] = {
    "bitcoin": _network(
        "bitcoin",
        "bitcoin",
        "main",
        confirmations=3,
        final_depth=6,
        block_seconds=600,
        fee_floor=1_000,
        fee_cap=500_000,
    ),
    "ethereum": _network(
        "ethereum",
        "evm",
        "1",
        confirmations=12,
        final_depth=64,
        block_seconds=12,
        fee_floor=1_000_000_000,
        fee_cap=500_000_000_000,
    ),
}
