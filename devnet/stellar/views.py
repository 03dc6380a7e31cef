"""What Horizon answers to each path."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from devnet.stellar import header, shown
from devnet.stellar.ledger import Ledger, Taken
from devnet.stellar.results import Invalid, show_codes, to_xdr
from devnet.stellar.state import BASE_FEE

Json = dict[str, Any]
FRIENDBOT_STROOPS = 100_000_000_000
MOST_RECORDS = 200
_HIGHEST = 2**63 - 1
_KINDS = {"transactions": "transaction", "operations": "operation", "payments": "operation", "effects": "effect"}
_STATUS_OF = {"PENDING": 201, "DUPLICATE": 409, "TRY_AGAIN_LATER": 503}
_STEP = 50
"""Looks at so many records at a time for those that are wanted."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    until: float  # a submission waits for its ledger so long; of the monotonic clock


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json


def answer(ledger: Ledger, request: Request) -> Answer:
    """Answer a request; a submission waits for its ledger."""
    for method, pattern, view in _ROUTES:
        match = re.fullmatch(pattern, request.path)
        if match and method == request.method:
            with ledger.lock:
                return view(ledger, request, *match.groups())
    return _missing()


def problem(status: int, kind: str, title: str, extras: Json | None = None) -> Answer:
    body = {"type": f"https://stellar.org/horizon-errors/{kind}", "title": title, "status": status}
    return Answer(status, {**body, "extras": extras} if extras else body)


def _missing() -> Answer:
    return problem(404, "not_found", "Resource Missing")


def _root(ledger: Ledger, request: Request) -> Answer:
    body = {
        "horizon_version": "holdfast-devnet",
        "core_version": "holdfast-devnet",
        "ingest_latest_ledger": ledger.head,
        "history_latest_ledger": ledger.head,
        "history_latest_ledger_closed_at": (ledger.store.ledger(ledger.head) or {}).get("closed_at"),
        "history_elder_ledger": 1,
        "core_latest_ledger": ledger.head,
        "network_passphrase": ledger.passphrase,
        "current_protocol_version": header.PROTOCOL,
    }
    return Answer(200, body)


def _fee_stats(ledger: Ledger, request: Request) -> Answer:
    fee = str(ledger.switches.least_fee)
    names = ("max", "min", "mode", *(f"p{each}" for each in (10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99)))
    spread = dict.fromkeys(names, fee)
    body = {"last_ledger": str(ledger.head), "last_ledger_base_fee": str(BASE_FEE), "ledger_capacity_usage": "0.02"}
    return Answer(200, {**body, "fee_charged": spread, "max_fee": spread})


def _account(ledger: Ledger, request: Request, id: str) -> Answer:
    found = ledger.accounts.get(id)
    if found is None:
        return _missing()
    return Answer(200, shown.account(found, wrong_stroops=ledger.switches.wrong_stroops))


def _ledger(ledger: Ledger, request: Request, number: str) -> Answer:
    found = ledger.store.ledger(int(number)) if int(number) <= ledger.head else None
    return Answer(200, _public(found)) if found else _missing()


def _ledgers(ledger: Ledger, request: Request) -> Answer:
    after, is_ascending, limit = _paging(request)
    found = ledger.store.ledgers(after=after, is_ascending=is_ascending, limit=limit, up_to=ledger.head)
    return _page(found, request)


def _transaction(ledger: Ledger, request: Request, hash: str) -> Answer:
    found = ledger.store.transaction(hash.lower())
    if found is None or found["ledger"] > ledger.head:
        return _missing()
    return Answer(200, _asked_as(hash.lower(), _public(found)))


def _asked_as(hash: str, found: Json) -> Json:
    """Show a fee bump under the hash that was asked for: it is found by that of what it bumps, too."""
    if hash == found["hash"]:
        return found
    return {**found, "id": hash, "hash": hash, "signatures": found["inner_transaction"]["signatures"]}


def _of_ledger(ledger: Ledger, request: Request, number: str, name: str) -> Answer:
    if int(number) > ledger.head or ledger.store.ledger(int(number)) is None:
        return _missing()
    return _listing(ledger, request, name, number=int(number))


def _of_operation(ledger: Ledger, request: Request, id: str) -> Answer:
    return _listing(ledger, request, "effects", operation=int(id))


def _of_account(ledger: Ledger, request: Request, id: str, name: str) -> Answer:
    return _listing(ledger, request, name, account=id) if id in ledger.accounts else _missing()


def _of_all(ledger: Ledger, request: Request, name: str) -> Answer:
    return _listing(ledger, request, name)


def _listing(ledger: Ledger, request: Request, name: str, *, number: int | None = None, **wanted: Any) -> Answer:
    after, is_ascending, limit = _paging(request, shift=4 if name == "effects" else 0)
    found: list[Json] = []
    while len(found) < limit:
        rows = ledger.store.records(
            _KINDS[name],
            after=after,
            is_ascending=is_ascending,
            limit=_STEP,
            up_to=ledger.head,
            ledger=number,
            **wanted,
        )
        found += [row for row in rows if _is_wanted(row, name, request)]
        if len(rows) < _STEP:
            break
        after = _token(rows[-1]["paging_token"], shift=4 if name == "effects" else 0)
    found = found[:limit]
    if request.query.get("join") == "transactions" and name in {"operations", "payments"}:
        found = [{**row, "transaction": _joined(ledger, row["transaction_hash"])} for row in found]
    return _page(found, request)


def _is_wanted(row: Json, name: str, request: Request) -> bool:
    if name == "transactions":
        return bool(row["successful"]) or request.query.get("include_failed") == "true"
    return name != "payments" or bool(row["_is_payment"])


def _joined(ledger: Ledger, hash: str) -> Json:
    return _public(ledger.store.transaction(hash) or {})


