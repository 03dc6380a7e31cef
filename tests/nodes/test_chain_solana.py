"""The Solana adapter against the virtual machine: what it finds, what it sends, what it makes of refusals and lies."""

import base64
from dataclasses import replace
from itertools import count, pairwise

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from chains.adapters.solana_payload import TOKEN, token_account
from chains.errors import NodesDisagree, NodeUnavailable, PaymentImpossible, SenderShort
from chains.values import Outcome, Paid, Payment, Presence, Priority
from tests.factories.chain_nodes import dead_url
from tests.factories.chains import adapter, address_of, sign
from tests.factories.solana import USDC, keypair, signed, solana_node

pytestmark = pytest.mark.nodes
numbers = count()
SOL = 10**9
RENT = 2_039_280
TOKENS = frozenset({USDC})


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with solana_node(tmp_path_factory.mktemp("solana")) as node:
        node.mine(2)
        yield node


@pytest.fixture
def node(shared):
    shared.call("devnet_reset")
    shared.call("devnet_forget")
    return shared


@pytest.fixture
def chain(node):
    return connect(node)


@pytest.fixture
def owner(node, chain):
    """Someone new with ten SOL and fifty dollars."""
    owner = f"owner {next(numbers)}"
    node.fund(address_of(chain, owner), 10 * SOL)
    node.fund(address_of(chain, owner), 50_000_000, USDC)
    node.mine()
    return owner


def connect(*nodes, **changes):
    urls = tuple(each if isinstance(each, str) else each.url for each in nodes)
    return adapter("solana", rpc_urls=urls, **changes)


def order(chain, owner, to, minor=SOL, **changes):
    rate = next(each for each in chain.fee_rates() if each.priority is Priority.NORMAL)
    return replace(Payment(to, minor, "", rate, sender=address_of(chain, owner)), **changes)


def spend(chain, owner, to, minor=SOL, **changes):
    unsigned = chain.build(chain.prepare(order(chain, owner, to, minor, **changes)))
    return unsigned, sign(chain, unsigned, owner=owner)


def stranger(chain):
    return address_of(chain, f"stranger {next(numbers)}")


def scan(chain, first):
    return [chain.block(height, TOKENS) for height in range(first, chain.head().height + 1)]


def arrived(blocks, address):
    return [move for block in blocks for move in block.movements if move.address == address]


def test_heights_are_linked_and_empty_slots_are_no_error(node, chain):
    first = chain.head().height
    node.mine(20)
    blocks = scan(chain, first)
    assert all(later.ref.parent == earlier.ref.hash for earlier, later in pairwise(blocks))
    empty = [block for block in blocks if block.ref.hash == block.ref.parent]
    assert empty
    assert blocks[-1].ref.number - blocks[0].ref.number == len(blocks) - 1 - len(empty)
    assert [chain.block_ref(block.ref.height) for block in blocks] == [block.ref for block in blocks]
    assert chain.block_ref(chain.head().height + 1) is None
    with pytest.raises(NodeUnavailable):
        chain.block(chain.head().height + 1)


def test_coins_and_tokens_are_found_by_what_balances_became(node, chain):
    first, address = chain.head().height, stranger(chain)
    coins, tokens = node.fund(address, 3 * SOL), node.fund(address, 7_000_000, USDC)
    assert arrived(scan(chain, first), address) == []
    assert chain.state(coins).presence is Presence.ABSENT
    node.mine()
    found = arrived(scan(chain, first), address)
    assert [(move.txid, move.contract, move.minor) for move in found] == [
        (coins, "", 3 * SOL),
        (tokens, USDC, 7_000_000),
    ]
    assert len({(move.txid, move.index) for move in found}) == 2
    assert chain.balance(address) == 3 * SOL
    assert chain.balance(address, USDC) == 7_000_000
    assert chain.balance(stranger(chain), USDC) == 0


def test_one_transaction_may_pay_us_several_times(node, chain, owner):
    """Each account has an index of its own, the same wherever the transaction lands."""
    first, to = chain.head().height, [stranger(chain), stranger(chain)]
    pays = [
        transfer(TransferParams(from_pubkey=keypair(owner).pubkey(), to_pubkey=Pubkey.from_string(each), lamports=SOL))
        for each in (*to, to[0])
    ]
    recent = node.call("getLatestBlockhash")["value"]["blockhash"]
    raw = signed(keypair(owner), pays, recent=recent)
    txid = node.call("sendTransaction", encoded(raw), {"encoding": "base64"})
    node.mine()
    blocks = scan(chain, first)
    assert {move.minor for move in arrived(blocks, to[0])} == {2 * SOL}
    assert {move.minor for move in arrived(blocks, to[1])} == {SOL}
    assert len({move.index for block in blocks for move in block.movements if move.txid == txid}) == 2


