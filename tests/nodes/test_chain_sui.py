"""The Sui adapter against the local network: what it finds, what it sends, what it makes of refusals and lies."""

from dataclasses import replace
from itertools import count, pairwise

import pytest

from chains.adapters import sui_bcs, sui_form
from chains.errors import NodesDisagree, NodeUnavailable, PaymentImpossible, SenderShort
from chains.values import Outcome, Paid, Payment, Presence, Priority
from tests.factories.chain_nodes import dead_url
from tests.factories.chains import adapter, address_of, public_key, sign, signature
from tests.factories.sui import USDC, execute, public, signed_by, sui_nodes, transaction

pytestmark = pytest.mark.nodes
numbers = count()
SUI = 10**9
PLAIN = 1_000_000 + 2 * 988_000 - 978_120
"""What a payment of one coin costs: computation, two coins kept, and what is given back for the one before."""
TOKENS = frozenset({USDC})


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with sui_nodes(tmp_path_factory.mktemp("sui"), mirrors=2) as nodes:
        nodes[0].mine()
        yield nodes


@pytest.fixture
def nodes(shared):
    for each in shared:
        each.control("reset")
    shared[0].control("forget")
    return shared


@pytest.fixture
def node(nodes):
    return nodes[0]


@pytest.fixture
def chain(node):
    return connect(node)


@pytest.fixture
def owner(node, chain):
    """Someone new with ten SUI in one coin and fifty dollars in another."""
    owner = f"owner {next(numbers)}"
    node.fund(address_of(chain, owner), 10 * SUI)
    node.fund(address_of(chain, owner), 50_000_000, "USDC")
    node.mine()
    return owner


def connect(*nodes, **changes):
    urls = tuple(each if isinstance(each, str) else each.url for each in nodes)
    return adapter("sui", rpc_urls=urls, **changes)


def order(chain, owner, to, minor=SUI, **changes):
    rate = next(each for each in chain.fee_rates() if each.priority is Priority.NORMAL)
    return replace(Payment(to, minor, "", rate, sender=address_of(chain, owner)), **changes)


def spend(chain, owner, to, minor=SUI, **changes):
    unsigned = chain.build(chain.prepare(order(chain, owner, to, minor, **changes)))
    return unsigned, sign(chain, unsigned, owner=owner)


def stranger(chain):
    return address_of(chain, f"stranger {next(numbers)}")


def scan(chain, first):
    return [chain.block(height, TOKENS) for height in range(first, chain.head().height + 1)]


def arrived(blocks, address):
    return [move for block in blocks for move in block.movements if move.address == address]


def test_checkpoints_are_linked_and_count_epochs(node, chain):
    first = chain.head().height
    node.mine(3)
    node.control("epoch")
    blocks = scan(chain, first)
    assert all(later.ref.parent == earlier.ref.hash for earlier, later in pairwise(blocks))
    assert [chain.block_ref(block.ref.height) for block in blocks] == [block.ref for block in blocks]
    assert blocks[-1].ref.number == blocks[0].ref.number + 1
    assert {later.ref.number - earlier.ref.number for earlier, later in pairwise(blocks)} == {0, 1}
    assert chain.head() == blocks[-1].ref
    assert chain.block_ref(chain.head().height + 1) is None
    with pytest.raises(NodeUnavailable):
        chain.block(chain.head().height + 1)


@pytest.mark.parametrize("by", ["object", "balance"])
def test_what_is_paid_is_found_however_it_is_held(node, chain, by):
    """With a coin object or straight into the address balance: the holder has it, and we say so once."""
    first, address = chain.head().height, stranger(chain)
    coins, tokens = node.fund(address, 3 * SUI, by=by), node.fund(address, 7_000_000, "USDC", by=by)
    assert arrived(scan(chain, first), address) == []
    assert chain.state(coins).presence is Presence.ABSENT
    node.mine()
    found = arrived(scan(chain, first), address)
    assert [(move.txid, move.contract, move.minor) for move in found] == [
        (coins, "", 3 * SUI),
        (tokens, USDC, 7_000_000),
    ]
    assert (chain.balance(address), chain.balance(address, USDC)) == (3 * SUI, 7_000_000)
    assert chain.balance(stranger(chain), USDC) == 0
    other = node.fund(address, 5, "0x" + "7" * 64 + "::evil::USDC", by=by)
    node.mine()
    blocks = scan(chain, first)
    assert other in {txid for block in blocks for txid in block.txids}
    assert len(arrived(blocks, address)) == 2


