"""From 24 words to keys: BIP-39, BIP-32, BIP-44 and BIP-84, on embit."""

from collections.abc import Iterator
from contextlib import contextmanager

from embit import bip32, bip39

from custody.base import Purpose
from custody.errors import KeyMismatch
from kit.crypto import Secret

ENTROPY_BYTES = 32
"""24 words."""

_ACCOUNTS = {Purpose.DEPOSIT: 0, Purpose.HOT: 1, Purpose.CHANGE: 2}
_STELLAR_ACCOUNTS = {Purpose.HOT: 0, Purpose.DEPOSIT: 1, Purpose.CHANGE: 2}
_COINS = {"evm": 60, "solana": 501, "stellar": 148, "sui": 784}


def account_path(*, family: str, chain: str, purpose: Purpose) -> str:
    """
    Return the account's path: BIP-84 on Bitcoin, BIP-44 on EVM networks, BIP-44 with SLIP-10 on the others.

    Coin types are SLIP-44's: 0 Bitcoin, 1 its test chains, 60 Ether, 501 Solana, 148 Stellar, 784 Sui. Each
    purpose has an account of its own, so that one extended public key shows one kind of address.
    """
    coin = {"bitcoin": 0 if chain == "main" else 1, **_COINS}[family]
    account = _STELLAR_ACCOUNTS[purpose] if family == "stellar" else _ACCOUNTS[purpose]
    return f"m/{84 if family == 'bitcoin' else 44}'/{coin}'/{account}'"


def key_path(account: str, index: int) -> str:
    """Return the path of a key of secp256k1 below its account."""
    return f"{account}/0/{index}"


def hardened_path(account: str, index: int, *, family: str, purpose: Purpose) -> str:
    """
    Return the path of a key of ed25519 below its account; every step is hardened.

    Solana m/44'/501'/account'/index', Sui m/44'/784'/account'/0'/index', as wallets have them. Stellar's hot key is
    SEP-5's first account itself, m/44'/148'/0', so that any wallet finds it by the words.
    """
    if family == "stellar" and purpose is Purpose.HOT:
        return account
    return f"{account}/0'/{index}'" if family == "sui" else f"{account}/{index}'"


def public_key_at(xpub: str, index: int) -> bytes:
    """Return the compressed public key at 0/index below an extended public key."""
    public_key: bytes = bip32.HDKey.from_string(xpub).derive([0, index]).key.sec()
    return public_key


def extended_public_key(entropy: Secret, path: str) -> str:
    """Return the xpub of an account: enough to derive its addresses, useless for spending."""
    with nothing_shown():
        return str(_derive(entropy, path).to_public())


def private_key_at(entropy: Secret, path: str) -> Secret:
    with nothing_shown():
        return Secret(bytearray(_derive(entropy, path).key.serialize()))


def _derive(entropy: Secret, path: str) -> bip32.HDKey:
    return bip32.HDKey.from_seed(bip39.mnemonic_to_seed(bip39.mnemonic_from_bytes(bytes(entropy.reveal())))).derive(
        path
    )


@contextmanager
def nothing_shown() -> Iterator[None]:
    """Replace any error by one without a past: the frames on the way hold words and keys that print themselves."""
    try:
        yield
    except Exception:  # noqa: BLE001 - whatever it is, it must not travel on
        raise KeyMismatch("The key could not be derived.") from None
