"""
Solana transactions as bytes: versioned messages (v0) in, what there is to sign, signed transactions out.

A token transfer names the recipient's token account and not the recipient, from whom it is derived. So here a payload
is the recipient's 32 bytes followed by the message; `decode` derives the account again, and builds the whole message
anew from what it has read: bytes that anything else could be read into are no payload.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from solders.compute_budget import ID as COMPUTE_BUDGET
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.instruction import AccountMeta, CompiledInstruction, Instruction
from solders.message import MessageV0, from_bytes_versioned, to_bytes_versioned
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.system_program import ID as SYSTEM
from solders.system_program import TransferParams, transfer
from solders.token.associated import get_associated_token_address
from solders.transaction import VersionedTransaction

from chains.errors import AddressInvalid, MemoInvalid, PayloadInvalid, PaymentImpossible
from chains.values import Output, Payment, Signed, Unsigned

TOKEN = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
ASSOCIATED = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")

_MEMOS = {MEMO, Pubkey.from_string("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVddwQDQEGsg")}
"""The program that is said things to, and the one before it."""

SIGNATURE_FEE = 5_000
"""Lamports for each signature."""

ACCOUNT_BYTES = {TOKEN: 165, TOKEN_2022: 170}
"""Size of an associated token account; Token-2022's cannot change hands, which it says in five more bytes."""

LAMPORTS_PER_BYTE = 6_960
ACCOUNT_OVERHEAD = 128
"""An account of so many bytes is kept for ever for (128 + size) x 6,960 lamports (the rent-exempt minimum)."""

LEAST_BALANCE = ACCOUNT_OVERHEAD * LAMPORTS_PER_BYTE
"""Lamports below which the network keeps no account: 0.00089088 SOL."""

MOST_MEMO_BYTES = 500
_NO_ADDRESSES = {str(each) for each in (SYSTEM, TOKEN, TOKEN_2022, ASSOCIATED, MEMO, COMPUTE_BUDGET)}
_CREATE_IDEMPOTENT, _TRANSFER_CHECKED = b"\x01", 12


@dataclass(frozen=True)
class _Fields:
    payer: Pubkey
    sender: Pubkey
    recipient: Pubkey
    minor: int
    mint: Pubkey | None
    program: Pubkey
    decimals: int
    creates_account: bool
    memo: bytes
    unit_limit: int
    unit_price: int
    recent: Hash


def rent(size: int) -> int:
    """Return the lamports for which an account of so many bytes is kept for ever."""
    return (ACCOUNT_OVERHEAD + size) * LAMPORTS_PER_BYTE


def check_address(text: str) -> str:
    """
    Return the address, which has one form only.

    It has no checksum: a wrong character may make another address, and nothing can tell.

    :raises AddressInvalid: if it is not 32 bytes in base 58, or the address of a program
    """
    try:
        canonical = str(Pubkey.from_string(text))
    except ValueError:
        canonical = ""
    if canonical != text or not text:
        raise AddressInvalid("An address of this network is 32 to 44 letters and digits, without 0, O, I and l.")
    if text in _NO_ADDRESSES:
        raise AddressInvalid("This is the address of a program: whatever is sent there is lost.")
    return text


def check_memo(memo: str) -> str:
    """Return what a transaction says to its recipient, as it is. :raises MemoInvalid: if it is too long"""
    if len(memo.encode()) > MOST_MEMO_BYTES:
        raise MemoInvalid(f"A memo of this network has at most {MOST_MEMO_BYTES} bytes.")
    return memo


def address_of(public_key: bytes) -> str:
    return str(Pubkey(public_key))


def token_account(owner: str, mint: str, program: str) -> str:
    """Return the address of the token account that belongs to an owner (the associated one)."""
    of = [Pubkey.from_string(each) for each in (owner, mint, program)]
    return str(get_associated_token_address(*of))


