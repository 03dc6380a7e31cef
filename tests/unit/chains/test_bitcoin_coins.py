import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.adapters.bitcoin_coins import Payee, Target, choose, dust_limit, fee_for
from chains.errors import PaymentImpossible
from tests.factories.chains import coin

KEY_HASH = bytes.fromhex("0014" + "11" * 20)
CHANGE = bytes.fromhex("0014" + "22" * 20)
TAPROOT = bytes.fromhex("5120" + "33" * 32)
LEGACY = bytes.fromhex("76a914" + "44" * 20 + "88ac")
SCRIPT_HASH = bytes.fromhex("a914" + "55" * 20 + "87")


def target(minor, *, rate=1_000, change=CHANGE, pay=KEY_HASH, others=(), **more):
    return Target((Payee(minor, pay), *others), change, rate, **more)


def coins(*minors):
    return [coin(minor, number=number) for number, minor in enumerate(minors)]


def test_dust_limits_are_bitcoin_cores():
    assert dust_limit(LEGACY) == 546
    assert dust_limit(SCRIPT_HASH) == 540
    assert dust_limit(KEY_HASH) == 294
    assert dust_limit(TAPROOT) == 330
    assert dust_limit(b"\x00\x20" + b"\x01" * 32) == 330


def test_fee_is_by_virtual_size_rounded_up():
    # one P2WPKH input and two P2WPKH outputs: 140.5 virtual bytes at most (with a 72-byte signature)
    assert fee_for(inputs=1, scripts=[KEY_HASH, CHANGE], rate=1_000) == 141
    assert fee_for(inputs=1, scripts=[KEY_HASH, CHANGE], rate=1_001) == 142
    assert fee_for(inputs=1, scripts=[KEY_HASH], rate=1_000) == 110
    assert fee_for(inputs=2, scripts=[KEY_HASH, CHANGE], rate=10_000) == 2_090


def test_an_exact_match_leaves_no_change():
    # 30,000 and 20,000 pay 49,822 and 178 for two inputs and one output, to the satoshi
    choice = choose(coins=coins(90_000, 30_000, 20_000, 10_000), target=target(49_822))
    assert sorted(each.minor for each in choice.coins) == [20_000, 30_000]
    assert (choice.pays, choice.change_minor, choice.fee_minor) == ((49_822,), 0, 178)


def test_what_an_exact_match_gives_away_is_less_than_change_would_cost():
    # change costs 31 satoshi now, and its input 68 some day, at a satoshi per virtual byte
    assert choose(coins=coins(50_000, 40_000), target=target(50_000 - 110 - 99)).change_minor == 0
    assert choose(coins=coins(600_000, 500_000), target=target(500_000 - 110 - 400)).change_minor > 294


def test_at_a_high_rate_few_coins_pay():
    for seed in (b"a", b"b", b"c", b"d"):
        wanted = target(90_000, rate=50_000, seed=seed)
        choice = choose(coins=coins(400_000, 60_000, 50_000, 45_000, 40_000), target=wanted)
        assert [each.minor for each in choice.coins] == [400_000]


def test_at_most_two_coins_more_than_needed_are_taken():
    # ten coins match exactly, and cost less at this rate than they may some day; but people pay them now
    exact = fee_for(inputs=10, scripts=[KEY_HASH], rate=1_000)
    minors = [10_000 + number for number in range(10)]
    choice = choose(coins=coins(*minors, 200_000), target=target(sum(minors) - exact))
    assert len(choice.coins) <= 3


def test_what_is_drawn_is_decided_by_the_seed_and_leaves_change_that_is_good_for_something():
    purse, drawn = coins(*range(100_000, 160_000, 3_000)), set()
    for number in range(20):
        wanted = target(40_000, seed=bytes([number]))
        choice = choose(coins=purse, target=wanted)
        assert choose(coins=purse[::-1], target=wanted) == choice
        assert choice.change_minor >= 45_000
        drawn.add(choice.coins)
    assert len(drawn) > 5


def test_coins_that_would_cost_more_than_is_held_for_the_fee_are_not_taken():
    purse = coins(30_000, 20_000, 52_000)
    assert len(choose(coins=purse, target=target(49_822)).coins) == 2
    choice = choose(coins=purse, target=target(49_822, max_fee_minor=150))
    assert ([each.minor for each in choice.coins], choice.fee_minor) == ([52_000], 141)


def test_several_are_paid_at_once_and_share_one_change():
    others = (Payee(546, LEGACY), Payee(7_000, TAPROOT), Payee(7_000, TAPROOT), Payee(540, SCRIPT_HASH))
    choice = choose(coins=coins(500_000), target=target(25_000, others=others))
    scripts = [KEY_HASH, LEGACY, TAPROOT, TAPROOT, SCRIPT_HASH, CHANGE]
    assert choice.pays == (25_000, 546, 7_000, 7_000, 540)
    assert choice.fee_minor == fee_for(inputs=1, scripts=scripts, rate=1_000)
    assert choice.change_minor == 500_000 - sum(choice.pays) - choice.fee_minor
    with pytest.raises(PaymentImpossible, match="no payment below 546"):
        choose(coins=coins(500_000), target=target(25_000, others=(Payee(545, LEGACY),)))


