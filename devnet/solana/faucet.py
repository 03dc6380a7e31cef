"""Coins for people: lamports without end, and the US dollar coin at its public address, minted by the faucet's key."""

import hashlib
import os

from solders.compute_budget import set_compute_unit_limit
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM
from solders.system_program import TransferParams, transfer
from solders.token.associated import get_associated_token_address
from solders.transaction import VersionedTransaction

from devnet.solana.errors import INVALID_PARAMS, RpcError
from devnet.solana.store import StoredAccount

USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGkZwyTDt1v"
USDC_DECIMALS = 6
WRAPPED = "So11111111111111111111111111111111111111112"
TOKEN = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
ASSOCIATED = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
LAMPORTS = 10**18
_UNITS = 200_000
_MINT_TO = 7


class Faucet:
    """Its key is no secret: it is the same on every devnet, and worth nothing anywhere else."""

    def __init__(self) -> None:
        self.key = Keypair.from_seed(hashlib.sha256(b"holdfast devnet faucet").digest())

    def first_accounts(self) -> list[StoredAccount]:
        """Return what a new chain begins with: the faucet's coins, the token it may mint, and that of wrapped coins."""
        authority = (1).to_bytes(4, "little") + bytes(self.key.pubkey())
        mint = authority + bytes(8) + bytes([USDC_DECIMALS, 1]) + bytes(36)
        return [
            StoredAccount(str(self.key.pubkey()), LAMPORTS, str(SYSTEM), executable=False, data=b""),
            StoredAccount(USDC, 10**9, str(TOKEN), executable=False, data=mint),
            StoredAccount(WRAPPED, 10**9, str(TOKEN), executable=False, data=bytes(44) + b"\x09\x01" + bytes(36)),
        ]

    def payment(self, address: str, minor: int, mint: str, *, recent: str) -> VersionedTransaction:
        """Return a payment as any stranger would make it; a memo makes each another one."""
        try:
            to, of = Pubkey.from_string(address), Pubkey.from_string(mint) if mint else None
        except ValueError as error:
            raise RpcError(INVALID_PARAMS, "Invalid param: not an address") from error
        payer = self.key.pubkey()
        instructions = [set_compute_unit_limit(_UNITS)]
        if of is None:
            instructions.append(transfer(TransferParams(from_pubkey=payer, to_pubkey=to, lamports=minor)))
        else:
            instructions += _minted(payer, to, of, minor)
        instructions.append(Instruction(MEMO, os.urandom(8).hex().encode(), []))
        message = MessageV0.try_compile(payer, instructions, [], Hash.from_string(recent))
        return VersionedTransaction(message, [self.key])


def _minted(payer: Pubkey, owner: Pubkey, mint: Pubkey, minor: int) -> list[Instruction]:
    account = get_associated_token_address(owner, mint)
    made = [
        AccountMeta(payer, is_signer=True, is_writable=True),
        AccountMeta(account, is_signer=False, is_writable=True),
        *(AccountMeta(each, is_signer=False, is_writable=False) for each in (owner, mint, SYSTEM, TOKEN)),
    ]
    minted = [
        AccountMeta(mint, is_signer=False, is_writable=True),
        AccountMeta(account, is_signer=False, is_writable=True),
        AccountMeta(payer, is_signer=True, is_writable=False),
    ]
    data = bytes([_MINT_TO]) + minor.to_bytes(8, "little")
    return [Instruction(ASSOCIATED, b"\x01", made), Instruction(TOKEN, data, minted)]
