"""A ledger's header as XDR, whose SHA-256 is the ledger's hash."""

import base64
import hashlib
from collections.abc import Iterable

from stellar_sdk import xdr

from devnet.stellar.state import BASE_FEE, BASE_RESERVE

PROTOCOL = 23
MOST_TRANSACTIONS = 1_000


def make(
    *, sequence: int, previous: str, close_time: int, transactions: Iterable[str], total: int, fees: int
) -> tuple[str, str]:
    """Return the hash in hex and the header in base64; `transactions` are the hashes of those it holds."""
    held = hashlib.sha256("".join(transactions).encode()).digest()
    empty = xdr.Hash(b"\0" * 32)
    header = xdr.LedgerHeader(
        ledger_version=xdr.Uint32(PROTOCOL),
        previous_ledger_hash=xdr.Hash(bytes.fromhex(previous)),
        scp_value=xdr.StellarValue(
            tx_set_hash=xdr.Hash(held),
            close_time=xdr.TimePoint(xdr.Uint64(close_time)),
            upgrades=[],
            ext=xdr.StellarValueExt(xdr.StellarValueType.STELLAR_VALUE_BASIC),
        ),
        tx_set_result_hash=empty,
        bucket_list_hash=empty,
        ledger_seq=xdr.Uint32(sequence),
        total_coins=xdr.Int64(total),
        fee_pool=xdr.Int64(fees),
        inflation_seq=xdr.Uint32(0),
        id_pool=xdr.Uint64(0),
        base_fee=xdr.Uint32(BASE_FEE),
        base_reserve=xdr.Uint32(BASE_RESERVE),
        max_tx_set_size=xdr.Uint32(MOST_TRANSACTIONS),
        skip_list=[empty] * 4,
        ext=xdr.LedgerHeaderExt(0),
    )
    content = header.to_xdr_bytes()
    return hashlib.sha256(content).hexdigest(), base64.b64encode(content).decode()
