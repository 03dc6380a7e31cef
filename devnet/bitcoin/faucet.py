"""A purse of freshly mined coins: the miner's key, kept in the data folder, and payments out of it."""

import os
from pathlib import Path

from bitcoin.core import CTransaction
from embit import ec, script
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from devnet.bitcoin.chain import COINBASE_MATURITY
from devnet.bitcoin.errors import INVALID_PARAMETER, RpcError
from devnet.bitcoin.mempool import Mempool

SATOSHI_PER_VBYTE = 5
OVERHEAD_VBYTES = 11
INPUT_VBYTES = 69
OUTPUT_VBYTES = 43
REPLACEABLE = 0xFFFFFFFD
MAX_INPUTS = 500
DUST = 1_000


class Faucet:
    """Owns one key; every block the node mines by itself pays it."""

    def __init__(self, folder: Path, mempool: Mempool) -> None:
        self.mempool = mempool
        self.key = _load_key(folder / "faucet.key")
        self.script = bytes(script.p2wpkh(self.key).data)

    def pay(self, to: bytes, satoshi: int) -> CTransaction:
        """
        Build, sign and submit a replaceable payment to an output script.

        :raises RpcError: -8 when the purse does not hold as much
        """
        places, total = self._choose(satoshi)
        fee = SATOSHI_PER_VBYTE * (OVERHEAD_VBYTES + INPUT_VBYTES * len(places) + 2 * OUTPUT_VBYTES)
        outputs = [TransactionOutput(satoshi, script.Script(to))]
        rest = total - satoshi - fee
        if rest >= DUST:
            outputs.append(TransactionOutput(rest, script.Script(self.script)))
        inputs = [TransactionInput(txid[::-1], number, sequence=REPLACEABLE) for (txid, number), _ in places]
        transaction = Transaction(version=2, vin=inputs, vout=outputs, locktime=0)
        code = script.p2pkh_from_p2wpkh(script.Script(self.script))
        for position, (_, value) in enumerate(places):
            digest = transaction.sighash_segwit(position, code, value)
            witness = script.witness_p2wpkh(self.key.sign(digest), self.key.get_public_key())
            transaction.vin[position].witness = witness
        signed = CTransaction.deserialize(transaction.serialize())
        self.mempool.accept(signed)
        return signed

    def _choose(self, satoshi: int) -> tuple[list[tuple[tuple[bytes, int], int]], int]:
        chosen, total = [], 0
        for place, value in self._purse():
            chosen.append((place, value))
            total += value
            fee = SATOSHI_PER_VBYTE * (OVERHEAD_VBYTES + INPUT_VBYTES * len(chosen) + 2 * OUTPUT_VBYTES)
            if total >= satoshi + fee:
                return chosen, total
            if len(chosen) == MAX_INPUTS:
                break
        raise RpcError(INVALID_PARAMETER, f"The faucet holds too little for this: {total} satoshi")

    def _purse(self) -> list[tuple[tuple[bytes, int], int]]:
        """Return its spendable outputs, confirmed ones first and the largest of them first."""
        chain, spender = self.mempool.chain, self.mempool.spender
        confirmed = [
            (place, coin.output.nValue)
            for place, coin in chain.coins.items()
            if coin.output.scriptPubKey == self.script
            and place not in spender
            and coin.output.nValue > DUST
            and (not coin.is_coinbase or chain.height + 1 - coin.height >= COINBASE_MATURITY)
        ]
        waiting = [
            ((entry.txid, number), output.nValue)
            for entry in self.mempool.entries.values()
            for number, output in enumerate(entry.transaction.vout)
            if output.scriptPubKey == self.script and (entry.txid, number) not in spender
        ]
        return sorted(confirmed, key=lambda item: -item[1]) + waiting


def _load_key(path: Path) -> ec.PrivateKey:
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(os.urandom(32).hex())
    return ec.PrivateKey(bytes.fromhex(path.read_text().strip()))
