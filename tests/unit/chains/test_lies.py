"""What a node that lies, errs or stalls can do to the endpoints and adapters: at most, be left alone."""

import json
import socket
import sys
import threading
import time
from dataclasses import replace

import pytest

from chains.endpoints import HIGHEST_HEIGHT, EndpointDown, Endpoints
from chains.errors import NodeUnavailable, PaymentImpossible
from chains.values import Priority
from tests.factories.chains import BITCOIN, adapter, payment
from tests.factories.rpc_servers import Say, rpc_server

MAD = [
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "0x",
    "-0x5",
    "0x-5",
    "0x" + "f" * 65,
    "zz",
    [],
    {},
    [None],
    {"number": "0x1"},
    "9" * 5_000,
    float("nan"),
    float("inf"),
    10**30,
    {"confirmations": "many", "blockhash": 5, "hex": None},
    {"status": None, "blockNumber": None},
    {"chain": "regtest", "hash": 7, "height": None},
]


@pytest.fixture
def shallow():
    """The depth that Python starts with: libraries of other tests raise it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(before)


def endpoints(*urls, check=lambda ask: None, timeout=2):
    return Endpoints(replace(BITCOIN, rpc_urls=urls, timeout_seconds=timeout), check=check, not_ready={})


def honest_about_its_chain(name, mad):
    truths = {"eth_chainId": "0x7a69", "getblockchaininfo": {"chain": "regtest"}}
    return lambda method, params: truths.get(method, mad)


def reads(chain):
    return [
        chain.head,
        lambda: chain.block_ref(5),
        lambda: chain.block(5),
        chain.pending,
        chain.fee_rates,
        lambda: chain.gas_limit(payment(chain.config.adapter)),
        lambda: chain.balance(payment(chain.config.adapter).to),
        lambda: chain.next_nonce(payment(chain.config.adapter).to),
        lambda: chain.next_nonce(payment(chain.config.adapter).to, depth=2),
        lambda: chain.state("0x" + "ab" * 32),
    ]


@pytest.mark.parametrize("mad", MAD, ids=lambda mad: repr(mad)[:30])
@pytest.mark.parametrize("name", ["evm", "bitcoin"])
def test_no_answer_however_mad_is_more_than_a_node_that_cannot_be_used(name, mad):
    with rpc_server(honest_about_its_chain(name, mad)) as server:
        for number in range(10):
            chain = adapter(name, rpc_urls=(server.url,), timeout_seconds=2)
            try:
                reads(chain)[number]()
            except (NodeUnavailable, PaymentImpossible):
                continue


@pytest.mark.parametrize("name", ["evm", "bitcoin"])
def test_a_node_that_cannot_say_its_chain_is_not_asked_anything(name):
    with rpc_server(lambda method, params: {"chain": []}) as server:
        chain = adapter(name, rpc_urls=(server.url,))
        with pytest.raises(NodeUnavailable):
            chain.fee_rates()
        assert set(server.calls) <= {"eth_chainId", "getblockchaininfo"}
        assert chain.health()[0].last_error == "broken"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"id": 1, "result": ' + b"[" * 200_000,
        b'{"id": 1, "error": {"code": null, "message": "x"}}',
        b'{"id": 1, "error": {"code": "x"}}',
        b'{"id": 1, "error": {"code": [1]}}',
    ],
)
@pytest.mark.usefixtures("shallow")
def test_a_body_that_is_not_what_it_should_be_counts_as_broken(body):
    def answer(method, params):
        raise Say(200, body)

    with rpc_server(answer) as server:
        nodes = endpoints(server.url)
        with pytest.raises(NodeUnavailable):
            nodes.call("x", [])
        assert nodes.health()[0].last_error == "broken"


def test_after_an_answer_without_sense_the_next_node_is_asked():
    with (
        rpc_server(honest_about_its_chain("evm", {"number": []})) as liar,
        rpc_server(lambda m, p: "0x7a69" if m == "eth_chainId" else "0x10") as honest,
    ):
        chain = adapter("evm", rpc_urls=(liar.url, honest.url))
        assert chain.balance(payment("evm").to) == 16
        assert chain.health()[0].last_error == "broken"


@pytest.mark.parametrize("height", [-1, HIGHEST_HEIGHT + 1, 2**64, 2**256 - 1])
def test_no_node_can_claim_a_height_that_no_chain_has(height):
    nodes = endpoints("http://127.0.0.1:1")
    with rpc_server(lambda method, params: height) as liar, rpc_server(lambda method, params: 100) as honest:
        nodes = endpoints(liar.url, honest.url)
        assert nodes.highest(lambda ask: (ask("h", []), ask("h", []))) == 100
        assert [health.highest_block for health in nodes.health()] == [0, 100]


def test_once_a_node_that_lied_about_its_height_is_switched_off_the_others_are_asked_again():
    with rpc_server(lambda method, params: 1_000_000) as liar, rpc_server(lambda method, params: 100) as honest:
        nodes = endpoints(liar.url, honest.url)
        nodes.highest(lambda ask: (ask("h", []), None))
        assert nodes.call("x", []) == 1_000_000
        nodes.learn(disabled=[liar.name], highest_block=100)
        assert nodes.call("x", []) == 100


def test_no_node_alone_can_raise_a_nonce():
    def node(count):
        return lambda method, params: "0x7a69" if method == "eth_chainId" else count

    own = payment("evm").to
    with rpc_server(node("0xffffff")) as liar, rpc_server(node("0x5")) as honest:
        assert adapter("evm", rpc_urls=(liar.url, honest.url)).next_nonce(own) == 5
        assert adapter("evm", rpc_urls=(honest.url, liar.url)).next_nonce(own) == 5


@pytest.mark.parametrize("base", ["0x0", hex(10**30), hex(2**256 - 1)])
@pytest.mark.parametrize("reward", ["0x0", hex(10**30), hex(2**256 - 1)])
def test_absurd_fees_stay_between_floor_and_cap(base, reward):
    history = {"oldestBlock": "0x1", "baseFeePerGas": [base] * 2, "gasUsedRatio": [0.5], "reward": [[reward] * 3]}
    with rpc_server(lambda method, params: "0x7a69" if method == "eth_chainId" else history) as server:
        chain = adapter("evm", rpc_urls=(server.url,))
        for rate in chain.fee_rates():
            assert chain.config.fee_floor <= rate.rate <= chain.config.fee_cap
            assert 0 <= rate.tip <= rate.rate


@pytest.mark.parametrize("feerate", [-1, 0, 10**22, 0.000000001])
def test_absurd_estimates_stay_between_floor_and_cap(feerate):
    truths = {"getblockchaininfo": {"chain": "regtest"}, "estimatesmartfee": {"feerate": feerate}}
    with rpc_server(lambda method, params: truths[method]) as server:
        chain = adapter("bitcoin", rpc_urls=(server.url,))
        try:
            rates = chain.fee_rates()
        except NodeUnavailable:
            return
        assert [rate.priority for rate in rates] == list(Priority)
        assert all(chain.config.fee_floor <= rate.rate <= chain.config.fee_cap for rate in rates)


def test_a_node_that_drips_its_answer_is_given_up_in_time():
    body = json.dumps({"id": 1, "result": "x" * 60_000}).encode()
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip():
        connection, _ = listener.accept()
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        for byte in body:
            if stop.wait(0.1):
                break
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                break
        connection.close()

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    nodes = endpoints(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=1)
    started = time.monotonic()
    with pytest.raises(NodeUnavailable):
        nodes.call("x", [])
    assert time.monotonic() - started < 3
    assert nodes.health()[0].last_error == "timeout"
    stop.set()
    thread.join()
    listener.close()


def test_a_node_that_redirects_is_not_followed_with_the_credentials():
    with rpc_server(lambda method, params: 1) as trap:

        def answer(method, params):
            raise Say(307)

        with rpc_server(answer) as server:
            nodes = endpoints(server.url.replace("http://", "http://user:hidden@"))
            with pytest.raises(NodeUnavailable) as refused:
                nodes.call("x", [])
            assert "hidden" not in repr(refused.value) + repr(nodes.health())
        assert trap.calls == []


def test_a_chain_check_that_raises_says_down():
    def check(ask):
        raise KeyError("chain")

    nodes = endpoints("http://127.0.0.1:1", check=check)
    with pytest.raises(NodeUnavailable):
        nodes.call("x", [])
    assert nodes.health()[0].last_error == "broken"
    assert EndpointDown("x", has_left=False).kind == "x"