def test_somebody_pays_into_an_address_balance_and_to_two_at_once(node, chain, owner):
    """Each who gains has an index of his own, the same whoever tells it."""
    first, to = chain.head().height, sorted([stranger(chain), stranger(chain)])
    [coin] = chain.prepare(order(chain, owner, to[0])).objects
    inputs = [b"\0" + sui_bcs.sized(sui_bcs.u64(SUI))] * 2 + [
        b"\0" + sui_bcs.sized(sui_bcs.address(each)) for each in to
    ]
    call = b"\0" + sui_bcs.address(sui_form.FRAMEWORK) + sui_bcs.sized(b"coin") + sui_bcs.sized(b"send_funds")
    commands = [
        b"\2\0" + sui_bcs.listed([b"\1\0\0", b"\1\1\0"]),  # SplitCoins(Gas, [0, 1])
        call + sui_bcs.listed([sui_bcs.type_tag(sui_form.NATIVE)]) + sui_bcs.listed([b"\3\0\0\0\0", b"\1\2\0"]),
        b"\1" + sui_bcs.listed([b"\3\0\0\1\0"]) + b"\1\3\0",
    ]
    content = transaction(owner, inputs=inputs, commands=commands, gas=[coin.at])
    txid = execute(node, content, signed_by(content, owner))
    node.mine()
    blocks = scan(chain, first)
    [floating], [held] = arrived(blocks, to[0]), arrived(blocks, to[1])
    assert (floating.txid, floating.minor) == (held.txid, held.minor) == (txid, SUI)
    assert floating.index != held.index
    assert chain.balance(to[0]) == chain.balance(to[1]) == SUI
    assert chain.state(txid).succeeded


@pytest.mark.parametrize(("contract", "minor"), [("", SUI), (USDC, 5_000_000)])
def test_what_is_sent_lands_once_and_costs_no_more_than_was_said(node, chain, owner, contract, minor):
    to, own = stranger(chain), address_of(chain, owner)
    before = chain.balance(own)
    most = chain.most_fee(order(chain, owner, to, minor, contract=contract))
    unsigned, sent = spend(chain, owner, to, minor, contract=contract)
    assert unsigned.max_fee_minor <= most
    assert unsigned.last_height == chain.head().number + 1
    assert chain.state(sent.txid).presence is Presence.ABSENT
    for _ in range(2):
        assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    assert chain.state(sent.txid).presence is Presence.PENDING
    node.mine()
    state = chain.state(sent.txid)
    assert (state.presence, state.succeeded) == (Presence.MINED, True)
    assert 0 < state.fee_minor < unsigned.max_fee_minor
    assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    node.mine()
    assert chain.balance(to, contract) == minor
    assert chain.balance(own) == before - state.fee_minor - (0 if contract else minor)
    assert chain.block_ref(state.height).hash == state.block_hash
    assert chain.raw(sent.txid) == sent.raw
    block = chain.block(state.height, TOKENS)
    used = [each.replay_token for each in block.spends if each.txid == sent.txid]
    assert (used[0], set(used[1:])) == (f"{own}:{sent.txid}", set(unsigned.replay_tokens))
    assert chain.paid([sent.txid]) == {sent.txid: Paid(True, state.fee_minor)}


