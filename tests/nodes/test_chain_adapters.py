"""Each adapter against a real engine: what it finds, what it sends, and what it makes of refusals and silence."""

import time
from dataclasses import replace
from itertools import count

import pytest

from chains.errors import NodeUnavailable, PaymentImpossible
from chains.values import Outcome, Presence, Priority
from tests.factories.chain_nodes import dead_url
from tests.factories.chain_rigs import SHARE, connect, rig, spend
from tests.factories.chains import public_key, sign
from tests.factories.rpc_servers import Drop, Relay, rpc_server

SEND = {"bitcoin": "sendrawtransaction", "evm": "eth_sendRawTransaction"}
numbers = count()


@pytest.fixture(scope="module", params=["bitcoin", "evm", "bsc"])
def network(request, tmp_path_factory):
    with rig(request.param, tmp_path_factory.mktemp("node") / "data") as network:
        network.mine(2)
        yield network


@pytest.fixture
def chain(network):
    return connect(network)


@pytest.fixture
def owner(network):
    """Someone new, with one share in a block."""
    owner = f"owner {next(numbers)}"
    network.fund(owner)
    network.mine()
    return owner


def moved_to(block, chain, owner):
    address = chain.address_of(public_key(owner))
    return [movement for movement in block.movements if movement.address == address]


def test_a_deposit_is_seen_waiting_and_found_by_scanning(network, chain):
    owner = f"depositor {next(numbers)}"
    address = chain.address_of(public_key(owner))
    txid = network.fund(owner)
    waiting = [movement for movement in chain.pending() if movement.address == address]
    assert [(movement.txid, movement.minor) for movement in waiting] == [(txid, SHARE[network.name])]
    assert chain.state(txid).presence is Presence.PENDING
    network.mine()
    head = chain.head()
    block = chain.block(head.height)
    assert block.ref == head == chain.block_ref(head.height)
    assert block.ref.parent == chain.block_ref(head.height - 1).hash
    assert moved_to(block, chain, owner) == waiting
    assert txid in block.txids
    state = chain.state(txid)
    assert (state.presence, state.succeeded, state.confirmations) == (Presence.MINED, True, 1)
    assert (state.height, state.block_hash) == (head.height, head.hash)
    assert state.fee_minor > 0
    assert chain.balance(address) == SHARE[network.name]
    assert [movement for movement in chain.pending() if movement.address == address] == []


def test_above_the_head_there_is_nothing(chain):
    head = chain.head()
    assert chain.block_ref(head.height + 1) is None
    with pytest.raises(NodeUnavailable):
        chain.block(head.height + 1)
    assert chain.state("0x" + "ab" * 32 if chain.config.adapter == "evm" else "ab" * 32).presence is Presence.ABSENT


