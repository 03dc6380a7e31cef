"""Bitcoin, over the JSON-RPC of Bitcoin Core."""

from collections.abc import Sequence

from chains.adapters import bitcoin_address, bitcoin_payload
from chains.base import NetworkConfig, Payment, Signed, Unsigned


class BitcoinAdapter:
    """One Bitcoin network: main, test, signet or regtest."""

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config

    def check_address(self, text: str) -> str:
        script = bitcoin_address.to_script(text, chain=self.config.chain)
        return str(bitcoin_address.to_address(script, chain=self.config.chain))

    def address_of(self, public_key: bytes) -> str:
        script = bitcoin_address.witness_key_hash_script(public_key)
        return str(bitcoin_address.to_address(script, chain=self.config.chain))

    def build(self, payment: Payment) -> Unsigned:
        return bitcoin_payload.build(payment, network=self.config.code, chain=self.config.chain)

    def decode(self, payload: bytes) -> Unsigned:
        return bitcoin_payload.decode(payload, network=self.config.code, chain=self.config.chain)

    def digests(self, payload: bytes) -> tuple[bytes, ...]:
        return bitcoin_payload.digests(payload)

    def attach(self, payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
        return bitcoin_payload.attach(payload, signatures, public_keys)

    def explain(self, raw: bytes) -> tuple[str, tuple[str, ...]]:
        return bitcoin_payload.explain(raw)
