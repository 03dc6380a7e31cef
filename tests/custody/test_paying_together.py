"""Several sends in one set of bytes at the signer: each output is somebody's due, and nobody is paid twice."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.db import transaction as database

from chains.queries import get_adapter
from chains.values import Coin, FeeRate, Outpoint, Output, Payment, Priority, Unsigned
from custody.base import Due, Intent, Purpose
from custody.errors import ConflictingSignature, IntentMismatch
from custody.models import SignatureGuard, Together
from custody.services import allocate_key, sign
from tests.factories.custody import NOW
from tests.factories.custody_payments import BTC_STRANGER, bitcoin_payment

pytestmark = pytest.mark.django_db
SECOND = "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3"
THIRD = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"
DUES = (Due("txn_b", SECOND, 20_000), Due("txn_c", THIRD, 10_000))


@pytest.fixture(autouse=True)
def vaults(key_file: Path) -> None:
    """Every test here has vaults."""


def together(
    *, outputs: tuple[tuple[str, int], ...] = ((SECOND, 20_000), (THIRD, 10_000)), coin: str = "aa" * 32, **more: Any
) -> tuple[Unsigned, Intent]:
    """Return a payment to three, with change, and the intent that fits it."""
    change = allocate_key(network="bitcoin", purpose=Purpose.CHANGE, now=NOW).address
    own = allocate_key(network="bitcoin", purpose=Purpose.DEPOSIT, now=NOW).address
    unsigned = get_adapter("bitcoin").build(
        Payment(
            to=BTC_STRANGER,
            minor=60_000,
            contract="",
            rate=FeeRate("bitcoin", Priority.NORMAL, rate=2_000, tip=0, seconds=600),
            coins=(Coin(Outpoint(coin, 0), 200_000, own),),
            change_address=change,
            others=tuple(Output(to, minor) for to, minor in outputs),
        )
    )
    intent = Intent(
        network="bitcoin",
        to=BTC_STRANGER,
        minor=60_000,
        contract="",
        max_fee_minor=unsigned.max_fee_minor,
        change_addresses=(change,),
        subject="txn_a",
        others=DUES,
    )
    return unsigned, dataclasses.replace(intent, **more)


def refused(unsigned: Unsigned, intent: Intent, error: type[Exception]) -> None:
    before = list(SignatureGuard.objects.values()), list(Together.objects.values())
    with pytest.raises(error):
        sign(payload=unsigned.payload, intent=intent, now=NOW)
    assert (list(SignatureGuard.objects.values()), list(Together.objects.values())) == before


def test_what_is_due_to_each_is_signed_and_the_same_bytes_again() -> None:
    unsigned, intent = together()
    first = sign(payload=unsigned.payload, intent=intent, now=NOW)
    assert sign(payload=unsigned.payload, intent=intent, now=NOW) == first
    assert set(Together.objects.values_list("subject", "paid_with")) == {("txn_b", "txn_a"), ("txn_c", "txn_a")}


@pytest.mark.parametrize(
    "outputs",
    [
        ((SECOND, 20_000),),
        ((SECOND, 20_000), (THIRD, 10_001)),
        ((SECOND, 20_000), (THIRD, 10_000), (THIRD, 10_000)),
        ((SECOND, 20_000), (SECOND, 10_000)),
    ],
    ids=["one is missing", "another amount", "one is paid twice", "another recipient"],
)
def test_an_output_that_is_nobodys_due_or_is_missing_is_refused(outputs: tuple[tuple[str, int], ...]) -> None:
    refused(*together(outputs=outputs), IntentMismatch)


def test_two_dues_alike_are_two_outputs() -> None:
    alike = (Due("txn_b", SECOND, 20_000), Due("txn_c", SECOND, 20_000))
    refused(*together(outputs=((SECOND, 20_000),), others=alike), IntentMismatch)
    unsigned, intent = together(outputs=((SECOND, 20_000), (SECOND, 20_000)), others=alike)
    assert sign(payload=unsigned.payload, intent=intent, now=NOW).txid


def test_who_was_paid_together_is_paid_neither_alone_nor_with_others() -> None:
    unsigned, intent = together()
    sign(payload=unsigned.payload, intent=intent, now=NOW)
    alone, own = bitcoin_payment(coin_txid="cc" * 32)
    for subject in ("txn_a", "txn_b", "txn_c"):
        refused(alone, dataclasses.replace(own, subject=subject), ConflictingSignature)
        refused(alone, dataclasses.replace(own, subject=subject, replaces=True), ConflictingSignature)
    other, others = together(coin="dd" * 32, outputs=((SECOND, 20_000),), others=DUES[:1])
    refused(other, dataclasses.replace(others, subject="txn_d"), ConflictingSignature)
    led, by = together(coin="dd" * 32, outputs=((SECOND, 20_000),), others=(Due("txn_a", SECOND, 20_000),))
    refused(led, dataclasses.replace(by, subject="txn_d"), ConflictingSignature)


def test_who_was_paid_alone_is_not_paid_together() -> None:
    alone, own = bitcoin_payment(coin_txid="cc" * 32)
    sign(payload=alone.payload, intent=dataclasses.replace(own, subject="txn_c"), now=NOW)
    refused(*together(), ConflictingSignature)
    refused(*together(replaces=True), ConflictingSignature)


def test_nobody_is_due_twice() -> None:
    refused(*together(others=(DUES[0], dataclasses.replace(DUES[1], subject="txn_b"))), ConflictingSignature)
    refused(*together(others=(DUES[0], dataclasses.replace(DUES[1], subject="txn_a"))), ConflictingSignature)


def test_what_replaces_it_pays_the_same_ones_and_calls_nobody_off() -> None:
    unsigned, intent = together()
    sign(payload=unsigned.payload, intent=intent, now=NOW)
    fewer, kept = together(outputs=((SECOND, 20_000),), others=DUES[:1], replaces=True)
    refused(fewer, kept, ConflictingSignature)
    more, added = together(
        outputs=((SECOND, 20_000), (THIRD, 10_000), (THIRD, 11_000)),
        others=(*DUES, Due("txn_d", THIRD, 11_000)),
        replaces=True,
    )
    refused(more, added, ConflictingSignature)
    swapped = (dataclasses.replace(DUES[0], subject="txn_c"), dataclasses.replace(DUES[1], subject="txn_b"))
    again, wrong = together(others=swapped, replaces=True)
    refused(again, wrong, ConflictingSignature)
    change = allocate_key(network="bitcoin", purpose=Purpose.CHANGE, now=NOW).address
    signer = unsigned.senders[0]
    nothing = get_adapter("bitcoin").build(
        Payment(
            to=change,
            minor=150_000,
            contract="",
            rate=FeeRate("bitcoin", Priority.NORMAL, rate=4_000, tip=0, seconds=600),
            coins=(Coin(Outpoint("aa" * 32, 0), 200_000, signer),),
            change_address=change,
        )
    )
    off = dataclasses.replace(
        intent, to="", minor=0, change_addresses=(change,), replaces=True, cancels=True, max_fee_minor=50_000
    )
    refused(nothing, off, IntentMismatch)
    refused(nothing, dataclasses.replace(off, others=()), ConflictingSignature)
    same, declared = together(replaces=True)
    assert sign(payload=same.payload, intent=declared, now=NOW).txid


def test_the_memory_of_it_stays() -> None:
    unsigned, intent = together()
    sign(payload=unsigned.payload, intent=intent, now=NOW)
    for change in (lambda: Together.objects.update(paid_with="txn_x"), lambda: Together.objects.all().delete()):
        with pytest.raises(DatabaseError), database.atomic():
            change()
    assert Together.objects.filter(paid_with="txn_a").count() == 2
