"""The universal states of a transaction, and the only moves between them."""

from django.db import models

from kit.states import Flow


class Status(models.TextChoices):
    """The universal states; `STATUS_FLOW` holds the only moves there are."""

    INITIATED = "initiated"
    BALANCE_RESERVED = "balance_reserved"
    PROVIDER_SELECTED = "provider_selected"
    PROVIDER_PROCESSING = "provider_processing"
    PROVIDER_FAILOVER = "provider_failover"
    BLOCKCHAIN_PENDING = "blockchain_pending"
    BLOCKCHAIN_CONFIRMED = "blockchain_confirmed"
    BALANCE_UPDATED = "balance_updated"
    COMPLETED = "completed"
    FAILED = "failed"
    COMPENSATING = "compensating"


STATUS_FLOW = Flow(
    {
        Status.INITIATED: [Status.BALANCE_RESERVED, Status.FAILED],
        Status.BALANCE_RESERVED: [Status.PROVIDER_SELECTED, Status.COMPENSATING],
        Status.PROVIDER_SELECTED: [Status.PROVIDER_PROCESSING, Status.PROVIDER_FAILOVER, Status.COMPENSATING],
        Status.PROVIDER_PROCESSING: [
            Status.BLOCKCHAIN_PENDING,
            Status.BALANCE_UPDATED,
            Status.PROVIDER_FAILOVER,
            Status.COMPENSATING,
        ],
        Status.PROVIDER_FAILOVER: [Status.PROVIDER_SELECTED, Status.COMPENSATING],
        Status.BLOCKCHAIN_PENDING: [Status.BLOCKCHAIN_CONFIRMED, Status.FAILED, Status.COMPENSATING],
        Status.BLOCKCHAIN_CONFIRMED: [Status.BALANCE_UPDATED, Status.COMPENSATING],
        Status.BALANCE_UPDATED: [Status.COMPLETED],
        Status.COMPENSATING: [Status.FAILED, Status.COMPLETED],
        Status.COMPLETED: [],
        Status.FAILED: [],
    }
)


class SubStatus(models.TextChoices):
    """Where within its status a transaction is."""

    NONE = ""
    PAYMENT_METHOD_AUTHORIZING = "payment_method_authorizing"
    FIAT_PAYMENT_PENDING = "fiat_payment_pending"
    FIAT_PAYMENT_CONFIRMED = "fiat_payment_confirmed"
    CONVERSION_PENDING = "conversion_pending"
    CONVERSION_COMPLETED = "conversion_completed"
    LIQUIDITY_CHECKING = "liquidity_checking"
    PRICE_QUOTING = "price_quoting"
    SLIPPAGE_VALIDATING = "slippage_validating"
    SWAP_EXECUTING = "swap_executing"
    BRIDGE_INITIALIZING = "bridge_initializing"
    BRIDGE_CONFIRMING = "bridge_confirming"
    STRATEGY_VALIDATING = "strategy_validating"
    ASSET_PREPARATION = "asset_preparation"
    PROTOCOL_CONNECTING = "protocol_connecting"
    POSITION_OPENING = "position_opening"
    POSITION_MONITORING = "position_monitoring"
    POSITION_CLOSING = "position_closing"
    WAITING_FOR_GAS = "waiting_for_gas"
    WAITING_FOR_YOU = "waiting_for_you"
    WAITING_FOR_LIQUIDITY = "waiting_for_liquidity"
    WAITING_FOR_LOWER_FEES = "waiting_for_lower_fees"
    SENDS_HALTED = "sends_halted"
    WAITING_FOR_BATCH = "waiting_for_batch"
    TRANSACTION_BUILDING = "transaction_building"
    TRANSACTION_SIGNING = "transaction_signing"
    TRANSACTION_BROADCASTING = "transaction_broadcasting"
    MEMPOOL_PENDING = "mempool_pending"
    BLOCK_CONFIRMATION_PENDING = "block_confirmation_pending"
    CONFIRMATION_COMPLETED = "confirmation_completed"
