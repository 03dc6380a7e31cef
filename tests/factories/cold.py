"""Cold keys that nobody but a test has, and wallets that know nothing of this house: eth-account and embit."""

import os
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import rlp
from embit import ec, script
from embit.networks import NETWORKS as BITCOIN_CHAINS
from embit.psbt import PSBT
from embit.transaction import Transaction as BitcoinTransaction
from embit.transaction import TransactionOutput
from eth_account import Account
from eth_utils.address import to_checksum_address

from accounts.models import Role
from assets.queries import native_asset
from tests.factories.accounts import make_user
from tests.factories.world import World
from transactions.flows import cold_signing
from transactions.models import Refill
from transactions.services import refills

NAMES = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "data")
"""The fields of EIP-1559 as wallets call them, in their order; the last one, an access list, is left empty."""


class EvmKey:
    """A key of Ethereum's that signs whatever it is handed, or something else."""

    def __init__(self) -> None:
        self.account = Account.create()
        self.address = str(self.account.address)

    def sign(self, text: str, **instead: Any) -> str:
        """Return the signed transaction in hexadecimal; `instead`: fields that it has otherwise than was asked."""
        fields = dict(zip(NAMES, rlp.decode(bytes.fromhex(text[4:])), strict=False))
        found: dict[str, Any] = {name: int.from_bytes(fields[name]) for name in NAMES if name not in {"to", "data"}}
        found |= {"to": str(to_checksum_address(fields["to"])), "data": "0x" + fields["data"].hex(), "type": 2}
        return "0x" + bytes(self.account.sign_transaction({**found, **instead}).raw_transaction).hex()


class BitcoinKey:
    """A key of Bitcoin's, behind a P2WPKH address."""

    def __init__(self) -> None:
        self.key = ec.PrivateKey(os.urandom(32))
        self.address = str(script.p2wpkh(self.key).address(BITCOIN_CHAINS["regtest"]))

    def sign(self, text: str, *, outputs: Sequence[tuple[str, int]] | None = None) -> str:
        """Return the PSBT with this key's signatures; `outputs`: addresses and satoshi in place of its own."""
        psbt = PSBT.from_base64(text)
        if outputs is not None:
            psbt = self._paying(psbt, outputs)
        assert psbt.sign_with(self.key) == len(psbt.inputs)
        return str(psbt.to_base64())

    def pays(self, text: str) -> list[tuple[str, int]]:
        """Return what a PSBT pays: addresses and satoshi."""
        chain = BITCOIN_CHAINS["regtest"]
        return [(str(vout.script_pubkey.address(chain)), int(vout.value)) for vout in PSBT.from_base64(text).tx.vout]

    def _paying(self, psbt: PSBT, outputs: Sequence[tuple[str, int]]) -> PSBT:
        vout = [TransactionOutput(minor, script.address_to_scriptpubkey(address)) for address, minor in outputs]
        made = PSBT(BitcoinTransaction(version=2, vin=psbt.tx.vin, vout=vout, locktime=0))
        for scope, source in zip(made.inputs, psbt.inputs, strict=True):
            scope.witness_utxo = source.witness_utxo
        return made


def cold_key(network: str) -> Any:
    return BitcoinKey() if network == "bitcoin" else EvmKey()


def keep_cold(world: World, network: str, address: str, **limits: str) -> None:
    """Configure a cold address and limits as floor/target/ceiling in units, of the native asset or those named."""
    config = replace(world.settings.NETWORKS[network], cold_addresses=(address,))
    world.settings.NETWORKS = {**world.settings.NETWORKS, network: config}
    named = {name.replace("_", "."): texts for name, texts in limits.items()}
    world.settings.HOT_LIMITS = {
        (native_asset(network).code if name == "native" else name): tuple(Decimal(each) for each in texts.split("/"))
        for name, texts in named.items()
    }


def approve(world: World, refill: Refill) -> None:
    """Let two operators approve."""
    for _ in range(2):
        operator = make_user(role=Role.OPERATOR)
        refills.approve(refill_id=refill.pk, actor=operator.pk, now=world.now)
    refill.refresh_from_db()


def export(world: World, refill: Refill) -> str:
    return cold_signing.export(refill_id=refill.pk, actor="usr_1", now=world.now).text
