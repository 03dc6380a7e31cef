"""What strangers may do to an address with real programs: credited is what arrived, once, and nothing else."""

import base64
import os
from itertools import count

import pytest
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.system_program import WithdrawNonceAccountParams, create_nonce_account, withdraw_nonce_account
from solders.transaction import VersionedTransaction

from chains.adapters.solana_node import TOKEN_INDEX
from chains.adapters.solana_payload import ASSOCIATED, MEMO, TOKEN, create_account, token_account
from tests.factories import solana_programs as programs
from tests.factories.chains import adapter
from tests.factories.solana import USDC, solana_node

pytestmark = pytest.mark.nodes
SOL = 10**9
RENT = 2_039_280
DOLLAR = Pubkey.from_string(USDC)
TOKENS = frozenset({USDC})
numbers = count()


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    with solana_node(tmp_path_factory.mktemp("solana")) as node:
        node.mine(2)
        yield node


@pytest.fixture
def chain(node):
    return adapter("solana", rpc_urls=(node.url,))


class Stranger:
    """Somebody with coins and dollars who pays as they like."""

    def __init__(self, node):
        self.node, self.key = node, Keypair()
        self.own = self.key.pubkey()
        self.dollars = associated(self.own)
        node.fund(str(self.own), 100 * SOL)
        node.fund(str(self.own), 1_000_000_000, USDC)
        node.mine()

    def does(self, *instructions, others=(), tables=(), fails=False):
        """Land one transaction of these; return its txid."""
        recent = Hash.from_string(self.node.call("getLatestBlockhash")["value"]["blockhash"])
        message = MessageV0.try_compile(self.own, list(instructions), list(tables), recent)
        raw = bytes(VersionedTransaction(message, [self.key, *others]))
        options = {"encoding": "base64", "skipPreflight": fails}
        txid = self.node.call("sendTransaction", base64.b64encode(raw).decode(), options)
        self.node.mine()
        error = self.node.call("getTransaction", txid, {"encoding": "base64"})["meta"]["err"]
        assert (error is not None) == fails
        return txid

    def dollars_to(self, account, minor):
        return programs.moved(self.own, self.dollars, DOLLAR, account, minor)


@pytest.fixture
def stranger(node):
    return Stranger(node)


def associated(owner):
    return Pubkey.from_string(token_account(str(owner), USDC, str(TOKEN)))


def ours():
    return Keypair().pubkey()


def found(chain, txid, *addresses):
    """What the adapter reads of one transaction for these addresses; the whole chain is read again for it."""
    height = chain.state(txid).height
    moves = [move for move in chain.block(height, TOKENS).movements if move.txid == txid]
    assert len({move.index for move in moves}) == len(moves)
    wanted = {str(each) for each in addresses}
    return sorted((move.address, move.contract, move.minor) for move in moves if move.address in wanted)


def test_several_payments_in_one_transaction_are_one_of_their_sum(node, chain, stranger):
    own, other = ours(), ours()
    made = create_account(stranger.own, associated(own), own, DOLLAR, TOKEN)
    txid = stranger.does(
        programs.paid(stranger.own, own, SOL),
        programs.paid(stranger.own, other, 2 * SOL),
        programs.paid(stranger.own, own, 5),
        made,
        stranger.dollars_to(associated(own), 3_000_000),
        stranger.dollars_to(associated(own), 4_000_000),
    )
    assert found(chain, txid, own, other) == sorted(
        [(str(own), "", SOL + 5), (str(own), USDC, 7_000_000), (str(other), "", 2 * SOL)]
    )


def test_what_failed_brings_nothing(node, chain, stranger):
    """The payment before the instruction that fails is undone with it."""
    own = ours()
    txid = stranger.does(
        programs.paid(stranger.own, own, SOL), programs.paid(stranger.own, ours(), 1_000 * SOL), fails=True
    )
    assert found(chain, txid, own) == []
    assert txid in chain.block(chain.state(txid).height).txids
    assert chain.balance(str(own)) == 0