def encoded(raw):
    return base64.b64encode(raw).decode()


def test_tokens_on_an_account_that_is_not_the_associated_one_do_not_count(node, chain, owner):
    """Whoever made it may have kept a hand on it."""
    address, account = stranger(chain), stranger(chain)
    held = bytes(Pubkey.from_string(USDC)) + bytes(Pubkey.from_string(address)) + bytes(44) + b"\x01" + bytes(56)
    node.call("devnet_account", account, str(TOKEN), held.hex())
    first, own = chain.head().height, keypair(owner).pubkey()
    source = Pubkey.from_string(token_account(str(own), USDC, str(TOKEN)))
    accounts = [
        AccountMeta(source, is_signer=False, is_writable=True),
        AccountMeta(Pubkey.from_string(USDC), is_signer=False, is_writable=False),
        AccountMeta(Pubkey.from_string(account), is_signer=False, is_writable=True),
        AccountMeta(own, is_signer=True, is_writable=False),
    ]
    moved = Instruction(TOKEN, bytes([12]) + (7_000_000).to_bytes(8, "little") + bytes([6]), accounts)
    raw = signed(keypair(owner), [moved], recent=node.call("getLatestBlockhash")["value"]["blockhash"])
    txid = node.call("sendTransaction", encoded(raw), {"encoding": "base64"})
    node.mine()
    assert node.call("getTokenAccountBalance", account)["value"]["amount"] == "7000000"
    blocks = scan(chain, first)
    assert txid in {each for block in blocks for each in block.txids}
    assert arrived(blocks, address) == []
    assert chain.balance(address, USDC) == 0


@pytest.mark.parametrize(("contract", "minor"), [("", SOL), (USDC, 5_000_000)])
def test_what_is_sent_lands_once_and_costs_what_was_said(node, chain, owner, contract, minor):
    to, own = stranger(chain), address_of(chain, owner)
    before = chain.balance(own)
    wanted = order(chain, owner, to, minor, contract=contract)
    most = chain.most_fee(wanted)
    assert most == (5_081 + RENT if contract else 5_001)
    unsigned, sent = spend(chain, owner, to, minor, contract=contract)
    assert unsigned.max_fee_minor == most
    assert chain.state(sent.txid).presence is Presence.ABSENT
    for _ in range(2):
        assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    node.call("devnet_mine", 1, False)
    assert chain.state(sent.txid).presence is Presence.PENDING
    node.mine()
    state = chain.state(sent.txid)
    assert (state.presence, state.succeeded, state.fee_minor) == (Presence.MINED, True, most)
    assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    node.mine()
    assert chain.balance(to, contract) == minor
    assert chain.balance(own) == before - most - (0 if contract else minor)
    assert chain.block_ref(state.height).hash == state.block_hash
    assert chain.raw(sent.txid) == sent.raw
    spends = [each for each in chain.block(state.height).spends if each.txid == sent.txid]
    assert tuple(each.replay_token for each in spends) == unsigned.replay_tokens


def test_the_second_payment_of_a_token_makes_no_account(node, chain, owner):
    to = stranger(chain)
    first, sent = spend(chain, owner, to, 1_000_000, contract=USDC)
    chain.broadcast(sent)
    node.mine()
    second, again = spend(chain, owner, to, 2_000_000, contract=USDC)
    assert (first.max_fee_minor - second.max_fee_minor) > RENT
    chain.broadcast(again)
    node.mine()
    assert chain.state(again.txid).fee_minor == second.max_fee_minor
    assert chain.balance(to, USDC) == 3_000_000


def test_another_pays_the_fee_of_emptying_an_address(node, chain, owner):
    """Coins and tokens leave whole, and the address needs nothing for it."""
    payer, own = f"payer {next(numbers)}", address_of(chain, owner)
    paying = address_of(chain, payer)
    node.fund(paying, SOL)
    node.mine()
    for contract, minor in ((USDC, 50_000_000), ("", 10 * SOL)):
        before = chain.balance(paying)
        wanted = order(chain, owner, paying, minor, contract=contract, payer=paying)
        unsigned = chain.build(chain.prepare(wanted))
        (content, _) = chain.digests(unsigned.payload)
        signatures = [bytes(keypair(who).sign_message(content)) for who in (payer, owner)]
        sent = chain.attach(unsigned.payload, signatures, [bytes(keypair(who).pubkey()) for who in (payer, owner)])
        assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
        node.mine()
        assert chain.balance(own, contract) == 0
        assert chain.balance(paying) == before - unsigned.max_fee_minor + (0 if contract else minor)
        assert chain.state(sent.txid).fee_minor == unsigned.max_fee_minor


