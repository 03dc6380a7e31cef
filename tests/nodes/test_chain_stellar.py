"""The Stellar adapter against the devnet's ledger: what it finds, what it sends, what it makes of refusals and lies."""

import time
from dataclasses import replace
from itertools import count

import pytest
from stellar_sdk import (
    AccountMerge,
    Asset,
    ChangeTrust,
    IdMemo,
    ManageData,
    MuxedAccount,
    PathPaymentStrictReceive,
    PathPaymentStrictSend,
    Payment,
    TextMemo,
)

from chains.errors import MemoMissing, NodesDisagree, NodeUnavailable, PaymentImpossible, SenderShort
from chains.values import TRUSTLINE, TRUSTLINE_MINOR, Movement, Outcome, Presence, Priority
from tests.factories.chain_nodes import dead_url
from tests.factories.chains import adapter, address_of, payment, rate, sign
from tests.factories.stellar import horizon, keypair

pytestmark = pytest.mark.nodes
numbers = count()
LUMEN = 10_000_000


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with horizon(tmp_path_factory.mktemp("stellar")) as node:
        node.mine(2)
        yield node


@pytest.fixture
def node(shared):
    shared.control("reset")
    shared.control("forget")
    return shared


@pytest.fixture
def chain(node):
    return connect(node)


@pytest.fixture
def owner(node):
    """Someone new with an account of a thousand lumens."""
    owner = f"owner {next(numbers)}"
    node.open(owner)
    return owner


@pytest.fixture
def friend(node):
    friend = f"friend {next(numbers)}"
    node.open(friend)
    return friend


def connect(*nodes, **changes):
    urls = tuple(each if isinstance(each, str) else each.url for each in nodes)
    return adapter("stellar", rpc_urls=urls, **changes)


def spend(chain, owner, to, minor=LUMEN, **changes):
    own = address_of(chain, owner)
    recipient = to if to[0] in "GM" and len(to) > 50 else address_of(chain, to)
    bid = next(each for each in chain.fee_rates() if each.priority is Priority.FAST)
    wanted = payment("stellar", sender=own, to=recipient, minor=minor, rate=bid, nonce=chain.next_nonce(own))
    return replace(chain.prepare(replace(wanted, **changes)), **changes)


def test_a_payment_is_sent_once_however_often_it_is_broadcast(node, chain, owner, friend):
    unsigned = chain.build(spend(chain, owner, friend, 5 * LUMEN, memo="text:rent"))
    signed = sign(chain, unsigned, owner=owner)
    assert chain.state(signed.txid).presence is Presence.ABSENT
    for _ in range(3):
        assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
    node.mine()
    for _ in range(2):
        assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
    node.mine()
    head = chain.head()
    state = chain.state(signed.txid)
    assert (state.presence, state.succeeded, state.confirmations, state.fee_minor) == (Presence.MINED, True, 2, 100)
    assert (state.height, state.block_hash) == (head.height - 1, head.parent)
    block = chain.block(head.height - 1)
    assert block.ref == chain.block_ref(head.height - 1)
    own, to = address_of(chain, owner), address_of(chain, friend)
    assert block.movements == (Movement(signed.txid, 0, to, "", 5 * LUMEN, memo="text:rent"),)
    assert [(each.txid, each.replay_token) for each in block.spends] == [(signed.txid, unsigned.replay_tokens[0])]
    assert chain.raw(signed.txid) == signed.raw
    assert (chain.balance(own), chain.balance(to)) == (995 * LUMEN - 100, 1_005 * LUMEN)


def test_above_the_head_there_is_nothing(chain):
    head = chain.head()
    assert chain.block_ref(head.height + 1) is None
    with pytest.raises(NodeUnavailable):
        chain.block(head.height + 1)
    assert chain.state("ab" * 32).presence is Presence.ABSENT
    with pytest.raises(NodeUnavailable):
        chain.raw("ab" * 32)


def test_whom_a_payment_is_meant_for(node, chain, owner, friend):
    """Muxed or by a numeric memo it is a part's; both and different, it is nobody's."""
    account = keypair(owner).public_key
    own, other = (chain.tagged_address(account, number) for number in (7, 8))

    def arriving(to, memo=None):
        node.post(node.build(friend, Payment(to, Asset.native(), "1"), memo=memo))
        [movement] = chain.block(node.mine()).movements
        return movement.address, movement.memo, movement.readings

    muxed = MuxedAccount(account, 7)
    assert arriving(account) == (account, "", ())
    assert arriving(muxed) == (own, "", (own, account))
    assert arriving(account, IdMemo(7)) == (account, "id:7", (own, account))
    assert arriving(muxed, IdMemo(7)) == (own, "id:7", (own, account))
    assert arriving(muxed, IdMemo(8)) == (own, "id:8", (account,))
    assert arriving(account, TextMemo("7")) == (account, "text:7", ())
    assert other != own


