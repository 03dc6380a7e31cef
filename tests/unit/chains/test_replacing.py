"""What takes the place of signed bytes: it conflicts with them, does the same or nothing, and offers enough more."""

from dataclasses import replace

import pytest

from chains.errors import NotReplaceable
from chains.values import Bumping, Coin, Outpoint, Output, Replacing, Signed, Unsigned
from tests.factories.chains import adapter, address_of, coin, payment, rate, sign


def signed(name: str, **changes: object) -> tuple[Unsigned, Signed]:
    chain = adapter(name)
    unsigned = chain.build(payment(name, **changes))
    return unsigned, sign(chain, unsigned)


def bitcoin(raw: bytes, per_unit: int, *, minor: int = 100_000, cancels: bool = False) -> Replacing:
    change = address_of(adapter("bitcoin"), "alice")
    offered = replace(rate(), rate=per_unit)
    return Replacing(raw, offered, cancels=cancels, coins=(coin(minor),), change_address=change)


def test_an_ethereum_payment_is_sped_up_by_a_tenth_at_least():
    unsigned, first = signed("evm")
    chain = adapter("evm")
    low = rate(chain.config.code, per_unit=1, tip=0)
    again, offered = chain.replace(Replacing(first.raw, low))
    assert (again.outputs, again.replay_tokens) == (unsigned.outputs, unsigned.replay_tokens)
    assert (offered.rate, offered.tip) == (3_300_000_000, 1_100_000_000)
    assert again.max_fee_minor * 10 == unsigned.max_fee_minor * 11
    second = sign(chain, again)
    assert second.txid != first.txid
    third, dearer = chain.replace(Replacing(second.raw, replace(low, rate=9_000_000_000, tip=2_000_000_000)))
    assert (dearer.rate, dearer.tip) == (9_000_000_000, 2_000_000_000)
    assert third.replay_tokens == unsigned.replay_tokens


def test_an_ethereum_payment_is_called_off_by_nothing_to_oneself():
    unsigned, first = signed("evm")
    chain = adapter("evm")
    again, _ = chain.replace(Replacing(first.raw, rate(chain.config.code, per_unit=1, tip=0), cancels=True))
    assert again.outputs == (Output(unsigned.senders[0], 0),)
    assert (again.senders, again.replay_tokens) == (unsigned.senders, unsigned.replay_tokens)
    assert chain.explain(sign(chain, again).raw)[1] == unsigned.replay_tokens


def test_nothing_is_offered_above_a_networks_highest_rate():
    _, first = signed("evm")
    chain = adapter("evm")
    with pytest.raises(NotReplaceable):
        chain.replace(Replacing(first.raw, rate(chain.config.code, per_unit=chain.config.fee_cap + 1, tip=0)))


def test_a_bitcoin_payment_is_sped_up_out_of_its_change_alone():
    unsigned, first = signed("bitcoin")
    chain = adapter("bitcoin")
    again, offered = chain.replace(bitcoin(first.raw, 10_000))
    assert again.replay_tokens == unsigned.replay_tokens
    assert again.max_fee_minor == 1_410  # 141 virtual bytes at 10 satoshi
    assert again.outputs[0].address == unsigned.outputs[0].address  # each where it stood
    to = address_of(chain, "bob")
    assert [out.minor for out in again.outputs if out.address == to] == [25_000]
    assert offered.rate == 10_000
    least, _ = chain.replace(bitcoin(sign(chain, again).raw, 1_000))
    assert least.max_fee_minor == 1_410 + 141  # BIP-125, rule 4: the relay of its own bytes besides


def test_a_bitcoin_payment_is_called_off_by_all_of_it_back():
    unsigned, first = signed("bitcoin")
    chain = adapter("bitcoin")
    again, _ = chain.replace(bitcoin(first.raw, 1_000, cancels=True))
    assert again.replay_tokens == unsigned.replay_tokens
    assert again.outputs == (Output(address_of(chain, "alice"), 100_000 - again.max_fee_minor),)
    assert again.max_fee_minor > unsigned.max_fee_minor


def test_a_bitcoin_payment_without_change_enough_is_not_sped_up():
    chain = adapter("bitcoin")
    minor = 25_000 + 600
    _, first = signed("bitcoin", coins=(coin(minor),))
    with pytest.raises(NotReplaceable):
        chain.replace(bitcoin(first.raw, 20_000, minor=minor))


@pytest.mark.parametrize("name", ["solana"])
def test_what_expires_by_itself_says_so(name: str):
    chain = adapter(name)
    assert not chain.replaces
    with pytest.raises(NotReplaceable) as refused:
        chain.replace(Replacing(b"", rate()))
    assert "expires by itself" in refused.value.why


@pytest.mark.parametrize("per_unit", [8_000, 10_000, 100_000])
def test_change_pays_for_itself_and_for_what_makes_it(per_unit):
    unsigned, first = signed("bitcoin")
    chain = adapter("bitcoin")
    back = next(each for each in unsigned.outputs if each.address == address_of(chain, "alice"))
    spent = Coin(Outpoint(first.txid, unsigned.outputs.index(back)), back.minor, back.address)
    parent = Bumping(first.raw, unsigned.max_fee_minor, spent, address_of(chain, "bob"), per_unit)
    try:
        child = chain.bump(parent)
    except NotReplaceable:
        assert back.minor < (141 + 110) * per_unit // 1_000 - unsigned.max_fee_minor + 294
        return
    assert (child.replay_tokens, len(child.outputs)) == ((str(spent.outpoint),), 1)
    assert child.max_fee_minor + unsigned.max_fee_minor == -(-(141 + 110) * per_unit // 1_000)
    assert child.max_fee_minor >= 110 * per_unit // 1_000


def test_who_pays_for_a_parent_that_pays_enough_pays_its_own_way():
    unsigned, first = signed("bitcoin")
    chain = adapter("bitcoin")
    spent = Coin(Outpoint(first.txid, 0), 50_000, address_of(chain, "alice"))
    child = chain.bump(Bumping(first.raw, 10 * unsigned.max_fee_minor, spent, address_of(chain, "bob"), 1_000))
    assert child.max_fee_minor == 110


def test_an_output_that_cannot_pay_for_both_is_left_alone():
    unsigned, first = signed("bitcoin")
    chain = adapter("bitcoin")
    needed = -(-(141 + 110) * 10_000 // 1_000) - unsigned.max_fee_minor
    for minor, is_enough in ((needed + 294, True), (needed + 293, False)):
        spent = Coin(Outpoint(first.txid, 0), minor, address_of(chain, "alice"))
        asked = Bumping(first.raw, unsigned.max_fee_minor, spent, address_of(chain, "bob"), 10_000)
        if is_enough:
            assert chain.bump(asked).outputs == (Output(address_of(chain, "bob"), 294),)
        else:
            with pytest.raises(NotReplaceable):
                chain.bump(asked)


def test_elsewhere_nothing_pays_for_its_parent():
    _, first = signed("evm")
    spent = Coin(Outpoint("00" * 32, 0), 1, "")
    with pytest.raises(NotReplaceable):
        adapter("evm").bump(Bumping(first.raw, 1, spent, "", 1))