def test_after_its_last_block_it_is_never_taken(node, chain, owner):
    to = stranger(chain)
    _, sent = spend(chain, owner, to)
    node.mine(150)
    late = chain.broadcast(sent)
    assert (late.outcome, late.code) == (Outcome.FAILED, "expired")
    node.mine()
    assert chain.state(sent.txid).presence is Presence.ABSENT
    assert chain.balance(to) == 0


def test_what_waits_when_it_expires_is_gone(node, chain, owner):
    """It may land up to the last block of all, and not one later."""
    config = chain.config
    number = chain.head().number
    recent = chain.head().hash
    _, early = spend(chain, owner, stranger(chain), recent=recent)
    _, late = spend(chain, owner, stranger(chain), recent=recent)
    newest = node.call("getBlockHeight", {"commitment": "processed"})
    node.call("devnet_mine", number + config.valid_blocks - 1 - newest, False)
    assert chain.broadcast(early).outcome is Outcome.SUCCEEDED
    node.call("devnet_mine", 1, False)
    assert chain.broadcast(late).code == "expired"
    node.mine()
    assert chain.block_ref(chain.state(early.txid).height).number == number + config.valid_blocks
    assert chain.state(late.txid).presence is Presence.ABSENT


def test_refusals_have_names(node, chain, owner):
    def outcome(sent):
        result = chain.broadcast(sent)
        return result.outcome, result.code

    _, dollars = spend(chain, owner, stranger(chain), minor=51_000_000, contract=USDC)
    assert outcome(dollars) == (Outcome.FAILED, "insufficient_funds")
    both = [spend(chain, owner, stranger(chain), minor=minor)[1] for minor in (6 * SOL, 7 * SOL)]
    assert outcome(both[0])[0] is Outcome.SUCCEEDED
    node.mine()
    assert outcome(both[1]) == (Outcome.FAILED, "insufficient_funds")


def test_who_cannot_pay_or_would_keep_too_little_signs_nothing(node, chain, owner):
    """An address keeps nothing, or what the network keeps an account for."""
    fee, to = 5_001, stranger(chain)
    for minor in (11 * SOL, 10 * SOL - fee - 1, 10 * SOL - fee - 890_879):
        with pytest.raises(SenderShort):
            chain.prepare(order(chain, owner, to, minor))
    with pytest.raises(SenderShort):
        chain.prepare(order(chain, f"nobody {next(numbers)}", to))
    for minor in (10 * SOL - fee - 890_880, 10 * SOL - fee):
        assert chain.prepare(order(chain, owner, to, minor)).minor == minor
    payer = f"payer {next(numbers)}"
    paying = {"payer": address_of(chain, payer)}
    with pytest.raises(SenderShort):
        chain.prepare(order(chain, owner, to, 10 * SOL, **paying))
    node.fund(address_of(chain, payer), SOL)
    node.mine()
    for minor in (10 * SOL - 1, 10 * SOL - 890_879):
        with pytest.raises(PaymentImpossible, match="left with less"):
            chain.most_fee(order(chain, owner, to, minor, **paying))
    with pytest.raises(SenderShort):
        chain.prepare(order(chain, owner, to, 10 * SOL + 1, **paying))
    assert chain.most_fee(order(chain, owner, to, 10 * SOL, **paying)) == 10_001


def test_the_network_itself_refuses_to_leave_too_little(node, chain, owner):
    """What the check before is for: built past it, the transaction does not land, and nothing has moved."""
    wanted = order(chain, owner, stranger(chain), 10 * SOL - 5_001 - 1)
    recent = node.call("getLatestBlockhash")["value"]["blockhash"]
    sent = sign(chain, chain.build(replace(wanted, recent=recent, gas_limit=1_000)), owner=owner)
    refused = chain.broadcast(sent)
    assert (refused.outcome, refused.code) == (Outcome.FAILED, "insufficient_funds")
    node.call("sendTransaction", encoded(sent.raw), {"encoding": "base64", "skipPreflight": True})
    node.mine()
    assert chain.state(sent.txid).presence is Presence.ABSENT
    assert chain.balance(address_of(chain, owner)) == 10 * SOL


