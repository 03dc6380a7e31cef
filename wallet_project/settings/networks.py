"""The networks: how each is reached, and when what it shows counts."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from chains.values import NetworkConfig, Priority
from wallet_project.settings import env

_CHAINS = {
    "solana": "main, test, dev or local",
    "stellar": "public, testnet, futurenet or devnet; each has a passphrase that is signed with",
    "sui": "main, test, or any name for a network of your own",
}
_RATES = {"solana": "micro-lamports per unit", "stellar": "stroops per operation", "sui": "MIST per unit of gas"}
_LONGEST_BATCH = 3_600
_TOKENS = {"stellar": "USDC.XLM=USDC:G…", "sui": "USDC.SUI=0x…::usdc::USDC"}


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
    tip_floor: int = 0,
    has_base_fee: bool = True,
    key_pool: int = 0,
    valid_blocks: int = 0,
    kept_blocks: int = 0,
) -> NetworkConfig:
    prefix = code.upper()
    has_tokens = adapter != "bitcoin"
    chains = _CHAINS.get(adapter, "an EVM chain id, or main, test, signet, regtest")
    chosen = env.text(f"{prefix}_CHAIN", chain, f"{code}: which chain; {chains}.")
    depths = _depths(code, confirmations=confirmations, final_depth=final_depth)
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
        chain=chosen,
        has_main_tokens=not has_tokens or chosen == chain,
        **depths,
        block_seconds=env.integer(f"{prefix}_BLOCK_SECONDS", block_seconds, f"{code}: usual seconds between blocks."),
        **_fees(code, adapter, floor=fee_floor, cap=fee_cap),
        **(_evm(code, tip_floor=tip_floor, has_base_fee=has_base_fee) if adapter == "evm" else {}),
        **(_bitcoin(code) if adapter == "bitcoin" else {}),
        tokens=_tokens(code, adapter) if has_tokens else (),
        key_pool=env.integer(
            f"{prefix}_KEY_POOL", key_pool, f"{code}: deposit addresses kept ready, which only workers can make."
        )
        if key_pool
        else 0,
        channels=_channels(code) if adapter == "stellar" else 0,
        valid_blocks=valid_blocks,
        kept_blocks=kept_blocks,
        fee_stale_seconds=env.integer(
            f"{prefix}_FEE_STALE_SECONDS", 30, f"{code}: network fees older than this are asked for anew, never used."
        ),
        cold_addresses=tuple(
            env.listing(
                f"{prefix}_COLD_ADDRESSES",
                "",
                f"{code}: addresses of keys kept elsewhere, the one in use first, comma-separated; all are watched.",
                is_deployed=True,
            )
        ),
        explorer_tx_url=env.text(f"{prefix}_EXPLORER_TX_URL", "", f"{code}: block explorer link with {{txid}} in it."),
    )


def _depths(code: str, *, confirmations: int, final_depth: int) -> dict[str, Any]:
    prefix = code.upper()
    counted = env.integer(
        f"{prefix}_CONFIRMATIONS", confirmations, f"{code}: blocks until a deposit is credited and a send is settled."
    )
    window = env.integer(
        f"{prefix}_FINAL_DEPTH", final_depth, f"{code}: blocks until nothing is rolled back any more; the reorg window."
    )
    deeper = _ladder(f"{prefix}_DEEPER", code, least=counted, most=window + 1)
    return {"confirmations": counted, "final_depth": window, "deeper": deeper}


def _fees(code: str, adapter: str, *, floor: int, cap: int) -> dict[str, Any]:
    unit = _RATES.get(adapter, "wei per gas; satoshi per 1,000 vbytes")
    prefix = code.upper()
    return {
        "fee_floor": env.integer(f"{prefix}_FEE_FLOOR", floor, f"{code}: lowest fee rate offered ({unit})."),
        "fee_cap": env.integer(f"{prefix}_FEE_CAP", cap, f"{code}: highest fee rate ever paid (same units)."),
    }


def _evm(code: str, *, tip_floor: int, has_base_fee: bool) -> dict[str, Any]:
    prefix = code.upper()
    return {
        "tip_floor": env.integer(f"{prefix}_TIP_FLOOR", tip_floor, f"{code}: lowest tip offered (wei per gas)."),
        "has_base_fee": env.boolean(
            f"{prefix}_HAS_BASE_FEE",
            has_base_fee,
            f"{code}: whether transactions are EIP-1559's (type 2); else they name a gas price (EIP-155).",
        ),
    }


def _channels(code: str) -> int:
    told = f"{code}: accounts of the company's whose numbers sends take, so many side by side (each holds one lumen)."
    return env.integer(f"{code.upper()}_CHANNELS", 0, told)


def _bitcoin(code: str) -> dict[str, Any]:
    percent = env.integer(
        f"{code.upper()}_BUMP_PERCENT",
        0,
        f"{code}: percent of our own change that may pay for what makes it, where that waits and cannot be replaced.",
    )
    if not 0 <= percent <= 100:
        raise ImproperlyConfigured(f"{code.upper()}_BUMP_PERCENT must be from 0 to 100, not {percent}.")
    return {"batch_seconds": _queues(code), "bump_percent": percent}


def _queues(code: str) -> tuple[tuple[str, int], ...]:
    """
    Return how long a send of each priority waits for others, in seconds.

    :raises ImproperlyConfigured: for another priority, or a wait of less than a second or more than an hour
    """
    name = f"{code.upper()}_BATCH_SECONDS"
    listed = env.listing(
        name,
        "",
        f"{code}: seconds that sends of a priority wait to be paid by one transaction, as slow=300,normal=30; those"
        " not named are paid at once.",
    )
    try:
        queues = {Priority(priority): int(seconds) for priority, _, seconds in (each.partition("=") for each in listed)}
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be written as slow=300,normal=30, not {','.join(listed)!r}.") from None
    if len(queues) != len(listed) or not all(1 <= seconds <= _LONGEST_BATCH for seconds in queues.values()):
        raise ImproperlyConfigured(f"{name} must name each priority once, with 1 to {_LONGEST_BATCH} seconds.")
    return tuple((str(priority), seconds) for priority, seconds in queues.items())


def _ladder(name: str, code: str, *, least: int, most: int) -> tuple[tuple[int, int], ...]:
    """
    Return from which value in USD a deposit waits for how many blocks, the least value first.

    :raises ImproperlyConfigured: unless each rung is higher and deeper than the one before, and within the window
    """
    listed = env.listing(
        name,
        "",
        f"{code}: from how much in USD a deposit waits for how many blocks, as 10000=4,100000=6; empty: all alike."
        " Without a fresh price it waits for the last number.",
    )
    try:
        rungs = tuple((int(usd), int(depth)) for usd, _, depth in (each.partition("=") for each in listed))
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be written as 10000=4,100000=6, not {','.join(listed)!r}.") from None
    depths = [least, *(depth for _, depth in rungs)]
    values = [0, *(usd for usd, _ in rungs)]
    if values != sorted(set(values)) or depths != sorted(set(depths)) or depths[-1] > most:
        raise ImproperlyConfigured(f"{name} must rise from {least} blocks at 0 USD to at most {most} blocks.")
    return rungs


def _tokens(code: str, adapter: str) -> tuple[tuple[str, str], ...]:
    example = _TOKENS.get(adapter, "USDC.ETH=0x…")
    listed = env.listing(
        f"{code.upper()}_TOKENS",
        "",
        f"{code}: contracts of tokens on a chain other than the main one, as {example}, comma-separated.",
    )
    return tuple((asset, contract) for asset, _, contract in (each.partition("=") for each in listed))


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
    # A chain of blocks every two seconds that has replaced more than a hundred of them.
    "polygon": _network(
        "polygon",
        "evm",
        "137",
        confirmations=64,
        final_depth=256,
        block_seconds=2,
        fee_floor=25_000_000_000,
        fee_cap=5_000_000_000_000,
        tip_floor=25_000_000_000,
    ),
    "bsc": _network(
        "bsc",
        "evm",
        "56",
        confirmations=15,
        final_depth=64,
        block_seconds=1,
        fee_floor=50_000_000,
        fee_cap=50_000_000_000,
        has_base_fee=False,
    ),
    # Only what is final is read. A transaction lands within 151 blocks of the one it names; some slots have none.
    "solana": _network(
        "solana",
        "solana",
        "main",
        confirmations=1,
        final_depth=0,
        block_seconds=1,
        fee_floor=1_000,
        fee_cap=5_000_000,
        key_pool=500,
        valid_blocks=151,
        kept_blocks=300,
    ),
    # A ledger is final once it is closed; so many are read again if an operator has to resume the network.
    "stellar": _network(
        "stellar",
        "stellar",
        "public",
        confirmations=1,
        final_depth=0,
        block_seconds=6,
        fee_floor=100,
        fee_cap=1_000_000,
        kept_blocks=100,
    ),
    # A checkpoint is final. Bytes name the epoch after this one as their last: a day or two.
    "sui": _network(
        "sui",
        "sui",
        "main",
        confirmations=1,
        final_depth=0,
        block_seconds=1,
        fee_floor=100,
        fee_cap=100_000,
        key_pool=500,
        valid_blocks=1,
    ),
}
