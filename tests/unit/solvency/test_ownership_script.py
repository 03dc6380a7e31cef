"""The script that checks who signed for addresses on ed25519: alone, against what custody signs."""

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from embit import base58

import solvency
from chains.adapters.stellar_address import address_of as stellar_address
from custody.base import Ownership
from custody.signers import ed25519, ownership
from kit.crypto import Secret
from solvency.check_ownership import ORDER, verify
from tests.unit.custody.test_ed25519 import RFC8032

SCRIPT = Path(solvency.__file__).parent / "check_ownership.py"
BLOCK = "FX1h4BL3dX96R9VsWfggVyUe1w2nfvJ2MFHEQPhCkbi5"
SECRET = bytes(range(32))


def address(family: str, public: bytes) -> str:
    if family == "solana":
        return str(base58.encode(public))
    if family == "stellar":
        return stellar_address(public)
    return "0x" + hashlib.blake2b(b"\0" + public, digest_size=32).hexdigest()


def stated(family: str, secret: bytes = SECRET) -> dict[str, str]:
    """What custody would publish of an address of this family."""
    public = ed25519.public_key_of(Secret(bytearray(secret)))
    own = address(family, public)
    text = ownership.message(Ownership(family, own, 7, 100, BLOCK), chain="main")
    content = ownership.digest(text, family=family, public_key=public)
    signature = ed25519.sign(Secret(bytearray(secret)), content, public_key=public)
    written = ownership.encode(signature, family=family, public_key=public)
    return {"address": own, "message": text, "scheme": ownership.SCHEMES[family], "signature": written}


def run(folder: Path, networks: Any) -> tuple[int, str]:
    path = folder / "reserves.json"
    path.write_text(json.dumps({"snapshot": 7, "networks": networks}))
    # -I: isolated, so that nothing of the project can be imported.
    done = subprocess.run([sys.executable, "-I", str(SCRIPT), str(path)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def network(*statements: dict[str, str]) -> dict[str, Any]:
    return {"height": 100, "block": BLOCK, "addresses": list(statements)}


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC8032)
def test_rfc8032(secret: str, public: str, message: str, signature: str) -> None:
    key, content, made = (bytes.fromhex(each) for each in (public, message, signature))
    assert verify(key, content, made)
    assert not verify(key, content + b"!", made)
    assert not verify(key, content, made[:32] + bytes(32))
    later = int.from_bytes(made[32:], "little") + ORDER  # the same signature in another form
    assert not verify(key, content, made[:32] + later.to_bytes(32, "little"))
    assert not verify(key[:31], content, made)
    assert not verify(b"\xff" * 32, content, made)


def test_it_says_yes_to_what_custody_signs(tmp_path: Path) -> None:
    families = ("solana", "stellar", "sui")
    code, said = run(tmp_path, {family: network(stated(family), stated(family, b"2" * 32)) for family in families})
    assert (code, said) == (0, "".join(f"{family}: 2 of 2 signatures checked and good.\n" for family in families))


def test_it_says_what_it_cannot_check(tmp_path: Path) -> None:
    other = {**stated("solana"), "scheme": "eip191"}
    code, said = run(tmp_path, {"solana": network(stated("solana"), other)})
    assert (code, said) == (
        0,
        "solana: 1 of 2 signatures checked and good; the others need a wallet that knows their scheme.\n",
    )


@pytest.mark.parametrize("family", ["solana", "stellar", "sui"])
def test_it_says_no(tmp_path: Path, family: str) -> None:
    good, other = stated(family), stated(family, b"2" * 32)
    stolen = {**good, "signature": other["signature"]}
    claimed = {**other, "message": good["message"]}
    renamed = {**good, "message": good["message"].replace("Snapshot: 7", "Snapshot: 8")}
    longer = {**good, "message": good["message"] + "\nand more"}
    elsewhere = {**good, "message": good["message"].replace(f"Network: {family}", "Network: other")}
    broken = {**good, "signature": base64.b64encode(b"x").decode()}
    for wrong in (stolen, claimed, renamed, longer, elsewhere, broken):
        code, said = run(tmp_path, {family: network(good, wrong)})
        assert (code, said[:3]) == (1, "NO:")
    assert run(tmp_path, {family: {**network(good), "height": 101}})[0] == 1
    assert run(tmp_path, {family: {**network(good), "block": BLOCK[::-1]}})[0] == 1


def test_it_says_no_to_what_is_no_file_of_reserves(tmp_path: Path) -> None:
    wrongs: tuple[Any, ...] = ([], {"solana": {}}, {"solana": network({})})
    for wrong in wrongs:
        code, said = run(tmp_path, wrong)
        assert (code, said[:29]) == (1, "NO: The file cannot be read: ")
