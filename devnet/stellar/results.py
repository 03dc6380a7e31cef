"""How a transaction ended: Horizon's words, and the TransactionResult in XDR that nodes really send."""

import base64
from dataclasses import dataclass

from stellar_sdk import BumpSequence, ChangeTrust, CreateAccount, ManageData, Operation, Payment, xdr

_INNER = {
    CreateAccount: ("CREATE_ACCOUNT", xdr.CreateAccountResultCode, xdr.CreateAccountResult),
    Payment: ("PAYMENT", xdr.PaymentResultCode, xdr.PaymentResult),
    ChangeTrust: ("CHANGE_TRUST", xdr.ChangeTrustResultCode, xdr.ChangeTrustResult),
    ManageData: ("MANAGE_DATA", xdr.ManageDataResultCode, xdr.ManageDataResult),
    BumpSequence: ("BUMP_SEQUENCE", xdr.BumpSequenceResultCode, xdr.BumpSequenceResult),
}
_OUTER = {
    "op_bad_auth": xdr.OperationResultCode.opBAD_AUTH,
    "op_no_source_account": xdr.OperationResultCode.opNO_ACCOUNT,
    "op_not_supported": xdr.OperationResultCode.opNOT_SUPPORTED,
}
_FIELDS = {"BUMP_SEQUENCE": "bump_seq"}
_NAMES = {"op_already_exists": "ALREADY_EXIST", "op_data_name_not_found": "NAME_NOT_FOUND"}


@dataclass(frozen=True)
class Result:
    """`code` of the transaction and those of its operations; `fee` charged in stroops."""

    code: str
    operations: tuple[str, ...] = ()
    fee: int = 0

    @property
    def succeeded(self) -> bool:
        return self.code == "tx_success"


class Invalid(Exception):
    """
    A transaction that gets into no ledger, and so costs nothing.

    `fee`: what it would have to offer; `is_inner`: it is what a fee bump bumps that is refused.
    """

    def __init__(self, code: str, operations: tuple[str, ...] = (), *, fee: int = 0, is_inner: bool = False) -> None:
        super().__init__(code)
        self.result = Result(code, operations, fee)
        self.is_inner = is_inner


def to_xdr(result: Result, operations: list[Operation], *, inner_hash: bytes | None = None) -> str:
    """Return the TransactionResult in base64; `inner_hash`: of a fee bump's inner transaction."""
    if inner_hash is None:
        body = xdr.TransactionResultResult(
            code=_code(result.code), results=_results(result, operations) if _has_results(result.code) else None
        )
        return _pack(result.fee, body)
    inner = xdr.InnerTransactionResult(
        fee_charged=xdr.Int64(0),
        result=xdr.InnerTransactionResultResult(
            code=_code(result.code), results=_results(result, operations) if _has_results(result.code) else None
        ),
        ext=xdr.InnerTransactionResultExt(0),
    )
    pair = xdr.InnerTransactionResultPair(xdr.Hash(inner_hash), inner)
    outer = "tx_fee_bump_inner_success" if result.succeeded else "tx_fee_bump_inner_failed"
    return _pack(result.fee, xdr.TransactionResultResult(code=_code(outer), inner_result_pair=pair))


def show_codes(result: Result, *, is_bump: bool = False) -> dict[str, object]:
    """Return Horizon's `result_codes`; `is_bump`: of what a fee bump bumps."""
    shown: dict[str, object] = {"transaction": result.code}
    if is_bump:
        shown = {"transaction": "tx_fee_bump_inner_failed", "inner_transaction": result.code}
    return {**shown, "operations": list(result.operations)} if result.operations else shown


def _pack(fee: int, body: xdr.TransactionResultResult) -> str:
    result = xdr.TransactionResult(fee_charged=xdr.Int64(fee), result=body, ext=xdr.TransactionResultExt(0))
    return base64.b64encode(result.to_xdr_bytes()).decode()


def _code(code: str) -> xdr.TransactionResultCode:
    """Return tx_bad_seq as txBAD_SEQ."""
    if code == "tx_no_source_account":
        return xdr.TransactionResultCode.txNO_ACCOUNT
    return xdr.TransactionResultCode["tx" + code.removeprefix("tx_").upper()]


def _has_results(code: str) -> bool:
    return code in {"tx_success", "tx_failed"}


def _results(result: Result, operations: list[Operation]) -> list[xdr.OperationResult]:
    return [_operation_result(code, operation) for code, operation in zip(result.operations, operations, strict=True)]


def _operation_result(code: str, operation: Operation) -> xdr.OperationResult:
    if code in _OUTER or type(operation) not in _INNER:
        return xdr.OperationResult(code=_OUTER.get(code, xdr.OperationResultCode.opNOT_SUPPORTED))
    name, codes, kind = _INNER[type(operation)]
    inner = kind(codes[f"{name}_{_NAMES.get(code, code.removeprefix('op_').upper())}"])
    field = f"{_FIELDS.get(name, name.lower())}_result"
    tr = xdr.OperationResultTr(type=xdr.OperationType[name], **{field: inner})
    return xdr.OperationResult(code=xdr.OperationResultCode.opINNER, tr=tr)
