"""The methods a wallet calls on bitcoind, by their names there; answers and refusals as Bitcoin Core gives them."""

from collections.abc import Callable
from typing import Any

from bitcoin.core import CBlock, CTransaction, b2lx
from bitcoin.core.serialize import SerializationError

from devnet.bitcoin.amounts import COIN, Bitcoin, parse_amount
from devnet.bitcoin.chain import Coin
from devnet.bitcoin.errors import (
    DESERIALIZATION,
    INVALID_ADDRESS_OR_KEY,
    INVALID_PARAMETER,
    METHOD_NOT_FOUND,
    VERIFY,
    Rejected,
    RpcError,
)
from devnet.bitcoin.mempool import INCREMENTAL_RELAY_PER_KVB, MIN_RELAY_PER_KVB, Entry
from devnet.bitcoin.node import Node
from devnet.bitcoin.scripts import script_of
from devnet.bitcoin.views import Json, block_view, entry_view, header_view, script_view, transaction_view

VERSION = 290000
MAX_FEE_RATE = COIN // 10
GENERATE_LIMIT = 10_000
RATES_BY_TARGET = ((2, 5_000), (6, 3_000), (1_008, 1_000))
"""Satoshi per 1,000 vB by confirmation target: a quiet network's, so that priorities differ."""


