"""
The messages of Sui's gRPC services (sui.rpc.v2): of each what is used here, by the numbers of its fields.

They are made when this module is read, with protobuf's own runtime, so nothing is generated and nothing copied.
"""

import re
from typing import Any

from google.protobuf import descriptor_pool, field_mask_pb2, message_factory, timestamp_pb2
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

PACKAGE = "sui.rpc.v2"

FieldMask: Any = field_mask_pb2.FieldMask

ADDRESS_OWNER, EXISTS, OBJECT_WRITE, DOES_NOT_EXIST = 1, 2, 2, 1
"""Owner.kind; ChangedObject.input_state; ChangedObject.output_state, twice."""

_FIELDS = {
    "Bcs": "1 name string, 2 value bytes",
    "GetServiceInfoRequest": "",
    "GetServiceInfoResponse": "1 chain_id string, 2 chain string, 3 epoch uint64, 4 checkpoint_height uint64",
    "GetEpochRequest": "1 epoch uint64, 2 read_mask FieldMask",
    "Epoch": "1 epoch uint64, 8 reference_gas_price uint64",
    "GetEpochResponse": "1 epoch Epoch",
    "GasCostSummary": (
        "1 computation_cost uint64, 2 storage_cost uint64, 3 storage_rebate uint64, 4 non_refundable_storage_fee uint64"
    ),
    "ExecutionError": "1 description string, 2 command uint64",
    "ExecutionStatus": "1 success bool, 2 error ExecutionError",
    "Owner": "1 kind int32, 2 address string, 3 version uint64",
    "ChangedObject": (
        "1 object_id string, 2 input_state int32, 3 input_version uint64, 4 input_digest string, 5 input_owner Owner,"
        " 6 output_state int32, 7 output_version uint64, 8 output_digest string, 9 output_owner Owner,"
        " 11 object_type string"
    ),
    "TransactionEffects": (
        "4 status ExecutionStatus, 5 epoch uint64, 6 gas_used GasCostSummary, 12 changed_objects ChangedObject*"
    ),
    "BalanceChange": "1 address string, 2 coin_type string, 3 amount string",
    "Transaction": "1 bcs Bcs, 2 digest string, 5 sender string",
    "UserSignature": "1 bcs Bcs",
    "ExecutedTransaction": (
        "1 digest string, 2 transaction Transaction, 3 signatures UserSignature*, 4 effects TransactionEffects,"
        " 6 checkpoint uint64, 7 timestamp Timestamp, 8 balance_changes BalanceChange*"
    ),
    "CheckpointSummary": "1 bcs Bcs, 2 digest string",
    "CheckpointContents": "1 bcs Bcs, 2 digest string",
    "Checkpoint": (
        "1 sequence_number uint64, 2 digest string, 3 summary CheckpointSummary, 5 contents CheckpointContents,"
        " 6 transactions ExecutedTransaction*"
    ),
    "GetCheckpointRequest": "1 sequence_number uint64, 2 digest string, 3 read_mask FieldMask",
    "GetCheckpointResponse": "1 checkpoint Checkpoint",
    "GetTransactionRequest": "1 digest string, 2 read_mask FieldMask",
    "GetTransactionResponse": "1 transaction ExecutedTransaction",
    "Object": (
        "2 object_id string, 3 version uint64, 4 digest string, 5 owner Owner, 6 object_type string, 101 balance uint64"
    ),
    "ListOwnedObjectsRequest": (
        "1 owner string, 2 page_size uint32, 3 page_token bytes, 4 read_mask FieldMask, 5 object_type string"
    ),
    "ListOwnedObjectsResponse": "1 objects Object*, 2 next_page_token bytes",
    "Balance": "1 coin_type string, 3 balance uint64, 4 address_balance uint64, 5 coin_balance uint64",
    "GetBalanceRequest": "1 owner string, 2 coin_type string",
    "GetBalanceResponse": "1 balance Balance",
    "ExecuteTransactionRequest": "1 transaction Transaction, 2 signatures UserSignature*, 3 read_mask FieldMask",
    "ExecuteTransactionResponse": "1 transaction ExecutedTransaction",
    "SimulateTransactionRequest": "1 transaction Transaction, 2 read_mask FieldMask, 3 checks int32",
    "SimulateTransactionResponse": "1 transaction ExecutedTransaction",
}
_SERVICES = {
    "LedgerService": ("GetServiceInfo", "GetEpoch", "GetCheckpoint", "GetTransaction"),
    "StateService": ("ListOwnedObjects", "GetBalance"),
    "TransactionExecutionService": ("ExecuteTransaction", "SimulateTransaction"),
}
_SCALARS = {
    "string": FieldDescriptorProto.TYPE_STRING,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
}
_KNOWN = {"FieldMask": field_mask_pb2.FieldMask, "Timestamp": timestamp_pb2.Timestamp}
_FIELD = re.compile(r"(\d+) (\w+) (\w+)(\*?)")


def _message(name: str, fields: str) -> DescriptorProto:
    described = DescriptorProto(name=name)
    for number, field, kind, repeated in _FIELD.findall(fields):
        entry = described.field.add(name=field, number=int(number), label=FieldDescriptorProto.LABEL_OPTIONAL)
        if kind in _SCALARS:
            entry.type = _SCALARS[kind]
            entry.proto3_optional, entry.oneof_index = True, len(described.oneof_decl)
            described.oneof_decl.add(name=f"_{field}")
            continue
        entry.type = FieldDescriptorProto.TYPE_MESSAGE
        entry.type_name = f".{_KNOWN[kind].DESCRIPTOR.full_name}" if kind in _KNOWN else f".{PACKAGE}.{kind}"
        if repeated:
            entry.label = FieldDescriptorProto.LABEL_REPEATED
    return described


def _build() -> dict[str, Any]:
    file = FileDescriptorProto(name="holdfast/sui_rpc_v2.proto", package=PACKAGE, syntax="proto3")
    pool = descriptor_pool.DescriptorPool()
    for known in (field_mask_pb2, timestamp_pb2):
        file.dependency.append(known.DESCRIPTOR.name)
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    file.message_type.extend(_message(name, fields) for name, fields in _FIELDS.items())
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in _FIELDS}


MESSAGES: dict[str, Any] = _build()
"""Each message's class by its name."""

SERVICE_OF = {method: f"{PACKAGE}.{service}" for service, methods in _SERVICES.items() for method in methods}
"""The service of each method that is used."""


def make(kind: str, /, **fields: Any) -> Any:
    """Return a message with these fields; a read mask is given as its paths, separated by commas."""
    paths = fields.pop("read_mask", "")
    made = MESSAGES[kind](**fields)
    if paths:
        made.read_mask.paths.extend(paths.split(","))
    return made
