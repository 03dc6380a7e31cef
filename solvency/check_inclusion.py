"""
Check that your balance is part of a published total: python check_inclusion.py PROOF ROOTS [--person ID] [--balance N].

PROOF is the file you downloaded while signed in; ROOTS is the file that everybody can download. Stands alone: Python's
standard library, nothing of this project. docs/solvency.md says what this proves, and what it does not.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FORMAT = "holdfast-solvency-1"
LEAF, NODE = b"holdfast leaf 1\n", b"holdfast node 1\n"
"""Stand before what is hashed, so that a leaf can never be taken for a node."""

WIDTH = 32
"""Bytes of a hash and of a sum; sums are unsigned and big-endian, so that each has one form only."""

LIMIT = 1 << 8 * WIDTH
MOST_LEVELS = 64
_NUMBER = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Refused(Exception):
    """The proof is not good; the message says why."""


def leaf(*, asset: str, person: str, salt: bytes, balance: int) -> bytes:
    """Return a person's entry: the hash over all of it, then the balance. Hash and sum always stand together."""
    names = b"".join(bytes([len(name)]) + name for name in (asset.encode(), person.encode()))
    amount = balance.to_bytes(WIDTH, "big")
    return hashlib.sha256(LEAF + names + salt + amount).digest() + amount


def node(left: bytes, right: bytes) -> bytes:
    """
    Return the entry above two others: a hash over both hashes and both sums, then the total.

    Hashing the two sums apart, and not their total, is what makes it impossible to prove one total for two balances
    that add up to more (Chalkias, Chatzigiannis, Ji: "Broken Proofs of Solvency in Blockchain Custodial Wallets").

    :raises OverflowError: if the total does not fit
    """
    total = int.from_bytes(left[WIDTH:], "big") + int.from_bytes(right[WIDTH:], "big")
    return hashlib.sha256(NODE + left + right).digest() + total.to_bytes(WIDTH, "big")


def check(proof: Any, roots: Any, *, person: str = "", balance: int | None = None) -> str:
    """
    Return in words what is proved.

    :raises Refused: if it is not: for a changed leaf, sum, sibling or order, or another snapshot, asset or person
    """
    for name, document in (("proof", proof), ("published", roots)):
        if _text(document, "format", name) != FORMAT:
            raise Refused(f"The {name} file is not of the kind {FORMAT}.")
    asset, owner = _text(proof, "asset", "proof"), _text(proof, "person", "proof")
    if _whole(proof, "snapshot", "proof") != _whole(roots, "snapshot", "published"):
        raise Refused("The proof belongs to another snapshot than the published file.")
    published = _get(_get(roots, "assets", dict, "published"), asset, dict, "published")
    held = _amount(proof, "balance", "proof")
    if person and person != owner:
        raise Refused(f"The proof is of {owner}, not of {person}.")
    if balance is not None and balance != held:
        raise Refused(f"The proof says {held}, not {balance}.")
    salt = bytes.fromhex(_hash(proof, "salt"))
    entry = leaf(asset=asset, person=owner, salt=salt, balance=held)
    at = _text(roots, "at", "published")
    total = _climb(entry, proof, levels=_whole(published, "levels", "published"))
    if total[:WIDTH].hex() != _hash(published, "root"):
        raise Refused("The way up from your balance does not lead to the published root.")
    if int.from_bytes(total[WIDTH:], "big") != _amount(published, "liabilities", "published"):
        raise Refused("The sums on the way up do not make the published total.")
    return (
        f"YES: {held} minor units of {asset} of {owner} are counted in the total of {published['liabilities']}\n"
        f"of snapshot {roots['snapshot']} ({at}), under the root {published['root']}.\n"
        "Compare the root, or the digest of the published file, with what other people were given."
    )


def _climb(entry: bytes, proof: Any, *, levels: int) -> bytes:
    siblings = _get(proof, "siblings", list, "proof")
    place = _whole(proof, "place", "proof")
    if levels > MOST_LEVELS or len(siblings) != levels:
        raise Refused(f"The proof has {len(siblings)} steps, and the published tree has {levels} levels.")
    if place >= 1 << levels:
        raise Refused("The proof's place is outside the tree.")
    for sibling in siblings:
        if not isinstance(sibling, dict):
            raise Refused("A step of the proof is not a hash and a sum.")
        other = bytes.fromhex(_hash(sibling, "hash")) + _amount(sibling, "sum", "proof").to_bytes(WIDTH, "big")
        try:
            entry = node(other, entry) if place & 1 else node(entry, other)
        except OverflowError:
            raise Refused("A sum on the way up is larger than any sum may be.") from None
        place >>= 1
    return entry


def _get(document: Any, name: str, kind: type, where: str) -> Any:
    found = document.get(name) if isinstance(document, dict) else None
    if type(found) is not kind:
        raise Refused(f"The {where} file has no proper {name!r}.")
    return found


def _text(document: Any, name: str, where: str) -> str:
    text: str = _get(document, name, str, where)
    if not (text.isascii() and text.isprintable() and 0 < len(text) <= 255):
        raise Refused(f"The {where} file has no proper {name!r}.")
    return text


def _whole(document: Any, name: str, where: str) -> int:
    number: int = _get(document, name, int, where)
    if number < 0:
        raise Refused(f"{name!r} of the {where} file is negative.")
    return number


def _amount(document: Any, name: str, where: str) -> int:
    """Amounts are written as text: digits, nothing else. So none can be negative, and none is rounded by a reader."""
    text = _get(document, name, str, where)
    if not _NUMBER.fullmatch(text) or int(text) >= LIMIT:
        raise Refused(f"{name!r} of the {where} file is not a whole amount from 0 to 2^256 - 1: {text[:80]!r}.")
    return int(text)


def _hash(document: Any, name: str) -> str:
    text: str = _get(document, name, str, "proof or published")
    if not _HASH.fullmatch(text):
        raise Refused(f"{name!r} is not 64 hexadecimal digits.")
    return text


def read(path: Path) -> tuple[Any, str]:
    """
    Return the file's JSON, and the SHA-256 of its bytes.

    :raises Refused: if it cannot be read, or says one thing twice
    """
    try:
        content = path.read_bytes()
        return json.loads(content, object_pairs_hook=_once), hashlib.sha256(content).hexdigest()
    except (OSError, ValueError, RecursionError) as error:
        raise Refused(f"{path} cannot be read: {error}.") from None


def _once(pairs: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("it names one thing twice")
    return document


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check that your balance is part of a published total.")
    parser.add_argument("proof", type=Path, help="the file you downloaded while signed in")
    parser.add_argument("roots", type=Path, help="the published file of the same snapshot")
    parser.add_argument("--person", default="", help="your account's id (usr_…), as your settings show it")
    parser.add_argument("--balance", type=int, help="what you held then, in minor units")
    given = parser.parse_args(arguments)
    try:
        proof, _ = read(given.proof)
        roots, digest = read(given.roots)
        said = check(proof, roots, person=given.person, balance=given.balance)
    except Refused as problem:
        sys.stdout.write(f"NO: {problem}\n")
        return 1
    sys.stdout.write(f"{said}\nSHA-256 of the published file: {digest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