def test_only_tokens_that_are_asked_for_are_shown(node, chain, owner):
    usdc = node.usdc()
    node.post(node.build(owner, ChangeTrust(usdc)))
    node.mine()
    node.fund(keypair(owner).public_key, "12.5", "USDC")
    height = node.mine()
    contract = f"USDC:{usdc.issuer}"
    [movement] = chain.block(height, frozenset({contract})).movements
    assert (movement.contract, movement.minor, movement.index) == (contract, 125_000_000, 0)
    assert chain.block(height).movements == ()
    assert chain.balance(keypair(owner).public_key, contract) == 125_000_000


def test_what_comes_by_a_path_or_with_a_whole_account_is_what_arrived(node, chain, owner, friend):
    account, native = keypair(owner).public_key, Asset.native()
    own = chain.tagged_address(account, 7)
    node.post(node.build(friend, PathPaymentStrictSend(MuxedAccount(account, 7), native, "2", native, "1.5", [])))
    [sent] = chain.block(node.mine()).movements
    node.post(node.build(friend, PathPaymentStrictReceive(account, native, "9", native, "3.5", [])))
    [received] = chain.block(node.mine()).movements
    assert [(each.address, each.minor) for each in (sent, received)] == [(own, 2 * LUMEN), (account, 35_000_000)]
    envelope = node.build(friend, AccountMerge(account), memo=IdMemo(7))
    node.post(envelope)
    [merged] = chain.block(node.mine()).movements
    assert merged == Movement(
        envelope.hash().hex(), 0, account, "", 994 * LUMEN + 5_000_000 - 300, "id:7", (own, account)
    )
    assert chain.balance(account) == 2_000 * LUMEN - 300


def test_a_trustline_is_opened_and_again_changes_nothing(node, chain, owner):
    own, contract = address_of(chain, owner), f"USDC:{node.usdc().issuer}"
    for number in range(2):
        wanted = spend(chain, owner, owner, TRUSTLINE_MINOR)
        wanted = chain.prepare(replace(wanted, to=f"{TRUSTLINE}{contract}", minor=TRUSTLINE_MINOR))
        assert (wanted.creates, chain.most_fee(wanted)) == (False, 100)
        signed = sign(chain, chain.build(wanted), owner=owner)
        assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
        block = chain.block(node.mine())
        assert (block.txids, block.movements, chain.state(signed.txid).succeeded) == ((signed.txid,), (), True)
        assert (node.balance(owner, "USDC"), chain.balance(own)) == ("0.0000000", 1_000 * LUMEN - 100 * (number + 1))
    node.open("broke", amount="1.4999999")
    with pytest.raises(SenderShort):
        chain.prepare(replace(wanted, sender=keypair("broke").public_key))


def test_a_ledger_shows_what_failed_and_that_it_moved_nothing(node, chain, owner, friend):
    wanted = spend(chain, owner, friend)
    assert wanted.last_height == chain.head().height + 60
    signed = sign(chain, chain.build(replace(wanted, minor=999 * LUMEN)), owner=owner)  # too much with the fee
    assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
    block = chain.block(node.mine())
    state = chain.state(signed.txid)
    assert (state.presence, state.succeeded, state.fee_minor) == (Presence.MINED, False, 100)
    assert (block.movements, block.txids) == ((), (signed.txid,))
    assert chain.paid([signed.txid])[signed.txid].succeeded is False


def test_a_new_account_is_opened_by_its_first_payment(node, chain, owner):
    stranger = f"stranger {next(numbers)}"
    to = address_of(chain, stranger)
    first = spend(chain, owner, to, 2 * LUMEN)
    assert first.creates
    signed = sign(chain, chain.build(first), owner=owner)
    assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
    [movement] = chain.block(node.mine()).movements
    assert (movement.address, movement.minor) == (to, 2 * LUMEN)
    assert node.balance(stranger) == "2.0000000"
    assert not spend(chain, owner, to, LUMEN).creates