def test_the_pool_grows_until_many_can_be_paid_at_once(node, chain, owner):
    """A payment that finds few coins leaves its change in two; so the next ones need not wait for each other."""
    own = address_of(chain, owner)
    for _ in range(3):
        _, sent = spend(chain, owner, stranger(chain), SUI // 10)
        assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
        node.mine()
    objects = chain.prepare(order(chain, owner, stranger(chain), SUI // 10)).objects
    assert len(objects) == 4
    side_by_side = []
    for _ in range(3):
        unsigned = chain.build(
            replace(
                order(chain, owner, stranger(chain), SUI // 10), objects=objects, last_height=chain.head().number + 1
            )
        )
        objects = tuple(each for each in objects if each.at.token not in unsigned.replay_tokens)
        side_by_side.append(sign(chain, unsigned, owner=owner))
    assert {chain.broadcast(each).outcome for each in side_by_side} == {Outcome.SUCCEEDED}
    node.mine()
    assert {chain.state(each.txid).presence for each in side_by_side} == {Presence.MINED}
    assert chain.balance(own) > 9 * SUI


def test_many_small_coins_are_merged_and_never_cost_less_than_nothing(node, chain):
    owner = f"owner {next(numbers)}"
    for _ in range(14):
        node.fund(address_of(chain, owner), SUI // 10)
    node.mine()
    unsigned, sent = spend(chain, owner, stranger(chain), SUI // 20)
    assert len(unsigned.replay_tokens) == 5
    chain.broadcast(sent)
    node.mine()
    assert chain.state(sent.txid).fee_minor > 0
    left = chain.prepare(order(chain, owner, stranger(chain), SUI // 20)).objects
    assert len(left) == 10
    to = stranger(chain)
    _, sent = spend(chain, owner, to, SUI * 4 // 10)
    chain.broadcast(sent)
    node.mine()
    assert (chain.balance(to), chain.state(sent.txid).succeeded) == (SUI * 4 // 10, True)
    with pytest.raises(SenderShort):
        spend(chain, owner, to, SUI)


@pytest.mark.parametrize("contract", ["", USDC])
def test_a_large_payment_takes_as_many_coins_as_it_needs(node, chain, contract):
    """A hundred at most: the network runs them for its least computation, and says it costs no more than was said."""
    owner, to = f"owner {next(numbers)}", stranger(chain)
    own, each = address_of(chain, owner), SUI // 10
    node.fund(own, SUI)
    for _ in range(120):
        node.fund(own, each, "USDC" if contract else "SUI")
    node.mine()
    minor = 100 * each - (0 if contract else SUI // 2)
    most = chain.most_fee(order(chain, owner, to, minor, contract=contract))
    assert most > 5 * chain.most_fee(order(chain, owner, to, SUI // 1_000, contract=contract))
    unsigned, sent = spend(chain, owner, to, minor, contract=contract)
    assert unsigned.max_fee_minor <= most
    chain.broadcast(sent)
    node.mine()
    state = chain.state(sent.txid)
    assert (state.succeeded, chain.balance(to, contract)) == (True, minor)
    assert 0 < state.fee_minor <= unsigned.max_fee_minor
    with pytest.raises(SenderShort):
        spend(chain, owner, to, minor, contract=contract)


@pytest.mark.parametrize("contract", ["", USDC])
def test_another_pays_the_fee_of_emptying_an_address(node, chain, contract):
    """What it holds as coins and without any coin leaves whole, and the address needs nothing for it."""
    owner, payer = f"owner {next(numbers)}", f"payer {next(numbers)}"
    own, paying = address_of(chain, owner), address_of(chain, payer)
    node.fund(paying, SUI)
    for minor in (1_000_000, 2_000_000, 3_000_000, 500_000):
        node.fund(own, minor, "USDC" if contract else "SUI")
    node.fund(own, 4_000_000, "USDC" if contract else "SUI", by="balance")
    node.mine()
    for minor in (10_500_000, 700_000):
        before = chain.balance(paying)
        wanted = order(chain, owner, paying, minor, contract=contract, payer=paying)
        unsigned = chain.build(chain.prepare(wanted))
        assert chain.most_fee(wanted) == unsigned.max_fee_minor
        sent = sponsored(chain, unsigned, {paying: payer, own: owner})
        assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
        node.mine()
        state = chain.state(sent.txid)
        assert (state.succeeded, chain.balance(own, contract)) == (True, 0)
        assert 0 < state.fee_minor <= unsigned.max_fee_minor
        assert chain.balance(paying) == before - state.fee_minor + (0 if contract else minor)
        node.fund(own, 700_000, "USDC" if contract else "SUI", by="balance")
        node.mine()


def sponsored(chain, unsigned, names):
    contents = chain.digests(unsigned.payload)
    who = [names[sender] for sender in unsigned.senders]
    made = [signature(name, content, chain.curve) for name, content in zip(who, contents, strict=True)]
    return chain.attach(unsigned.payload, made, [public_key(name, chain.curve) for name in who])


def test_an_address_balance_alone_is_emptied_too(node, chain):
    owner, payer = f"owner {next(numbers)}", f"payer {next(numbers)}"
    own, paying = address_of(chain, owner), address_of(chain, payer)
    node.fund(paying, SUI)
    node.fund(own, 4_000_000, "USDC", by="balance")
    node.mine()
    wanted = order(chain, owner, paying, 4_000_000, contract=USDC, payer=paying)
    unsigned = chain.build(chain.prepare(wanted))
    sent = sponsored(chain, unsigned, {paying: payer, own: owner})
    assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    node.mine()
    assert (chain.balance(own, USDC), chain.balance(paying, USDC)) == (0, 4_000_000)
    with pytest.raises(SenderShort):
        chain.prepare(wanted)


def test_of_two_that_use_one_version_one_lands(node, chain, owner):
    """The second is refused while the first waits, and after it: its coin is no more what it was."""
    to = [stranger(chain), stranger(chain)]
    prepared = [chain.prepare(order(chain, owner, each)) for each in to]
    (first, sent), (second, late) = (
        (unsigned, sign(chain, unsigned, owner=owner)) for unsigned in map(chain.build, prepared)
    )
    assert first.replay_tokens == second.replay_tokens
    assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    refused = chain.broadcast(late)
    assert (refused.outcome, refused.code) == (Outcome.FAILED, "locked")
    node.mine()
    refused = chain.broadcast(late)
    assert (refused.outcome, refused.code) == (Outcome.FAILED, "inputs_spent")
    assert (chain.balance(to[0]), chain.balance(to[1])) == (SUI, 0)


def test_what_is_locked_until_the_epoch_ends_says_so_and_is_free_after_it(node, chain, owner):
    unsigned, sent = spend(chain, owner, stranger(chain))
    node.control("lock", object_id=unsigned.replay_tokens[0].partition(":")[0])
    refused = chain.broadcast(sent)
    assert (refused.outcome, refused.code) == (Outcome.FAILED, "locked")
    node.control("epoch")
    assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED  # its last epoch is this one
    node.mine()
    assert chain.state(sent.txid).presence is Presence.MINED


def test_after_its_last_epoch_it_is_never_taken(node, chain, owner):
    to = [stranger(chain), stranger(chain)]
    _, waiting = spend(chain, owner, to[0])
    node.control("epoch")
    node.control("drop", count=2)
    assert chain.broadcast(waiting).outcome is Outcome.SUCCEEDED  # it says so, and forgets it
    assert chain.state(waiting.txid).presence is Presence.ABSENT
    node.control("epoch")
    late = chain.broadcast(waiting)
    assert (late.outcome, late.code) == (Outcome.FAILED, "expired")
    _, fresh = spend(chain, owner, to[1])
    node.control("drop", count=0)
    assert chain.broadcast(fresh).outcome is Outcome.SUCCEEDED
    node.control("epoch", epochs=2)
    assert chain.state(fresh.txid).presence is Presence.MINED
    assert (chain.balance(to[0]), chain.balance(to[1])) == (0, SUI)


def test_refusals_have_names(node, chain, owner):
    def outcome(**changes):
        prepared = chain.prepare(order(chain, owner, stranger(chain)))
        result = chain.broadcast(sign(chain, chain.build(replace(prepared, **changes)), owner=owner))
        return result.outcome, result.code

    cheap = replace(chain.fee_rates()[0], rate=10)
    assert outcome(rate=cheap) == (Outcome.FAILED, "fee_too_low")
    [coin] = chain.prepare(order(chain, owner, stranger(chain))).objects
    rich = replace(coin, minor=1_000 * SUI)
    assert outcome(objects=(rich,), minor=100 * SUI) == (Outcome.SUCCEEDED, "")  # run, refused, and paid for
    node.mine()
    stale = replace(coin, at=replace(coin.at, version=7))
    assert outcome(objects=(stale,)) == (Outcome.FAILED, "inputs_spent")


def test_what_is_run_and_refused_costs_its_gas_alone(node, chain, owner):
    to, own = stranger(chain), address_of(chain, owner)
    prepared = chain.prepare(order(chain, owner, to))
    [coin] = prepared.objects
    wanted = replace(prepared, minor=100 * SUI, objects=(replace(coin, minor=1_000 * SUI),))
    sent = sign(chain, chain.build(wanted), owner=owner)
    chain.broadcast(sent)
    node.mine()
    state = chain.state(sent.txid)
    assert (state.presence, state.succeeded) == (Presence.MINED, False)
    assert chain.balance(own) == 10 * SUI - state.fee_minor
    block = chain.block(state.height, TOKENS)
    assert (arrived([block], to), sent.txid in block.txids) == ([], True)
    assert chain.paid([sent.txid])[sent.txid] == Paid(False, state.fee_minor)


def test_what_cannot_be_paid_is_refused_before_it_is_built(node, chain, owner):
    for minor in (0, -1, 2**63):
        with pytest.raises(PaymentImpossible):
            chain.build(order(chain, owner, stranger(chain), minor, last_height=500))
    with pytest.raises(SenderShort):
        chain.prepare(order(chain, owner, stranger(chain), 10 * SUI))
    with pytest.raises(SenderShort):
        chain.prepare(order(chain, owner, stranger(chain), 50_000_001, contract=USDC))


def test_a_timeout_after_the_node_took_it_is_looked_up(node, owner):
    chain = connect(node, timeout_seconds=1)
    _, sent = spend(chain, owner, stranger(chain))
    node.control("fault", mode="timeout", method="ExecuteTransaction")
    assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    node.mine()
    assert connect(node).state(sent.txid).presence is Presence.MINED


def test_silence_that_cannot_be_looked_up_is_unknown(node, owner):
    chain = connect(node, timeout_seconds=1)
    _, sent = spend(chain, owner, stranger(chain))
    node.control("fault", mode="drop", count=99)
    assert chain.broadcast(sent).outcome is Outcome.UNKNOWN
    node.control("reset")
    assert connect(node).state(sent.txid).presence is Presence.ABSENT
    alone = connect(dead_url())
    assert alone.broadcast(sent).outcome is Outcome.UNKNOWN
    assert alone.health()[0].last_error == "connection"


@pytest.mark.parametrize(
    "lever", [{"name": "die"}, {"name": "lag", "checkpoints": 10}, {"name": "lie", "stale_head": True}]
)
def test_with_one_of_three_dead_late_or_lying_everything_goes_on(nodes, lever):
    """The first one asked is the one that is not well."""
    chain = connect(*nodes, timeout_seconds=2)
    owner, to = f"owner {next(numbers)}", stranger(chain)
    nodes[1].mine(10)
    name = lever["name"]
    nodes[0].control(name, **{key: value for key, value in lever.items() if key != "name"})
    nodes[1].mine(5)
    txid = nodes[1].fund(address_of(chain, owner), 10 * SUI)
    nodes[1].mine()
    head = chain.head()
    assert head.height == nodes[1].mine() - 1
    assert txid in chain.block(head.height).txids
    _, sent = spend(chain, owner, to)
    assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    nodes[1].mine()
    chain.head()
    assert chain.state(sent.txid).presence is Presence.MINED
    assert chain.balance(to) == SUI
    assert connect(*nodes[1:]).witnesses(head) == 2


def test_a_wrong_balance_of_one_is_noticed(nodes, owner):
    chain = connect(*nodes)
    block, address = chain.head(), address_of(chain, owner)
    nodes[0].fund(address, SUI)
    nodes[0].mine(2)
    found = chain.holdings([address, stranger(chain)], block=block)
    assert (found.minor[address], found.nodes, sum(found.minor.values())) == (10 * SUI, 3, 10 * SUI)
    assert chain.holdings([address], block=block, contract=USDC).minor == {address: 50_000_000}
    nodes[1].control("lie", wrong_balance=5)
    outvoted = chain.holdings([address], block=block)
    assert (outvoted.minor[address], outvoted.nodes) == (10 * SUI, 2)
    with pytest.raises(NodesDisagree):
        connect(*nodes[:2]).holdings([address], block=block)


def test_nothing_is_believed_that_its_own_digest_does_not_say(node, chain, monkeypatch):
    """Checkpoints whose bytes, digest, number and transactions do not belong together."""
    height = chain.head().height
    call = chain.endpoints.call

    def forging(change):
        def forged(method, params):
            answer = call(method, params)
            if method == "GetCheckpoint":
                change(answer.checkpoint)
            return answer

        monkeypatch.setattr(chain.endpoints, "call", forged)
        with pytest.raises(NodeUnavailable):
            chain.block(height)

    def another_epoch(checkpoint):
        checkpoint.summary.bcs.value = (999).to_bytes(8, "little") + checkpoint.summary.bcs.value[8:]

    forging(another_epoch)
    forging(lambda checkpoint: checkpoint.transactions.add(digest="1" * 32))
    forging(lambda checkpoint: checkpoint.summary.bcs.ClearField("value"))


def test_an_epoch_is_over_when_all_who_are_so_far_say_so(nodes):
    chain = connect(*nodes)
    chain.block(chain.head().height)
    nodes[0].control("epoch")
    head = chain.head()
    assert chain.block(head.height).ref == head
    other = connect(nodes[0])
    other._node.endpoints.each = lambda read: {"a": head.hash, "b": "another"}
    with pytest.raises(NodesDisagree):
        other.block(head.height)


def test_a_node_of_another_network_is_not_asked(node):
    chain = connect(node, chain="main")
    with pytest.raises(NodeUnavailable):
        chain.head()
    assert chain.health()[0].last_error == "wrong_chain"
    with pytest.raises(ValueError, match="TLS"):
        connect("http://node.example:9000")


def test_names_are_addresses(chain):
    assert public("alice") == address_of(chain, "alice")
