import threading
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from chains.endpoints import EndpointDown, Endpoints, RpcRefused
from chains.errors import NodeUnavailable
from devnet.places import free_port
from tests.factories.chains import BITCOIN
from tests.factories.rpc_servers import Drop, Refuse, Say, rpc_server, silent


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def endpoints(clock, *urls, check=lambda ask: None, timeout=2, not_ready=None):
    config = replace(BITCOIN, rpc_urls=urls, timeout_seconds=timeout)
    return Endpoints(config, check=check, not_ready=not_ready or {-28: "not_ready"}, clock=clock)


def answering(result):
    return lambda method, params: result


def raising(error):
    def answer(method, params):
        raise error

    return answer


def dead_url():
    return f"http://127.0.0.1:{free_port()}"


def test_the_first_endpoint_answers_over_one_connection(clock):
    with rpc_server(answering("first")) as first, rpc_server(answering("second")) as second:
        nodes = endpoints(clock, first.url, second.url)
        assert [nodes.call("x", []) for _ in range(5)] == ["first"] * 5
        assert (len(first.calls), first.connections, len(second.calls)) == (5, 1, 0)


def test_a_dead_endpoint_is_left_alone_until_it_has_cooled_down(clock):
    dead = dead_url()
    with rpc_server(answering(7)) as alive:
        nodes = endpoints(clock, dead, alive.url)
        assert nodes.call("x", []) == 7
        health = nodes.health()[0]
        assert (health.consecutive_failures, health.last_error, health.cooling_seconds) == (1, "connection", 120.0)
        clock.now += 119
        assert nodes.call("x", []) == 7
        assert nodes.health()[0].consecutive_failures == 1
        clock.now += 1
        assert nodes.call("x", []) == 7
        assert nodes.health()[0].consecutive_failures == 2


@pytest.mark.parametrize(
    ("answer", "kind", "seconds"),
    [
        (raising(Say(429)), "rate_limited", 300.0),
        (raising(Say(402)), "quota", 300.0),
        (raising(Say(401)), "forbidden", 86_400.0),
        (raising(Say(403)), "forbidden", 86_400.0),
        (raising(Say(503)), "server", 120.0),
        (raising(Say(200, b"<html>")), "broken", 120.0),
        (raising(Say(200, b'{"id": 99999, "result": 1}')), "broken", 120.0),
        (raising(Say(200, b'{"id": 1}')), "broken", 120.0),
        (raising(Say(302)), "server", 120.0),
        (raising(Drop()), "broken", 120.0),
        (raising(Refuse(-28, "Loading block index", status=500)), "not_ready", 30.0),
        (silent(1.0), "timeout", 180.0),
    ],
)
def test_each_kind_of_failure_has_its_own_cool_down(clock, answer, kind, seconds):
    with rpc_server(answer) as bad, rpc_server(answering("well")) as good:
        nodes = endpoints(clock, bad.url, good.url, timeout=0.3)
        assert nodes.call("x", []) == "well"
        health = nodes.health()
        assert (health[0].last_error, health[0].cooling_seconds) == (kind, seconds)
        assert (health[1].consecutive_failures, health[1].last_error) == (0, "")
        labels = {"network": "bitcoin", "endpoint": bad.name, "kind": kind}
        assert REGISTRY.get_sample_value("holdfast_rpc_errors_total", labels) == 1.0


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_a_refusal_is_an_answer_and_never_counts_against_the_node(clock, status):
    refusal = raising(Refuse(-26, "dust", status=status))
    with rpc_server(refusal) as node, rpc_server(answering(1)) as other:
        nodes = endpoints(clock, node.url, other.url)
        for _ in range(20):
            with pytest.raises(RpcRefused, match="-26: dust"):
                nodes.call("x", [])
        health = nodes.health()[0]
        assert (health.consecutive_failures, health.cooling_seconds, health.last_error) == (0, 0.0, "")
        assert other.calls == []


def test_when_all_are_down_they_are_tried_again_but_not_without_end(clock):
    answers = [Say(503), Say(503)]

    def answer(method, params):
        if answers:
            raise answers.pop()
        return "back"

    with rpc_server(answer) as node:
        nodes = endpoints(clock, node.url)
        with pytest.raises(NodeUnavailable):
            nodes.call("x", [])
        with pytest.raises(NodeUnavailable):  # the probe
            nodes.call("x", [])
        with pytest.raises(NodeUnavailable):  # too soon for another
            nodes.call("x", [])
        assert len(node.calls) == 2
        clock.now += 1
        assert nodes.call("x", []) == "back"
        assert nodes.health()[0].consecutive_failures == 0


def test_an_endpoint_of_another_chain_is_never_asked_anything_else(clock):
    def check(ask):
        if ask("chain", []) != "right":
            raise EndpointDown("wrong_chain", has_left=False)

    with rpc_server(answering("wrong")) as wrong, rpc_server(answering("right")) as right:
        nodes = endpoints(clock, wrong.url, right.url, check=check)
        assert nodes.call("x", []) == "right"
        assert wrong.calls == ["chain"]
        assert right.calls == ["chain", "x"]
        assert nodes.health()[0].last_error == "wrong_chain"
        assert [reply.endpoint for reply in nodes.all("send", [])] == [right.name]


def test_a_node_that_has_fallen_behind_is_not_asked(clock):
    with rpc_server(answering(90)) as behind, rpc_server(answering(100)) as ahead:
        nodes = endpoints(clock, behind.url, ahead.url)
        assert nodes.highest(lambda ask: (ask("height", []), "head")) == "head"
        assert nodes.call("x", []) == 100
        assert [health.highest_block for health in nodes.health()] == [90, 100]
        assert len(nodes.all("send", [])) == 2  # but what is sent goes to it as well


