"""Sui, over its gRPC: coin objects and address balances of the native coin and of coin types."""

from collections.abc import Iterable, Mapping, Sequence

from chains.adapters import sui_payload
from chains.adapters.plain import PlainAdapter
from chains.adapters.sui_coins import UNITS
from chains.adapters.sui_holdings import SuiHoldings
from chains.adapters.sui_node import SuiNode
from chains.endpoints import distrusting
from chains.values import (
    Block,
    BlockRef,
    Broadcast,
    Curve,
    EndpointHealth,
    FeeRate,
    Holdings,
    Movement,
    NetworkConfig,
    Paid,
    Payment,
    Signed,
    TransactionState,
    Unsigned,
)


class SuiAdapter(PlainAdapter):
    """One Sui network, told from others by its first checkpoint. Heights are checkpoints."""

    curve = Curve.ED25519
    counts_epochs = True

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config
        self._node = SuiNode(config)
        self.endpoints = self._node.endpoints
        self._holdings = SuiHoldings(config, self._node)

    def check_address(self, text: str) -> str:
        return sui_payload.check_address(text)

    def address_of(self, public_key: bytes) -> str:
        return sui_payload.address_of(public_key)

    def build(self, payment: Payment) -> Unsigned:
        return sui_payload.build(payment, network=self.config.code)

    def decode(self, payload: bytes) -> Unsigned:
        return sui_payload.decode(payload, network=self.config.code)

    def digests(self, payload: bytes) -> tuple[bytes, ...]:
        return sui_payload.digests(payload)

    def attach(self, payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
        return sui_payload.attach(payload, signatures, public_keys)

    def explain(self, raw: bytes) -> tuple[str, tuple[str, ...]]:
        return sui_payload.explain(raw)

    def head(self) -> BlockRef:
        return self._node.head()

    def block_ref(self, height: int) -> BlockRef | None:
        return self._node.block_ref(height)

    def block(self, height: int, contracts: frozenset[str] = frozenset()) -> Block:
        return self._node.block(height, contracts)

    def pending(self, contracts: frozenset[str] = frozenset()) -> tuple[Movement, ...]:
        """Nothing: this network has no mempool."""
        return ()

    def fee_rates(self) -> tuple[FeeRate, ...]:
        return self._node.fee_rates()

    def gas_limit(self, payment: Payment) -> int:
        """Computation units; what is stored is paid for beside them."""
        return UNITS

    def lasts(self) -> int:
        return self.config.valid_blocks

    @distrusting
    def most_fee(self, payment: Payment) -> int:
        return self._holdings.most_fee(payment)

    @distrusting
    def gatherable(self, payment: Payment) -> int:
        return self._holdings.gatherable(payment)

    @distrusting
    def prepare(self, payment: Payment) -> Payment:
        return self._holdings.prepare(payment)

    @distrusting
    def balance(self, address: str, contract: str = "") -> int:
        return self._holdings.balance(address, contract)

    @distrusting
    def holdings(self, addresses: Sequence[str], *, block: BlockRef, contract: str = "") -> Holdings:
        return self._holdings.holdings(addresses, block=block, contract=contract)

    def witnesses(self, block: BlockRef) -> int:
        return self._holdings.witnesses(block)

    def sent_counts(self, addresses: Sequence[str], *, block: BlockRef) -> Mapping[str, int]:
        """Nothing: nobody counts them here."""
        return {}

    def paid(self, txids: Sequence[str]) -> Mapping[str, Paid]:
        return self._holdings.paid(txids)

    def next_nonce(self, address: str, *, depth: int = 0, up_to: int | None = None) -> int:
        """0: there are no nonces."""
        return 0

    def broadcast(self, signed: Signed) -> Broadcast:
        return self._node.broadcast(signed)

    def state(self, txid: str) -> TransactionState:
        return self._node.state(txid)

    def raw(self, txid: str) -> bytes:
        return self._node.raw(txid)

    def health(self) -> tuple[EndpointHealth, ...]:
        return self.endpoints.health()

    def learn(self, *, disabled: Iterable[str], highest_block: int) -> None:
        self.endpoints.learn(disabled=disabled, highest_block=highest_block)
