"""Any EVM network, over the standard Ethereum JSON-RPC."""

from collections.abc import Sequence

from chains.adapters import evm_payload
from chains.base import NetworkConfig, Payment, Signed, Unsigned


class EvmAdapter:
    """One EVM network, told from others by its chain id."""

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config
        self._chain_id = int(config.chain)

    def check_address(self, text: str) -> str:
        return evm_payload.check_address(text)

    def address_of(self, public_key: bytes) -> str:
        return evm_payload.address_of(public_key)

    def build(self, payment: Payment) -> Unsigned:
        return evm_payload.build(payment, network=self.config.code, chain_id=self._chain_id)

    def decode(self, payload: bytes) -> Unsigned:
        return evm_payload.decode(payload, network=self.config.code, chain_id=self._chain_id)

    def digests(self, payload: bytes) -> tuple[bytes, ...]:
        return evm_payload.digests(payload)

    def attach(self, payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
        return evm_payload.attach(payload, signatures, public_keys)

    def explain(self, raw: bytes) -> tuple[str, tuple[str, ...]]:
        return evm_payload.explain(raw)
