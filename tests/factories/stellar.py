"""A Stellar ledger of a test's own, and transactions made by hand."""

import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import stellar_sdk
from stellar_sdk import Account, Keypair, TransactionBuilder, TransactionEnvelope
from stellar_sdk.memo import Memo
from stellar_sdk.operation import Operation

import assets.queries
from custody.services import pool
from devnet.places import free_port
from devnet.stellar.ledger import ISSUER, PASSPHRASE
from tests.factories.chain_nodes import running, wait_until_ready
from tests.factories.chains import STELLAR
from tests.factories.world import World, living_world


def keypair(name: str) -> Keypair:
    """The same key for the same name, every time."""
    return Keypair.from_raw_ed25519_seed(hashlib.sha256(name.encode()).digest())


def use_stellar(settings: Any, url: str, *, channels: int = 0) -> None:
    """Put the network on this ledger."""
    config = replace(STELLAR, channels=channels, rpc_urls=(url,), tokens=(("USDC.XLM", f"USDC:{ISSUER}"),))
    settings.NETWORKS = {**settings.NETWORKS, "stellar": config}


def lent_horizon() -> "Horizon":
    """The ledger that the test run was lent; people on it keep what they have from one test to the next."""
    url = os.environ.get("STELLAR_RPC_URLS")
    if not url:
        pytest.skip("the local networks are not running: use make test")
    return Horizon(url)


@contextmanager
def stellar_world(settings: Any, folder: Path, node: "Horizon", *, capital: str, channels: int = 0) -> Iterator[World]:
    """
    A world on this ledger (and Bitcoin), where the company's account is open and trusts what it may hold.

    `channels`: so many accounts are open besides, whose numbers sends take.
    """
    node.control("reset")
    node.control("forget")
    use_stellar(settings, node.url, channels=channels)
    try:
        with living_world(settings, folder, ("bitcoin", "stellar")) as world:
            world.fund_hot_wallet("stellar", capital)
            pool.fill_all(now=world.now)
            for _ in range(2 + channels):
                world.turn(1)
                world.mine("stellar")
            world.turn(1)
            yield world
    finally:
        assets.queries.forget()


class Horizon:
    """What a test asks of the ledger, over HTTP."""

    def __init__(self, url: str, *, process_id: int = 0) -> None:
        self.url = url
        self.process_id = process_id

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        return _open(urllib.request.Request(self.url + path))

    def post(
        self, envelope: TransactionEnvelope | Any, path: str = "/transactions_async"
    ) -> tuple[int, dict[str, Any]]:
        body = urlencode({"tx": envelope if isinstance(envelope, str) else envelope.to_xdr()}).encode()
        return _open(urllib.request.Request(self.url + path, body))

    def control(self, name: str, **arguments: Any) -> Any:
        status, body = _open(urllib.request.Request(f"{self.url}/devnet/{name}", json.dumps(arguments).encode()))
        assert status == 200, body
        return body["result"]

    def mine(self, ledgers: int = 1) -> int:
        return int(self.control("mine", ledgers=ledgers))

    def fund(self, address: str, amount: str, code: str = "") -> str:
        return str(self.control("fund", address=address, amount=amount, code=code))

    def open(self, *names: str, amount: str = "1000") -> None:
        """Make these people accounts."""
        for name in names:
            self.fund(keypair(name).public_key, amount)
        self.mine()

    def account(self, name: str) -> dict[str, Any]:
        status, body = self.get(f"/accounts/{keypair(name).public_key}")
        assert status == 200, body
        return body

    def balance(self, name: str, code: str = "") -> str:
        wanted = {"asset_code": code} if code else {"asset_type": "native"}
        lines: list[dict[str, str]] = self.account(name)["balances"]
        return next(line["balance"] for line in lines if wanted.items() <= line.items())

    def records(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(path)[1]["_embedded"]["records"]
        return found

    def lumens(self) -> stellar_sdk.Asset:
        return stellar_sdk.Asset.native()

    def usdc(self) -> stellar_sdk.Asset:
        return stellar_sdk.Asset("USDC", self.control("issuer"))

    def build(
        self,
        owner: str,
        *operations: Operation,
        memo: Memo | None = None,
        fee: int = 100,
        sequence: int | None = None,
        signers: tuple[str, ...] | None = None,
        **bounds: Any,
    ) -> TransactionEnvelope:
        """A transaction of the owner's next number, signed by the owner, or by `signers` instead."""
        last = int(self.account(owner)["sequence"]) if sequence is None else sequence - 1
        builder = TransactionBuilder(Account(keypair(owner).public_key, last), PASSPHRASE, base_fee=fee)
        for operation in operations:
            builder.append_operation(operation)
        if memo:
            builder.add_memo(memo)
        for name, value in bounds.items():
            getattr(builder, name)(*value)
        if "add_time_bounds" not in bounds:
            builder.add_time_bounds(0, 0)
        envelope = builder.build()
        for name in signers if signers is not None else (owner,):
            envelope.sign(keypair(name))
        return envelope


@contextmanager
def horizon(folder: Path, *, close_seconds: float = 0, patience_seconds: float = 0.3) -> Iterator[Horizon]:
    port = free_port()
    command = [sys.executable, "-m", "devnet.stellar", "--port", str(port), "--data", str(folder)]
    command += ["--close-seconds", str(close_seconds), "--patience-seconds", str(patience_seconds)]
    with running(command) as process:
        node = Horizon(f"http://127.0.0.1:{port}", process_id=process.pid)
        wait_until_ready(lambda: node.get("/")[0] == 200, process)
        yield node


def _open(request: urllib.request.Request) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