class Methods:
    """One public method per RPC method; parameters as Bitcoin Core names them."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.chain = node.chain
        self.mempool = node.mempool

    def find(self, name: object) -> Callable[..., Any]:
        """:raises RpcError: -32601 if there is no such method"""
        method = None if str(name).startswith("_") or name == "find" else getattr(type(self), str(name), None)
        if method is None:
            raise RpcError(METHOD_NOT_FOUND, "Method not found")
        bound: Callable[..., Any] = method.__get__(self)
        return bound

    # --- the chain
    def getblockchaininfo(self) -> Json:
        tip = self.chain.hash_at(self.node.height)
        return {
            "chain": "regtest",
            "blocks": self.node.height,
            "headers": self.chain.height,
            "bestblockhash": b2lx(tip),
            "difficulty": 4.656542373906925e-10,
            "time": self.chain.block(tip).nTime,
            "mediantime": self.chain.median_time(self.node.height),
            "verificationprogress": 1,
            "initialblockdownload": False,
            "pruned": False,
            "warnings": [],
        }

    def getblockcount(self) -> int:
        return self.node.height

    def getbestblockhash(self) -> str:
        return str(b2lx(self.chain.hash_at(self.node.height)))

    def getblockhash(self, height: int) -> str:
        if type(height) is not int or not 0 <= height <= self.node.height:
            raise RpcError(INVALID_PARAMETER, "Block height out of range")
        return str(b2lx(self.chain.hash_at(height)))

    def getblock(self, blockhash: str, verbosity: int = 1) -> Json | str:
        block_hash = self._known_block(blockhash)
        if not verbosity:
            return self.chain.raw_block(block_hash).hex()
        return block_view(
            block_hash,
            chain=self.chain,
            mempool=self.mempool,
            verbosity=int(verbosity),
            height_seen=self.node.height,
        )

    def getblockheader(self, blockhash: str, verbose: bool = True) -> Json | str:
        block_hash = self._known_block(blockhash)
        if not verbose:
            return self.chain.raw_block(block_hash)[:80].hex()
        return header_view(block_hash, chain=self.chain, height_seen=self.node.height)

    def gettxout(self, txid: str, n: int, include_mempool: bool = True) -> Json | None:
        place = (_hash(txid, "txid"), n)
        coin: Coin | None = self.chain.coins.get(place)
        waiting = self.mempool.entries.get(place[0])
        if include_mempool and place in self.mempool.spender:
            return None
        confirmations = 0
        if coin is not None:
            confirmations = self.node.height - coin.height + 1
        elif include_mempool and waiting and n < len(waiting.transaction.vout):
            coin = Coin(waiting.transaction.vout[n], 0, False)
        if coin is None:
            return None
        return {
            "bestblock": self.getbestblockhash(),
            "confirmations": confirmations,
            "value": Bitcoin(coin.output.nValue),
            "scriptPubKey": script_view(bytes(coin.output.scriptPubKey)),
            "coinbase": coin.is_coinbase,
        }

    def scantxoutset(self, action: str, scanobjects: list[Any] | None = None) -> Json | bool | None:
        if action != "start":
            return None if action == "status" else False
        wanted = dict(_descriptor(item) for item in scanobjects or [])
        unspents = [
            {
                "txid": b2lx(txid),
                "vout": number,
                "scriptPubKey": bytes(coin.output.scriptPubKey).hex(),
                "desc": wanted[bytes(coin.output.scriptPubKey)],
                "amount": Bitcoin(coin.output.nValue),
                "coinbase": coin.is_coinbase,
                "height": coin.height,
                "blockhash": b2lx(self.chain.hash_at(coin.height)),
                "confirmations": self.node.height - coin.height + 1,
            }
            for (txid, number), coin in self.chain.coins.items()
            if bytes(coin.output.scriptPubKey) in wanted and coin.height <= self.node.height
        ]
        return {
            "success": True,
            "txouts": len(self.chain.coins),
            "height": self.node.height,
            "bestblock": self.getbestblockhash(),
            "unspents": unspents,
            "total_amount": Bitcoin(sum(each["amount"].satoshi for each in unspents)),
        }

    # --- transactions
    def getrawtransaction(self, txid: str, verbosity: int = 0, blockhash: str | None = None) -> Json | str:
        key = _hash(txid, "txid")
        entry = self.mempool.entries.get(key)
        if blockhash is not None:
            block_hash = self._known_block(blockhash)
            transaction = self.chain.transactions_of(block_hash).get(key)
            height = self.chain.height_of(block_hash) if self.chain.is_active(block_hash) else None
        else:
            transaction = entry.transaction if entry else self.chain.transaction(key)
            height = self.chain.heights.get(key)
        if transaction is None or (height or 0) > self.node.height:
            where = "transaction found in the provided block" if blockhash else "mempool or blockchain transaction"
            detail = f"No such {where}. Use gettransaction for wallet transactions."
            raise RpcError(INVALID_ADDRESS_OR_KEY, detail)
        if not verbosity:
            return bytes(transaction.serialize()).hex()
        view = transaction_view(transaction, chain=self.chain, mempool=self.mempool, with_fee=int(verbosity) > 1)
        if height is not None:
            seconds = self.chain.block(self.chain.hash_at(height)).nTime
            view |= {
                "blockhash": b2lx(self.chain.hash_at(height)),
                "confirmations": self.node.height - height + 1,
                "time": seconds,
                "blocktime": seconds,
            }
        return view

    def sendrawtransaction(self, hexstring: str, maxfeerate: object = None) -> str:
        transaction = _transaction(hexstring)
        txid = transaction.GetTxid()
        if txid not in self.mempool.entries:  # sending again what waits already succeeds, as in Bitcoin Core
            try:
                entry, _ = self.mempool.check(transaction)
            except Rejected as error:
                if error.reason == "txn-already-known":
                    raise RpcError(error.code, "Transaction outputs already in utxo set") from None
                raise
            if _is_fee_absurd(entry, maxfeerate):
                detail = "Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)"
                raise RpcError(VERIFY, detail)
            self.mempool.accept(transaction)
        return str(b2lx(txid))

    def testmempoolaccept(self, rawtxs: list[str], maxfeerate: object = None) -> list[Json]:
        answers = []
        for raw in rawtxs:
            transaction = _transaction(raw)
            answer: Json = {"txid": b2lx(transaction.GetTxid()), "wtxid": b2lx(transaction.GetHash())}
            try:
                entry, _ = self.mempool.check(transaction)
                is_allowed = not _is_fee_absurd(entry, maxfeerate)
                answer |= {"allowed": is_allowed}
                if is_allowed:
                    answer |= {"vsize": entry.vsize, "fees": {"base": Bitcoin(entry.fee)}}
                else:
                    answer |= {"reject-reason": "max-fee-exceeded"}
            except Rejected as error:
                reason = "missing-inputs" if error.code == VERIFY else error.reason
                answer |= {"allowed": False, "reject-reason": reason}
            answers.append(answer)
        return answers

    def getrawmempool(self, verbose: bool = False) -> list[str] | Json:
        if verbose:
            return {b2lx(txid): entry_view(entry, self.mempool) for txid, entry in self.mempool.entries.items()}
        return [b2lx(txid) for txid in self.mempool.entries]

    def getmempoolentry(self, txid: str) -> Json:
        entry = self.mempool.entries.get(_hash(txid, "txid"))
        if entry is None:
            raise RpcError(INVALID_ADDRESS_OR_KEY, "Transaction not in mempool")
        return entry_view(entry, self.mempool)

    def getmempoolinfo(self) -> Json:
        entries = self.mempool.entries.values()
        return {
            "loaded": True,
            "size": len(entries),
            "bytes": sum(entry.vsize for entry in entries),
            "total_fee": Bitcoin(sum(entry.fee for entry in entries)),
            "mempoolminfee": Bitcoin(MIN_RELAY_PER_KVB),
            "minrelaytxfee": Bitcoin(MIN_RELAY_PER_KVB),
            "incrementalrelayfee": Bitcoin(INCREMENTAL_RELAY_PER_KVB),
        }

    def estimatesmartfee(self, conf_target: int, estimate_mode: str = "economical") -> Json:
        if type(conf_target) is not int or not 1 <= conf_target <= 1_008:
            raise RpcError(INVALID_PARAMETER, "Invalid conf_target, must be between 1 and 1008")
        rate = self.node.switches.fee_rate
        if rate is None:
            return {"errors": ["Insufficient data or no feerate found"], "blocks": conf_target}
        if rate == 0:
            rate = next(each for target, each in RATES_BY_TARGET if conf_target <= target)
        return {"feerate": Bitcoin(rate), "blocks": max(2, conf_target)}

    # --- the network and the miner
    def getnetworkinfo(self) -> Json:
        return {
            "version": VERSION,
            "subversion": "/Satoshi:29.0.0(devnet)/",
            "protocolversion": 70016,
            "connections": 1,
            "networkactive": True,
            "relayfee": Bitcoin(MIN_RELAY_PER_KVB),
            "incrementalfee": Bitcoin(INCREMENTAL_RELAY_PER_KVB),
            "warnings": [],
        }

    def generatetoaddress(self, nblocks: int, address: str, maxtries: int = 0) -> list[str]:
        return self._generate(nblocks, script_of(address))

    def submitblock(self, hexdata: str, dummy: str = "") -> str | None:
        try:
            raw = bytes.fromhex(hexdata)
            block_hash = _block_hash(raw)
        except (ValueError, SerializationError):
            raise RpcError(DESERIALIZATION, "Block decode failed") from None
        if self.chain.height_of(block_hash) is not None:
            return "duplicate"
        if self.node.miner.submit(raw):
            return None
        return "rejected" if self.chain.height_of(block_hash) is None else "inconclusive"

    def validateaddress(self, address: str) -> Json:
        try:
            return {"isvalid": True, "address": address, "scriptPubKey": script_of(address).hex()}
        except RpcError:
            return {"isvalid": False, "error": "Invalid or unsupported Segwit (Bech32) or Base58 encoding."}

    def _generate(self, blocks: int, script: bytes) -> list[str]:
        if type(blocks) is not int or not 0 <= blocks <= GENERATE_LIMIT:
            raise RpcError(INVALID_PARAMETER, f"nblocks must be between 0 and {GENERATE_LIMIT}")
        return [b2lx(self.node.miner.mine(script)) for _ in range(blocks)]

    def _known_block(self, text: str) -> bytes:
        block_hash = _hash(text, "blockhash")
        height = self.chain.height_of(block_hash)
        if height is None or height > self.node.height:
            raise RpcError(INVALID_ADDRESS_OR_KEY, "Block not found")
        return block_hash

    def _pay(self, address: str, amount: object) -> str:
        return str(b2lx(self.node.faucet.pay(script_of(address), parse_amount(amount)).GetTxid()))


def _hash(text: object, name: str) -> bytes:
    if not isinstance(text, str) or len(text) != 64:
        shown = str(text)
        message = f"{name} must be of length 64 (not {len(shown)}, for '{shown}')"
        raise RpcError(INVALID_PARAMETER, message)
    try:
        return bytes.fromhex(text)[::-1]
    except ValueError:
        raise RpcError(INVALID_PARAMETER, f"{name} must be hexadecimal string (not '{text}')") from None


def _transaction(text: object) -> CTransaction:
    try:
        return CTransaction.deserialize(bytes.fromhex(str(text)))
    except (ValueError, SerializationError):
        message = "TX decode failed. Make sure the tx has at least one input."
        raise RpcError(DESERIALIZATION, message) from None


def _block_hash(raw: bytes) -> bytes:
    return bytes(CBlock.deserialize(raw).GetHash())


def _descriptor(item: object) -> tuple[bytes, str]:
    text = str(item["desc"] if isinstance(item, dict) else item).split("#")[0]
    kind, _, rest = text.partition("(")
    if kind == "addr" and rest.endswith(")"):
        return script_of(rest[:-1]), text
    if kind == "raw" and rest.endswith(")"):
        return bytes.fromhex(rest[:-1]), text
    raise RpcError(INVALID_ADDRESS_OR_KEY, f"'{text}' is not a valid descriptor function")


def _is_fee_absurd(entry: Entry, maxfeerate: object) -> bool:
    limit = MAX_FEE_RATE if maxfeerate is None else 0 if maxfeerate in (0, "0") else parse_amount(maxfeerate)
    return bool(limit) and entry.fee * 1_000 > limit * entry.vsize