def test_what_the_network_would_not_keep_is_refused_before(node, chain, owner):
    for to, changes, why in (
        (stranger(chain), {"minor": 890_879}, "0.00089088"),
        (token_account(address_of(chain, owner), USDC, str(TOKEN)), {"minor": SOL}, "account of a token"),
        (token_account(stranger(chain), USDC, str(TOKEN)), {"minor": 1, "contract": USDC}, "belongs to a program"),
        ("Vote111111111111111111111111111111111111111", {"minor": SOL}, "address of a program"),
    ):
        with pytest.raises(PaymentImpossible, match=why):
            chain.prepare(order(chain, owner, to, **changes))
    assert chain.most_fee(order(chain, owner, stranger(chain), minor=890_880)) == 5_001
    assert chain.most_fee(order(chain, owner, address_of(chain, owner), minor=1)) == 5_001


def test_holdings_are_those_of_the_block_asked_for(node, chain, owner):
    own, to = address_of(chain, owner), stranger(chain)
    before = chain.head()
    unsigned, sent = spend(chain, owner, to, 2 * SOL)
    chain.broadcast(sent)
    node.mine()
    after = chain.head()
    assert chain.holdings([own, to], block=before).minor == {own: 10 * SOL, to: 0}
    assert chain.holdings([own, to], block=after).minor == {own: 8 * SOL - unsigned.max_fee_minor, to: 2 * SOL}
    assert chain.holdings([own, to], block=before, contract=USDC).minor == {own: 50_000_000, to: 0}
    assert chain.witnesses(before) == 1
    assert chain.paid([sent.txid]) == {sent.txid: Paid(True, unsigned.max_fee_minor)}
    with pytest.raises(NodesDisagree):
        chain.witnesses(replace(before, hash=after.hash))


def test_fees_follow_what_others_pay(node, chain):
    assert {each.rate for each in chain.fee_rates()} == {1_000}
    node.call("devnet_fee", 70_000)
    assert {each.rate for each in chain.fee_rates()} == {70_000}
    node.call("devnet_fee", 10**9)
    assert {each.rate for each in chain.fee_rates()} == {5_000_000}


def test_a_timeout_after_accepting_is_unknown_and_the_same_bytes_land_once(node, owner):
    chain = connect(node, timeout_seconds=1)
    to = stranger(chain)
    _, sent = spend(chain, owner, to)
    node.call("devnet_fault", "timeout", "sendTransaction")
    assert chain.broadcast(sent).outcome is Outcome.UNKNOWN
    node.mine()
    fresh = connect(node)
    assert fresh.broadcast(sent).outcome is Outcome.SUCCEEDED
    node.mine()
    assert fresh.balance(to) == SOL


def test_a_node_that_says_yes_and_forgets_is_asked_again(node, chain, owner):
    to = stranger(chain)
    _, sent = spend(chain, owner, to)
    node.call("devnet_drop", 1)
    assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    node.mine()
    assert chain.state(sent.txid).presence is Presence.ABSENT
    assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    node.mine()
    assert chain.balance(to) == SOL


def test_another_node_answers_where_one_is_dead_behind_or_of_another_chain(node, owner):
    chain = connect(dead_url(), node)
    assert chain.head().height > 0
    node.call("devnet_fault", "error", "getBalance", 1)
    with pytest.raises(NodeUnavailable):
        chain.balance(address_of(chain, owner))
    wrong = connect(node, chain="main")
    with pytest.raises(NodeUnavailable):
        wrong.head()
    assert wrong.health()[0].last_error == "wrong_chain"


def test_a_node_that_lies_about_balances_or_its_height_is_found_out(shared, node, owner, tmp_path_factory):
    with solana_node(tmp_path_factory.mktemp("other")) as other:
        both = connect(node, other)
        assert both.head().height == connect(node).head().height
        block, own = connect(node).head(), address_of(both, owner)
        node.call("devnet_lie", "balance", 5)
        assert connect(node).holdings([own], block=block).minor == {own: 10 * SOL + 5}
        node.call("devnet_lie", "balance", 0)
        other.mine(block.number)
        with pytest.raises(NodesDisagree):
            both.witnesses(block)
    node.call("devnet_lie", "height", 1_000)
    with pytest.raises(NodeUnavailable):
        connect(node).head()


def test_a_node_that_lags_answers_from_the_past(node, chain):
    height = chain.head().height
    node.call("devnet_lag", 10)
    assert connect(node).head().height < height
    node.call("devnet_lag", 0)
    assert connect(node).head().height == height
