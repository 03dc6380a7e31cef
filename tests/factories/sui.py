"""A Sui network of a test's own, and transactions made by hand."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc

import assets.queries
import chains.queries
from chains.adapters import sui_bcs, sui_payload
from chains.adapters.sui_messages import MESSAGES, SERVICE_OF, make
from chains.values import ObjectVersion
from devnet.places import free_port
from devnet.sui.client import SuiNode
from devnet.sui.state import USDC
from tests.factories.chain_nodes import running, wait_until_ready
from tests.factories.chains import SUI, edwards_key

__all__ = ["USDC", "SuiNode", "ask", "execute", "public", "signed_by", "sui_nodes", "sui_used", "transaction"]


@contextmanager
def sui_nodes(folder: Path, *, mirrors: int = 0) -> Iterator[list[SuiNode]]:
    """Nodes of one chain, each with levers of its own."""
    ports = [free_port() for _ in range(1 + mirrors)]
    command = [sys.executable, "-m", "devnet.sui", "--port", str(ports[0]), "--data", str(folder)]
    for port in ports[1:]:
        command += ["--mirror", str(port)]
    with running(command) as process:
        nodes = [SuiNode(f"http://127.0.0.1:{port}") for port in ports]
        wait_until_ready(nodes[0].is_ready, process)
        yield nodes


@contextmanager
def sui_used(settings: Any, *nodes: SuiNode) -> Iterator[None]:
    """Put the network on these nodes for one test."""
    config = replace(SUI, rpc_urls=tuple(node.url for node in nodes), tokens=(("USDC.SUI", USDC),))
    settings.NETWORKS = {**settings.NETWORKS, "sui": config}
    forget()
    try:
        yield
    finally:
        forget()


def forget() -> None:
    assets.queries.forget()
    chains.queries.forget()


def ask(node: SuiNode, method: str, **fields: Any) -> Any:
    """Call a node's method as anyone may. :raises grpc.RpcError: if it says no"""
    with grpc.insecure_channel(node.url.removeprefix("http://")) as channel:
        call = channel.unary_unary(f"/{SERVICE_OF[method]}/{method}")
        answer = call(make(f"{method}Request", **fields).SerializeToString(), timeout=10)
    return MESSAGES[f"{method}Response"].FromString(answer)


def public(name: str) -> str:
    """The address of the key that this name always has."""
    return sui_payload.address_of(edwards_key(name).public_key().public_bytes_raw())


def transaction(
    owner: str,
    *,
    inputs: Sequence[bytes],
    commands: Sequence[bytes],
    gas: Sequence[ObjectVersion],
    payer: str = "",
    sender: str = "",
    price: int = 1_000,
    budget: int = 20_000_000,
    last_epoch: int | None = None,
) -> bytes:
    """TransactionData as anybody may write it, of people's names; `sender` is an address in place of the owner's."""
    expiration = b"\0" if last_epoch is None else b"\1" + sui_bcs.u64(last_epoch)
    return (
        b"\0\0"
        + sui_bcs.listed(inputs)
        + sui_bcs.listed(commands)
        + sui_bcs.address(sender or public(owner))
        + sui_bcs.listed([sui_bcs.reference(each) for each in gas])
        + sui_bcs.address(public(payer or owner))
        + sui_bcs.u64(price)
        + sui_bcs.u64(budget)
        + expiration
    )


def signed_by(content: bytes, *names: str) -> list[bytes]:
    keys = [edwards_key(name) for name in names]
    hashed = sui_payload.signing_hash(content)
    return [b"\0" + key.sign(hashed) + key.public_key().public_bytes_raw() for key in keys]


def execute(node: SuiNode, content: bytes, signatures: Sequence[bytes]) -> str:
    answer = ask(
        node,
        "ExecuteTransaction",
        transaction=make("Transaction", bcs=make("Bcs", value=content)),
        signatures=[make("UserSignature", bcs=make("Bcs", value=each)) for each in signatures],
    )
    return str(answer.transaction.digest)
