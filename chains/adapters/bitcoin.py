"""Bitcoin, over the JSON-RPC of Bitcoin Core."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chains.adapters import bitcoin_address, bitcoin_elsewhere, bitcoin_payload, bitcoin_replacing
from chains.adapters.bitcoin_holdings import BitcoinHoldings
from chains.adapters.bitcoin_node import BitcoinNode
from chains.adapters.plain import PlainAdapter
from chains.values import (
    Block,
    BlockRef,
    Broadcast,
    Bumping,
    Coin,
    Curve,
    EndpointHealth,
    FeeRate,
    Holdings,
    Movement,
    NetworkConfig,
    Output,
    Paid,
    Payment,
    Replacing,
    Signed,
    SignedElsewhere,
    TransactionState,
    Unsigned,
)

SCAN_SECONDS = 80
"""How long a node may take to go through all unspent outputs; less than a task may take."""


class BitcoinAdapter(PlainAdapter):
    """One Bitcoin network: main, test, signet or regtest."""

    curve = Curve.SECP256K1
    replaces = True
    takes_signed = True

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config
        self._node = BitcoinNode(config)
        # Scanning all unspent outputs takes minutes where there are many.
        patient = replace(config, timeout_seconds=max(config.timeout_seconds, SCAN_SECONDS))
        self._scanned = BitcoinNode(patient).endpoints
        self._holdings = BitcoinHoldings(config, self._scanned)

    def check_address(self, text: str) -> str:
        script = bitcoin_address.to_script(text, chain=self.config.chain)
        return str(bitcoin_address.to_address(script, chain=self.config.chain))

    def address_of(self, public_key: bytes) -> str:
        script = bitcoin_address.witness_key_hash_script(public_key)
        return str(bitcoin_address.to_address(script, chain=self.config.chain))

    def build(self, payment: Payment) -> Unsigned:
        return bitcoin_payload.build(payment, network=self.config.code, chain=self.config.chain)

    def decode(self, payload: bytes) -> Unsigned:
        return bitcoin_payload.decode(payload, network=self.config.code, chain=self.config.chain)

    def digests(self, payload: bytes) -> tuple[bytes, ...]:
        return bitcoin_payload.digests(payload)

    def attach(self, payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
        return bitcoin_payload.attach(payload, signatures, public_keys)

    def explain(self, raw: bytes) -> tuple[str, tuple[str, ...]]:
        return bitcoin_payload.explain(raw)

    def replace(self, replacing: Replacing) -> tuple[Unsigned, FeeRate]:
        return bitcoin_replacing.replace_signed(replacing, network=self.config.code, chain=self.config.chain)

    def bump(self, bumping: Bumping) -> Unsigned:
        return bitcoin_replacing.pay_for_parent(bumping, network=self.config.code, chain=self.config.chain)

    def stated(self, raw: bytes) -> tuple[tuple[Output, ...], int]:
        return bitcoin_replacing.outputs_of(raw, chain=self.config.chain), 0

    def to_be_signed(self, unsigned: Unsigned) -> str:
        return bitcoin_elsewhere.to_be_signed(unsigned)

    def read_signed(self, content: str, coins: Sequence[Coin]) -> SignedElsewhere:
        return bitcoin_elsewhere.read_signed(content, coins, chain=self.config.chain)

    def head(self) -> BlockRef:
        return self._node.head()

    def block_ref(self, height: int) -> BlockRef | None:
        return self._node.block_ref(height)

    def block(self, height: int, contracts: frozenset[str] = frozenset()) -> Block:
        return self._node.block(height)

    def pending(self, contracts: frozenset[str] = frozenset()) -> tuple[Movement, ...]:
        return self._node.pending()

    def fee_rates(self) -> tuple[FeeRate, ...]:
        return self._node.fee_rates()

    def gas_limit(self, payment: Payment) -> int:
        return 0

    def balance(self, address: str, contract: str = "") -> int:
        return self._node.balance(address)

    def holdings(self, addresses: Sequence[str], *, block: BlockRef, contract: str = "") -> Holdings:
        return self._holdings.holdings(addresses, block=block)

    def witnesses(self, block: BlockRef) -> int:
        return self._holdings.witnesses(block)

    def sent_counts(self, addresses: Sequence[str], *, block: BlockRef) -> Mapping[str, int]:
        return {}

    def paid(self, txids: Sequence[str]) -> Mapping[str, Paid]:
        return self._holdings.paid(txids)

    def next_nonce(self, address: str, *, depth: int = 0, up_to: int | None = None) -> int:
        return 0

    def broadcast(self, signed: Signed) -> Broadcast:
        return self._node.broadcast(signed)

    def state(self, txid: str) -> TransactionState:
        return self._node.state(txid)

    def raw(self, txid: str) -> bytes:
        return self._node.raw(txid)

    def health(self) -> tuple[EndpointHealth, ...]:
        return self._node.endpoints.health()

    def learn(self, *, disabled: Iterable[str], highest_block: int) -> None:
        names = set(disabled)
        self._node.endpoints.learn(disabled=names, highest_block=highest_block)
        self._scanned.learn(disabled=names, highest_block=highest_block)
