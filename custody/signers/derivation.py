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


def account_path(*, family: str, chain: str, purpose: Purpose) -> str:
    """
    Return the account's path: BIP-84 on Bitcoin, BIP-44 on EVM networks.

    Coin types are SLIP-44's: 0 Bitcoin, 1 its test chains, 60 Ether. Each purpose has an
    account of its own, so that one extended public key shows one kind of address.
    """
    scheme = {"bitcoin": f"84'/{0 if chain == 'main' else 1}'", "evm": "44'/60'"}[family]
    return f"m/{scheme}/{_ACCOUNTS[purpose]}'"


def key_path(account: str, index: int) -> str:
    return f"{account}/0/{index}"


def public_key_at(xpub: str, index: int) -> bytes:
    """Return the compressed public key at 0/index below an extended public key."""
    public_key: bytes = bip32.HDKey.from_string(xpub).derive([0, index]).key.sec()
    return public_key


def extended_public_key(entropy: Secret, path: str) -> str:
    """Return the xpub of an account: enough to derive its addresses, useless for spending."""
    with _nothing_shown():
        return str(_derive(entropy, path).to_public())


def private_key_at(entropy: Secret, path: str) -> Secret:
    with _nothing_shown():
        return Secret(bytearray(_derive(entropy, path).key.serialize()))


def _derive(entropy: Secret, path: str) -> bip32.HDKey:
    return bip32.HDKey.from_seed(bip39.mnemonic_to_seed(bip39.mnemonic_from_bytes(bytes(entropy.reveal())))).derive(
        path
    )


@contextmanager
def _nothing_shown() -> Iterator[None]:
    """Replace any error by one without a past: embit's frames hold words and keys that print themselves."""
    try:
        yield
    except Exception:  # noqa: BLE001 - whatever it is, it must not travel on
        raise KeyMismatch("The key could not be derived.") from None
