"""The port every network plugs into: frozen values in, frozen values out; no models, no keys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Protocol

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


class ChainAdapter(Protocol):
    """
    One network. Every call that reaches a node has a timeout and may raise NodeUnavailable.

    Pure calls (no node): check_address, address_of, build, decode, attach, txid-related.
    """

    curve: ClassVar[Curve]
    carries_memo: ClassVar[bool]
    """A transaction can say something to its recipient that the network shows to all."""

    shares_account: ClassVar[bool]
    """All wallets are parts of one account of ours, told apart by tagged_address; none has a key of its own."""

    counts_epochs: ClassVar[bool]
    """BlockRef.number counts epochs, of many blocks each, and not blocks."""

    replaces: ClassVar[bool]
    """What waits can be replaced by something that uses up the same place, so that at most one of them lands."""

    takes_signed: ClassVar[bool]
    """What keys kept elsewhere have signed can be read and checked here: to_be_signed, read_signed."""

    config: NetworkConfig

    def __init__(self, config: NetworkConfig) -> None: ...

    # pure
    def check_address(self, text: str) -> str:
        """Return the address in canonical form. :raises AddressInvalid: saying why, for a person"""

    def address_of(self, public_key: bytes) -> str:
        """Return the deposit address of a public key of the network's curve."""

    def check_memo(self, to: str, memo: str) -> str:
        """
        Return what a transaction to this address shall say, in canonical form; nothing where networks say nothing.

        :raises MemoInvalid: saying why, for a person
        """

    def tagged_address(self, account: str, tag: int) -> str:
        """Return the address of a part of an account, where wallets share one; `tag` fits into 63 bits."""

    def build(self, payment: Payment) -> Unsigned:
        """Return the unsigned transaction. :raises PaymentImpossible: dust, too few coins, fee above amount"""

    def decode(self, payload: bytes) -> Unsigned:
        """Read everything back out of the bytes alone, trusting nothing else. :raises PayloadInvalid:"""

    def digests(self, payload: bytes) -> tuple[bytes, ...]:
        """Return what is to be signed, one per sender in order: 32-byte hashes on secp256k1, any bytes on ed25519."""

    def attach(self, payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
        """Put the signatures in place, in the form of the network's curve."""

    def around(self, payload: bytes, signed: Signed) -> bytes:
        """
        Return the payload of what is signed around what was signed of this one, by one who has signed that too.

        Empty where that is all, as nearly everywhere. Stellar: the fee bump, which cannot be known before.
        """

    def explain(self, raw: bytes) -> tuple[str, tuple[str, ...]]:
        """Return (txid, replay tokens) of signed bytes."""

    def replace(self, replacing: Replacing) -> tuple[Unsigned, FeeRate]:
        """
        Return what takes the place of signed bytes, and the rate that it offers.

        :raises NotReplaceable: where the network has no such thing, its rule cannot be met, or nothing is left to pay
        """

    def bump(self, bumping: Bumping) -> Unsigned:
        """
        Return what spends an output of bytes that wait and pays for both.

        :raises NotReplaceable: where the network has no such thing, or what it spends cannot pay for that
        """

    def stated(self, raw: bytes) -> tuple[tuple[Output, ...], int]:
        """
        Return what signed bytes pay, and the most they can cost where they say so themselves (0: elsewhere).

        :raises PayloadInvalid: if they are no payment of a form that is signed here
        :raises NotReplaceable: where nothing is ever replaced: nobody needs to know
        """

    def to_be_signed(self, unsigned: Unsigned) -> str:
        """Return the text that whoever keeps a key elsewhere hands to their wallet: a PSBT, or the unsigned bytes."""

    def read_signed(self, content: str, coins: Sequence[Coin]) -> SignedElsewhere:
        """
        Read what came back from there, checking form, chain and every signature; it spends of `coins`, where such are.

        :raises SignedRefused: saying why, for a person
        """

    # node
    def head(self) -> BlockRef: ...

    def block_ref(self, height: int) -> BlockRef | None:
        """Return the block at this height of the best chain, or None above the head."""

    def block(self, height: int, contracts: frozenset[str] = frozenset()) -> Block:
        """
        Return the block at this height of the best chain, with native movements and those of these token contracts.

        :raises NodeUnavailable: also if no node has such a block yet
        """

    def pending(self, contracts: frozenset[str] = frozenset()) -> tuple[Movement, ...]:
        """Return movements waiting in the mempool; empty where the network shows none cheaply."""

    def fee_rates(self) -> tuple[FeeRate, ...]:
        """Return one rate per priority, between the configured floor and cap."""

    def gas_limit(self, payment: Payment) -> int:
        """
        Return the gas this transfer needs, with margin; 0 where the network has no gas.

        :raises PaymentImpossible: if the network would refuse it, whatever we hold
        """

    def most_fee(self, payment: Payment) -> int:
        """
        Return the most that this costs its sender now beside the amount, in native minor units; 0 if coins say that.

        :raises PaymentImpossible: if the network would refuse it, whatever we hold
        """

    def lasts(self) -> int:
        """Return within how many blocks from now what is signed now lands or never does; 0: it may at any time."""

    def gatherable(self, payment: Payment) -> int:
        """Return how much of its amount one transaction can gather: less only where that lies in too many coins."""

    def prepare(self, payment: Payment) -> Payment:
        """
        Return the payment with what only the network knows and its bytes must have; as it is where there is nothing.

        :raises PaymentImpossible: if the network would refuse it, whatever we hold
        :raises SenderShort: if the sender cannot pay it now
        """

    def balance(self, address: str, contract: str = "") -> int:
        """Return confirmed minor units at the head."""

    def holdings(self, addresses: Sequence[str], *, block: BlockRef, contract: str = "") -> Holdings:
        """
        Return what these addresses hold at the end of this block of the best chain, as every node that has it says.

        :raises NodesDisagree: if two nodes say different things
        :raises NodeUnavailable: if no node could say
        """

    def witnesses(self, block: BlockRef) -> int:
        """
        Return how many nodes have this block in their best chain; those that have not come so far are not asked.

        :raises NodesDisagree: if one has another block there
        :raises NodeUnavailable: if none has come so far
        """

    def sent_counts(self, addresses: Sequence[str], *, block: BlockRef) -> Mapping[str, int]:
        """
        Return how many transactions each had sent by the end of this block; empty where networks count none.

        :raises NodesDisagree, NodeUnavailable: as holdings
        """

    def paid(self, txids: Sequence[str]) -> Mapping[str, Paid]:
        """
        Return how these mined transactions ended, as every node that is well says.

        :raises NodesDisagree, NodeUnavailable: as holdings; also if a node does not know one of them as mined
        """

    def next_nonce(self, address: str, *, depth: int = 0, up_to: int | None = None) -> int:
        """
        Return how many transactions of the sender were mined up to `depth` blocks below the head.

        None of a block above the height `up_to` counts: the head may be another by the time a node answers.

        0 where there are no nonces.
        """

    def broadcast(self, signed: Signed) -> Broadcast:
        """Hand the same bytes to every endpoint; never raises for a node's answer or silence."""

    def state(self, txid: str) -> TransactionState:
        """Ask one node after the other. :raises NodeUnavailable: if none answered"""

    def raw(self, txid: str) -> bytes:
        """Return the signed bytes of a transaction. :raises NodeUnavailable: if no node has it"""

    # its endpoints
    def health(self) -> tuple[EndpointHealth, ...]:
        """Return what this process knows of each endpoint, in order."""

    def learn(self, *, disabled: Iterable[str], highest_block: int) -> None:
        """Take over which endpoints an operator switched off, and the highest block any process saw."""
