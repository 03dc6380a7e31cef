"""The flows there are: one line each."""

from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from transactions.engine.base import Flow

FLOWS = {
    "anchor": "transactions.flows.anchor.FLOW",
    "bump": "transactions.flows.bump.FLOW",
    "deposit": "transactions.flows.crediting.FLOW",
    "on_ramp": "transactions.flows.on_ramp.FLOW",
    "opening": "transactions.flows.opening.FLOW",
    "overflow": "transactions.flows.overflow.FLOW",
    "refill": "transactions.flows.refill.FLOW",
    "refund": "transactions.flows.refund.FLOW",
    "send": "transactions.flows.send.FLOW",
    "sweep": "transactions.flows.sweep.FLOW",
    "top_up": "transactions.flows.top_up.FLOW",
    "transfer": "transactions.flows.transfer.FLOW",
}


def flow_of(type: str) -> "Flow":
    """Return the flow of a type of transaction."""
    found: Flow = import_string(FLOWS[type])
    return found
