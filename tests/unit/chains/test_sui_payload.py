"""Sui's bytes: addresses, what a payment is made of, what it costs, and what else could be read into it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chains.adapters import sui_bcs, sui_coins, sui_form, sui_payload
from chains.errors import AddressInvalid, PayloadInvalid, PaymentImpossible
from chains.values import ObjectVersion, Output, OwnedCoin
from custody.signers import ed25519
from kit.crypto import Secret
from tests.factories.chains import adapter, address_of, payment, public_key, sign, signature, sui_coin

CHAIN = adapter("sui")
ALICE, BOB, HOT = (address_of(CHAIN, name) for name in ("alice", "bob", "hot"))
TOKEN = "0x" + "ab" * 32 + "::usdc::USDC"


@pytest.mark.parametrize(
    ("words", "address"),
    [
        (
            "film crazy soon outside stand loop subway crumble thrive popular green nuclear struggle pistol arm wife"
            " phrase warfare march wheat nephew ask sunny firm",
            "0xa2d14fad60c56049ecf75246a481934691214ce413e6a8ae2fe6834c173a6133",
        ),
        (
            "require decline left thought grid priority false tiny gasp angle royal system attack beef setup reward"
            " aunt skill wasp tray vital bounce inflict level",
            "0x1ada6e6f3f3e4055096f606c746690f1108fcc2ca479055cc434a3e1d3f758aa",
        ),
        (
            "organ crash swim stick traffic remember army arctic mesh slice swear summer police vast chaos cradle"
            " squirrel hood useless evidence pet hub soap lake",
            "0xe69e896ca10f5a77732769803cc2b5707f0ab9d4407afb5e4b4464b89769af14",
        ),
    ],
)
def test_addresses_are_those_of_the_networks_own_vectors(words: str, address: str) -> None:
    """Mnemonics and addresses of Sui's own libraries, at m/44'/784'/0'/0'/0'."""
    from embit import bip39

    seed = Secret(bytearray(bip39.mnemonic_to_seed(words)))
    private = ed25519.derive(seed, "m/44'/784'/0'/0'/0'")
    assert CHAIN.address_of(ed25519.public_key_of(private)) == address


def gathering(**changes: object):
    """The hot wallet pays for emptying alice's address of a token."""
    coins = (sui_coin(10**9, owner=HOT), *(sui_coin(5, number=each, owner=ALICE, contract=TOKEN) for each in (1, 2)))
    return payment("sui", **{"to": HOT, "minor": 10, "contract": TOKEN, "payer": HOT, "objects": coins, **changes})


def token(**changes: object):
    coins = (sui_coin(10**9, owner=ALICE), sui_coin(100, number=1, owner=ALICE, contract=TOKEN))
    return payment("sui", **{"minor": 10, "contract": TOKEN, "objects": coins, **changes})


def test_the_bytes_are_the_networks_own() -> None:
    """TransactionData as another implementation reads and writes it: checked once, kept here."""
    coin = sui_coin(10**9, owner=ALICE)
    unsigned = CHAIN.build(payment("sui", minor=950_000_000))
    amount = (950_000_000).to_bytes(8, "little").hex()
    assert unsigned.payload.hex() == (
        "0000" + "02" + "0008" + amount + "0020" + BOB[2:] + "02" + "02" + "00" + "01" + "010000"
        "01" + "01" + "0300000000" + "010100" + ALICE[2:] + "01" + coin.at.object_id[2:] + "0100000000000000"
        "20" + coin.at.object_id[2:] + ALICE[2:] + "e803000000000000" + f"{5_800_000:08x}"[6:8] + "80580000000000"
        "01" + "6400000000000000"
    )


def test_what_is_built_says_what_becomes_of_the_coins() -> None:
    own = CHAIN.build(payment("sui"))
    half = (10**9 - 25_000_000 - own.max_fee_minor) // 2
    assert own.outputs == (Output(BOB, 25_000_000), Output(ALICE, half))
    assert (own.senders, own.last_height) == ((ALICE,), 101)
    paid = CHAIN.build(token())
    assert paid.outputs == (Output(BOB, 10, TOKEN), Output(ALICE, 45, TOKEN))
    assert paid.senders == (ALICE, ALICE)
    swept = CHAIN.build(gathering())
    assert swept.outputs == (Output(HOT, 10, TOKEN),)
    assert swept.senders == (HOT, ALICE, ALICE)
    floating = CHAIN.build(gathering(minor=17, floating=7))
    assert floating.outputs == (Output(HOT, 17, TOKEN),)
    alone = CHAIN.build(gathering(minor=7, floating=7, objects=(sui_coin(10**9, owner=HOT),)))
    assert (alone.senders, len(set(alone.replay_tokens))) == ((HOT, ALICE), 2)
    for each in (own, paid, swept, floating, alone):
        assert CHAIN.decode(each.payload) == each


