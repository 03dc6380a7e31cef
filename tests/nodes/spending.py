"""Keys and payments of a stranger, built without any code of the product or of the node."""

import os
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from embit import ec, script
from embit.networks import NETWORKS
from embit.transaction import Transaction, TransactionInput, TransactionOutput

COIN = 10**8
REPLACEABLE = 0xFFFFFFFD
FINAL = 0xFFFFFFFE


@dataclass(frozen=True)
class Output:
    txid: str
    vout: int
    satoshi: int


class Purse:
    """One key with a native segwit address."""

    def __init__(self) -> None:
        self.key = ec.PrivateKey(os.urandom(32))
        self.script = script.p2wpkh(self.key)
        self.address = str(self.script.address(NETWORKS["regtest"]))

    def funded(self, node: Any, amount: str) -> Output:
        """Ask the faucet and mine; return what arrived."""
        txid = node.devnet_fund(self.address, amount)
        node.devnet_mine(1)
        return self.output_of(node, txid)

    def output_of(self, node: Any, txid: str) -> Output:
        found = next(
            each
            for each in node.getrawtransaction(txid, True)["vout"]
            if each["scriptPubKey"]["address"] == self.address
        )
        return Output(txid, found["n"], satoshi(found["value"]))

    def pay(
        self,
        outputs: list[Output],
        to: list[tuple[str, int]],
        *,
        sequence: int = REPLACEABLE,
        key: ec.PrivateKey | None = None,
    ) -> str:
        """Return a signed transaction as hex; `key` signs in place of the right one."""
        transaction = Transaction(
            version=2,
            vin=[TransactionInput(bytes.fromhex(each.txid), each.vout, sequence=sequence) for each in outputs],
            vout=[TransactionOutput(amount, script.address_to_scriptpubkey(address)) for address, amount in to],
        )
        code = script.p2pkh_from_p2wpkh(self.script)
        for position, output in enumerate(outputs):
            digest = transaction.sighash_segwit(position, code, output.satoshi)
            signature = (key or self.key).sign(digest)
            transaction.vin[position].witness = script.witness_p2wpkh(signature, self.key.get_public_key())
        return str(transaction.serialize().hex())


def satoshi(amount: Any) -> int:
    value = Decimal(str(amount)) * COIN
    assert value == int(value)
    return int(value)