def test_coins_that_no_transfer_moved_count(node, chain, stranger):
    """Taken out of a nonce account by the system program: balances say it, whatever the instruction."""
    own, nonce = ours(), Keypair()
    stranger.does(*create_nonce_account(stranger.own, nonce.pubkey(), stranger.own, 3 * SOL), others=[nonce])
    taken = WithdrawNonceAccountParams(
        nonce_pubkey=nonce.pubkey(), authorized_pubkey=stranger.own, to_pubkey=own, lamports=SOL
    )
    assert found(chain, stranger.does(withdraw_nonce_account(taken)), own) == [(str(own), "", SOL)]


def test_tokens_that_another_instruction_moves_count(node, chain, stranger):
    """A program that calls the token program: the transaction itself names no transfer."""
    wallet = Keypair()
    nested_owner = associated(wallet.pubkey())
    nested = Pubkey.from_string(token_account(str(nested_owner), USDC, str(TOKEN)))
    first = stranger.does(
        create_account(stranger.own, nested_owner, wallet.pubkey(), DOLLAR, TOKEN),
        create_account(stranger.own, nested, nested_owner, DOLLAR, TOKEN),
        stranger.dollars_to(nested, 9_000_000),
    )
    assert found(chain, first, wallet.pubkey()) == []  # on an account of the account's, which is not this wallet's
    txid = stranger.does(programs.recovered(wallet.pubkey(), DOLLAR), others=[wallet])
    assert found(chain, txid, wallet.pubkey()) == [
        (str(wallet.pubkey()), "", RENT),  # and what the closed account was kept with
        (str(wallet.pubkey()), USDC, 9_000_000),
    ]


def test_wrapped_coins_are_no_coins_until_they_are_unwrapped_for_us(node, chain, stranger):
    own, wrapped = ours(), Keypair()
    of = programs.WRAPPED
    lies = Pubkey.from_string(token_account(str(own), str(of), str(TOKEN)))
    given = stranger.does(
        create_account(stranger.own, lies, own, of, TOKEN),
        programs.paid(stranger.own, lies, 2 * SOL),
        Instruction(TOKEN, bytes([17]), programs.token_account(stranger.own, lies, of=of, owner=own)[1].accounts[:1]),
    )
    assert node.call("getTokenAccountBalance", str(lies))["value"]["amount"] == str(2 * SOL)
    assert found(chain, given, own) == []
    stranger.does(
        *programs.token_account(stranger.own, wrapped.pubkey(), of=of, owner=stranger.own, lamports=RENT + SOL),
        others=[wrapped],
    )
    unwrapped = stranger.does(programs.closed(stranger.own, wrapped.pubkey(), own))
    assert found(chain, unwrapped, own) == [(str(own), "", RENT + SOL)]


def test_an_account_that_is_closed_to_us_brings_its_rent(node, chain, stranger):
    own, extra = ours(), Keypair()
    stranger.does(*programs.token_account(stranger.own, extra.pubkey(), of=DOLLAR, owner=stranger.own), others=[extra])
    txid = stranger.does(programs.closed(stranger.own, extra.pubkey(), own))
    assert found(chain, txid, own) == [(str(own), "", RENT)]
    assert chain.balance(str(own)) == RENT


def test_tokens_beside_the_associated_account_do_not_count(node, chain, stranger):
    """Made for us by another, or handed over with what lies on it: whoever made it may keep a hand on it."""
    own, beside, handed = ours(), Keypair(), Keypair()
    txid = stranger.does(
        *programs.token_account(stranger.own, beside.pubkey(), of=DOLLAR, owner=own),
        stranger.dollars_to(beside.pubkey(), 6_000_000),
        others=[beside],
    )
    assert found(chain, txid, own) == []
    txid = stranger.does(
        *programs.token_account(stranger.own, handed.pubkey(), of=DOLLAR, owner=stranger.own),
        stranger.dollars_to(handed.pubkey(), 6_000_000),
        programs.handed_over(stranger.own, handed.pubkey(), own),
        others=[handed],
    )
    assert found(chain, txid, own) == []
    assert chain.balance(str(own), USDC) == 0