@pytest.mark.parametrize(
    ("minor", "tag", "contract", "words"),
    [
        (LUMEN - 1, None, "", "at least 1 XLM"),
        (LUMEN, 7, "", "not open yet"),
        (LUMEN, None, "USDC", "not open yet"),
    ],
)
def test_what_cannot_open_an_account_is_refused(node, chain, owner, minor, tag, contract, words):
    to = address_of(chain, "nobody")
    contract = f"USDC:{node.usdc().issuer}" if contract else ""
    wanted = payment("stellar", to=chain.tagged_address(to, tag) if tag else to, minor=minor, contract=contract)
    for ask in (chain.gas_limit, chain.prepare):
        with pytest.raises(PaymentImpossible, match=words):
            ask(replace(wanted, sender=address_of(chain, owner)))


def test_without_a_trustline_or_beyond_it_nothing_is_sent(node, chain, owner, friend):
    usdc = node.usdc()
    wanted = payment("stellar", to=address_of(chain, friend), contract=f"USDC:{usdc.issuer}", minor=5 * LUMEN)
    with pytest.raises(PaymentImpossible, match="no trustline for USDC"):
        chain.gas_limit(wanted)
    node.post(node.build(friend, ChangeTrust(usdc, "4")))
    node.mine()
    with pytest.raises(PaymentImpossible, match="not take so much USDC"):
        chain.gas_limit(wanted)
    assert chain.gas_limit(replace(wanted, minor=4 * LUMEN)) == 1
    assert chain.gas_limit(replace(wanted, to=usdc.issuer)) == 1  # its issuer takes its own back


def test_who_asks_for_a_memo_gets_one(node, chain, friend):
    node.post(node.build(friend, ManageData("config.memo_required", "1")))
    node.mine()
    wanted = payment("stellar", to=address_of(chain, friend))
    with pytest.raises(MemoMissing):
        chain.gas_limit(wanted)
    assert chain.gas_limit(replace(wanted, memo="id:7")) == 1
    assert chain.gas_limit(replace(wanted, to=chain.tagged_address(wanted.to, 7))) == 1


def test_what_pays_keeps_its_reserve(node, chain, owner, friend):
    own, to = (address_of(chain, each) for each in (owner, friend))
    most = replace(
        payment("stellar", sender=own, to=to, minor=999 * LUMEN - 100, rate=rate("stellar", per_unit=100)), memo=""
    )
    assert chain.prepare(most).minor == most.minor
    with pytest.raises(SenderShort):
        chain.prepare(replace(most, minor=most.minor + 1))
    with pytest.raises(SenderShort):
        chain.prepare(replace(most, sender=address_of(chain, "nobody")))


def test_refusals_are_told_apart(node, chain, owner, friend):
    wanted = spend(chain, owner, friend)
    for changes, code in (
        ({"rate": rate("stellar", per_unit=99)}, "fee_too_low"),
        ({"last_height": chain.head().height}, "expired"),
        ({"nonce": wanted.nonce - 1}, "nonce_too_low"),
    ):
        signed = sign(chain, chain.build(replace(wanted, **changes)), owner=owner)
        refused = chain.broadcast(signed)
        assert (refused.outcome, refused.code) == (Outcome.FAILED, code)
        assert chain.state(signed.txid).presence is Presence.ABSENT
    node.control("fee", stroops=10**9)
    poor = replace(wanted, rate=rate("stellar", per_unit=2**32 - 1))
    node.control("fee")
    first, second = (sign(chain, chain.build(each), owner=owner) for each in (wanted, replace(poor, minor=2 * LUMEN)))
    assert chain.explain(first.raw)[1] == chain.explain(second.raw)[1]
    assert chain.broadcast(first).outcome is Outcome.SUCCEEDED
    assert chain.broadcast(second).outcome is Outcome.UNKNOWN  # try again later: nobody knows yet which lands
    node.mine()
    assert chain.broadcast(second).code == "nonce_too_low"
    assert chain.state(first.txid).presence is Presence.MINED


def test_numbers_that_never_landed_are_leapt_over(node, chain, owner, friend):
    wanted = spend(chain, owner, friend)
    later = sign(chain, chain.build(replace(wanted, nonce=wanted.nonce + 3)), owner=owner)
    assert chain.broadcast(later).outcome is Outcome.SUCCEEDED
    node.mine()
    assert chain.state(later.txid).presence is Presence.MINED
    dead = sign(chain, chain.build(replace(wanted, nonce=wanted.nonce + 2)), owner=owner)
    assert chain.broadcast(dead).code == "nonce_too_low"
    assert chain.next_nonce(wanted.sender) == wanted.nonce + 4