def test_a_payment_is_sent_once_however_often_it_is_broadcast(network, chain, owner):
    unsigned = chain.build(spend(chain, owner=owner, minor=SHARE[network.name] // 5))
    signed = sign(chain, unsigned, owner=owner)
    assert chain.state(signed.txid).presence is Presence.ABSENT
    for _ in range(3):
        assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
    assert chain.state(signed.txid).presence is Presence.PENDING
    network.mine()
    for _ in range(2):
        assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
    network.mine()
    state = chain.state(signed.txid)
    assert (state.presence, state.confirmations) == (Presence.MINED, 2)
    assert 0 < state.fee_minor <= unsigned.max_fee_minor
    left = chain.balance(chain.address_of(public_key(owner)))
    assert left == SHARE[network.name] - SHARE[network.name] // 5 - state.fee_minor


def test_it_is_still_ours_when_what_it_paid_is_spent_again(network, chain, owner):
    first = sign(chain, chain.build(spend(chain, owner=owner, to=owner, minor=SHARE[network.name] // 5)), owner=owner)
    assert chain.broadcast(first).outcome is Outcome.SUCCEEDED
    network.mine()
    second = sign(chain, chain.build(spend(chain, owner=owner, minor=SHARE[network.name] // 2)), owner=owner)
    assert chain.broadcast(second).outcome is Outcome.SUCCEEDED
    network.mine()
    assert chain.broadcast(first).outcome is Outcome.SUCCEEDED


def test_a_second_payment_with_the_same_token_is_refused(network, chain, owner):
    payment = spend(chain, owner=owner, minor=SHARE[network.name] // 5)
    first, second = (
        sign(chain, chain.build(each), owner=owner) for each in (payment, replace(payment, minor=payment.minor + 1))
    )
    assert chain.explain(first.raw)[1] == chain.explain(second.raw)[1]
    assert chain.broadcast(first).outcome is Outcome.SUCCEEDED
    refused = chain.broadcast(second)
    assert (refused.outcome, refused.code) == (
        Outcome.FAILED,
        {"bitcoin": "fee_too_low", "evm": "conflict"}[network.config.adapter],
    )
    network.mine()
    refused = chain.broadcast(second)
    assert (refused.outcome, refused.code) == (
        Outcome.FAILED,
        {"bitcoin": "inputs_spent", "evm": "nonce_too_low"}[network.config.adapter],
    )
    assert chain.state(second.txid).presence is Presence.ABSENT
    assert chain.state(first.txid).presence is Presence.MINED


def needs_least_fee(network):
    """The local engine refuses what is below the base fee, and nothing else is too little for it."""
    if not network.config.has_base_fee:
        pytest.skip("without a base fee its engine takes any gas price")


def test_too_low_a_fee_is_refused(network, chain, owner):
    needs_least_fee(network)
    payment = spend(chain, owner=owner, minor=SHARE[network.name] // 5)
    signed = sign(chain, chain.build(replace(payment, rate=replace(payment.rate, rate=1, tip=0))), owner=owner)
    refused = chain.broadcast(signed)
    assert (refused.outcome, refused.code) == (Outcome.FAILED, "fee_too_low")
    assert chain.state(signed.txid).presence is Presence.ABSENT


def test_an_address_is_emptied(network, chain, owner):
    payment = spend(chain, owner=owner, minor=SHARE[network.name], subtract_fee=True)
    rate = replace(payment.rate, tip=payment.rate.rate if network.name == "evm" else 0)  # so that all of it is paid
    payment = replace(payment, change_address="", rate=rate)
    signed = sign(chain, chain.build(payment), owner=owner)
    assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
    network.mine()
    assert chain.balance(chain.address_of(public_key(owner))) == 0


def test_rates_rise_with_haste_between_floor_and_cap(network, chain):
    rates = chain.fee_rates()
    assert [rate.priority for rate in rates] == [Priority.SLOW, Priority.NORMAL, Priority.FAST]
    assert [rate.rate for rate in rates] == sorted(rate.rate for rate in rates)
    assert [rate.seconds for rate in rates] == sorted((rate.seconds for rate in rates), reverse=True)
    assert all(chain.config.fee_floor <= rate.rate <= chain.config.fee_cap for rate in rates)
    assert all(0 <= rate.tip <= rate.rate for rate in rates)
    floor = connect(network, fee_floor=10**12, fee_cap=10**13)
    assert {rate.rate for rate in floor.fee_rates()} == {10**12}
    capped = connect(network, fee_floor=1, fee_cap=2)
    assert {rate.rate for rate in capped.fee_rates()} == {2}


def test_a_lost_answer_is_looked_up(network, owner):
    relay = Relay(network.url)
    with rpc_server(relay) as server:
        chain = connect(network, server.url, timeout_seconds=1)
        signed = sign(chain, chain.build(spend(chain, owner=owner, minor=SHARE[network.name] // 5)), owner=owner)

        def lose_the_answer(method, pass_on):
            result = pass_on()
            if method == SEND[network.config.adapter]:
                time.sleep(1.2)
                raise Drop
            return result

        relay.fault = lose_the_answer
        assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
        assert chain.state(signed.txid).presence is Presence.PENDING


def test_a_lost_answer_that_cannot_be_looked_up_is_unknown_and_later_found(network, owner):
    relay = Relay(network.url)
    with rpc_server(relay) as server:
        chain = connect(network, server.url, timeout_seconds=1)
        signed = sign(chain, chain.build(spend(chain, owner=owner, minor=SHARE[network.name] // 5)), owner=owner)

        def lose_every_answer(method, pass_on):
            pass_on()
            time.sleep(1.2)
            raise Drop

        relay.fault = lose_every_answer
        assert chain.broadcast(signed).outcome is Outcome.UNKNOWN
        relay.fault = None
        time.sleep(1.1)  # the node is cooling down, but it is the only one: it is asked again after a second
        assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
        assert chain.state(signed.txid).presence is Presence.PENDING


def test_silence_before_the_node_is_unknown_too_and_nothing_is_sent(network, owner):
    relay = Relay(network.url)
    with rpc_server(relay) as server:
        chain = connect(network, server.url, timeout_seconds=1)
        signed = sign(chain, chain.build(spend(chain, owner=owner, minor=SHARE[network.name] // 5)), owner=owner)

        def silence(method, pass_on):
            time.sleep(1.2)
            raise Drop

        relay.fault = silence
        assert chain.broadcast(signed).outcome is Outcome.UNKNOWN
        with pytest.raises(NodeUnavailable):
            chain.head()
    assert connect(network).state(signed.txid).presence is Presence.ABSENT


def test_a_refusal_beside_a_silent_node_is_unknown(network, owner):
    """One node says no, the other may have taken it: only the second answer would settle it."""
    needs_least_fee(network)
    relay = Relay(network.url)
    with rpc_server(relay) as server:
        chain = connect(network, server.url, network.url, timeout_seconds=1)
        payment = spend(chain, owner=owner, minor=SHARE[network.name] // 5)
        signed = sign(chain, chain.build(replace(payment, rate=replace(payment.rate, rate=1, tip=0))), owner=owner)

        def silent_on_send(method, pass_on):
            if method != SEND[network.config.adapter]:
                return pass_on()
            time.sleep(1.2)
            raise Drop

        relay.fault = silent_on_send
        assert chain.broadcast(signed).outcome is Outcome.UNKNOWN
        relay.fault = None
        # The silent node is left alone for now, so the other's refusal stands.
        assert chain.broadcast(signed).outcome is Outcome.FAILED


def test_a_dead_endpoint_costs_nothing_but_a_little_time(network, owner):
    chain = connect(network, dead_url(), network.url)
    signed = sign(chain, chain.build(spend(chain, owner=owner, minor=SHARE[network.name] // 5)), owner=owner)
    assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
    assert chain.state(signed.txid).presence is Presence.PENDING
    health = chain.health()
    assert (health[0].last_error, health[1].consecutive_failures) == ("connection", 0)


def test_no_endpoint_at_all_is_unknown(network, chain, owner):
    signed = sign(chain, chain.build(spend(chain, owner=owner, minor=SHARE[network.name] // 5)), owner=owner)
    alone = connect(network, dead_url())
    assert alone.broadcast(signed).outcome is Outcome.UNKNOWN
    assert chain.state(signed.txid).presence is Presence.ABSENT


def test_an_endpoint_of_another_chain_is_not_used(network):
    other = {"bitcoin": "signet", "evm": "1"}[network.config.adapter]
    chain = connect(network, chain=other)
    with pytest.raises(NodeUnavailable):
        chain.head()
    assert chain.health()[0].last_error == "wrong_chain"


def test_what_a_reorganisation_removes_is_absent_again(network, chain):
    owner = f"depositor {next(numbers)}"
    txid = network.fund(owner)
    network.mine()
    old = chain.head()
    network.reorg(1, keep_transactions=False)
    assert chain.state(txid).presence is Presence.ABSENT
    assert chain.block_ref(old.height).hash != old.hash
    assert moved_to(chain.block(old.height), chain, owner) == []


def test_gas_is_asked_for_where_there_is_gas(network, chain, owner):
    payment = spend(chain, owner=owner, minor=SHARE[network.name] // 5)
    assert chain.gas_limit(payment) == {"bitcoin": 0, "evm": 21_000}[network.config.adapter]


def test_more_than_there_is_is_refused(network, chain, owner):
    payment = spend(chain, owner=owner, minor=SHARE[network.name] * 2)
    if network.name == "bitcoin":
        with pytest.raises(PaymentImpossible):
            chain.build(payment)
    else:
        refused = chain.broadcast(sign(chain, chain.build(payment), owner=owner))
        assert (refused.outcome, refused.code) == (Outcome.FAILED, "insufficient_funds")
    assert chain.balance(chain.address_of(public_key(owner))) == SHARE[network.name]