def test_a_lone_node_that_goes_back_in_time_is_not_believed(clock):
    heights = [100]
    with rpc_server(lambda method, params: heights[0]) as node:
        nodes = endpoints(clock, node.url)
        nodes.highest(lambda ask: (ask("height", []), None))
        heights[0] = 97  # as far as a reorganisation may briefly shorten a chain
        nodes.highest(lambda ask: (ask("height", []), None))
        assert nodes.call("x", []) == 97
        heights[0] = 96
        nodes.highest(lambda ask: (ask("height", []), None))
        with pytest.raises(NodeUnavailable):
            nodes.call("x", [])
        heights[0] = 101
        nodes.highest(lambda ask: (ask("height", []), None))
        assert nodes.call("x", []) == 101


def test_what_other_processes_saw_counts_too(clock):
    with rpc_server(answering(50)) as node:
        nodes = endpoints(clock, node.url)
        nodes.highest(lambda ask: (ask("height", []), None))
        nodes.learn(disabled=[], highest_block=80)
        with pytest.raises(NodeUnavailable):
            nodes.call("x", [])


def test_a_switched_off_endpoint_is_not_asked(clock):
    with rpc_server(answering(1)) as first, rpc_server(answering(2)) as second:
        nodes = endpoints(clock, first.url, second.url)
        nodes.learn(disabled=[first.name], highest_block=0)
        assert nodes.call("x", []) == 2
        assert [health.is_enabled for health in nodes.health()] == [False, True]
        nodes.learn(disabled=[first.name, second.name], highest_block=0)
        with pytest.raises(NodeUnavailable):
            nodes.call("x", [])
        nodes.learn(disabled=[], highest_block=0)
        assert nodes.call("x", []) == 1


def test_seek_asks_on_until_one_knows(clock):
    with (
        rpc_server(raising(Refuse(-5, "unknown"))) as first,
        rpc_server(answering(None)) as second,
        rpc_server(answering("found")) as third,
    ):
        nodes = endpoints(clock, first.url, dead_url(), second.url, third.url)
        assert nodes.seek("x", [], absent=frozenset({-5})) == "found"
        nodes.learn(disabled=[third.name], highest_block=0)
        assert nodes.seek("x", [], absent=frozenset({-5})) is None
        with pytest.raises(RpcRefused):
            nodes.seek("x", [])


def test_credentials_are_sent_and_shown_nowhere(clock):
    with rpc_server(raising(Say(403))) as node:
        url = node.url.replace("http://", "http://someone:s%40cret@")
        nodes = endpoints(clock, url)
        with pytest.raises(NodeUnavailable) as refusal:
            nodes.call("x", [])
        assert node.authorization == "Basic c29tZW9uZTpzQGNyZXQ="
        assert nodes.health()[0].name == node.name
        assert "cret" not in str(refusal.value) + repr(refusal.value.__context__)


def test_an_answer_too_large_is_not_read_to_its_end(clock, monkeypatch):
    monkeypatch.setattr("chains.node._LARGEST_ANSWER_BYTES", 1_000)
    with rpc_server(answering("x" * 2_000)) as node:
        nodes = endpoints(clock, node.url)
        with pytest.raises(NodeUnavailable):
            nodes.call("x", [])
        assert nodes.health()[0].last_error == "too_large"


def test_the_time_a_node_took_is_measured(clock):
    with rpc_server(answering(1)) as node:
        endpoints(clock, node.url).call("x", [])
        labels = {"network": "bitcoin", "endpoint": node.name}
        assert REGISTRY.get_sample_value("holdfast_rpc_seconds_count", labels) == 1.0


def test_a_node_whose_head_is_no_block_is_passed_over(clock):
    with rpc_server(answering(None)) as broken, rpc_server(answering({"height": 5})) as well:
        nodes = endpoints(clock, broken.url, well.url)
        assert nodes.highest(lambda ask: (ask("head", [])["height"], "head")) == "head"
        assert [health.last_error for health in nodes.health()] == ["broken", ""]


def test_an_unexpected_refusal_is_shown_without_the_nodes_words(clock):
    with rpc_server(raising(Refuse(-32000, "secret path /home/node"))) as node:
        with pytest.raises(NodeUnavailable) as refusal:
            endpoints(clock, node.url).call("x", [])
        assert refusal.value.what_happened == "A node refused to answer."
        assert str(refusal.value) == "-32000: secret path /home/node"


def test_after_a_cool_down_one_call_goes_first_and_the_others_ask_elsewhere(clock):
    released = threading.Event()
    asked = threading.Event()
    is_down = [True]

    def answer(method, params):
        if is_down[0]:
            raise Say(503)
        asked.set()
        released.wait(5)
        return "first"

    with rpc_server(answer) as first, rpc_server(answering("second")) as second:
        nodes = endpoints(clock, first.url, second.url, timeout=6)
        assert nodes.call("x", []) == "second"
        is_down[0] = False
        clock.now += 120
        said = []
        probe = threading.Thread(target=lambda: said.append(nodes.call("x", [])))
        probe.start()
        assert asked.wait(5)
        assert [nodes.call("x", []) for _ in range(3)] == ["second"] * 3
        released.set()
        probe.join(5)
        assert said == ["first"]
        assert nodes.call("x", []) == "first"


def test_how_well_a_node_does_is_measured(clock):
    with rpc_server(raising(Say(503))) as bad, rpc_server(answering(1)) as good:
        nodes = endpoints(clock, bad.url, good.url)
        assert [health.success_rate for health in nodes.health()] == pytest.approx([0.98, 0.98])
        nodes.call("x", [])
        assert [health.success_rate for health in nodes.health()] == pytest.approx([4.9 / 6, 5.9 / 6])
