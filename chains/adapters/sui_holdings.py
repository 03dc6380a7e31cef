"""
What addresses of Sui hold: their coin objects now, and all they held at one checkpoint, as every node says.

Nodes know balances as they are. What moved since the checkpoint is taken back; if something moves while it is read, it
is read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chains.adapters import sui_payload
from chains.adapters.agreement import agreed, middle, witnesses
from chains.adapters.sui_coins import MOST_IN_NEED, gathering_budget, most_budget
from chains.adapters.sui_form import full_type
from chains.adapters.sui_messages import ADDRESS_OWNER, make
from chains.adapters.sui_node import GAS_USED, SuiNode, changes, cost, hash_at, read_checkpoint, read_head
from chains.endpoints import Ask, EndpointDown
from chains.errors import NodeUnavailable, PaymentImpossible, SenderShort
from chains.values import BlockRef, Holdings, NetworkConfig, ObjectVersion, OwnedCoin, Paid, Payment

READ_TRIES = 5
MOST_CHECKPOINTS = 2_000
"""How far back a node is asked what moved since."""

PAGE, MOST_PAGES = 200, 20
_COIN = "0x2::coin::Coin"
_OBJECT = "object_id,version,digest,owner,object_type,balance"


class SuiHoldings:
    """The calls of ChainAdapter about what addresses hold."""

    def __init__(self, config: NetworkConfig, node: SuiNode) -> None:
        self._network = config.code
        self._config = config
        self._node = node
        self._endpoints = node.endpoints

    def balance(self, address: str, contract: str) -> int:
        """Return all that an address holds of an asset: its coin objects and its address balance."""
        read = self._endpoints.call
        return middle(
            self._endpoints, lambda: int(_balance(read, address, contract).balance), what="what an address holds"
        )

    def most_fee(self, payment: Payment) -> int:
        """Return the most that it can cost, by the coins there are."""
        if payment.payer in {"", payment.sender}:
            return most_budget(replace(payment, objects=payment.objects or self._offered(payment)))
        own = payment.objects or tuple(self._coins(payment.sender, payment.contract))
        return gathering_budget(replace(payment, objects=own))

    def gatherable(self, payment: Payment) -> int:
        """
        Return how much of its amount the largest coins bring that one transaction can take.

        Of an address that has no more coins than these it is all: what a node does not show yet is on its way.
        """
        coins = self._coins(payment.sender, payment.contract)
        if len(coins) <= MOST_IN_NEED:
            return payment.minor
        floating = int(_balance(self._endpoints.call, payment.sender, payment.contract).address_balance)
        largest = sorted((coin.minor for coin in coins), reverse=True)[:MOST_IN_NEED]
        return min(payment.minor, sum(largest) + floating)

    def prepare(self, payment: Payment) -> Payment:
        """
        Fill in what only nodes know: the coins there are. The network is asked what would become of it.

        :raises PaymentImpossible: if the network would refuse it
        :raises SenderShort: if there are too few coins
        """
        payer = payment.payer or payment.sender
        objects = self._offered(payment)
        floating = 0
        if payer != payment.sender:
            floating = int(_balance(self._endpoints.call, payment.sender, payment.contract).address_balance)
        last_height = payment.last_height or self._node.head().number + self._config.valid_blocks
        prepared = replace(payment, objects=objects, floating=floating, last_height=last_height)
        try:
            unsigned = sui_payload.build(prepared, network=self._network)
        except PaymentImpossible as error:
            raise SenderShort from error
        self._rehearse(unsigned.payload, unsigned.max_fee_minor)
        return prepared

    def holdings(self, addresses: Sequence[str], *, block: BlockRef, contract: str = "") -> Holdings:
        def read(ask: Ask) -> Mapping[str, int]:
            if hash_at(ask, block.height) != block.hash:
                raise EndpointDown("another_chain", has_left=False)
            return _held_at(ask, addresses, contract, block.height)

        said = self._endpoints.each(read)
        found, nodes = agreed(self._endpoints, said, what=f"what our addresses held at checkpoint {block.height}")
        return Holdings(found, nodes)

    def witnesses(self, block: BlockRef) -> int:
        hashes = self._endpoints.each(lambda ask: hash_at(ask, block.height))
        return witnesses(self._endpoints, hashes, block=block)

    def paid(self, txids: Sequence[str]) -> Mapping[str, Paid]:
        def read(ask: Ask) -> Mapping[str, Paid]:
            return {txid: _paid(ask, txid) for txid in txids}

        return agreed(self._endpoints, self._endpoints.each(read), what="what transactions of ours cost")[0]

    def _offered(self, payment: Payment) -> tuple[OwnedCoin, ...]:
        """Return the coins there are: native ones of who pays for it, and of the sender those that are paid."""
        payer = payment.payer or payment.sender
        objects = self._coins(payer, "")
        if payment.contract or payer != payment.sender:
            objects += self._coins(payment.sender, payment.contract)
        return tuple(objects)

    def _coins(self, address: str, contract: str) -> list[OwnedCoin]:
        return list(_coins(self._endpoints.call, address, contract))

    def _rehearse(self, payload: bytes, most_fee: int) -> None:
        transaction = make("Transaction", bcs=make("Bcs", value=payload))
        masks = ",".join(f"transaction.{each}" for each in GAS_USED.split(","))
        request = make("SimulateTransactionRequest", transaction=transaction, read_mask=masks)
        effects = self._endpoints.call("SimulateTransaction", [request]).transaction.effects
        if not effects.status.success:
            raise PaymentImpossible("The network would run this payment and refuse it.")
        if int(effects.gas_used.computation_cost) + int(effects.gas_used.storage_cost) > most_fee:
            raise NodeUnavailable("The network asks for another fee than a payment allows.")


def _balance(ask: Ask, address: str, contract: str) -> Any:
    found = ask("GetBalance", [make("GetBalanceRequest", owner=address, coin_type=full_type(contract))]).balance
    if found.balance != found.coin_balance + found.address_balance:
        raise ValueError("a balance that is not its parts")
    return found


def _coins(ask: Ask, address: str, contract: str) -> Iterator[OwnedCoin]:
    wanted, token = f"{_COIN}<{full_type(contract)}>", b""
    for _ in range(MOST_PAGES):
        answer = ask(
            "ListOwnedObjects",
            [
                make(
                    "ListOwnedObjectsRequest",
                    owner=address,
                    object_type=wanted,
                    page_size=PAGE,
                    page_token=token,
                    read_mask=_OBJECT,
                )
            ],
        )
        for each in answer.objects:
            if each.owner.kind == ADDRESS_OWNER and each.owner.address == address:
                yield OwnedCoin(
                    ObjectVersion(each.object_id, each.version, each.digest), each.balance, address, contract
                )
        token = answer.next_page_token
        if not token:
            return


def _held_at(ask: Ask, addresses: Sequence[str], contract: str, height: int) -> dict[str, int]:
    """Return what they held at a checkpoint: what they hold now, less what has moved since."""
    for _ in range(READ_TRIES):
        before, _ = read_head(ask)
        if not height <= before <= height + MOST_CHECKPOINTS:
            raise EndpointDown("behind", has_left=False)
        held = {address: int(_balance(ask, address, contract).balance) for address in addresses}
        after, _ = read_head(ask)
        moved = _moved(ask, height, after, contract)
        if after == before or not any(address in held for _, address in _moved(ask, before, after, contract)):
            return {
                address: minor - sum(by for by, whose in moved if whose == address) for address, minor in held.items()
            }
    raise EndpointDown("busy", has_left=False)


def _moved(ask: Ask, above: int, up_to: int, contract: str) -> list[tuple[int, str]]:
    """Return by how much whose balance changed in the checkpoints above one and up to another."""
    mask = "sequence_number,digest,summary.bcs,transactions.balance_changes"
    found: list[tuple[int, str]] = []
    for height in range(above + 1, up_to + 1):
        request = make("GetCheckpointRequest", sequence_number=height, read_mask=mask)
        checkpoint = ask("GetCheckpoint", [request]).checkpoint
        read_checkpoint(checkpoint, height)
        for each in checkpoint.transactions:
            found += [(minor, address) for address, coin_type, minor in changes(each) if coin_type == contract]
    return found


def _paid(ask: Ask, txid: str) -> Paid:
    found = ask("GetTransaction", [make("GetTransactionRequest", digest=txid, read_mask=f"checkpoint,{GAS_USED}")])
    if not found.transaction.HasField("checkpoint"):
        raise EndpointDown("behind", has_left=False)
    return Paid(found.transaction.effects.status.success, cost(found.transaction.effects.gas_used))
