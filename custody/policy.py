"""What may be signed: the comparison of a transaction's own bytes with what was approved."""

import hashlib
import json
from collections.abc import Collection

from chains.values import Output, Unsigned
from custody.base import Intent, SignedBefore


def differences(unsigned: Unsigned, intent: Intent, *, own_addresses: Collection[str]) -> list[str]:
    """
    Return the names of all fields in which the decoded transaction is not the intent; none: it may be signed.

    Exactly one output must be the payment, and one each of what else is due. Every other one must be change: listed
    in the intent and ours too, so that neither a forged intent nor a forged payload is enough. Of one that cancels
    all must come back: to who signs it, or as change.
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


def terms_digest(intent: Intent) -> bytes:
    """Return what stands for who gets what of an intent; nothing for one that cancels."""
    if intent.cancels:
        return b""
    terms: list[str] = [intent.network, intent.to, str(intent.minor), intent.contract, intent.memo]
    for each in sorted(intent.others, key=lambda due: due.subject):
        terms += [each.subject, each.to, str(each.minor)]
    return hashlib.sha256(json.dumps(terms).encode()).digest()


def replaces(unsigned: Unsigned, intent: Intent, earlier: SignedBefore) -> bool:
    """
    Say whether this may be signed beside what was signed before: at most one of both can land, and both do the same.

    It must be declared. What cancels does nothing; what pays again after a cancellation is held to the payments before.
    """
    if not intent.replaces or not earlier.tokens & set(unsigned.replay_tokens):
        return False
    return intent.cancels or earlier.cancels or earlier.terms_digest == terms_digest(intent)


def _output_differences(outputs: tuple[Output, ...], intent: Intent, *, own_addresses: Collection[str]) -> list[str]:
    if intent.cancels:
        return _cancel_differences(outputs, intent, own_addresses=own_addresses)
    rest = list(outputs)
    for to, minor in [(intent.to, intent.minor), *((each.to, each.minor) for each in intent.others)]:
        payment = Output(address=to, minor=minor, contract=intent.contract)
        if minor <= 0:
            return ["amount"]
        if payment not in rest:
            to_recipient = [output for output in rest if output.address == to]
            if not to_recipient:
                return ["destination"]
            is_right_asset = any(output.contract == intent.contract for output in to_recipient)
            return ["amount" if is_right_asset else "asset"]
        rest.remove(payment)
    change, assets = set(intent.change_addresses) & set(own_addresses), {"", intent.contract}
    return [] if all(output.address in change and output.contract in assets for output in rest) else ["change"]


def _cancel_differences(outputs: tuple[Output, ...], intent: Intent, *, own_addresses: Collection[str]) -> list[str]:
    """What cancels is declared as a replacement that pays nobody; a forged intent to pay oneself is not one."""
    if not intent.replaces or intent.minor or intent.contract or intent.memo or intent.to or intent.others:
        return ["cancel"]
    back = set(intent.change_addresses) & set(own_addresses)
    return [] if all(output.address in back and output.contract == "" for output in outputs) else ["change"]
