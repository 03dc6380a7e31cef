"""Instructions of Solana's own programs as strangers write them: mints of every kind, token accounts, odd transfers."""

from collections.abc import Sequence
from typing import Any

from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, TransferParams
from solders.system_program import create_account as create
from solders.system_program import transfer as transfer_lamports
from solders.token.associated import get_associated_token_address

from chains.adapters.solana_payload import TOKEN, TOKEN_2022, rent

WRAPPED = Pubkey.from_string("So11111111111111111111111111111111111111112")
MINT_BYTES, ACCOUNT_BYTES = 82, 165
_KIND_AT = 166
_RENT = Pubkey.from_string("SysvarRent111111111111111111111111111111111")

SOMEBODY = bytes(Keypair.from_seed(b"s" * 32).pubkey())
_NOBODY = bytes(32)

EXTENSIONS: dict[str, tuple[int, bytes]] = {
    "transfer fee": (
        108,
        bytes([26, 0, 1]) + SOMEBODY + b"\x01" + SOMEBODY + (100).to_bytes(2, "little") + b"\xff" * 8,
    ),
    "close authority": (32, bytes([25, 1]) + SOMEBODY),
    "confidential transfer": (65, bytes([27, 0]) + SOMEBODY + b"\x01" + _NOBODY),
    "frozen at first": (1, bytes([28, 0, 2])),
    "non-transferable": (0, bytes([32])),
    "interest": (52, bytes([33, 0]) + SOMEBODY + (500).to_bytes(2, "little")),
    "permanent delegate": (32, bytes([35]) + SOMEBODY),
    "transfer hook": (64, bytes([36, 0]) + SOMEBODY + SOMEBODY),
    "metadata pointer": (64, bytes([39, 0]) + SOMEBODY + SOMEBODY),
    "pausable": (33, bytes([44, 0]) + SOMEBODY),
}
"""What Token-2022 may be asked to add to a mint: its size there, and the instruction that asks for it."""


def _writes(*keys: Pubkey) -> list[AccountMeta]:
    return [AccountMeta(key, is_signer=False, is_writable=True) for key in keys]


def _reads(*keys: Pubkey) -> list[AccountMeta]:
    return [AccountMeta(key, is_signer=False, is_writable=False) for key in keys]


def _signs(*keys: Pubkey) -> list[AccountMeta]:
    return [AccountMeta(key, is_signer=True, is_writable=False) for key in keys]


def made(payer: Pubkey, account: Pubkey, *, size: int, owner: Pubkey, lamports: int = 0) -> Instruction:
    """A new account; with enough for its rent unless it is told how much."""
    return create(
        CreateAccountParams(
            from_pubkey=payer, to_pubkey=account, lamports=lamports or rent(size), space=size, owner=owner
        )
    )


def mint(payer: Pubkey, account: Pubkey, *extensions: str, decimals: int = 6) -> list[Instruction]:
    """A mint of Token-2022 with these extensions, as its issuer makes it; without any, of the older program."""
    program = TOKEN_2022 if extensions else TOKEN
    size = ACCOUNT_BYTES + 1 + sum(4 + EXTENSIONS[each][0] for each in extensions) if extensions else MINT_BYTES
    initialized = bytes([20, decimals]) + bytes(payer) + b"\x01" + bytes(payer)  # who may freeze, too
    return [
        made(payer, account, size=size, owner=program),
        *(Instruction(program, EXTENSIONS[each][1], _writes(account)) for each in extensions),
        Instruction(program, initialized, _writes(account)),
    ]


def token_account(payer: Pubkey, account: Pubkey, *, of: Pubkey, owner: Pubkey, lamports: int = 0) -> list[Instruction]:
    """An account for tokens that is not the associated one."""
    initialized = bytes([18]) + bytes(owner)
    return [
        made(payer, account, size=ACCOUNT_BYTES, owner=TOKEN, lamports=lamports),
        Instruction(TOKEN, initialized, [*_writes(account), *_reads(of)]),
    ]


def minted(authority: Pubkey, of: Pubkey, account: Pubkey, minor: int, *, program: Pubkey = TOKEN) -> Instruction:
    data = bytes([7]) + minor.to_bytes(8, "little")
    return Instruction(program, data, [*_writes(of, account), *_signs(authority)])


def moved(
    owner: Pubkey, source: Pubkey, of: Pubkey, target: Pubkey, minor: int, *, decimals: int = 6, program: Pubkey = TOKEN
) -> Instruction:
    """A transfer between token accounts, wherever they are."""
    data = bytes([12]) + minor.to_bytes(8, "little") + bytes([decimals])
    return Instruction(program, data, [*_writes(source), *_reads(of), *_writes(target), *_signs(owner)])


def handed_over(owner: Pubkey, account: Pubkey, to: Pubkey) -> Instruction:
    """A token account that changes hands as it is."""
    data = bytes([6, 2, 1]) + bytes(to)
    return Instruction(TOKEN, data, [*_writes(account), *_signs(owner)])


def closed(owner: Pubkey, account: Pubkey, to: Pubkey) -> Instruction:
    """A token account that is closed: its lamports go wherever its owner says."""
    return Instruction(TOKEN, bytes([9]), [*_writes(account, to), *_signs(owner)])


def frozen(authority: Pubkey, account: Pubkey, of: Pubkey) -> Instruction:
    return Instruction(TOKEN, bytes([10]), [*_writes(account), *_reads(of), *_signs(authority)])


def wants_memos(owner: Pubkey, account: Pubkey, payer: Pubkey) -> list[Instruction]:
    """An account of Token-2022 that takes nothing without a memo from now on; it grows for that."""
    system = Pubkey.default()
    grown = bytes([29]) + (8).to_bytes(2, "little")
    accounts = [
        *_writes(account),
        AccountMeta(payer, is_signer=True, is_writable=True),
        *_reads(system),
        *_signs(owner),
    ]
    return [
        Instruction(TOKEN_2022, grown, accounts),
        Instruction(TOKEN_2022, bytes([30, 0]), [*_writes(account), *_signs(owner)]),
    ]


def recovered(wallet: Pubkey, of: Pubkey) -> Instruction:
    """
    Tokens that lie on the associated account of the wallet's own associated account, fetched by the program.

    What moves them is an instruction within this one.
    """
    own = get_associated_token_address(wallet, of)
    nested = get_associated_token_address(own, of)
    accounts = [*_writes(nested), *_reads(of), *_writes(own), *_reads(own, of)]
    accounts += [AccountMeta(wallet, is_signer=True, is_writable=True), *_reads(TOKEN)]
    return Instruction(Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"), b"\x02", accounts)


def paid(payer: Pubkey, to: Pubkey, lamports: int) -> Instruction:
    return transfer_lamports(TransferParams(from_pubkey=payer, to_pubkey=to, lamports=lamports))


def table(addresses: Sequence[Pubkey]) -> str:
    """The content of an address table that may be used from now on, in hexadecimal."""
    meta: Any = (1).to_bytes(4, "little") + b"\xff" * 8 + bytes(8) + bytes([0, 0]) + bytes(34)
    return bytes(meta[:56] + b"".join(map(bytes, addresses))).hex()
