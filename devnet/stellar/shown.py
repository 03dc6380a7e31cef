"""Records as Horizon writes them: accounts, ledgers, transactions."""

import base64
from datetime import UTC, datetime
from typing import Any

from stellar_sdk import HashMemo, IdMemo, Preconditions, ReturnHashMemo, TextMemo
from stellar_sdk.memo import Memo

from devnet.stellar import header, operations
from devnet.stellar.amounts import to_text
from devnet.stellar.envelopes import Submitted
from devnet.stellar.results import Result, to_xdr
from devnet.stellar.state import BASE_FEE, BASE_RESERVE, Account

Json = dict[str, Any]


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def account(found: Account, *, wrong_stroops: int = 0) -> Json:
    """Show an account; `wrong_stroops` is what a lying node adds to its lumens."""
    lines = [
        {
            "balance": to_text(line.balance),
            "limit": to_text(line.limit),
            "buying_liabilities": to_text(0),
            "selling_liabilities": to_text(0),
            "is_authorized": True,
            **operations.show_asset(asset),
        }
        for asset, line in found.trustlines.items()
    ]
    native = {"balance": to_text(max(0, found.balance + wrong_stroops)), "buying_liabilities": to_text(0)}
    native |= {"selling_liabilities": to_text(0), "asset_type": "native"}
    return {
        "id": found.id,
        "account_id": found.id,
        "sequence": str(found.sequence),
        "subentry_count": found.subentries,
        "last_modified_ledger": found.modified,
        "thresholds": {"low_threshold": 0, "med_threshold": 0, "high_threshold": 0},
        "flags": {"auth_required": False, "auth_revocable": False, "auth_immutable": False},
        "balances": [*lines, native],
        "signers": _signers(found),
        "data": found.data,
        "num_sponsoring": 0,
        "num_sponsored": 0,
        "paging_token": found.id,
    }


def _signers(found: Account) -> list[Json]:
    own = {"weight": 0 if found.signer else 1, "key": found.id, "type": "ed25519_public_key"}
    other = {"weight": 1, "key": found.signer, "type": "ed25519_public_key"}
    return [other, own] if found.signer else [own]


def ledger(
    *, sequence: int, hashes: tuple[str, str], closed: int, header_xdr: str, counts: tuple[int, int, int], fees: int
) -> Json:
    """Show a ledger; `hashes` are its own and the one before, `counts` of good and bad transactions and operations."""
    succeeded, failed, operated = counts
    return {
        "id": hashes[0],
        "paging_token": str(sequence << 32),
        "hash": hashes[0],
        "prev_hash": hashes[1],
        "sequence": sequence,
        "successful_transaction_count": succeeded,
        "failed_transaction_count": failed,
        "operation_count": operated,
        "tx_set_operation_count": operated,
        "closed_at": moment(closed),
        "total_coins": "100000000000.0000000",
        "fee_pool": to_text(fees),
        "base_fee_in_stroops": BASE_FEE,
        "base_reserve_in_stroops": BASE_RESERVE,
        "max_tx_set_size": header.MOST_TRANSACTIONS,
        "protocol_version": header.PROTOCOL,
        "header_xdr": header_xdr,
    }


def transaction(sent: Submitted, result: Result, *, token: int, closed: int) -> Json:
    inner = sent.transaction
    txid = sent.hash
    shown = {
        "id": txid,
        "paging_token": str(token),
        "successful": result.succeeded,
        "hash": txid,
        "ledger": token >> 32,
        "created_at": moment(closed),
        "source_account": sent.source,
        "source_account_sequence": str(inner.sequence),
        "fee_account": sent.fee_account,
        "fee_charged": str(result.fee),
        "max_fee": str(sent.max_fee),
        "operation_count": len(inner.operations),
        "envelope_xdr": sent.envelope,
        "result_xdr": to_xdr(result, sent.operations, inner_hash=sent.inner_hash),
        "signatures": [base64.b64encode(each).decode() for each in sent.signatures],
        **_memo(inner.memo),
        **_preconditions(inner.preconditions),
    }
    if sent.inner_hash is not None:
        signatures = [base64.b64encode(each.signature).decode() for each in sent.inner.signatures]
        shown["inner_transaction"] = {
            "hash": sent.inner_hash.hex(),
            "signatures": signatures,
            "max_fee": str(inner.fee),
        }
        shown["fee_bump_transaction"] = {"hash": txid, "signatures": shown["signatures"]}
    return shown


def _memo(memo: Memo | None) -> Json:
    if isinstance(memo, TextMemo):
        text = {"memo": memo.memo_text.decode(errors="replace")}
        return {"memo_type": "text", **text, "memo_bytes": base64.b64encode(memo.memo_text).decode()}
    if isinstance(memo, IdMemo):
        return {"memo_type": "id", "memo": str(memo.memo_id)}
    if isinstance(memo, HashMemo):
        return {"memo_type": "hash", "memo": base64.b64encode(memo.memo_hash).decode()}
    if isinstance(memo, ReturnHashMemo):
        return {"memo_type": "return", "memo": base64.b64encode(memo.memo_return).decode()}
    return {"memo_type": "none"}


def _preconditions(found: Preconditions | None) -> Json:
    shown: Json = {}
    if found and found.time_bounds:
        shown["timebounds"] = {"min_timestamp": str(found.time_bounds.min_time)}
        shown["timebounds"] |= {"max_timestamp": str(found.time_bounds.max_time)} if found.time_bounds.max_time else {}
    if found and found.ledger_bounds:
        shown["ledgerbounds"] = {"min_ledger": found.ledger_bounds.min_ledger}
        most = found.ledger_bounds.max_ledger
        shown["ledgerbounds"] |= {"max_ledger": most} if most else {}
    if found and found.min_sequence_number is not None:
        shown["min_account_sequence"] = str(found.min_sequence_number)
    return {"preconditions": shown} if shown else {}