def build(payment: Payment, *, network: str) -> Unsigned:
    """
    Return a transfer of lamports, or of a token into the recipient's associated account, made first if need be.

    The fee is paid by `payer`, where that is not the sender. `recent` is the block hash it is bound to.

    :raises PaymentImpossible: for nothing, or too much
    """
    if not 0 < payment.minor < 2**64:
        raise PaymentImpossible("The amount must be more than zero.")
    assert not payment.subtract_fee, "another address pays the fee of emptying one"
    sender = Pubkey.from_string(payment.sender)
    recipient = Pubkey.from_string(check_address(payment.to))
    fields = _Fields(
        payer=Pubkey.from_string(payment.payer) if payment.payer else sender,
        sender=sender,
        recipient=recipient,
        minor=payment.minor,
        mint=Pubkey.from_string(payment.contract) if payment.contract else None,
        program=Pubkey.from_string(payment.program) if payment.program else TOKEN,
        decimals=payment.decimals,
        creates_account=payment.creates and bool(payment.contract),
        memo=check_memo(payment.memo).encode(),
        unit_limit=payment.gas_limit,
        unit_price=payment.rate.rate,
        recent=Hash.from_string(payment.recent),
    )
    return decode(bytes(recipient) + to_bytes_versioned(_message(fields)), network=network)