def test_what_goes_in_and_out_again_is_worth_what_stays(node, chain, stranger):
    """A loan of one transaction: in at first, out at the end."""
    wallet = Keypair()
    stranger.does(programs.paid(stranger.own, wallet.pubkey(), SOL))
    txid = stranger.does(
        programs.paid(stranger.own, wallet.pubkey(), 50 * SOL),
        programs.paid(wallet.pubkey(), stranger.own, 50 * SOL - 7),
        others=[wallet],
    )
    assert found(chain, txid, wallet.pubkey()) == [(str(wallet.pubkey()), "", 7)]


def test_an_account_made_anew_in_one_transaction_counts_what_it_gained(node, chain, stranger):
    """Closed and opened again between two payments: the dollars of before are not counted twice."""
    wallet = Keypair()
    lies = associated(wallet.pubkey())
    made = create_account(stranger.own, lies, wallet.pubkey(), DOLLAR, TOKEN)
    stranger.does(made, stranger.dollars_to(lies, 5_000_000))
    txid = stranger.does(
        programs.moved(wallet.pubkey(), lies, DOLLAR, stranger.dollars, 5_000_000),
        programs.closed(wallet.pubkey(), lies, stranger.own),
        made,
        stranger.dollars_to(lies, 8_000_000),
        others=[wallet],
    )
    assert found(chain, txid, wallet.pubkey()) == [(str(wallet.pubkey()), USDC, 3_000_000)]
    assert chain.balance(str(wallet.pubkey()), USDC) == 8_000_000


def test_a_coin_of_somebodys_own_is_no_dollar(node, chain, stranger):
    """Same name, same decimals, other mint."""
    own, fake = ours(), Keypair()
    lies = Pubkey.from_string(token_account(str(own), str(fake.pubkey()), str(TOKEN)))
    txid = stranger.does(
        *programs.mint(stranger.own, fake.pubkey()),
        create_account(stranger.own, lies, own, fake.pubkey(), TOKEN),
        programs.minted(stranger.own, fake.pubkey(), lies, 10**15),
        others=[fake],
    )
    assert found(chain, txid, own) == []


def test_an_address_out_of_a_table_is_found(node, chain, stranger):
    """As exchanges' programs pay: the message has an index where the address would stand."""
    own, lies = ours(), Pubkey(os.urandom(32))
    held = [own, associated(own), DOLLAR]
    node.call("devnet_account", str(lies), "AddressLookupTab1e1111111111111111111111111", programs.table(held))
    tables = [AddressLookupTableAccount(lies, held)]
    txid = stranger.does(
        create_account(stranger.own, associated(own), own, DOLLAR, TOKEN),
        programs.paid(stranger.own, own, SOL),
        stranger.dollars_to(associated(own), 2_000_000),
        tables=tables,
    )
    raw = chain.raw(txid)
    assert bytes(own) not in raw
    assert bytes(associated(own)) not in raw
    assert found(chain, txid, own) == [(str(own), "", SOL), (str(own), USDC, 2_000_000)]
    assert chain.state(txid).succeeded


def test_what_is_said_with_it_arrives_too(node, chain, stranger):
    own = ours()
    for said, shown in ((b"invoice 7", "invoice 7"), ("für dich".encode(), "für dich")):
        txid = stranger.does(programs.paid(stranger.own, own, SOL), Instruction(MEMO, said, []))
        (move,) = [each for each in chain.block(chain.state(txid).height).movements if each.address == str(own)]
        assert (move.memo, move.minor) == (shown, SOL)


def test_indexes_are_the_accounts_places_and_tokens_have_their_own(node, chain, stranger):
    own = ours()
    txid = stranger.does(
        programs.paid(stranger.own, own, SOL),
        create_account(stranger.own, associated(own), own, DOLLAR, TOKEN),
        stranger.dollars_to(associated(own), 1),
    )
    moves = [move for move in chain.block(chain.state(txid).height, TOKENS).movements if move.address == str(own)]
    assert sorted(move.index >= TOKEN_INDEX for move in moves) == [False, True]
    assert str(ASSOCIATED) not in {move.address for move in moves}
