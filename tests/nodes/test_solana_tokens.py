"""Tokens with surprises, made by the real programs: refused in words before anything is signed."""

import base64

import pytest
from solders.hash import Hash
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from chains.adapters.solana_payload import TOKEN_2022, create_account, token_account
from chains.errors import PaymentImpossible, TokenNotSupported
from chains.values import Outcome, Payment, Priority
from tests.factories import solana_programs as programs
from tests.factories.chains import adapter, address_of, sign
from tests.factories.solana import keypair, solana_node

pytestmark = pytest.mark.nodes
SOL = 10**9
ISSUER = "issuer"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    with solana_node(tmp_path_factory.mktemp("solana")) as node:
        node.fund(str(keypair(ISSUER).pubkey()), 100 * SOL)
        node.mine()
        yield node


@pytest.fixture
def chain(node):
    return adapter("solana", rpc_urls=(node.url,))


def does(node, *instructions, others=()):
    """Land one transaction of the issuer's."""
    recent = Hash.from_string(node.call("getLatestBlockhash")["value"]["blockhash"])
    message = MessageV0.try_compile(keypair(ISSUER).pubkey(), list(instructions), [], recent)
    raw = bytes(VersionedTransaction(message, [keypair(ISSUER), *others]))
    txid = node.call("sendTransaction", base64.b64encode(raw).decode(), {"encoding": "base64"})
    node.mine()
    assert node.call("getTransaction", txid, {"encoding": "base64"})["meta"]["err"] is None


def minted(node, *extensions):
    """A mint with these extensions, and a thousand of its tokens on the issuer's account where there can be any."""
    of, own = Keypair(), keypair(ISSUER).pubkey()
    does(node, *programs.mint(own, of.pubkey(), *extensions), others=[of])
    return of.pubkey()


def given(node, of, owner, minor=1_000_000_000):
    """Make an owner's associated account and put tokens on it; return the account."""
    own = keypair(ISSUER).pubkey()
    account = Pubkey.from_string(token_account(str(owner), str(of), str(TOKEN_2022)))
    does(
        node,
        create_account(own, account, owner, of, TOKEN_2022),
        programs.minted(own, of, account, minor, program=TOKEN_2022),
    )
    return account


def order(chain, of, *, to, memo=""):
    rate = next(each for each in chain.fee_rates() if each.priority is Priority.NORMAL)
    return Payment(to, 250_000, str(of), rate, sender=address_of(chain, ISSUER), memo=memo)


@pytest.mark.parametrize(
    ("extension", "why"),
    [
        ("transfer fee", "keeps a part"),
        ("confidential transfer", "hidden"),
        ("frozen at first", "frozen"),
        ("non-transferable", "cannot be transferred"),
        ("permanent delegate", "take it from any account"),
        ("transfer hook", "a program of its own"),
        ("pausable", "stop all transfers"),
    ],
)
def test_a_mint_with_a_surprise_is_refused_and_nothing_moves(node, chain, extension, why):
    of = minted(node, "metadata pointer", extension)
    slot = node.call("getSlot")
    for ask in (chain.prepare, chain.most_fee):
        with pytest.raises(TokenNotSupported) as refused:
            ask(order(chain, of, to=address_of(chain, "bob")))
        assert (refused.value.code, refused.value.status) == ("token_not_supported", 422)
        assert why in refused.value.why
    assert node.call("getSlot") == slot


def test_what_nobody_here_knows_and_what_is_no_token_is_refused(node, chain):
    """An extension that is yet to be thought of; a wallet; an address with nothing."""
    extension = (99).to_bytes(2, "little") + (8).to_bytes(2, "little") + bytes(8)
    content = (bytes(44) + bytes([6, 1]) + bytes(36)).ljust(165, b"\0") + b"\x01" + extension
    of = Keypair().pubkey()
    node.call("devnet_account", str(of), str(TOKEN_2022), content.hex())
    with pytest.raises(TokenNotSupported) as refused:
        chain.prepare(order(chain, of, to=address_of(chain, "bob")))
    assert "nobody here knows" in refused.value.why
    for none in (keypair(ISSUER).pubkey(), Keypair().pubkey()):
        with pytest.raises(TokenNotSupported):
            chain.prepare(order(chain, none, to=address_of(chain, "bob")))


def test_a_mint_without_surprises_is_sent_as_any_other(node, chain):
    of = minted(node, "metadata pointer", "close authority", "interest")
    given(node, of, keypair(ISSUER).pubkey())
    to = address_of(chain, "bob")
    unsigned = chain.build(chain.prepare(order(chain, of, to=to)))
    sent = sign(chain, unsigned, owner=ISSUER)
    assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    node.mine()
    state = chain.state(sent.txid)
    assert (state.succeeded, state.fee_minor) == (True, unsigned.max_fee_minor)
    assert chain.balance(to, str(of)) == 250_000
    block = chain.block(state.height, frozenset({str(of)}))
    assert [(move.address, move.minor) for move in block.movements if move.contract] == [(to, 250_000)]


def test_a_recipient_whose_account_is_frozen_is_refused_before(node, chain):
    of, to = minted(node, "metadata pointer"), Keypair().pubkey()
    account = given(node, of, to, 1)
    issuer = keypair(ISSUER).pubkey()
    thaw = programs.frozen(issuer, account, of)
    does(node, type(thaw)(TOKEN_2022, bytes(thaw.data), thaw.accounts))
    with pytest.raises(PaymentImpossible, match="frozen"):
        chain.prepare(order(chain, of, to=str(to)))
    assert chain.balance(str(to), str(of)) == 1


def test_a_recipient_who_wants_a_memo_is_not_paid_without_one(node, chain):
    of, owner = minted(node, "metadata pointer"), Keypair()
    account = given(node, of, owner.pubkey(), 1)
    given(node, of, keypair(ISSUER).pubkey())
    does(node, *programs.wants_memos(owner.pubkey(), account, keypair(ISSUER).pubkey()), others=[owner])
    with pytest.raises(PaymentImpossible, match="only with a memo"):
        chain.prepare(order(chain, of, to=str(owner.pubkey())))
    prepared = chain.prepare(order(chain, of, to=str(owner.pubkey()), memo="invoice 7"))
    sent = sign(chain, chain.build(prepared), owner=ISSUER)
    assert chain.broadcast(sent).outcome is Outcome.SUCCEEDED
    node.mine()
    assert chain.balance(str(owner.pubkey()), str(of)) == 250_001
