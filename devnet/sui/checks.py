"""What a validator looks at before it takes a transaction: signatures, owners, versions, gas and the epoch."""

from collections.abc import Sequence

from chains.adapters.sui_payload import address_of, check_signature, signing_hash
from chains.errors import PayloadInvalid
from chains.values import ObjectVersion
from devnet.sui.errors import conflict, invalid
from devnet.sui.state import SUI, Coin, State
from devnet.sui.transaction import Funds, Transaction

LEAST_BUDGET_UNITS = 1_000


def check_signatures(content: bytes, transaction: Transaction, signatures: Sequence[bytes]) -> None:
    """:raises Refused: unless exactly those who must have signed"""
    signed = set()
    for each in signatures:
        if len(each) != 97 or each[0] != 0:
            raise invalid("Invalid user signature: only ed25519 is known here")
        try:
            check_signature(each[1:65], signing_hash(content), each[65:])
        except PayloadInvalid:
            raise invalid("Invalid user signature: Signature is not valid") from None
        signed.add(address_of(each[65:]))
    if signed != set(transaction.signers) or len(signatures) != len(transaction.signers):
        raise invalid("Invalid user signature: Required Signature from signers is absent")


def check(transaction: Transaction, state: State, *, epoch: int, price: int) -> None:
    """:raises Refused: in the network's words"""
    if transaction.last_epoch is not None and transaction.last_epoch < epoch:
        raise invalid(f"Transaction Expired: it could land up to epoch {transaction.last_epoch}")
    if transaction.price < price:
        raise invalid(f"Gas price {transaction.price} under reference gas price (RGP) {price}")
    if not transaction.gas:
        raise invalid("Invalid transaction: no gas payment")
    ids = [each.object_id for each in transaction.objects]
    if len(set(ids)) != len(ids):
        raise invalid("Invalid transaction: Mutable object cannot appear more than one in one transaction")
    gas = [_find(each, state, transaction.payer) for each in transaction.gas]
    for each in transaction.objects[len(gas) :]:
        _find(each, state, transaction.sender)
    if any(coin.coin_type != SUI for coin in gas):
        raise invalid("Invalid transaction: Gas object is not an owned coin of SUI")
    held = sum(coin.minor for coin in gas)
    least = LEAST_BUDGET_UNITS * transaction.price
    if transaction.budget < least:
        raise invalid(f"Insufficient gas budget: {transaction.budget}, the least is {least}")
    if held < transaction.budget:
        raise invalid(f"Gas balance too low: gas balance is {held}, but a budget of {transaction.budget} is needed")
    _check_funds(transaction, state)


def _check_funds(transaction: Transaction, state: State) -> None:
    wanted: dict[str, int] = {}
    for each in transaction.inputs:
        if isinstance(each, Funds):
            wanted[each.coin_type] = wanted.get(each.coin_type, 0) + each.minor
    for coin_type, minor in wanted.items():
        if state.balances.get((transaction.sender, coin_type), 0) < minor:
            raise invalid(f"Insufficient address balance of {coin_type} for withdrawal of {minor}")


def _find(at: ObjectVersion, state: State, owner: str) -> Coin:
    found = state.coins.get(at.object_id)
    if found is None:
        raise invalid(f"Could not find the referenced object {at.object_id} at version {at.version}")
    if found.at != at:
        raise conflict(
            f"Transaction needs to be rebuilt because object {at.object_id} version {at.version} is not available for"
            f" consumption, current version: {found.version}"
        )
    if found.owner != owner:
        raise invalid(f"Invalid transaction: object {at.object_id} is not owned by {owner}")
    return found
