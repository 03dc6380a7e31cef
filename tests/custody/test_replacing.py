"""Replacing at the signer: declared, in the same place of replay, to the same or to nobody; and nothing else."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from chains.errors import NotReplaceable
from chains.queries import get_adapter
from chains.values import FeeRate, Payment, Priority, Replacing, Signed, Unsigned
from custody.base import Intent
from custody.errors import ConflictingSignature, IntentMismatch
from custody.models import SignatureGuard
from custody.queries import hot_address
from custody.services import sign, signing
from tests.factories.custody import NOW
from tests.factories.custody_payments import ETH_STRANGER, GWEI, bitcoin_payment, ethereum_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vaults(key_file: Path) -> None:
    """Every test here has vaults."""


def first(nonce: int = 3) -> tuple[Unsigned, Intent, Signed]:
    unsigned, intent = ethereum_payment(nonce=nonce)
    return unsigned, intent, sign(payload=unsigned.payload, intent=intent, now=NOW)


def sped_up(signed: Signed, intent: Intent, *, gwei: int = 40, **more: Any) -> tuple[Unsigned, Intent]:
    """Return what would replace it, declared as that."""
    rate = FeeRate("ethereum", Priority.FAST, gwei * GWEI, 2 * GWEI, 12)
    unsigned, _ = get_adapter("ethereum").replace(Replacing(signed.raw, rate, **more))
    return unsigned, dataclasses.replace(intent, replaces=True, max_fee_minor=unsigned.max_fee_minor)


def called_off(signed: Signed, intent: Intent, **more: Any) -> tuple[Unsigned, Intent]:
    unsigned, declared = sped_up(signed, intent, cancels=True, **more)
    own = (hot_address(network="ethereum"),)
    return unsigned, dataclasses.replace(declared, to="", minor=0, change_addresses=own, cancels=True)


def refused(unsigned: Unsigned, intent: Intent, error: type[Exception] = ConflictingSignature) -> None:
    before = list(SignatureGuard.objects.values())
    with pytest.raises(error):
        sign(payload=unsigned.payload, intent=intent, now=NOW)
    assert list(SignatureGuard.objects.values()) == before


def test_the_same_at_a_higher_fee_is_signed_if_it_is_declared() -> None:
    _, intent, signed = first()
    again, declared = sped_up(signed, intent)
    refused(again, dataclasses.replace(declared, replaces=False))
    second = sign(payload=again.payload, intent=declared, now=NOW)
    assert second.txid != signed.txid
    assert sign(payload=again.payload, intent=declared, now=NOW) == second
    third, more = sped_up(second, intent, gwei=80)
    sign(payload=third.payload, intent=more, now=NOW)
    rows = SignatureGuard.objects.order_by("generation")
    assert [(row.generation, row.replay_token) for row in rows] == [(n, again.replay_tokens[0]) for n in range(3)]


def test_a_cancellation_is_signed_and_a_higher_one_too() -> None:
    _, intent, signed = first()
    nothing, declared = called_off(signed, intent)
    assert nothing.outputs[0].minor == 0
    second = sign(payload=nothing.payload, intent=declared, now=NOW)
    dearer, more = called_off(second, intent, gwei=80)
    sign(payload=dearer.payload, intent=more, now=NOW)
    assert SignatureGuard.objects.count() == 3


@pytest.mark.parametrize(
    "change", [{"minor": 2 * 10**18}, {"to": "0x00000000000000000000000000000000DeaDBeef"}, {"nonce": 4}]
)
def test_what_pays_another_sum_or_person_or_stands_elsewhere_is_no_replacement(change: dict[str, Any]) -> None:
    first()
    other, intent = ethereum_payment(**{"nonce": 3, **change})
    refused(other, dataclasses.replace(intent, replaces=True))
    refused(other, intent)


def test_what_was_signed_before_terms_were_kept_is_not_sped_up_and_can_be_called_off() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing, "terms_digest", lambda intent: b"")
        _, intent, signed = first()
    again, declared = sped_up(signed, intent)
    refused(again, declared, NotReplaceable)
    refused(again, dataclasses.replace(declared, replaces=False))
    elsewhere, other = ethereum_payment(nonce=4)
    refused(elsewhere, dataclasses.replace(other, replaces=True))
    nothing, cancelled = called_off(signed, intent)
    sign(payload=nothing.payload, intent=cancelled, now=NOW)
    refused(again, declared, NotReplaceable)


def test_another_subject_never_takes_the_place() -> None:
    _, intent, signed = first()
    again, declared = sped_up(signed, intent)
    refused(again, dataclasses.replace(declared, subject="txn_other"))
    nothing, cancelled = called_off(signed, intent)
    refused(nothing, dataclasses.replace(cancelled, subject="txn_other"))


def test_a_cancellation_pays_nobody_and_is_declared_as_one() -> None:
    _, intent, signed = first()
    nothing, declared = called_off(signed, intent)
    again, _ = sped_up(signed, intent)
    most = max(again.max_fee_minor, nothing.max_fee_minor)
    roomy = dataclasses.replace(declared, max_fee_minor=most)
    refused(again, roomy, IntentMismatch)  # the bytes pay somebody
    refused(nothing, dataclasses.replace(roomy, cancels=False), IntentMismatch)
    refused(nothing, dataclasses.replace(roomy, replaces=False), IntentMismatch)
    refused(nothing, dataclasses.replace(roomy, change_addresses=()), IntentMismatch)
    refused(nothing, dataclasses.replace(roomy, change_addresses=(ETH_STRANGER,)), IntentMismatch)
    refused(nothing, dataclasses.replace(roomy, minor=1), IntentMismatch)


def test_after_a_cancellation_only_what_was_paid_before_is_paid() -> None:
    _, intent, signed = first()
    nothing, declared = called_off(signed, intent)
    sign(payload=nothing.payload, intent=declared, now=NOW)
    rate = FeeRate("ethereum", Priority.FAST, 90 * GWEI, 2 * GWEI, 12)
    hot = hot_address(network="ethereum")
    other = get_adapter("ethereum").build(Payment(ETH_STRANGER, 5, "", rate, sender=hot, nonce=3))
    refused(other, dataclasses.replace(intent, minor=5, replaces=True, max_fee_minor=other.max_fee_minor))


def test_a_bitcoin_replacement_without_a_coin_in_common_is_refused() -> None:
    unsigned, intent = bitcoin_payment()
    sign(payload=unsigned.payload, intent=intent, now=NOW)
    other, elsewhere = bitcoin_payment(coin_txid="cc" * 32)
    assert not set(other.replay_tokens) & set(unsigned.replay_tokens)
    refused(other, dataclasses.replace(elsewhere, replaces=True))
    refused(other, elsewhere)
