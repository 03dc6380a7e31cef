"""Many processes at once, on real commits: one signature per place of replay, one address per index."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction

from chains.values import Signed, Unsigned
from custody.base import Intent, Purpose
from custody.errors import ConflictingSignature
from custody.models import Key, SignatureGuard, Vault
from custody.services import allocate_key, seal_waiting, setup_vaults, sign
from tests.factories.custody import NOW, make_vaults, use_local_keys, vault_count, waiting_count
from tests.factories.custody_payments import bitcoin_payment, ethereum_payment

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(actions: list[Callable[[], Any]]) -> list[Any]:
    """Start all actions together, each with a connection of its own; return results and errors in order."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        try:
            barrier.wait(10)
            return action()
        except Exception as error:  # noqa: BLE001 - reported to the test
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def signing(payment: tuple[Unsigned, Intent]) -> Callable[[], Signed]:
    def action() -> Signed:
        unsigned, intent = payment
        with transaction.atomic():
            return sign(payload=unsigned.payload, intent=intent, now=NOW)

    return action


def test_of_conflicting_payments_exactly_one_is_signed(settings: Any, tmp_path: Path) -> None:
    make_vaults(settings, tmp_path)
    seal_waiting(now=NOW)
    for nonce in range(5):
        payments = [
            (unsigned, replace(intent, subject=f"txn_{nonce}_{number}"))
            for number in range(6)
            for unsigned, intent in [ethereum_payment(nonce=nonce, minor=10**18 + number)]
        ]
        results = at_once([signing(payment) for payment in payments])
        assert sorted(type(result).__name__ for result in results) == ["ConflictingSignature"] * 5 + ["Signed"]
        assert SignatureGuard.objects.count() == nonce + 1


def test_a_rival_that_rolls_back_leaves_the_place_free(settings: Any, tmp_path: Path) -> None:
    make_vaults(settings, tmp_path)
    seal_waiting(now=NOW)
    first, second = (ethereum_payment(nonce=9, minor=minor) for minor in (1, 2))
    signed, waiting = threading.Event(), threading.Event()

    def roll_back() -> None:
        with transaction.atomic():
            sign(payload=first[0].payload, intent=first[1], now=NOW)
            signed.set()
            waiting.wait(10)
            transaction.set_rollback(True)

    def follow() -> Signed:
        signed.wait(10)
        threading.Timer(0.3, waiting.set).start()  # by then the insert below waits for the first one's row
        return signing(second)()

    results = at_once([roll_back, follow])
    assert isinstance(results[1], Signed)
    guard = SignatureGuard.objects.get()
    assert bytes(guard.payload_digest) != b""
    with pytest.raises(ConflictingSignature), transaction.atomic():
        sign(payload=first[0].payload, intent=first[1], now=NOW)
    assert SignatureGuard.objects.get() == guard


def test_the_same_payment_signed_by_many_gives_the_same_bytes(settings: Any, tmp_path: Path) -> None:
    make_vaults(settings, tmp_path)
    payment = bitcoin_payment()  # nothing is sealed yet: each of them tries to
    results = at_once([signing(payment)] * 6)
    assert len({result.raw for result in results}) == 1
    assert SignatureGuard.objects.count() == 2


def test_payments_that_share_coins_in_other_orders_do_not_deadlock(settings: Any, tmp_path: Path) -> None:
    make_vaults(settings, tmp_path)
    seal_waiting(now=NOW)
    one = bitcoin_payment(coin_minors=(30_000, 30_000, 30_000), minor=70_000)
    other = bitcoin_payment(coin_minors=(30_000, 30_000, 30_000), minor=71_000)
    for _ in range(5):
        results = at_once([signing(one), signing(other)] * 3)
        assert {type(result) for result in results} <= {Signed, ConflictingSignature}
    assert {guard.subject for guard in SignatureGuard.objects.all()} == {"txn_test"}


def test_every_index_is_given_out_once(settings: Any, tmp_path: Path) -> None:
    make_vaults(settings, tmp_path)

    def allocate() -> list[str]:
        return [allocate_key(network="bitcoin", purpose=Purpose.DEPOSIT, now=NOW).address for _ in range(10)]

    results = at_once([allocate] * 6)
    assert len({address for addresses in results for address in addresses}) == 60
    keys = Key.objects.filter(network="bitcoin", purpose=Purpose.DEPOSIT)
    assert sorted(keys.values_list("index", flat=True)) == list(range(60))


def test_the_first_start_of_many_makes_one_vault_and_one_hot_key(settings: Any, tmp_path: Path) -> None:
    use_local_keys(settings, tmp_path)
    results = at_once([lambda: setup_vaults(now=NOW)] * 5)
    made = sorted(code for result in results for code in result)
    assert made == ["bitcoin", "bsc", "ethereum", "polygon", "solana", "stellar", "sui"]
    assert Vault.objects.count() == Key.objects.filter(purpose=Purpose.HOT).count() == vault_count()
    assert seal_waiting(now=NOW) == waiting_count()


def test_many_sealers_seal_each_key_once(settings: Any, tmp_path: Path) -> None:
    make_vaults(settings, tmp_path)
    for _ in range(10):
        allocate_key(network="ethereum", purpose=Purpose.DEPOSIT, now=NOW)
    at_once([lambda: seal_waiting(now=NOW)] * 4)
    assert Key.objects.filter(sealed_key__isnull=True).count() == 0
    unsigned, intent = ethereum_payment()
    with transaction.atomic():
        sign(payload=unsigned.payload, intent=intent, now=NOW)