def test_after_its_last_ledger_a_transaction_can_never_land(node, chain, owner, friend):
    node.control("fee", stroops=500)
    wanted = replace(spend(chain, owner, friend), rate=rate("stellar", per_unit=100))
    head = chain.head().height
    signed = sign(chain, chain.build(replace(wanted, last_height=head + 2)), owner=owner)
    assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
    node.mine(3)
    node.control("fee")
    refused = chain.broadcast(signed)
    assert (refused.outcome, refused.code) == (Outcome.FAILED, "expired")
    node.mine()
    assert chain.state(signed.txid).presence is Presence.ABSENT


def test_rates_rise_with_what_is_bid_between_floor_and_cap(node):
    node.control("fee", stroops=3_000)
    rates = connect(node).fee_rates()
    assert [(each.priority, each.rate) for each in rates] == [(each, 3_000) for each in Priority]
    assert {each.rate for each in connect(node, fee_cap=1_000).fee_rates()} == {1_000}
    assert {each.rate for each in connect(node, fee_floor=5_000).fee_rates()} == {5_000}


def test_what_an_account_held_at_an_earlier_ledger(node, chain, owner, friend):
    usdc, own = node.usdc(), keypair(owner).public_key
    contract = f"USDC:{usdc.issuer}"
    node.post(node.build(owner, ChangeTrust(usdc)))
    node.mine()
    before = chain.head()
    node.fund(own, "9", "USDC")
    node.mine()
    middle = chain.head()
    node.post(node.build(owner, Payment(keypair(friend).public_key, Asset.native(), "3")))
    node.mine()
    node.post(node.build(owner, Payment(keypair("nobody").public_key, Asset.native(), "3")))  # fails, and costs
    node.mine()
    node.post(node.build(owner, Payment(usdc.issuer, usdc, "4")))
    node.mine()

    def held(block):
        return tuple(chain.holdings([own], block=block, contract=each).minor[own] for each in ("", contract))

    assert held(before) == (1_000 * LUMEN - 100, 0)
    assert held(middle) == (1_000 * LUMEN - 100, 9 * LUMEN)
    assert held(chain.head()) == (997 * LUMEN - 400, 5 * LUMEN)
    assert chain.holdings([keypair("nobody").public_key], block=middle).minor == {keypair("nobody").public_key: 0}


def test_nodes_that_lie_are_found_out(node, chain, owner, tmp_path):
    with horizon(tmp_path) as other:
        other.mine(3)
        both = connect(node, other)
        head = chain.head()
        with pytest.raises(NodesDisagree):
            both.witnesses(chain.block_ref(3))
        assert both.holdings([keypair(owner).public_key], block=head).nodes == 1  # the other has another ledger there
    node.control("lie", stale_head=True)
    stale = node.get("/")[1]["history_latest_ledger"]
    node.mine(2)
    assert chain.head().height == stale
    node.control("reset")
    assert chain.head().height == stale + 2
    node.control("lag", ledgers=9)
    assert chain.block_ref(stale) is None


def test_another_network_a_dead_and_a_silent_node(node, owner, friend):
    assert connect(dead_url(), node).head().height > 1
    other = connect(node, chain="testnet")
    with pytest.raises(NodeUnavailable):
        other.head()
    assert other.health()[0].last_error == "wrong_chain"
    chain = connect(node, timeout_seconds=1)
    signed = sign(chain, chain.build(spend(chain, owner, friend)), owner=owner)
    node.control("fault", mode="timeout", path="transactions_async")
    unheard = chain.broadcast(signed)
    assert unheard.outcome is Outcome.UNKNOWN
    time.sleep(1.1)  # it is cooling down, but the only one: it is asked again after a second
    assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
    node.mine()
    assert chain.state(signed.txid).presence is Presence.MINED


def test_without_any_node_nothing_is_known(node, owner, friend):
    chain = connect(node)
    signed = sign(chain, chain.build(spend(chain, owner, friend)), owner=owner)
    assert connect(dead_url()).broadcast(signed).outcome is Outcome.UNKNOWN
    assert chain.state(signed.txid).presence is Presence.ABSENT