@pytest.mark.parametrize(
    "changes",
    [
        {"minor": 0},
        {"minor": 2**63},
        {"minor": 10**9},
        {"objects": ()},
        {"objects": (sui_coin(10**9, owner=BOB),)},
        {"contract": TOKEN},
    ],
)
def test_what_cannot_be_paid_is_refused(changes) -> None:
    with pytest.raises(PaymentImpossible):
        CHAIN.build(payment("sui", **changes))


def test_a_payment_without_an_end_is_neither_built_nor_read() -> None:
    with pytest.raises(AssertionError):
        CHAIN.build(payment("sui", last_height=0))
    payload = CHAIN.build(payment("sui")).payload
    with pytest.raises(PayloadInvalid):
        CHAIN.decode(payload[:-9] + b"\0")


def test_a_payment_is_signed_by_both_who_give_something() -> None:
    unsigned = CHAIN.build(gathering())
    names = {HOT: "hot", ALICE: "alice"}
    who = [names[each] for each in unsigned.senders]
    made = [
        signature(name, content, CHAIN.curve)
        for name, content in zip(who, CHAIN.digests(unsigned.payload), strict=True)
    ]
    keys = [public_key(name, CHAIN.curve) for name in who]
    signed = CHAIN.attach(unsigned.payload, made, keys)
    assert CHAIN.explain(signed.raw) == (signed.txid, unsigned.replay_tokens)
    _, signatures = sui_payload.read_signed(signed.raw)
    assert [each[65:] for each in signatures] == [public_key(name, CHAIN.curve) for name in ("alice", "hot")]
    for place in range(3):
        with pytest.raises(PayloadInvalid):
            CHAIN.attach(unsigned.payload, [made[place]] * 3, [keys[place]] * 3)
    with pytest.raises(PayloadInvalid):
        CHAIN.explain(signed.raw[:-98])


def fields(payload: bytes):
    return sui_form.read(sui_bcs.Reader(payload))


def test_bytes_that_do_more_than_one_payment_are_refused() -> None:
    payload = CHAIN.build(token()).payload
    assert sui_form.write(fields(payload)) == payload
    known = fields(payload)
    other = sui_form.write(replace(known, recipient="0x" + "0" * 63 + "2"))
    with pytest.raises(PayloadInvalid):
        CHAIN.decode(other)
    # The same call to another function of the framework, and of another package.
    for before, after in ((b"\x05split", b"\x05steal"), (b"\x04coin", b"\x04loan")):
        assert payload.count(before)
        with pytest.raises(PayloadInvalid):
            CHAIN.decode(payload.replace(before, after))
    with pytest.raises(PayloadInvalid):
        CHAIN.decode(payload + b"\0")


def test_what_is_paid_is_bound_to_its_type() -> None:
    """Other coins than those of the type that the bytes name cannot be moved by them."""
    asset = CHAIN.build(token()).outputs[0].contract
    assert asset == TOKEN
    renamed = CHAIN.build(token()).payload.replace(b"\x04USDC", b"\x04EVIL")
    assert CHAIN.decode(renamed).outputs[0].contract == TOKEN.replace("USDC", "EVIL")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0x2::sui::SUI", ""),
        ("0x" + "0" * 63 + "2::sui::SUI", ""),
        ("0xAB::usdc::USDC", "0x" + "ab".rjust(64, "0") + "::usdc::USDC"),
        (TOKEN, TOKEN),
    ],
)
def test_coin_types_have_one_form(text, found) -> None:
    assert sui_form.contract_of(text) == found


@pytest.mark.parametrize(
    "text", ["", "0x2::sui", "0x2::lp::LP<0x2::sui::SUI>", "sui::sui::SUI", "0x" + "1" * 65 + "::a::B"]
)
def test_what_is_no_coin_type_is_refused(text) -> None:
    with pytest.raises(ValueError, match="coin type"):
        sui_form.contract_of(text)


@pytest.mark.parametrize(
    "text", ["0x2", "0x" + "0" * 64, "0x" + "0" * 60 + "dead", "0x" + "g" * 64, "ab" * 32, "0X" + "ab" * 32]
)
def test_addresses_that_are_none(text) -> None:
    with pytest.raises(AddressInvalid):
        CHAIN.check_address(text)


def test_capital_letters_are_the_same_address() -> None:
    assert CHAIN.check_address("0x" + ALICE[2:].upper()) == ALICE


@given(some.lists(some.integers(1, 10**9), min_size=1, max_size=12), some.integers(1, 3 * 10**9))
def test_no_choice_of_coins_costs_less_than_nothing_or_more_than_was_said(coins, minor) -> None:
    """However many coins it makes vanish: each gives back no more than the price was raised for it."""
    owned = tuple(sui_coin(each, number=place, owner=ALICE) for place, each in enumerate(coins))
    wanted = payment("sui", minor=minor, objects=owned)
    try:
        choice = sui_coins.choose(wanted)
    except PaymentImpossible:
        assert sum(coins) < minor + sui_coins.Choice((sui_coins.ANY,) * len(coins)).budget(1_000)
        return
    taken = sum(coin.minor for coin in owned if coin.at in choice.gas)
    budget = choice.budget(1_000)
    assert taken >= minor + sum(choice.gas_pieces) + budget
    assert budget <= sui_coins.most_budget(wanted)
    least_rebate_gap = sui_coins.UNITS * choice.price(1_000) - 988_000 * max(0, len(choice.gas) - 2)
    assert least_rebate_gap > 0


