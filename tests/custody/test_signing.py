"""Signing: exactly what was approved, once per place of replay, and nothing else."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey
from django.db import DatabaseError, connection, transaction
from embit.script import address_to_scriptpubkey
from eth_account import Account

from chains.errors import PayloadInvalid
from chains.queries import get_adapter
from chains.values import Unsigned
from custody.base import Intent, Purpose
from custody.errors import ConflictingSignature, IntentMismatch, KeyMismatch, KeysUnavailable
from custody.models import Key, SignatureGuard
from custody.queries import hot_address
from custody.services import allocate_key, sign
from tests.factories.custody import NOW, use_no_keys
from tests.factories.custody_payments import BTC_STRANGER, ETH_STRANGER, TOKEN, bitcoin_payment, ethereum_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vaults(key_file: Path) -> None:
    """Every test here has vaults."""


def sealed_count() -> int:
    return Key.objects.filter(network__in=["bitcoin", "ethereum"], sealed_key__isnull=False).count()


def test_an_ethereum_payment_is_signed_by_the_hot_key() -> None:
    unsigned, intent = ethereum_payment(nonce=7)
    signed = sign(payload=unsigned.payload, intent=intent, now=NOW)
    assert Account.recover_transaction(signed.raw) == hot_address(network="ethereum")
    guard = SignatureGuard.objects.get()
    assert guard.replay_token == f"{hot_address(network='ethereum')}:7"
    assert guard.subject == "txn_test"
    assert guard.signed_at == NOW


def test_a_token_payment_is_signed() -> None:
    unsigned, intent = ethereum_payment(contract=TOKEN, minor=5_000_000)
    signed = sign(payload=unsigned.payload, intent=intent, now=NOW)
    assert Account.recover_transaction(signed.raw) == hot_address(network="ethereum")


def test_every_input_of_a_bitcoin_payment_is_signed_by_its_own_key() -> None:
    unsigned, intent = bitcoin_payment()
    assert len(unsigned.senders) == 2
    assert len(unsigned.outputs) == 2
    signed = sign(payload=unsigned.payload, intent=intent, now=NOW)  # attach checks each signature and key
    assert get_adapter("bitcoin").explain(signed.raw) == (signed.txid, unsigned.replay_tokens)
    guards = SignatureGuard.objects.select_related("key")
    assert {(guard.key.address, guard.replay_token) for guard in guards} == set(
        zip(unsigned.senders, unsigned.replay_tokens, strict=True)
    )


def test_the_same_payload_signs_to_the_same_bytes() -> None:
    for unsigned, approved in (ethereum_payment(), bitcoin_payment()):
        intent = dataclasses.replace(approved, subject=f"txn_{approved.network}")
        first = sign(payload=unsigned.payload, intent=intent, now=NOW)
        before = SignatureGuard.objects.count()
        assert sign(payload=unsigned.payload, intent=intent, now=NOW) == first
        assert SignatureGuard.objects.count() == before


@pytest.mark.parametrize(
    ("change", "differs_in"),
    [
        ({"to": hot_address}, ["destination"]),
        ({"minor": 10**18 - 1}, ["amount"]),
        ({"minor": 10**18 + 1}, ["amount"]),
        ({"minor": 0}, ["amount"]),
        ({"contract": TOKEN}, ["asset"]),
        ({"max_fee_minor": 21_000 * 20 * 10**9 - 1}, ["fee"]),
    ],
)
def test_an_ethereum_payment_that_is_not_the_intent_is_refused(change: dict[str, Any], differs_in: list[str]) -> None:
    unsigned, intent = ethereum_payment()
    fields = {name: value(network="ethereum") if callable(value) else value for name, value in change.items()}
    assert_refused(unsigned, dataclasses.replace(intent, **fields), differs_in)


def test_a_token_payment_for_the_native_intent_is_refused() -> None:
    _, native = ethereum_payment(minor=5)
    token, _ = ethereum_payment(minor=5, contract=TOKEN)
    roomy = dataclasses.replace(native, max_fee_minor=token.max_fee_minor)
    assert_refused(token, roomy, ["asset"])


def test_a_payment_out_of_an_address_that_is_not_ours_is_refused() -> None:
    unsigned, intent = ethereum_payment(sender=ETH_STRANGER, to=hot_address(network="ethereum"))
    assert_refused(unsigned, intent, ["senders"])


@pytest.mark.parametrize(
    "other", [(), (BTC_STRANGER,), ("bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",)]
)
def test_change_to_an_address_the_intent_does_not_list_is_refused(other: tuple[str, ...]) -> None:
    unsigned, intent = bitcoin_payment()
    assert_refused(unsigned, dataclasses.replace(intent, change_addresses=other), ["change"])


def test_change_to_a_listed_address_that_is_not_ours_is_refused() -> None:
    unsigned, intent = bitcoin_payment(coin_txid="bb" * 32)
    own = intent.change_addresses[0]
    stranger = "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    payload = unsigned.payload.replace(_script(own), _script(stranger))
    assert payload != unsigned.payload
    forged = get_adapter("bitcoin").decode(payload)
    assert {output.address for output in forged.outputs} == {BTC_STRANGER, stranger}
    assert_refused(forged, dataclasses.replace(intent, change_addresses=(stranger,)), ["change"])


def test_change_to_an_own_address_the_intent_does_not_list_is_refused() -> None:
    unsigned, intent = bitcoin_payment()
    other = allocate_key(network="bitcoin", purpose=Purpose.CHANGE, now=NOW).address
    assert_refused(unsigned, dataclasses.replace(intent, change_addresses=(other,)), ["change"])


def test_a_bitcoin_fee_above_the_ceiling_is_refused() -> None:
    unsigned, intent = bitcoin_payment()
    assert_refused(unsigned, dataclasses.replace(intent, max_fee_minor=unsigned.max_fee_minor - 1), ["fee"])


def test_bytes_for_another_chain_are_refused() -> None:
    unsigned, intent = ethereum_payment()
    payload = unsigned.payload[:20] + unsigned.payload[20:].replace(b"\x01", b"\x05", 1)
    with pytest.raises(PayloadInvalid):
        sign(payload=payload, intent=intent, now=NOW)
    with pytest.raises(PayloadInvalid):
        sign(payload=bitcoin_payment()[0].payload, intent=intent, now=NOW)
    assert not SignatureGuard.objects.exists()
    assert sealed_count() == 0


def test_other_bytes_in_the_same_place_of_replay_are_refused() -> None:
    first, intent = ethereum_payment(nonce=3)
    other, other_intent = ethereum_payment(nonce=3, minor=2 * 10**18)
    sign(payload=first.payload, intent=intent, now=NOW)
    before = list(SignatureGuard.objects.values())
    with pytest.raises(ConflictingSignature):
        sign(payload=other.payload, intent=other_intent, now=NOW)
    assert list(SignatureGuard.objects.values()) == before
    again = sign(payload=first.payload, intent=intent, now=NOW)
    assert Account.recover_transaction(again.raw) == hot_address(network="ethereum")


def test_the_same_bytes_for_another_subject_are_refused() -> None:
    unsigned, intent = ethereum_payment()
    sign(payload=unsigned.payload, intent=intent, now=NOW)
    before = list(SignatureGuard.objects.values())
    with pytest.raises(ConflictingSignature):
        sign(payload=unsigned.payload, intent=dataclasses.replace(intent, subject="txn_other"), now=NOW)
    assert list(SignatureGuard.objects.values()) == before


def test_one_shared_coin_is_enough_to_refuse_and_leaves_the_free_one_free() -> None:
    one, intent = bitcoin_payment(coin_minors=(70_000,))
    sign(payload=one.payload, intent=intent, now=NOW)
    before = list(SignatureGuard.objects.values())
    coin_owner = Key.objects.get(address=one.senders[0])
    two, two_intent = bitcoin_payment(coin_minors=(50_000, 40_000))
    payload = two.payload.replace(_script(two.senders[0]), _script(coin_owner.address))
    with pytest.raises(ConflictingSignature):
        sign(payload=payload, intent=two_intent, now=NOW)
    assert list(SignatureGuard.objects.values()) == before


def test_a_refused_transaction_leaves_nothing_though_the_caller_goes_on() -> None:
    unsigned, _ = ethereum_payment()
    hot = Key.objects.get(address=unsigned.senders[0])
    with transaction.atomic():
        other_public_key = PrivateKey(b"\x01" * 32).public_key.format()
        stray = Key.objects.create(
            id="key_stray",
            branch=hot.branch,
            network=hot.network,
            purpose=Purpose.DEPOSIT,
            index=99,
            path="m/44'/60'/1'/0/99",
            address=get_adapter("ethereum").address_of(other_public_key),
            public_key=other_public_key,
            seal_version=1,
            created_at=NOW,
        )
        foreign, foreign_intent = ethereum_payment(sender=stray.address)
        with pytest.raises(KeyMismatch):
            sign(payload=foreign.payload, intent=foreign_intent, now=NOW)
    assert not SignatureGuard.objects.exists()
    assert sealed_count() == 0


def test_without_keys_nothing_is_signed(settings: Any) -> None:
    unsigned, intent = ethereum_payment()
    use_no_keys(settings)
    with pytest.raises(KeysUnavailable):
        sign(payload=unsigned.payload, intent=intent, now=NOW)
    assert not SignatureGuard.objects.exists()
    assert sealed_count() == 0


@pytest.mark.parametrize(
    "statement", ["UPDATE custody_signatureguard SET payload_digest = ''", "DELETE FROM custody_signatureguard"]
)
def test_what_was_signed_cannot_be_unwritten(statement: str) -> None:
    unsigned, intent = ethereum_payment()
    sign(payload=unsigned.payload, intent=intent, now=NOW)
    before = list(SignatureGuard.objects.values())
    assert_database_refuses(statement)
    assert list(SignatureGuard.objects.values()) == before


def assert_refused(unsigned: Unsigned, intent: Intent, differs_in: list[str]) -> None:
    with pytest.raises(IntentMismatch) as refusal:
        sign(payload=unsigned.payload, intent=intent, now=NOW)
    assert refusal.value.extra["differs_in"] == differs_in
    assert refusal.value.severity == "critical"
    assert not SignatureGuard.objects.exists()
    assert sealed_count() == 0


def assert_database_refuses(statement: str) -> None:
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def _script(address: str) -> bytes:
    return bytes(address_to_scriptpubkey(address).data)