def test_change_below_dust_goes_to_the_fee():
    choice = choose(coins=coins(10_000), target=target(9_600))
    assert (choice.pays[0], choice.change_minor, choice.fee_minor) == (9_600, 0, 400)
    choice = choose(coins=coins(10_000), target=target(10_000 - 141 - 294))
    assert (choice.change_minor, choice.fee_minor) == (294, 141)
    choice = choose(coins=coins(10_000), target=target(10_000 - 141 - 293))
    assert (choice.change_minor, choice.fee_minor) == (0, 434)


def test_a_coin_that_costs_more_than_it_carries_is_left_alone():
    # an input weighs 272 units, 68 virtual bytes: at 100 satoshi per virtual byte it costs 6,800
    with pytest.raises(PaymentImpossible, match="too few coins"):
        choose(coins=coins(*[6_800] * 50), target=target(1_000, rate=100_000))
    choice = choose(coins=coins(6_801, 100_000), target=target(10_000, rate=100_000))
    assert [each.minor for each in choice.coins] == [100_000]


@given(
    minors=st.lists(st.integers(1, 60_000), min_size=1, max_size=30),
    paid=st.integers(294, 200_000),
    rate=st.integers(1_000, 500_000),
    seed=st.binary(max_size=4),
)
def test_no_coin_is_ever_chosen_that_costs_more_than_it_carries(minors, paid, rate, seed):
    try:
        choice = choose(coins=coins(*minors), target=target(paid, rate=rate, seed=seed))
    except PaymentImpossible:
        return
    assert all(1_000 * each.minor > 68 * rate for each in choice.coins)


def test_emptying_pays_everything_but_the_fee():
    choice = choose(coins=coins(50_000, 30_000, 100), target=target(80_100, change=None, subtract_fee=True))
    assert len(choice.coins) == 3
    assert (choice.pays[0], choice.change_minor, choice.fee_minor) == (80_100 - 246, 0, 246)


def test_a_subtracted_fee_leaves_the_change_whole():
    choice = choose(coins=coins(50_000), target=target(20_000, subtract_fee=True))
    assert (choice.pays[0], choice.change_minor, choice.fee_minor) == (19_859, 30_000, 141)


@pytest.mark.parametrize(
    ("given_coins", "wanted", "says"),
    [
        ([100_000], target(293), "no payment below 294"),
        ([100_000], target(545, pay=LEGACY), "no payment below 546"),
        ([], target(1_000), "too few coins"),
        ([10_000], target(9_891), "too few coins"),
        ([10_000, 5_000], target(15_001), "too few coins"),
        ([400], target(400, change=None, subtract_fee=True), "fee would leave less"),
        ([3_000] * 1_800, target(4_500_000), "too many small coins"),
    ],
)
def test_impossible_payments_are_refused(given_coins, wanted, says):
    with pytest.raises(PaymentImpossible, match=says):
        choose(coins=coins(*given_coins), target=wanted)


def test_without_a_change_address_nothing_worth_keeping_is_given_away():
    with pytest.raises(AssertionError, match="no change address"):
        choose(coins=coins(100_000), target=target(10_000, change=None))


SCRIPTS = st.sampled_from([KEY_HASH, TAPROOT, LEGACY, SCRIPT_HASH, b"\x00\x20" + b"\x01" * 32])


@given(
    minors=st.lists(st.integers(1, 10**9), max_size=40),
    paid=st.lists(st.tuples(st.integers(294, 10**9), SCRIPTS), min_size=1, max_size=4),
    rate=st.integers(1_000, 500_000),
    seed=st.binary(max_size=4),
    subtract_fee=st.booleans(),
)
def test_what_comes_in_goes_out_and_the_rate_is_paid(minors, paid, rate, seed, subtract_fee):
    payees = tuple(Payee(max(minor, dust_limit(script)), script) for minor, script in paid)
    payees = payees[:1] if subtract_fee else payees
    wanted = Target(payees, CHANGE, rate, subtract_fee=subtract_fee, seed=seed)
    own = [payee.script for payee in payees]
    try:
        choice = choose(coins=coins(*minors), target=wanted)
    except PaymentImpossible:
        economic = [each for each in minors if each * 4_000 > 272 * rate]
        enough = sum(economic) - fee_for(inputs=max(1, len(economic)), scripts=own, rate=rate) >= wanted.minor
        assert subtract_fee or not enough
        return
    assert len(set(choice.coins)) == len(choice.coins)
    assert sum(each.minor for each in choice.coins) == sum(choice.pays) + choice.change_minor + choice.fee_minor
    due = fee_for(inputs=len(choice.coins), scripts=[*own, CHANGE] if choice.change_minor else own, rate=rate)
    given_away = 31 * rate // 1_000 + max(294, 68 * min(rate, 10_000) // 1_000) + 1
    assert due <= choice.fee_minor <= due + (0 if choice.change_minor else given_away)
    assert choice.change_minor == 0 or choice.change_minor >= 294
    assert subtract_fee or choice.pays == tuple(payee.minor for payee in payees)
    assert all(1_000 * each.minor > 68 * rate for each in choice.coins) or subtract_fee
    assert choose(coins=coins(*minors)[::-1], target=wanted) == choice
