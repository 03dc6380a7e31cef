import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.adapters.bitcoin_coins import Target, choose, dust_limit, fee_for
from chains.errors import PaymentImpossible
from tests.factories.chains import coin

KEY_HASH = bytes.fromhex("0014" + "11" * 20)
CHANGE = bytes.fromhex("0014" + "22" * 20)
TAPROOT = bytes.fromhex("5120" + "33" * 32)
LEGACY = bytes.fromhex("76a914" + "44" * 20 + "88ac")
SCRIPT_HASH = bytes.fromhex("a914" + "55" * 20 + "87")


def target(minor, *, rate=1_000, change=CHANGE, pay=KEY_HASH, subtract_fee=False):
    return Target(minor, pay, change, rate, subtract_fee=subtract_fee)


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


def test_the_smallest_single_coin_that_is_enough_pays():
    choice = choose(coins=coins(200_000, 50_000, 30_000, 10_000), target=target(29_000))
    assert [each.minor for each in choice.coins] == [30_000]
    assert (choice.pay_minor, choice.change_minor, choice.fee_minor) == (29_000, 859, 141)


def test_as_few_coins_as_possible_and_little_left_over():
    choice = choose(coins=coins(100_000, 60_000, 50_000, 45_000, 1_000), target=target(90_000))
    assert [each.minor for each in choice.coins] == [100_000]
    choice = choose(coins=coins(60_000, 55_000, 50_000, 45_000), target=target(90_000))
    assert sorted(each.minor for each in choice.coins) == [45_000, 50_000]


def test_change_below_dust_goes_to_the_fee():
    choice = choose(coins=coins(10_000), target=target(9_600))
    assert (choice.pay_minor, choice.change_minor, choice.fee_minor) == (9_600, 0, 400)
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


def test_emptying_pays_everything_but_the_fee():
    choice = choose(coins=coins(50_000, 30_000, 100), target=target(80_100, change=None, subtract_fee=True))
    assert len(choice.coins) == 3
    assert (choice.pay_minor, choice.change_minor, choice.fee_minor) == (80_100 - 246, 0, 246)


def test_a_subtracted_fee_leaves_the_change_whole():
    choice = choose(coins=coins(50_000), target=target(20_000, subtract_fee=True))
    assert (choice.pay_minor, choice.change_minor, choice.fee_minor) == (19_859, 30_000, 141)


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


@given(
    minors=st.lists(st.integers(1, 10**9), max_size=40),
    minor=st.integers(294, 10**9),
    rate=st.integers(1_000, 500_000),
    subtract_fee=st.booleans(),
)
def test_what_comes_in_goes_out_and_the_rate_is_paid(minors, minor, rate, subtract_fee):
    wanted = target(minor, rate=rate, subtract_fee=subtract_fee)
    try:
        choice = choose(coins=coins(*minors), target=wanted)
    except PaymentImpossible:
        economic = [each for each in minors if each * 4_000 > 272 * rate]
        enough = sum(economic) - fee_for(inputs=max(1, len(economic)), scripts=[KEY_HASH], rate=rate) >= minor
        assert subtract_fee or not enough
        return
    scripts = [KEY_HASH, CHANGE] if choice.change_minor else [KEY_HASH]
    assert sum(each.minor for each in choice.coins) == choice.pay_minor + choice.change_minor + choice.fee_minor
    assert choice.fee_minor >= fee_for(inputs=len(choice.coins), scripts=scripts, rate=rate)
    assert choice.change_minor == 0 or choice.change_minor >= 294
    if subtract_fee:
        assert choice.pay_minor + choice.fee_minor <= minor + 293
    else:
        assert choice.pay_minor == minor
