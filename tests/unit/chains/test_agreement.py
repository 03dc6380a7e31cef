"""What is believed when nodes say different things."""

from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from chains.adapters.agreement import (
    agreed,
    elect,
    middle,
    middle_or_refusal,
    middle_rates,
    state_of,
    witnesses,
)
from chains.endpoints import EndpointDown, Endpoints, believed_height
from chains.errors import NodesDisagree, NodeUnavailable, PaymentImpossible
from chains.values import BlockRef, FeeRate, Presence, Priority, TransactionState
from tests.factories.chains import BITCOIN

SILENT = object()


class Parliament(Endpoints):
    """Endpoints whose nodes say what a test lays down, in their order; SILENT ones do not answer."""

    def __init__(self, *says):
        urls = tuple(f"http://127.0.0.1:{number}" for number in range(1, len(says) + 1))
        super().__init__(replace(BITCOIN, rpc_urls=urls), check=lambda ask: None, not_ready={})
        self.says = dict(zip((node.name for node in self._nodes), says, strict=True))
        self.asked = []

    def _ask(self, node, method, params):
        self.asked.append(node.name)
        said = self.says[node.name]
        if said is SILENT:
            raise EndpointDown("timeout", has_left=True)
        return said

    def read(self):
        return self.call("x", [])

    def refuse(self):
        found = self.read()
        if found == "no":
            raise PaymentImpossible("no")
        return found


@pytest.mark.parametrize(
    ("says", "believed"),
    [
        (("a",), "a"),
        (("a", "a"), "a"),
        (("a", SILENT), "a"),
        ((SILENT, "a"), "a"),
        (("a", "a", "lie"), "a"),
        (("lie", "a", "a"), "a"),
        (("a", SILENT, "a"), "a"),
        ((None, None, "lie"), None),
        (("a", "lie", "a", "a"), "a"),
        (("lie", "a", "lie", "a", "a"), "a"),
    ],
)
def test_more_than_half_of_those_that_answer_are_believed(says, believed):
    nodes = Parliament(*says)
    assert elect(nodes, nodes.read, what="it") == believed


@pytest.mark.parametrize("says", [("a", "b"), ("a", "b", "c"), ("a", "b", SILENT), ("a", "a", "b", "b")])
def test_where_they_contradict_each_other_nobody_is_believed(says):
    nodes = Parliament(*says)
    with pytest.raises(NodesDisagree):
        elect(nodes, nodes.read, what="it")


@pytest.mark.parametrize("says", [(SILENT,), (SILENT, SILENT), ("a", SILENT, SILENT), ("a", "a", *[SILENT] * 3)])
def test_too_few_are_not_believed(says):
    nodes = Parliament(*says)
    with pytest.raises(NodeUnavailable) as refused:
        elect(nodes, nodes.read, what="it")
    assert not isinstance(refused.value, NodesDisagree)


def test_nobody_is_asked_once_enough_agree():
    nodes = Parliament("a", "a", "a")
    elect(nodes, nodes.read, what="it")
    assert len(nodes.asked) == 2


def test_one_that_is_switched_off_does_not_count():
    nodes = Parliament("a", "a", "lie", "lie")
    nodes.learn(disabled=["127.0.0.1:3", "127.0.0.1:4"], highest_block=0)
    assert elect(nodes, nodes.read, what="it") == "a"
    nodes.learn(disabled=["127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:4"], highest_block=0)
    assert elect(nodes, nodes.read, what="it") == "a"


