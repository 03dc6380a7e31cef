"""Stellar's addresses (SEP-23), its memos, and how both are written here. Amounts have seven decimals."""

import re
from decimal import Decimal

from stellar_sdk import MuxedAccount, StrKey

from chains.errors import AddressInvalid, MemoInvalid

STROOPS = 10_000_000
MOST_STROOPS = 2**63 - 1
MOST_ID = 2**64 - 1
MOST_TEXT_BYTES = 28

_ACCOUNT = re.compile(r"G[A-Z2-7]{55}|M[A-Z2-7]{68}", re.ASCII)
_AMOUNT = re.compile(r"(\d{1,12})(?:\.(\d{1,7}))?", re.ASCII)
_DIGITS = re.compile(r"0|[1-9]\d{0,19}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_WHY = {
    "C": "This is the address of a contract. We pay accounts only: their addresses begin with G or M.",
    "S": "This is a secret key, not an address. Whoever has seen it can take everything: move those coins away now.",
}


def check_address(text: str) -> str:
    """Return a G or M address as it is. :raises AddressInvalid: saying why"""
    if not _ACCOUNT.fullmatch(text):
        known = _WHY.get(text[:1]) if len(text) == 56 else None
        raise AddressInvalid(known or "An address on Stellar begins with G or M and has 56 or 69 characters.")
    is_valid = StrKey.is_valid_ed25519_public_key if text[0] == "G" else StrKey.is_valid_med25519_public_key
    if not is_valid(text):
        raise AddressInvalid("Its checksum does not fit: a character is wrong or missing.")
    return text


def address_of(public_key: bytes) -> str:
    return StrKey.encode_ed25519_public_key(public_key)


def tagged_address(account: str, tag: int) -> str:
    """Return the M address of a part of an account."""
    muxed = MuxedAccount(account, tag).account_muxed
    assert muxed is not None
    return muxed


def account_of(address: str) -> str:
    """Return the account behind a G or M address. :raises ValueError: for anything else"""
    return MuxedAccount.from_account(address).account_id


def check_contract(contract: str) -> tuple[str, str]:
    """Return code and issuer of an asset written CODE:ISSUER. :raises ValueError: for anything else"""
    code, _, issuer = contract.partition(":")
    if not re.fullmatch(r"[A-Za-z0-9]{1,12}", code, re.ASCII) or not StrKey.is_valid_ed25519_public_key(issuer):
        raise ValueError(f"not an asset of Stellar: {contract[:80]}")
    return code, issuer


def stroops(amount: str) -> int:
    """Return 1.5000000 as 15000000. :raises ValueError: unless it is an amount as Horizon writes it"""
    if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount):
        raise ValueError("not an amount")
    found = int(Decimal(amount) * STROOPS)
    if found > MOST_STROOPS:
        raise ValueError("more than there can be")
    return found


def amount(minor: int) -> str:
    """Return 15000000 as 1.5000000."""
    return f"{minor // STROOPS}.{minor % STROOPS:07d}"


def check_memo(to: str, memo: str) -> str:
    """
    Return a memo in canonical form: id:7, text:…, hash:… or return:… in hex; empty: none.

    Digits alone are an id, and anything else a text, unless one of those words stands before it.

    :raises MemoInvalid: if it fits none, or the address names its part of the account already
    """
    memo = memo.strip()
    if not memo:
        return ""
    if to.startswith("M"):
        raise MemoInvalid("This address names its owner by itself: there must be no memo beside it.")
    kind, colon, content = memo.partition(":")
    if not colon or kind not in {"id", "text", "hash", "return"}:
        kind, content = ("id" if _DIGITS.fullmatch(memo) else "text"), memo
    if kind == "id" and not (_DIGITS.fullmatch(content) and int(content) <= MOST_ID):
        raise MemoInvalid("A numeric memo is a whole number of at most 18,446,744,073,709,551,615.")
    if kind == "text" and not 0 < len(content.encode()) <= MOST_TEXT_BYTES:
        raise MemoInvalid(f"A memo in words has at most {MOST_TEXT_BYTES} bytes; this has {len(content.encode())}.")
    if kind in {"hash", "return"} and not _HASH.fullmatch(content):
        raise MemoInvalid("A memo of this kind has 64 hexadecimal digits.")
    return f"{kind}:{content}"