def held(count: int, minor: int, *, contract: str = "") -> tuple[OwnedCoin, ...]:
    first = 1_000 if contract else 0
    return tuple(sui_coin(minor, number=first + place, owner=ALICE, contract=contract) for place in range(count))


@pytest.mark.parametrize(("minor", "takes"), [(40, 5), (1_000, 50), (2_000, 100)])
def test_a_payment_takes_as_many_coins_as_it_needs(minor, takes) -> None:
    """A hundred small coins of a token: a small payment tidies some up, a large one takes as many as must be."""
    objects = held(100, 20, contract=TOKEN) + held(1, 10**9)
    unsigned = CHAIN.build(token(minor=minor, objects=objects))
    assert len(unsigned.replay_tokens) == 1 + takes
    assert unsigned.outputs == (Output(BOB, minor, TOKEN),)
    assert CHAIN.decode(unsigned.payload) == unsigned


def test_what_arrives_while_a_sweep_waits_does_not_make_it_dearer() -> None:
    """Anybody may send dust there: no more coins are gathered than bring the amount, but for a few small ones."""
    gas = (sui_coin(10**9, owner=HOT),)
    own = held(8, 50, contract=TOKEN)
    opened = sui_coins.gathering_budget(gathering(minor=400, objects=gas + own))
    dust = tuple(sui_coin(1, number=5_000 + each, owner=ALICE, contract=TOKEN) for each in range(150))
    late = CHAIN.build(gathering(minor=400, objects=gas + own + dust))
    assert (late.max_fee_minor, len(late.senders)) == (opened, 9)
    one = gathering(minor=50, objects=gas + own[:1])
    late = CHAIN.build(replace(one, objects=gas + own[:1] + dust))
    assert len(late.senders) == 1 + sui_coins.MOST_INPUTS  # small ones go along, empty ones too
    assert late.max_fee_minor < 2 * sui_coins.gathering_budget(one)


def test_native_coins_are_taken_as_needed_too() -> None:
    unsigned = CHAIN.build(payment("sui", minor=10**9, objects=held(100, 10**8)))
    assert len(unsigned.replay_tokens) == 11
    with pytest.raises(PaymentImpossible):
        CHAIN.build(payment("sui", minor=10**10, objects=held(150, 10**8)))


def test_no_payment_takes_more_than_the_network_reads_for_its_least_price() -> None:
    assert len(CHAIN.build(token(minor=2_000, objects=held(101, 20, contract=TOKEN) + held(1, 10**9))).senders) == 101
    with pytest.raises(PaymentImpossible):
        CHAIN.build(token(minor=2_001, objects=held(101, 20, contract=TOKEN) + held(1, 10**9)))
    widest = CHAIN.build(
        token(minor=2_000, objects=held(100, 20, contract=TOKEN) + held(sui_coins.MOST_IN_NEED, 4_300_000))
    )
    assert len(widest.payload) < 128 * 1024 // 2
    read_bytes = len(widest.senders) * sui_coins.STORAGE_FEE // 7_600
    assert read_bytes * 15 // 1_000 < sui_coins.UNITS


@given(some.integers(1, 120), some.integers(1, 2_400), some.integers(1, 40))
def test_what_a_payment_may_cost_is_said_by_the_coins_it_would_take(count, minor, natives) -> None:
    objects = held(count, 20, contract=TOKEN) + held(natives, 3 * 10**7)
    wanted = token(minor=minor, objects=objects)
    most = sui_coins.most_budget(wanted)
    try:
        assert CHAIN.build(wanted).max_fee_minor <= most
    except PaymentImpossible:
        assert most == sui_coins.most_budget(replace(wanted, objects=()))


def test_references_are_told_apart_by_all_they_have() -> None:
    at = ObjectVersion("0x" + "1" * 64, 7, sui_coin(1, owner=ALICE).at.digest)
    assert len({at.token, replace(at, version=8).token, replace(at, object_id="0x" + "2" * 64).token}) == 3
    assert sui_bcs.read_reference(sui_bcs.Reader(sui_bcs.reference(at))) == at


@pytest.mark.parametrize("content", [b"\x80\x00", b"\x80\x80\x80\x80\x10", b"\xff\xff\xff\xff\xff\x01", b""])
def test_lengths_have_one_form(content) -> None:
    with pytest.raises(sui_bcs.Malformed):
        sui_bcs.Reader(content).length()


def test_another_version_of_a_coin_is_another_place_of_replay() -> None:
    first = CHAIN.build(payment("sui"))
    signed = sign(CHAIN, first)
    assert CHAIN.explain(signed.raw)[1] == (sui_coin(10**9, owner=ALICE).at.token,)
