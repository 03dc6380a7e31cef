"""What adapters take and return: facts of networks, with their units; nothing here does anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

TRUSTLINE = "trustline:"
"""Stellar: before an asset (CODE:ISSUER), where an address would stand: the sender's own trustline for it."""

TRUSTLINE_MINOR = 5_000_000
"""Stroops that a trustline locks up, in the sender's own account: what such a payment is said to move."""

CHANNEL_MINOR = 10_000_000
"""Stroops that an account keeps for itself (two base reserves): all that a channel of ours holds (Stellar)."""


PAYER = ":payer"
"""Stellar: after a place of replay, the same place for who pays under another account's number, and signs besides."""


def places(tokens: Iterable[str]) -> list[str]:
    """Return the places of replay themselves, each once."""
    return list(dict.fromkeys(token.removesuffix(PAYER) for token in tokens))


class Priority(StrEnum):
    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"


class Curve(StrEnum):
    """
    What a network's signatures are made on.

    secp256k1: 33-byte compressed public keys, 65-byte recoverable signatures (r || s || v in 0..3, low-s) of 32-byte
    digests. ed25519: 32-byte public keys, 64-byte signatures of bytes of any length.
    """

    SECP256K1 = "secp256k1"
    ED25519 = "ed25519"


class Outcome(StrEnum):
    """How an outside call ended. UNKNOWN is not a failure: the bytes may be on their way."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class NetworkConfig:
    """How one network is reached and trusted; from settings.NETWORKS[code]."""

    code: str
    adapter: str  # a name in chains.registry.ADAPTERS
    rpc_urls: tuple[str, ...]  # may hold credentials: never logged
    chain: str  # EVM: the chain id in decimal; Bitcoin: main, test, signet or regtest
    confirmations: int  # blocks, counting the one it is in, until a deposit is credited and a send is settled
    final_depth: int  # blocks until it is final; also the reorg window kept
    block_seconds: int  # usual time between blocks
    fee_floor: int  # in the unit of FeeRate.rate
    fee_cap: int
    channels: int = 0  # Stellar: accounts besides the paying one whose numbers sends take, so many side by side
    valid_blocks: int = 0  # a transaction lands within so many blocks after the one it is bound to; 0: at any time
    kept_blocks: int = (
        0  # heights remembered, if more than final_depth: what is bound to blocks, what `resume` reads again
    )
    tip_floor: int = 0  # EIP-1559: the lowest tip offered, wei per gas
    has_base_fee: bool = True  # EVM: EIP-1559; else transactions name a gas price (EIP-155)
    has_main_tokens: bool = True  # EVM: it is the chain whose token contracts come with the release
    tokens: tuple[tuple[str, str], ...] = ()  # asset code and contract, where not those
    fee_stale_seconds: int = 30  # older fees are asked for anew, and never used
    key_pool: int = 0  # deposit keys kept ready, on curves whose addresses only the signer can derive
    cold_addresses: tuple[str, ...] = ()  # of keys kept elsewhere: the first takes overflow, all are watched
    explorer_tx_url: str = ""  # with {txid}; empty: none
    timeout_seconds: int = 10
    batch_seconds: tuple[tuple[str, int], ...] = ()  # by priority: how long a send waits for others to be paid with
    bump_percent: int = 0  # Bitcoin: of its own change, what may be spent to pay for a parent that waits
    deeper: tuple[tuple[int, int], ...] = ()  # whole USD, and the confirmations from so much on; the least first


@dataclass(frozen=True)
class BlockRef:
    """
    A block by its place. Heights have no gaps: a height without a block (Solana) repeats the ref of the one before,
    as its own parent. `number` counts the blocks where heights do not, on Sui the epochs begun; elsewhere it is 0.
    """

    height: int
    hash: str
    parent: str
    number: int = 0


@dataclass(frozen=True)
class Movement:
    """
    Coins arriving at an address in one transaction.

    `index` is unique within the transaction and the same in whatever block it lands:
    the output number on Bitcoin; on EVM 0 for the native value and 1 + the log's position
    within the transaction's receipt for tokens.
    """

    txid: str
    index: int
    address: str
    contract: str  # token contract in checksum form; empty: the native asset
    minor: int
    memo: str = ""  # what the transaction says besides, as check_memo writes it; empty: nothing
    readings: tuple[str, ...] = ()  # addresses it may be meant for, the most exact first; empty: `address` alone


@dataclass(frozen=True)
class Outpoint:
    """A Bitcoin output by its place, `txid:vout`."""

    txid: str
    vout: int

    def __str__(self) -> str:
        return f"{self.txid}:{self.vout}"


@dataclass(frozen=True)
class Spend:
    """A place of replay that a mined transaction has used up, written as in Unsigned.replay_tokens."""

    txid: str
    replay_token: str


@dataclass(frozen=True)
class Block:
    """
    One block, parsed: what arrived where, and on Bitcoin which outputs it spent.

    `txids` has every transaction it holds, those too that moved nothing because they failed; `spends` what each of
    them has used up.
    """

    ref: BlockRef
    time: int  # seconds since 1970
    movements: tuple[Movement, ...]
    spent: tuple[Outpoint, ...] = ()
    txids: tuple[str, ...] = ()
    spends: tuple[Spend, ...] = ()


@dataclass(frozen=True)
class FeeRate:
    """
    What one unit of block space costs now.

    EVM: `rate` is maxFeePerGas and `tip` maxPriorityFeePerGas, wei (EIP-1559); with a gas price, `rate` is that
    and `tip` is 0.
    Bitcoin: `rate` is satoshi per 1,000 virtual bytes; `tip` is 0.
    Solana: `rate` is micro-lamports per compute unit, beside 5,000 lamports for each signature; `tip` is 0.
    """

    network: str
    priority: Priority
    rate: int
    tip: int
    seconds: int  # the usual wait until the first confirmation
    source: str = ""  # what of the node's it was read from


@dataclass(frozen=True)
class Coin:
    """A Bitcoin output that may be spent, as witness input."""

    outpoint: Outpoint
    minor: int
    address: str


@dataclass(frozen=True)
class ObjectVersion:
    """One version of a Sui object: at most one transaction that uses it is ever run."""

    object_id: str
    version: int
    digest: str

    @property
    def token(self) -> str:
        return f"{self.object_id}:{self.version}:{self.digest}"


@dataclass(frozen=True)
class OwnedCoin:
    """A Sui coin object as it is now, and who may spend it."""

    at: ObjectVersion
    minor: int
    address: str
    contract: str  # empty: the native asset


@dataclass(frozen=True)
class Output:
    address: str
    minor: int
    contract: str = ""


@dataclass(frozen=True)
class Payment:
    """One transfer to build. EVM fills sender and nonce; Bitcoin fills coins and change_address; Sui objects."""

    to: str
    minor: int
    contract: str  # empty: the native asset
    rate: FeeRate
    sender: str = ""
    nonce: int = 0
    gas_limit: int = 0  # 0: the adapter's own for this kind of transfer
    coins: tuple[Coin, ...] = ()
    change_address: str = ""
    subtract_fee: bool = False  # the fee is taken out of `minor`, so that an address can be emptied
    others: tuple[Output, ...] = ()  # Bitcoin: who else is paid by the same transaction
    max_fee_minor: int = 0  # Bitcoin: coins are chosen to cost no more, where they can be; 0: no matter
    memo: str = ""  # as check_memo returned it
    creates: bool = False  # the recipient lacks an account and is given one: Stellar's own, Solana's for the token
    last_height: int = 0  # the last block that can hold it, on Sui the last epoch by BlockRef.number; 0: any
    payer: str = ""  # Solana, Sui: who pays the fee, where that is not the sender
    recent: str = ""  # Solana: the block hash it is bound to, and expires with
    program: str = ""  # Solana: the program that a token lives in
    decimals: int = 0  # Solana: of a token
    objects: tuple[OwnedCoin, ...] = ()  # Sui: the coins of sender and payer that may be spent
    floating: int = 0  # Sui: what the sender holds of the asset without a coin object (its address balance)
    channel: str = ""  # Stellar: the account of ours whose number it takes, where that is not the sender
    under_way: tuple[Output, ...] = ()  # Stellar: what else leaves the sender meanwhile, fees with it


@dataclass(frozen=True)
class Unsigned:
    """
    A transaction ready to sign, and what anyone can read out of its bytes.

    `payload`: EVM the sender's 20 bytes, then what is signed (EIP-2718's 0x02 || rlp, or EIP-155's rlp), which
    does not name its sender; Bitcoin a PSBT (BIP-174); Solana the recipient's 32 bytes, then the message (v0);
    Sui TransactionData in BCS.
    `max_fee_minor`: native minor units it can cost at most (exact on Bitcoin).
    `replay_tokens`: at most one transaction with any of these can ever land, written
    "<sender>:<nonce>" (EVM), "<txid>:<vout>" (Bitcoin), "<account>:<sequence>" (Stellar, and
    the same with ":payer" for who pays under another's number), "<object id>:<version>:<digest>" (Sui) or
    "<signer>:<block hash>:<digest>" (Solana, where it says no more than that this very message lands once: what
    has to be proved there is that it has expired).
    """

    network: str
    payload: bytes
    senders: tuple[str, ...]  # who signs: the address of each input, in order; the sender on EVM; first who pays
    outputs: tuple[Output, ...]
    max_fee_minor: int
    replay_tokens: tuple[str, ...]
    memo: str = ""  # what it says to its recipient
    last_height: int = 0  # the last block that can hold it, on Sui the last epoch by BlockRef.number; 0: any
    recent: str = ""  # Solana: the block hash it expires with, so many blocks after that one (valid_blocks)


@dataclass(frozen=True)
class Replacing:
    """
    Signed bytes that something is to take the place of.

    `rate` is what it shall offer; the network's own rule may ask for more. `cancels`: it pays nobody, and all comes
    back. `coins` are what the bytes spend, in order, and `change_address` is ours, for what is left (Bitcoin).
    """

    raw: bytes
    rate: FeeRate
    cancels: bool = False
    coins: tuple[Coin, ...] = ()
    change_address: str = ""


@dataclass(frozen=True)
class Bumping:
    """Signed bytes that wait, what they pay, an output of theirs that is ours, and the rate that both shall come to."""

    raw: bytes
    fee_minor: int
    coin: Coin
    to: str
    rate: int  # as FeeRate.rate


@dataclass(frozen=True)
class Signed:
    raw: bytes  # what goes on the wire
    txid: str


@dataclass(frozen=True)
class SignedElsewhere:
    """
    What keys that are not here have signed, as its bytes say it; each of its signatures is checked.

    `senders`: whose coins it spends, one for each place of replay. `rate`: what it offers, as FeeRate.rate.
    """

    signed: Signed
    senders: tuple[str, ...]
    outputs: tuple[Output, ...]
    max_fee_minor: int
    replay_tokens: tuple[str, ...]
    rate: int
    nonce: int | None = None  # EVM


@dataclass(frozen=True)
class Broadcast:
    outcome: Outcome
    code: str = (
        ""  # with FAILED: nonce_too_low, insufficient_funds, fee_too_low, inputs_spent, conflict, expired, invalid
    )
    reason: str = ""


class Presence(StrEnum):
    ABSENT = "absent"  # no asked node knows it
    PENDING = "pending"
    MINED = "mined"


@dataclass(frozen=True)
class TransactionState:
    """What the network says of a transaction now."""

    presence: Presence
    succeeded: bool = True  # False: mined, but it failed and still paid its fee (EVM status 0)
    height: int = 0
    block_hash: str = ""
    confirmations: int = 0
    fee_minor: int = 0  # what it really paid; 0 until mined, or if a stranger has paid for it
    carried_by: str = ""  # Stellar: the fee bump that it has landed in, by its hash; empty: as it is


@dataclass(frozen=True)
class EndpointHealth:
    """What this process knows of one RPC endpoint; `name` is host:port, never a credential."""

    name: str
    is_enabled: bool
    consecutive_failures: int
    seconds_since_ok: float | None  # None: not once
    cooling_seconds: float  # it is left alone this much longer
    last_error: str
    latency_ms: int  # mean, decayed
    highest_block: int
    success_rate: float  # measured share of answered calls, decayed, 0 to 1


@dataclass(frozen=True)
class Holdings:
    """
    What addresses hold at the end of one block, as so many nodes say, each by itself and all alike.

    `coins` are the unspent outputs where a network has such; elsewhere none.
    """

    minor: Mapping[str, int]  # by address
    nodes: int
    coins: tuple[Coin, ...] = ()


@dataclass(frozen=True)
class Paid:
    """How a mined transaction ended, and what it cost in native minor units."""

    succeeded: bool
    fee_minor: int
