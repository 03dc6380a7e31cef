"""Solana, over its JSON-RPC: lamports and the tokens of both token programs."""

from collections.abc import Iterable, Mapping, Sequence

from chains.adapters import solana_payload
from chains.adapters.agreement import middle
from chains.adapters.plain import PlainAdapter
from chains.adapters.solana_holdings import SolanaHoldings
from chains.adapters.solana_node import SolanaNode
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


class SolanaAdapter(PlainAdapter):
    """One Solana network, told from others by its first block."""

    curve = Curve.ED25519
    carries_memo = True

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config
        self._node = SolanaNode(config)
        self.endpoints = self._node.endpoints
        self._holdings = SolanaHoldings(self.endpoints, self._node.accounts)

    def check_address(self, text: str) -> str:
        return solana_payload.check_address(text)

    def address_of(self, public_key: bytes) -> str:
        return solana_payload.address_of(public_key)

    def check_memo(self, to: str, memo: str) -> str:
        return solana_payload.check_memo(memo)

    def build(self, payment: Payment) -> Unsigned:
        return solana_payload.build(payment, network=self.config.code)

    def decode(self, payload: bytes) -> Unsigned:
        return solana_payload.decode(payload, network=self.config.code)

    def digests(self, payload: bytes) -> tuple[bytes, ...]:
        return solana_payload.digests(payload)

    def attach(self, payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
        return solana_payload.attach(payload, signatures, public_keys)

    def explain(self, raw: bytes) -> tuple[str, tuple[str, ...]]:
        return solana_payload.explain(raw)

    def head(self) -> BlockRef:
        return self._node.head()

    def block_ref(self, height: int) -> BlockRef | None:
        return self._node.block_ref(height)

    def block(self, height: int, contracts: frozenset[str] = frozenset()) -> Block:
        return self._node.block(height, contracts)

    def pending(self, contracts: frozenset[str] = frozenset()) -> tuple[Movement, ...]:
        """Nothing: this network has no mempool that anybody can look into."""
        return ()

    def fee_rates(self) -> tuple[FeeRate, ...]:
        return self._node.fee_rates()

    def gas_limit(self, payment: Payment) -> int:
        return self._node.prepare(payment).gas_limit

    def lasts(self) -> int:
        return self.config.valid_blocks

    def most_fee(self, payment: Payment) -> int:
        """
        For signatures and compute units, and for the account that a recipient of tokens may have to be given.

        :raises SenderShort, PaymentImpossible: of emptying an address, as SolanaAdapter.prepare
        """
        return self.build(self.prepare(payment) if payment.payer else self._node.prepare(payment)).max_fee_minor

    def prepare(self, payment: Payment) -> Payment:
        prepared = self._node.prepare(payment)
        self._check_sender(self.build(prepared))
        return prepared

    @distrusting
    def _check_sender(self, unsigned: Unsigned) -> None:
        self._node.accounts.check_sender(unsigned)

    def balance(self, address: str, contract: str = "") -> int:
        return middle(self.endpoints, lambda: self._balance(address, contract), what="what an address holds")

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

    @distrusting
    def _balance(self, address: str, contract: str) -> int:
        return self._node.accounts.balance(address, contract)

    def health(self) -> tuple[EndpointHealth, ...]:
        return self.endpoints.health()

    def learn(self, *, disabled: Iterable[str], highest_block: int) -> None:
        self.endpoints.learn(disabled=disabled, highest_block=highest_block)
