"""Any EVM network, over the standard Ethereum JSON-RPC."""

from collections.abc import Iterable, Mapping, Sequence

from chains.adapters import evm_elsewhere, evm_payload
from chains.adapters.evm_holdings import EvmHoldings
from chains.adapters.evm_node import EvmNode
from chains.adapters.plain import PlainAdapter
from chains.values import (
    Block,
    BlockRef,
    Broadcast,
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


class EvmAdapter(PlainAdapter):
    """One EVM network, told from others by its chain id."""

    curve = Curve.SECP256K1
    replaces = True
    takes_signed = True

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config
        self._node = EvmNode(config)
        self._holdings = EvmHoldings(self._node.endpoints)
        self._chain_id = int(config.chain)

    def check_address(self, text: str) -> str:
        return evm_payload.check_address(text)

    def address_of(self, public_key: bytes) -> str:
        return evm_payload.address_of(public_key)

    def build(self, payment: Payment) -> Unsigned:
        return evm_payload.build(
            payment, network=self.config.code, chain_id=self._chain_id, has_base_fee=self.config.has_base_fee
        )

    def decode(self, payload: bytes) -> Unsigned:
        return evm_payload.decode(
            payload, network=self.config.code, chain_id=self._chain_id, has_base_fee=self.config.has_base_fee
        )

    def digests(self, payload: bytes) -> tuple[bytes, ...]:
        return evm_payload.digests(payload)

    def attach(self, payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
        return evm_payload.attach(payload, signatures, public_keys)

    def explain(self, raw: bytes) -> tuple[str, tuple[str, ...]]:
        return evm_payload.explain(raw)

    def replace(self, replacing: Replacing) -> tuple[Unsigned, FeeRate]:
        return evm_payload.replace_signed(replacing, config=self.config)

    def stated(self, raw: bytes) -> tuple[tuple[Output, ...], int]:
        stated = evm_payload.stated(raw, config=self.config)
        return stated.outputs, stated.max_fee_minor

    def to_be_signed(self, unsigned: Unsigned) -> str:
        return evm_elsewhere.to_be_signed(unsigned)

    def read_signed(self, content: str, coins: Sequence[Coin]) -> SignedElsewhere:
        return evm_elsewhere.read_signed(content, config=self.config)

    def head(self) -> BlockRef:
        return self._node.head()

    def block_ref(self, height: int) -> BlockRef | None:
        return self._node.block_ref(height)

    def block(self, height: int, contracts: frozenset[str] = frozenset()) -> Block:
        return self._node.block(height, contracts)

    def pending(self, contracts: frozenset[str] = frozenset()) -> tuple[Movement, ...]:
        return self._node.pending()

    def fee_rates(self) -> tuple[FeeRate, ...]:
        return self._node.fee_rates()

    def gas_limit(self, payment: Payment) -> int:
        return self._node.gas_limit(payment)

    def balance(self, address: str, contract: str = "") -> int:
        return self._node.balance(address, contract)

    def holdings(self, addresses: Sequence[str], *, block: BlockRef, contract: str = "") -> Holdings:
        return self._holdings.holdings(addresses, block=block, contract=contract)

    def witnesses(self, block: BlockRef) -> int:
        return self._holdings.witnesses(block)

    def sent_counts(self, addresses: Sequence[str], *, block: BlockRef) -> Mapping[str, int]:
        return self._holdings.sent_counts(addresses, block=block)

    def paid(self, txids: Sequence[str]) -> Mapping[str, Paid]:
        return self._holdings.paid(txids)

    def next_nonce(self, address: str, *, depth: int = 0, up_to: int | None = None) -> int:
        return self._node.next_nonce(address, depth=depth, up_to=up_to)

    def broadcast(self, signed: Signed) -> Broadcast:
        return self._node.broadcast(signed)

    def state(self, txid: str) -> TransactionState:
        return self._node.state(txid)

    def raw(self, txid: str) -> bytes:
        return self._node.raw(txid)

    def health(self) -> tuple[EndpointHealth, ...]:
        return self._node.endpoints.health()

    def learn(self, *, disabled: Iterable[str], highest_block: int) -> None:
        self._node.endpoints.learn(disabled=disabled, highest_block=highest_block)
