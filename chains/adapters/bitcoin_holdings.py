"""
What a Bitcoin node says its addresses hold at one block: its unspent outputs now, less what later blocks made, and
with what later blocks have spent.

The set of unspent outputs is the node's as of its tip, which it names; blocks are read from that one down by their
hashes, so a reorg meanwhile changes nothing of what is read, and one that reaches the block asked for is noticed.
"""

from collections.abc import Iterable, Mapping, Sequence

from bitcoin.core import CBlock, CTransaction, b2lx

from chains.adapters import bitcoin_address
from chains.adapters.agreement import agreed, witnesses
from chains.adapters.bitcoin_node import read_block, read_transaction, satoshi
from chains.endpoints import Ask, EndpointDown, Endpoints
from chains.values import BlockRef, Coin, Holdings, NetworkConfig, Outpoint, Paid

MOST_BLOCKS = 200
"""A node further ahead of the block asked for than this is not asked: it would have to hand out all of them."""


class BitcoinHoldings:
    """Reads of every node by itself; the scan takes minutes on a large network, so it has a patience of its own."""

    def __init__(self, config: NetworkConfig, endpoints: Endpoints) -> None:
        self._config = config
        self._endpoints = endpoints

    def holdings(self, addresses: Sequence[str], *, block: BlockRef) -> Holdings:
        scripts = {bitcoin_address.to_script(each, chain=self._config.chain): each for each in addresses}
        answers = self._endpoints.each(lambda ask: frozenset(self._coins_at(ask, scripts, block)))
        found, nodes = agreed(self._endpoints, answers, what=f"what is held at block {block.height}")
        minor = dict.fromkeys(addresses, 0)
        for coin in found:
            minor[coin.address] += coin.minor
        coins = tuple(sorted(found, key=lambda coin: str(coin.outpoint)))
        return Holdings(minor=minor, nodes=nodes, coins=coins)

    def witnesses(self, block: BlockRef) -> int:
        hashes = self._endpoints.each(lambda ask: str(ask("getblockhash", [block.height])))
        return witnesses(self._endpoints, hashes, block=block)

    def paid(self, txids: Sequence[str]) -> Mapping[str, Paid]:
        answers = self._endpoints.each(lambda ask: {txid: Paid(True, _fee_of(ask, txid)) for txid in txids})
        return agreed(self._endpoints, answers, what="what transactions cost")[0]

    def _coins_at(self, ask: Ask, scripts: dict[bytes, str], block: BlockRef) -> Iterable[Coin]:
        scanned = ask("scantxoutset", ["start", [f"addr({address})" for address in scripts.values()]])
        if scanned is None or scanned["success"] is not True:
            raise EndpointDown("not_ready", has_left=False)
        later = list(self._blocks_above(ask, block, scanned["bestblock"], int(scanned["height"])))
        for each in scanned["unspents"]:
            if int(each["height"]) <= block.height:
                yield Coin(
                    Outpoint(each["txid"], int(each["vout"])),
                    satoshi(each["amount"]),
                    scripts[bytes.fromhex(each["scriptPubKey"])],
                )
        made_later = {transaction.GetTxid() for found in later for transaction in found.vtx}
        for found in later:
            for transaction in found.vtx[1:]:
                yield from _spent_of(ask, transaction, scripts, made_later)

    def _blocks_above(self, ask: Ask, block: BlockRef, tip: str, height: int) -> Iterable[CBlock]:
        """Yield the blocks from this tip down to the one asked for. :raises EndpointDown: if they do not lead there"""
        if not 0 <= height - block.height <= MOST_BLOCKS:
            raise EndpointDown("behind", has_left=False)
        wanted = tip
        for _ in range(height - block.height):
            found = read_block(bytes.fromhex(ask("getblock", [wanted, 0])))
            if b2lx(found.GetHash()) != wanted or found.calc_merkle_root() != found.hashMerkleRoot:
                raise ValueError("another block than the one asked for")
            yield found
            wanted = b2lx(found.hashPrevBlock)
        if wanted != block.hash:
            raise EndpointDown("another_chain", has_left=False)


def _fee_of(ask: Ask, txid: str) -> int:
    """Return what a mined transaction cost: its inputs less its outputs. :raises EndpointDown: if it is in no block"""
    known = ask("getrawtransaction", [txid, 2])
    if int(known.get("confirmations") or 0) < 1:
        raise EndpointDown("behind", has_left=False)
    transaction = read_transaction(known["hex"])
    total = -sum(vout.nValue for vout in transaction.vout)
    for vin in transaction.vin:
        source = read_transaction(ask("getrawtransaction", [b2lx(vin.prevout.hash), 0]))
        total += source.vout[vin.prevout.n].nValue
    return int(total)


def _spent_of(ask: Ask, transaction: CTransaction, scripts: dict[bytes, str], made_later: set[bytes]) -> Iterable[Coin]:
    """Yield the coins on these scripts that a later transaction spends and that were there before."""
    for position, vin in enumerate(transaction.vin):
        if vin.prevout.hash in made_later or not _may_be_ours(transaction, position, scripts):
            continue
        source = read_transaction(ask("getrawtransaction", [b2lx(vin.prevout.hash), 0]))
        output = source.vout[vin.prevout.n]
        script = bytes(output.scriptPubKey)
        if source.GetTxid() != vin.prevout.hash:
            raise ValueError("another transaction than the one asked for")
        if script in scripts:
            yield Coin(Outpoint(b2lx(vin.prevout.hash), vin.prevout.n), output.nValue, scripts[script])


def _may_be_ours(transaction: CTransaction, position: int, scripts: dict[bytes, str]) -> bool:
    """Say whether an input's witness names one of our keys: all our addresses are P2WPKH."""
    if position >= len(transaction.wit.vtxinwit):
        return False
    stack = transaction.wit.vtxinwit[position].scriptWitness.stack
    if len(stack) != 2 or len(stack[1]) != 33:
        return False
    return bitcoin_address.witness_key_hash_script(bytes(stack[1])) in scripts
