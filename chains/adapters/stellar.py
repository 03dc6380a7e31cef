"""Stellar, over Horizon's REST."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from chains.adapters import stellar_address, stellar_bump, stellar_payload
from chains.adapters.stellar_holdings import StellarHoldings
from chains.adapters.stellar_node import LIFE_LEDGERS, StellarNode
from chains.errors import SignedRefused
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


class StellarAdapter:
    """
    One Stellar network: public, testnet, futurenet or devnet.

    All wallets share one account of ours; a wallet's address is that account's with the wallet's number (SEP-23).
    """

    curve: ClassVar[Curve] = Curve.ED25519
    carries_memo: ClassVar[bool] = True
    shares_account: ClassVar[bool] = True
    counts_epochs: ClassVar[bool] = False
    replaces: ClassVar[bool] = True
    takes_signed: ClassVar[bool] = False

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config
        self._node = StellarNode(config)
        self._holdings = StellarHoldings(self._node.endpoints)

    def check_address(self, text: str) -> str:
        return stellar_address.check_address(text)

    def address_of(self, public_key: bytes) -> str:
        return stellar_address.address_of(public_key)

    def check_memo(self, to: str, memo: str) -> str:
        return stellar_address.check_memo(to, memo)

    def tagged_address(self, account: str, tag: int) -> str:
        return stellar_address.tagged_address(account, tag)

    def build(self, payment: Payment) -> Unsigned:
        if payment.channel:
            return stellar_bump.build(payment, network=self.config.code, chain=self.config.chain)
        return stellar_payload.build(payment, network=self.config.code, chain=self.config.chain)

    def decode(self, payload: bytes) -> Unsigned:
        if stellar_bump.is_bump(payload):
            return stellar_bump.decode(payload, network=self.config.code, chain=self.config.chain)
        return stellar_payload.decode(payload, network=self.config.code, chain=self.config.chain)

    def digests(self, payload: bytes) -> tuple[bytes, ...]:
        if stellar_bump.is_bump(payload):
            return stellar_bump.digests(payload)
        return stellar_payload.digests(payload)

    def attach(self, payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
        if stellar_bump.is_bump(payload):
            return stellar_bump.attach(payload, signatures, public_keys)
        return stellar_payload.attach(payload, signatures, public_keys)

    def around(self, payload: bytes, signed: Signed) -> bytes:
        return stellar_bump.around(payload, signed) if stellar_bump.is_bump(payload) else b""

    def explain(self, raw: bytes) -> tuple[str, tuple[str, ...]]:
        return stellar_payload.explain(raw, chain=self.config.chain)

    def replace(self, replacing: Replacing) -> tuple[Unsigned, FeeRate]:
        return stellar_bump.replace_signed(replacing, config=self.config)

    def stated(self, raw: bytes) -> tuple[tuple[Output, ...], int]:
        return stellar_bump.stated(raw, config=self.config)

    def to_be_signed(self, unsigned: Unsigned) -> str:
        raise SignedRefused("What is signed elsewhere cannot be taken on this network.")

    def read_signed(self, content: str, coins: Sequence[Coin]) -> SignedElsewhere:
        raise SignedRefused("What is signed elsewhere cannot be taken on this network.")

    def head(self) -> BlockRef:
        return self._node.head()

    def block_ref(self, height: int) -> BlockRef | None:
        return self._node.block_ref(height)

    def block(self, height: int, contracts: frozenset[str] = frozenset()) -> Block:
        return self._node.block(height, contracts)

    def pending(self, contracts: frozenset[str] = frozenset()) -> tuple[Movement, ...]:
        return ()

    def fee_rates(self) -> tuple[FeeRate, ...]:
        return self._node.fee_rates()

    def gas_limit(self, payment: Payment) -> int:
        """Return for how many operations the fee is: a payment is one, and under a channel's number it is bumped."""
        self._node.check_recipient(payment)
        return stellar_bump.UNITS if self.config.channels else 1

    def most_fee(self, payment: Payment) -> int:
        return self.gas_limit(payment) * payment.rate.rate

    def lasts(self) -> int:
        return LIFE_LEDGERS

    def gatherable(self, payment: Payment) -> int:
        """All of it."""
        return payment.minor

    def prepare(self, payment: Payment) -> Payment:
        return self._node.prepare(payment)

    def balance(self, address: str, contract: str = "") -> int:
        return self._node.balance(address, contract)

    def holdings(self, addresses: Sequence[str], *, block: BlockRef, contract: str = "") -> Holdings:
        return self._holdings.holdings(addresses, block=block, contract=contract)

    def witnesses(self, block: BlockRef) -> int:
        return self._holdings.witnesses(block)

    def sent_counts(self, addresses: Sequence[str], *, block: BlockRef) -> Mapping[str, int]:
        return {}

    def paid(self, txids: Sequence[str]) -> Mapping[str, Paid]:
        return self._holdings.paid(txids)

    def next_nonce(self, address: str, *, depth: int = 0, up_to: int | None = None) -> int:
        """Return the account's next sequence number now: Horizon knows no earlier ones."""
        return self._node.next_nonce(address)

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
