"""Networks, keys, coins and payments for tests of chains."""

import hashlib
from dataclasses import replace

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from embit import base58

from chains.base import ChainAdapter
from chains.registry import ADAPTERS
from chains.values import (
    Coin,
    Curve,
    FeeRate,
    NetworkConfig,
    ObjectVersion,
    Outpoint,
    OwnedCoin,
    Payment,
    Priority,
    Signed,
    Unsigned,
)

BITCOIN = NetworkConfig(
    code="bitcoin",
    adapter="bitcoin",
    rpc_urls=(),
    chain="regtest",
    confirmations=2,
    final_depth=6,
    block_seconds=600,
    fee_floor=1_000,
    fee_cap=500_000,
    timeout_seconds=5,
)
ETHEREUM = NetworkConfig(
    code="ethereum",
    adapter="evm",
    rpc_urls=(),
    chain="31337",
    confirmations=2,
    final_depth=6,
    block_seconds=12,
    fee_floor=1_000_000_000,
    fee_cap=500_000_000_000,
    timeout_seconds=5,
)
STELLAR = NetworkConfig(
    code="stellar",
    adapter="stellar",
    rpc_urls=(),
    chain="devnet",
    confirmations=1,
    final_depth=0,
    block_seconds=5,
    fee_floor=100,
    fee_cap=100_000,
    timeout_seconds=5,
)
SOLANA = NetworkConfig(
    code="solana",
    adapter="solana",
    rpc_urls=(),
    chain="local",
    confirmations=1,
    final_depth=0,
    block_seconds=1,
    fee_floor=1_000,
    fee_cap=5_000_000,
    valid_blocks=151,
    key_pool=5,
    timeout_seconds=5,
)
SUI = NetworkConfig(
    code="sui",
    adapter="sui",
    rpc_urls=(),
    chain="devnet",
    confirmations=1,
    final_depth=0,
    block_seconds=1,
    fee_floor=100,
    fee_cap=100_000,
    valid_blocks=1,
    key_pool=5,
    timeout_seconds=5,
)
BSC = replace(ETHEREUM, code="bsc", chain="56", has_base_fee=False, fee_floor=50_000_000)
CONFIGS = {"bitcoin": BITCOIN, "evm": ETHEREUM, "bsc": BSC, "solana": SOLANA, "stellar": STELLAR, "sui": SUI}
"""By name of a kind of network: an adapter's, or what else an adapter is configured to be."""


def adapter(name: str, **changes: object) -> ChainAdapter:
    return ADAPTERS.get(CONFIGS[name].adapter)(replace(CONFIGS[name], **changes))  # type: ignore[arg-type]


def key(name: str) -> PrivateKey:
    """The same key for the same name, every time."""
    return PrivateKey(hashlib.sha256(name.encode()).digest())


def public_key(name: str, curve: Curve = Curve.SECP256K1) -> bytes:
    if curve is Curve.ED25519:
        return edwards_key(name).public_key().public_bytes_raw()
    return key(name).public_key.format()


def edwards_key(name: str) -> Ed25519PrivateKey:
    """The same key of ed25519 for the same name, every time."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def signature(name: str, content: bytes, curve: Curve) -> bytes:
    """A signature in the form that adapters of this curve take."""
    if curve is Curve.ED25519:
        return edwards_key(name).sign(content)
    return key(name).sign_recoverable(content, hasher=None)


def address_of(chain: ChainAdapter, name: str) -> str:
    return chain.address_of(public_key(name, chain.curve))


def rate(network: str = "bitcoin", *, per_unit: int = 5_000, tip: int = 0) -> FeeRate:
    return FeeRate(network, Priority.NORMAL, per_unit, tip, 600)


def coin(minor: int, *, number: int = 0, owner: str = "alice") -> Coin:
    txid = hashlib.sha256(f"coin {number}".encode()).hexdigest()
    return Coin(Outpoint(txid, number), minor, adapter("bitcoin").address_of(public_key(owner)))


def sui_coin(minor: int, *, number: int = 0, owner: str, contract: str = "") -> OwnedCoin:
    content = hashlib.sha256(f"object {number}".encode()).digest()
    return OwnedCoin(ObjectVersion("0x" + content.hex(), number + 1, base58.encode(content)), minor, owner, contract)


def payment(name: str, **changes: object) -> Payment:
    """A payment from alice to bob that its network can build."""
    chain = adapter(name)
    to, own = address_of(chain, "bob"), address_of(chain, "alice")
    if name == "bitcoin":
        plain = Payment(to, 25_000, "", rate(), coins=(coin(100_000),), change_address=own)
    elif name == "stellar":
        plain = Payment(to, 25_000_000, "", rate("stellar", per_unit=100), sender=own, nonce=7, last_height=1_000)
    elif name == "solana":
        plain = Payment(
            to,
            25_000_000,
            "",
            rate("solana", per_unit=1_000),
            sender=own,
            gas_limit=1_000,
            recent=address_of(chain, "block"),
        )
    elif name == "sui":
        objects = (sui_coin(10**9, owner=own),)
        plain = Payment(to, 25_000_000, "", rate("sui", per_unit=1_000), sender=own, last_height=101, objects=objects)
    else:
        plain = Payment(to, 10**15, "", rate(chain.config.code, per_unit=3_000_000_000, tip=10**9), sender=own, nonce=7)
    return replace(plain, **changes)  # type: ignore[arg-type]


def sign(chain: ChainAdapter, unsigned: Unsigned, *, owner: str = "alice") -> Signed:
    signatures = [signature(owner, content, chain.curve) for content in chain.digests(unsigned.payload)]
    return chain.attach(unsigned.payload, signatures, [public_key(owner, chain.curve)] * len(signatures))