def test_a_reading_within_a_reading_is_of_the_same_node():
    nodes = Parliament("a", "a", "lie")
    assert elect(nodes, lambda: (nodes.read(), elect(nodes, nodes.read, what="part")), what="it") == ("a", "a")
    assert nodes.asked == ["127.0.0.1:1", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:2"]
    assert nodes.enabled == 3


def test_a_node_that_contradicts_is_counted_and_still_asked():
    labels = {"network": "bitcoin", "endpoint": "127.0.0.1:1", "kind": "contradicts"}
    before = REGISTRY.get_sample_value("holdfast_rpc_errors_total", labels) or 0.0
    nodes = Parliament("lie", "a", "a")
    elect(nodes, nodes.read, what="it")
    assert REGISTRY.get_sample_value("holdfast_rpc_errors_total", labels) == before + 1
    assert [health.consecutive_failures for health in nodes.health()] == [0, 0, 0]


def test_one_that_has_not_come_so_far_contradicts_nobody():
    labels = {"network": "bitcoin", "endpoint": "127.0.0.1:1", "kind": "contradicts"}
    before = REGISTRY.get_sample_value("holdfast_rpc_errors_total", labels)
    nodes = Parliament(None, "a", "a")
    assert elect(nodes, nodes.read, what="it") == "a"
    assert REGISTRY.get_sample_value("holdfast_rpc_errors_total", labels) == before


@pytest.mark.parametrize(
    ("says", "believed"),
    [((7,), 7), ((7, 9), 7), ((9, 7), 7), ((0, 7, 7), 7), ((7, 10**30, 8), 8), ((7, SILENT, 9), 7)],
)
def test_of_numbers_neither_the_highest_nor_the_lowest_of_three(says, believed):
    nodes = Parliament(*says)
    assert middle(nodes, nodes.read, what="it") == believed


def test_one_number_of_three_is_not_believed():
    nodes = Parliament(10**30, SILENT, SILENT)
    with pytest.raises(NodeUnavailable):
        middle(nodes, nodes.read, what="it")


def test_fees_are_those_of_the_node_in_the_middle():
    def rates(rate):
        return tuple(FeeRate("bitcoin", each, rate + number, 0, 1) for number, each in enumerate(Priority))

    nodes = Parliament(rates(500_000), rates(1_000), rates(2_000))
    assert middle_rates(nodes, nodes.read) == rates(2_000)


@pytest.mark.parametrize("says", [("no", 5, 6), (5, "no", 6), ("no", 5)])
def test_a_refusal_of_a_minority_is_none(says):
    nodes = Parliament(*says)
    assert middle_or_refusal(nodes, nodes.refuse, what="it") == 5


def test_a_refusal_of_most_is_one():
    nodes = Parliament("no", "no", 5)
    with pytest.raises(PaymentImpossible):
        middle_or_refusal(nodes, nodes.refuse, what="it")


MINED = TransactionState(Presence.MINED, True, 10, "0xa", 3, 21)
PENDING, ABSENT = TransactionState(Presence.PENDING), TransactionState(Presence.ABSENT)


@pytest.mark.parametrize(
    ("says", "stands"),
    [
        ((MINED,), MINED),
        ((replace(MINED, confirmations=1_000), MINED), MINED),
        ((MINED, replace(MINED, confirmations=2), ABSENT), replace(MINED, confirmations=2)),
        ((MINED, PENDING, PENDING), PENDING),
        ((MINED, ABSENT), PENDING),
        ((MINED, replace(MINED, succeeded=False)), PENDING),
        ((replace(MINED, succeeded=False), MINED, MINED), MINED),
        ((replace(MINED, fee_minor=10**30), MINED, MINED), MINED),
        ((replace(MINED, block_hash="0xb"), MINED, SILENT), PENDING),
        ((ABSENT, ABSENT, PENDING), PENDING),
        ((ABSENT, ABSENT, ABSENT), ABSENT),
        ((ABSENT, ABSENT, SILENT), ABSENT),
    ],
)
def test_mined_is_what_most_call_mined_alike_and_absent_what_nobody_knows(says, stands):
    nodes = Parliament(*says)
    assert state_of(nodes, nodes.read) == stands


def test_one_node_of_three_cannot_call_anything_absent():
    nodes = Parliament(ABSENT, SILENT, SILENT)
    with pytest.raises(NodeUnavailable):
        state_of(nodes, nodes.read)


def test_what_was_read_at_a_block_is_what_most_say_and_how_many():
    nodes = Parliament(1, 2, 3)
    assert agreed(nodes, {"a": 5, "b": 5, "c": 6}, what="it") == (5, 2)
    with pytest.raises(NodesDisagree):
        agreed(nodes, {"a": 5, "b": 6}, what="it")
    with pytest.raises(NodeUnavailable):
        agreed(nodes, {"a": 5}, what="it")


def test_witnesses_are_those_of_the_block_that_we_have_read():
    nodes, block = Parliament(1, 2, 3), BlockRef(7, "ours", "before")
    assert witnesses(nodes, {"a": "ours", "b": "ours", "c": "another"}, block=block) == 2
    with pytest.raises(NodesDisagree):
        witnesses(nodes, {"a": "another", "b": "another", "c": "ours"}, block=block)


@pytest.mark.parametrize(
    ("heights", "believed"),
    [([], 0), ([0], 0), ([5], 5), ([5, 9], 9), ([5, 9, 10**6], 9), ([5, 0, 0], 5), ([1, 2, 3, 4, 5], 3)],
)
def test_a_height_that_one_of_three_alone_claims_is_not_believed(heights, believed):
    assert believed_height(heights) == believed


def test_a_head_that_one_of_three_alone_claims_does_not_put_the_others_behind():
    nodes = Parliament(10**6, 100, 101)
    assert nodes.highest(lambda ask: (ask("x", []), ask("x", []))) == 101
    assert nodes.call("x", []) == 10**6
    assert elect(nodes, lambda: nodes.read() > 1_000, what="it") is False