def decode(payload: bytes, *, network: str) -> Unsigned:
    """
    Read everything out of a payload's bytes.

    :raises PayloadInvalid: for anything but one transfer of this house's form
    """
    fields = _parse(payload)
    senders = tuple(dict.fromkeys((str(fields.payer), str(fields.sender))))
    priority = -(-fields.unit_limit * fields.unit_price // 1_000_000)
    created = rent(ACCOUNT_BYTES[fields.program]) if fields.creates_account else 0
    return Unsigned(
        network=network,
        payload=payload,
        senders=senders,
        outputs=(Output(str(fields.recipient), fields.minor, str(fields.mint) if fields.mint else ""),),
        max_fee_minor=SIGNATURE_FEE * len(senders) + priority + created,
        replay_tokens=_tokens(senders, payload[32:]),
        recent=str(fields.recent),
        memo=fields.memo.decode(),
    )


def digests(payload: bytes) -> tuple[bytes, ...]:
    """Return the message, once for each who signs it. :raises PayloadInvalid:"""
    fields = _parse(payload)
    return (payload[32:],) * len({fields.payer, fields.sender})


def attach(payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
    """
    Return the signed transaction.

    :raises PayloadInvalid: if a signature is missing, or not one by its signer
    """
    message = _message(_parse(payload))
    signers = message.account_keys[: message.header.num_required_signatures]
    _require(len(signatures) == len(public_keys) == len(signers), "one signature and key for each signer")
    _require([bytes(each) for each in signers] == [bytes(each) for each in public_keys], "a key is not the signer's")
    _require(all(len(each) == 64 for each in signatures), "not a signature")
    made = [Signature.from_bytes(each) for each in signatures]
    _require(
        all(each.verify(signer, payload[32:]) for each, signer in zip(made, signers, strict=True)),
        "a signature does not fit",
    )
    return Signed(raw=bytes(VersionedTransaction.populate(message, made)), txid=str(made[0]))


def explain(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return (txid, replay tokens) of a signed transaction. :raises PayloadInvalid:"""
    transaction = parse_transaction(raw)
    message = transaction.message
    _require(isinstance(message, MessageV0), "not a versioned message")
    _require(len(transaction.signatures) == message.header.num_required_signatures > 0, "signatures are missing")
    return str(transaction.signatures[0]), spends(transaction)


def spends(transaction: VersionedTransaction) -> tuple[str, ...]:
    """Return the places of replay that any transaction of the network uses up."""
    message = transaction.message
    signers = message.account_keys[: message.header.num_required_signatures]
    return _tokens([str(each) for each in signers], to_bytes_versioned(message))


def memo_of(transaction: VersionedTransaction) -> str:
    """Return the first thing that a transaction of anybody's says; empty: nothing. Programs' own memos are not read."""
    keys = transaction.message.account_keys
    for each in transaction.message.instructions:
        if each.program_id_index < len(keys) and keys[each.program_id_index] in _MEMOS:
            return bytes(each.data).decode(errors="replace").replace("\0", "")
    return ""


def parse_transaction(raw: bytes) -> VersionedTransaction:
    """Return what bytes from the wire are. :raises PayloadInvalid: if they are no transaction, or not in one form"""
    try:
        transaction = VersionedTransaction.from_bytes(raw)
    except ValueError as error:
        raise PayloadInvalid("not a transaction") from error
    _require(bytes(transaction) == raw, "not in canonical form")
    return transaction


def _tokens(signers: Sequence[str], message: bytes) -> tuple[str, ...]:
    """
    Return "<signer>:<block hash>:<digest of the message>" for each signer.

    The network takes each message once while its block hash is young, and never again. That another message of the
    same purpose is not signed while this one may land, its expiry has to prove.
    """
    recent = from_bytes_versioned(message).recent_blockhash
    digest = hashlib.sha256(message).hexdigest()[:16]
    return tuple(f"{signer}:{recent}:{digest}" for signer in signers)


def _message(fields: _Fields) -> MessageV0:
    instructions = [set_compute_unit_limit(fields.unit_limit), set_compute_unit_price(fields.unit_price)]
    memo = [Instruction(MEMO, fields.memo, [])] if fields.memo else []
    if fields.mint is None:
        given = TransferParams(from_pubkey=fields.sender, to_pubkey=fields.recipient, lamports=fields.minor)
        instructions += [*memo, transfer(given)]
    else:
        instructions += _token_instructions(fields, fields.mint, memo)
    return MessageV0.try_compile(fields.payer, instructions, [], fields.recent)


def _token_instructions(fields: _Fields, mint: Pubkey, memo: list[Instruction]) -> list[Instruction]:
    """Accounts that take nothing without a memo (Token-2022) look for it right before the transfer."""
    source = get_associated_token_address(fields.sender, mint, fields.program)
    target = get_associated_token_address(fields.recipient, mint, fields.program)
    data = bytes([_TRANSFER_CHECKED]) + fields.minor.to_bytes(8, "little") + bytes([fields.decimals])
    accounts = [
        AccountMeta(source, is_signer=False, is_writable=True),
        AccountMeta(mint, is_signer=False, is_writable=False),
        AccountMeta(target, is_signer=False, is_writable=True),
        AccountMeta(fields.sender, is_signer=True, is_writable=False),
    ]
    created = create_account(fields.payer, target, fields.recipient, mint, fields.program)
    return [*([created] if fields.creates_account else []), *memo, Instruction(fields.program, data, accounts)]


def create_account(payer: Pubkey, account: Pubkey, owner: Pubkey, mint: Pubkey, program: Pubkey) -> Instruction:
    """Return the instruction that makes an owner's token account unless there is one already."""
    accounts = [
        AccountMeta(payer, is_signer=True, is_writable=True),
        AccountMeta(account, is_signer=False, is_writable=True),
        *(AccountMeta(each, is_signer=False, is_writable=False) for each in (owner, mint, SYSTEM, program)),
    ]
    return Instruction(ASSOCIATED, _CREATE_IDEMPOTENT, accounts)


def _parse(payload: bytes) -> _Fields:
    try:
        recipient, message = Pubkey(payload[:32]), from_bytes_versioned(payload[32:])
    except ValueError as error:
        raise PayloadInvalid("not a message") from error
    if not isinstance(message, MessageV0):
        raise PayloadInvalid("not a versioned message")
    try:
        fields = _fields(message, recipient)
    except (IndexError, ValueError) as error:
        raise PayloadInvalid("not a transfer of this house's form") from error
    _require(to_bytes_versioned(_message(fields)) == payload[32:], "anything beside one transfer")
    _require(str(recipient) not in _NO_ADDRESSES and fields.minor > 0, "the recipient or the amount")
    return fields


def _fields(message: MessageV0, recipient: Pubkey) -> _Fields:
    """Read what the message would be made of; that it is made of nothing else is for the caller to compare."""
    rest = list(message.instructions)
    limit, price = int.from_bytes(rest.pop(0).data[1:], "little"), int.from_bytes(rest.pop(0).data[1:], "little")
    moved = rest.pop()
    memo = bytes(rest.pop().data) if rest and _program(message, rest[-1]) == MEMO else b""
    memo.decode()
    creates_account = bool(rest) and _program(message, rest[0]) == ASSOCIATED
    data, accounts = bytes(moved.data), [message.account_keys[index] for index in moved.accounts]
    program = _program(message, moved)
    is_token = program in ACCOUNT_BYTES
    return _Fields(
        payer=message.account_keys[0],
        sender=accounts[3] if is_token else accounts[0],
        recipient=recipient,
        minor=int.from_bytes(data[1:9] if is_token else data[4:12], "little"),
        mint=accounts[1] if is_token else None,
        program=program if is_token else TOKEN,
        decimals=data[9] if is_token else 0,
        creates_account=creates_account,
        memo=memo,
        unit_limit=limit,
        unit_price=price,
        recent=message.recent_blockhash,
    )


def _program(message: MessageV0, instruction: CompiledInstruction) -> Pubkey:
    return message.account_keys[instruction.program_id_index]


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise PayloadInvalid(f"not a payment this house builds: {what}")