def _submit(ledger: Ledger, request: Request) -> Answer:
    """Wait for the ledger that holds it, as Horizon does; 504 where none does in time."""
    envelope = _envelope(request)
    try:
        taken = ledger.submit(envelope)
    except Invalid as refusal:
        return _already(ledger, envelope) or _refused(ledger, envelope, refusal)
    if taken.status == "TRY_AGAIN_LATER":
        return problem(503, "server_over_capacity", "Server Over Capacity")
    while (found := ledger.store.transaction(taken.hash)) is None:
        patience = request.until - time.monotonic()
        if patience <= 0 or not ledger.is_waiting(taken.hash):
            return problem(504, "timeout", "Timeout", {"hash": taken.hash, "envelope_xdr": envelope})
        ledger.closed.wait(patience)
    return _ended(found)


def _submit_async(ledger: Ledger, request: Request) -> Answer:
    envelope = _envelope(request)
    try:
        taken = ledger.submit(envelope)
    except Invalid as refusal:
        body = {"tx_status": "ERROR", "error_result_xdr": _result_xdr(ledger, envelope, refusal)}
        return Answer(400, {**body, "hash": _hash(ledger, envelope)})
    return Answer(_STATUS_OF[taken.status], _status(taken))


def _status(taken: Taken) -> Json:
    return {"tx_status": taken.status, "hash": taken.hash}


def _friendbot(ledger: Ledger, request: Request) -> Answer:
    address = request.query.get("addr") or _form(request).get("addr", "")
    if address in ledger.accounts:
        return problem(400, "bad_request", "account already funded to starting balance")
    try:
        txid = ledger.fund(address, FRIENDBOT_STROOPS)
    except (ValueError, Invalid):
        return problem(400, "bad_request", "Bad Request")
    return Answer(200, {"hash": txid, "successful": True})


def _already(ledger: Ledger, envelope: str) -> Answer | None:
    """Answer for one that is in a ledger already."""
    found = ledger.store.transaction(_hash(ledger, envelope))
    return _ended(found) if found else None


def _ended(found: Json) -> Answer:
    if found["successful"]:
        return Answer(200, _public(found))
    extras = {"envelope_xdr": found["envelope_xdr"], "result_xdr": found["result_xdr"], "hash": found["hash"]}
    return problem(400, "transaction_failed", "Transaction Failed", {**extras, "result_codes": found["_codes"]})


def _refused(ledger: Ledger, envelope: str, refusal: Invalid) -> Answer:
    if refusal.result.code == "tx_malformed":
        return problem(400, "transaction_malformed", "Transaction Malformed", {"envelope_xdr": envelope})
    codes = show_codes(refusal.result, is_bump=refusal.is_inner)
    extras: Json = {"envelope_xdr": envelope, "result_codes": codes}
    extras["result_xdr"] = _result_xdr(ledger, envelope, refusal)
    return problem(400, "transaction_failed", "Transaction Failed", extras)


def _result_xdr(ledger: Ledger, envelope: str, refusal: Invalid) -> str:
    if refusal.result.code == "tx_malformed":
        return to_xdr(refusal.result, [])
    sent = ledger.read(envelope)
    return to_xdr(refusal.result, sent.operations, inner_hash=sent.inner_hash if refusal.is_inner else None)


def _hash(ledger: Ledger, envelope: str) -> str:
    try:
        return ledger.read(envelope).hash
    except Invalid:
        return ""


def _envelope(request: Request) -> str:
    return _form(request).get("tx", "")


def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode(errors="replace")).items()}


def _paging(request: Request, *, shift: int = 0) -> tuple[int, bool, int]:
    is_ascending = request.query.get("order", "asc") == "asc"
    cursor = request.query.get("cursor") or ""
    limit = min(MOST_RECORDS, max(1, int(request.query.get("limit", "10"))))
    return (_token(cursor, shift=shift) if cursor else 0 if is_ascending else _HIGHEST), is_ascending, limit


def _token(text: str, *, shift: int) -> int:
    """Return the place behind a paging token; an effect's is written operation-order."""
    operation, _, order = text.partition("-")
    return int(operation) << shift | int(order or 0)


def _page(found: list[Json], request: Request) -> Answer:
    cursor = found[-1]["paging_token"] if found else request.query.get("cursor", "")
    order, limit = request.query.get("order", "asc"), request.query.get("limit", "10")
    links = {"next": {"href": f"{request.path}?cursor={cursor}&limit={limit}&order={order}"}}
    return Answer(200, {"_links": links, "_embedded": {"records": [_public(row) for row in found]}})


def _public(row: Json) -> Json:
    return {name: value for name, value in row.items() if not name.startswith("_")}


_ACCOUNT, _NAMES = r"([GM][A-Z2-7]{55,68})", "(transactions|operations|payments|effects)"
_ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", "/", _root),
    ("GET", "/fee_stats", _fee_stats),
    ("GET", f"/accounts/{_ACCOUNT}", _account),
    ("GET", f"/accounts/{_ACCOUNT}/{_NAMES}", _of_account),
    ("GET", "/ledgers", _ledgers),
    ("GET", r"/ledgers/(\d{1,10})", _ledger),
    ("GET", rf"/ledgers/(\d{{1,10}})/{_NAMES}", _of_ledger),
    ("GET", r"/transactions/([0-9a-fA-F]{64})", _transaction),
    ("GET", r"/operations/(\d{1,19})/effects", _of_operation),
    ("GET", f"/{_NAMES}", _of_all),
    ("GET", "/friendbot", _friendbot),
    ("POST", "/friendbot", _friendbot),
    ("POST", "/transactions", _submit),
    ("POST", "/transactions_async", _submit_async),
]
