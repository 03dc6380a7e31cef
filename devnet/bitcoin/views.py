"""How blocks, transactions and outputs look in JSON: Bitcoin Core's shapes, of those fields that a wallet reads."""

from typing import Any

from bitcoin.core import CBlock, CTransaction, CTxOut, b2lx, b2x

from devnet.bitcoin.amounts import Bitcoin
from devnet.bitcoin.chain import Chain
from devnet.bitcoin.mempool import Entry, Mempool
from devnet.bitcoin.mining import BITS
from devnet.bitcoin.scripts import address_of, stripped, type_of, weight_of

Json = dict[str, Any]


def output_view(output: CTxOut, number: int) -> Json:
    return {"value": Bitcoin(output.nValue), "n": number, "scriptPubKey": script_view(bytes(output.scriptPubKey))}


def script_view(script: bytes) -> Json:
    address = address_of(script)
    return {"hex": script.hex(), **({"address": address} if address else {}), "type": type_of(script)}


def input_view(transaction: CTransaction, position: int) -> Json:
    entry = transaction.vin[position]
    stack = transaction.wit.vtxinwit[position].scriptWitness.stack if position < len(transaction.wit.vtxinwit) else ()
    witness = {"txinwitness": [b2x(item) for item in stack]} if stack else {}
    if transaction.is_coinbase():
        return {"coinbase": b2x(entry.scriptSig), **witness, "sequence": entry.nSequence}
    return {
        "txid": b2lx(entry.prevout.hash),
        "vout": entry.prevout.n,
        "scriptSig": {"hex": b2x(entry.scriptSig)},
        **witness,
        "sequence": entry.nSequence,
    }


def transaction_view(transaction: CTransaction, *, chain: Chain, mempool: Mempool, with_fee: bool = False) -> Json:
    raw = transaction.serialize()
    weight = weight_of(transaction)
    view = {
        "txid": b2lx(transaction.GetTxid()),
        "hash": b2lx(transaction.GetHash() if transaction.has_witness() else transaction.GetTxid()),
        "version": transaction.nVersion,
        "size": len(raw),
        "vsize": (weight + 3) // 4,
        "weight": weight,
        "locktime": transaction.nLockTime,
        "vin": [input_view(transaction, position) for position in range(len(transaction.vin))],
        "vout": [output_view(output, number) for number, output in enumerate(transaction.vout)],
        "hex": raw.hex(),
    }
    if with_fee and not transaction.is_coinbase():
        view["fee"] = Bitcoin(_fee(transaction, chain, mempool))
    return view


def block_view(block_hash: bytes, *, chain: Chain, mempool: Mempool, verbosity: int, height_seen: int) -> Json:
    block = chain.block(block_hash)
    view = header_view(block_hash, chain=chain, height_seen=height_seen)
    size = len(block.serialize())
    base = 80 + sum(len(stripped(each)) for each in block.vtx) + 1
    view |= {"strippedsize": base, "size": size, "weight": 3 * base + size}
    if verbosity == 1:
        return {**view, "tx": [b2lx(each.GetTxid()) for each in block.vtx]}
    return {**view, "tx": [transaction_view(each, chain=chain, mempool=mempool, with_fee=True) for each in block.vtx]}


def header_view(block_hash: bytes, *, chain: Chain, height_seen: int) -> Json:
    block: CBlock = chain.block(block_hash)
    height = chain.height_of(block_hash)
    assert height is not None
    is_active = chain.is_active(block_hash)
    view: Json = {
        "hash": b2lx(block_hash),
        "confirmations": height_seen - height + 1 if is_active else -1,
        "height": height,
        "version": block.nVersion,
        "versionHex": f"{block.nVersion:08x}",
        "merkleroot": b2lx(block.hashMerkleRoot),
        "time": block.nTime,
        "mediantime": chain.median_time(height) if is_active else block.nTime,
        "nonce": block.nNonce,
        "bits": f"{BITS:08x}",
        "difficulty": 4.656542373906925e-10,
        "nTx": len(block.vtx),
    }
    if height:
        view["previousblockhash"] = b2lx(block.hashPrevBlock)
    if is_active and height < height_seen:
        view["nextblockhash"] = b2lx(chain.hash_at(height + 1))
    return view


def entry_view(entry: Entry, mempool: Mempool) -> Json:
    above = [entry, *(mempool.entries[txid] for txid in mempool.ancestors(entry.txid))]
    below = [entry, *(mempool.entries[txid] for txid in mempool.descendants(entry.txid))]
    return {
        "vsize": entry.vsize,
        "weight": entry.weight,
        "time": entry.time,
        "height": mempool.chain.height,
        "descendantcount": len(below),
        "descendantsize": sum(each.vsize for each in below),
        "ancestorcount": len(above),
        "ancestorsize": sum(each.vsize for each in above),
        "wtxid": b2lx(entry.transaction.GetHash()),
        "fees": {
            "base": Bitcoin(entry.fee),
            "modified": Bitcoin(entry.fee),
            "ancestor": Bitcoin(sum(each.fee for each in above)),
            "descendant": Bitcoin(sum(each.fee for each in below)),
        },
        "depends": [b2lx(txid) for txid in sorted(mempool.parents(entry.txid))],
        "spentby": [b2lx(txid) for txid in sorted(mempool.children(entry.txid))],
        "bip125-replaceable": mempool.is_replaceable(entry.txid),
        "unbroadcast": False,
    }


def _fee(transaction: CTransaction, chain: Chain, mempool: Mempool) -> int:
    spent = 0
    for entry in transaction.vin:
        waiting = mempool.entries.get(entry.prevout.hash)
        parent = waiting.transaction if waiting else chain.transaction(entry.prevout.hash)
        assert parent is not None
        spent += parent.vout[entry.prevout.n].nValue
    return int(spent - sum(output.nValue for output in transaction.vout))
