"""Real token contracts for the local EVM networks: compiled from devnet/contracts, and deployed as anyone would."""

import hashlib
import json
import subprocess
from collections.abc import Mapping
from functools import cache

from devnet.ethereum import Anvil
from devnet.places import ROOT, VAR

SOURCES = ROOT / "devnet" / "contracts"
COMPILER = ROOT / "scripts" / "contracts.mjs"
COMPILED = VAR / "contracts"
COMPILE_SECONDS = 120

OWNER = "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"
"""The last of anvil's development accounts: it deploys, has all the tokens, and does nothing else."""

FIRST = "0x700b6A60ce7EaaEA56F065753d8dcB9653dbAD35"
"""Where the first contract of OWNER's comes to be, on every chain: so it is known before it is there."""

DEPLOY_GAS = 3_000_000
_TRANSFER = "0xa9059cbb"
_EMPTY = "0x"


@cache
def compiled() -> Mapping[str, str]:
    """
    Return the creation bytecode of each contract by its name, in hexadecimal; compiled anew where a source has changed.

    :raises SystemExit: if the compiler is not there, or will not have them
    """
    target = COMPILED / f"{_digest()}.json"
    if not target.exists():
        COMPILED.mkdir(parents=True, exist_ok=True)
        command = ["node", str(COMPILER), str(target)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=COMPILE_SECONDS, check=False)
        if done.returncode:
            raise SystemExit(f"The token contracts do not compile (try `make setup`).\n{done.stdout}{done.stderr}")
    found: Mapping[str, str] = json.loads(target.read_text())
    return found


def deploy(node: Anvil, name: str, *, decimals: int) -> str:
    """Put a contract on the chain, in a block at once; return its address."""
    content = "0x" + compiled()[name] + f"{decimals:064x}"
    txid = node.pay({"from": OWNER, "data": content, "gas": hex(DEPLOY_GAS)})
    node.mine()
    receipt = node.call("eth_getTransactionReceipt", txid)
    return str(receipt["contractAddress"])


def has_first(node: Anvil) -> bool:
    """Say whether there is a contract at FIRST: an earlier start on the same data has put it there."""
    return bool(node.call("eth_getCode", FIRST, "latest") != _EMPTY)


def pay(node: Anvil, contract: str, address: str, minor: int, *, sender: str = OWNER) -> str:
    """Send tokens of a development account's to an address; return the transaction's hash. It waits for a block."""
    data = f"{_TRANSFER}{address[2:].lower():0>64}{minor:064x}"
    return node.pay({"from": sender, "to": contract, "data": data})


def _digest() -> str:
    total = hashlib.sha256()
    for path in [*sorted(SOURCES.glob("*.sol")), COMPILER, ROOT / "package-lock.json"]:
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]
