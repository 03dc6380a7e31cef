"""What may be signed: the comparison of a transaction's own bytes with what was approved."""

from collections.abc import Collection

from chains.base import Output, Unsigned
from custody.base import Intent


def differences(unsigned: Unsigned, intent: Intent, *, own_addresses: Collection[str]) -> list[str]:
    """
    Return the names of all fields in which the decoded transaction is not the intent; none: it may be signed.

    Exactly one output must be the payment. Every other one must be change: listed in the
    intent and ours too, so that neither a forged intent nor a forged payload is enough.
    `own_addresses` are those of our keys on the intent's network.
    """
    found = []
    if unsigned.network != intent.network:
        found.append("network")
    if not unsigned.senders or not set(unsigned.senders) <= set(own_addresses):
        found.append("senders")
    tokens = unsigned.replay_tokens
    if len(tokens) != len(unsigned.senders) or len(set(tokens)) != len(tokens):
        found.append("replay_tokens")
    if not 0 <= unsigned.max_fee_minor <= intent.max_fee_minor:
        found.append("fee")
    if unsigned.memo != intent.memo:
        found.append("memo")
    return found + _output_differences(unsigned.outputs, intent, own_addresses=own_addresses)


def _output_differences(outputs: tuple[Output, ...], intent: Intent, *, own_addresses: Collection[str]) -> list[str]:
    payment = Output(address=intent.to, minor=intent.minor, contract=intent.contract)
    if intent.minor <= 0:
        return ["amount"]
    if payment not in outputs:
        to_recipient = [output for output in outputs if output.address == intent.to]
        if not to_recipient:
            return ["destination"]
        is_right_asset = any(output.contract == intent.contract for output in to_recipient)
        return ["amount" if is_right_asset else "asset"]
    rest = list(outputs)
    rest.remove(payment)
    change = set(intent.change_addresses) & set(own_addresses)
    return [] if all(output.address in change and output.contract == "" for output in rest) else ["change"]
