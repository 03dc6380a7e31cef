"""A network of ed25519 keys that is nowhere: enough of one for its addresses to be made, given out and signed for."""

from dataclasses import replace
from typing import Any

from embit import base58

import assets.queries
import chains.queries
from assets.models import Network
from chains.adapters.plain import PlainAdapter
from chains.registry import ADAPTERS
from chains.values import Curve, NetworkConfig, Output, Signed, Unsigned
from custody.base import Intent
from custody.queries import hot_address
from custody.signers import ed25519

ISLAND = "island"
POOL = 5


class IslandAdapter(PlainAdapter):
    """Payloads are lines: sender, number, recipient, amount. What is signed is the payload itself."""

    curve = Curve.ED25519

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config

    def address_of(self, public_key: bytes) -> str:
        return str(base58.encode(public_key))

    def decode(self, payload: bytes) -> Unsigned:
        sender, number, to, minor = payload.decode().split("\n")
        output = Output(to, int(minor))
        return Unsigned(ISLAND, payload, (sender,), (output,), 5, (f"{sender}:{number}",))

    def digests(self, payload: bytes) -> tuple[bytes, ...]:
        return (payload,)

    def attach(self, payload: bytes, signatures: list[bytes], public_keys: list[bytes]) -> Signed:
        ed25519.check_signature(signatures[0], payload, public_key=public_keys[0])
        return Signed(raw=signatures[0] + payload, txid=signatures[0].hex())

    def explain(self, raw: bytes) -> tuple[str, tuple[str, ...]]:
        return raw[:64].hex(), self.decode(raw[64:]).replay_tokens


def add_island(settings: Any, monkeypatch: Any, *, pool: int = POOL) -> None:
    """Let the network exist for one test; what was read of networks before is forgotten, and again afterwards."""
    settings.NETWORKS = {
        **settings.NETWORKS,
        ISLAND: replace(settings.NETWORKS["ethereum"], code=ISLAND, adapter=ISLAND, chain="1", key_pool=pool),
    }
    monkeypatch.setitem(ADAPTERS.entries, ISLAND, "tests.factories.island.IslandAdapter")
    Network.objects.create(code=ISLAND, name="Island", family="solana", native_asset="ETH", position=99)
    forget()


def forget() -> None:
    assets.queries.forget()
    chains.queries.forget()


def island_payment(*, number: int = 1, minor: int = 10, sender: str = "") -> tuple[bytes, Intent]:
    """Return a payment from the hot wallet and the intent that fits it."""
    payload = f"{sender or hot_address(network=ISLAND)}\n{number}\nstranger\n{minor}".encode()
    return payload, Intent(ISLAND, "stranger", minor, "", 5, (), "txn_test")
