"""Stating that an address is ours: by its own key, in one form, and by processes with keys alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from custody.base import Ownership, Purpose
from custody.errors import KeysUnavailable, OwnershipRefused
from custody.models import Key, SignatureGuard
from custody.queries import hot_address
from custody.services import allocate_key, sign_ownership
from tests.factories.custody import NOW, use_no_keys
from tests.factories.custody_payments import BTC_STRANGER, ETH_STRANGER
from tests.factories.ownership import is_signed_by

pytestmark = pytest.mark.django_db

HASH = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def vaults(key_file: Path) -> None:
    """Every test here has vaults."""


def stated(network: str, address: str) -> Ownership:
    return Ownership(network, address, 3, 800_000, HASH)


@pytest.mark.parametrize("network", ["bitcoin", "ethereum"])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_each_address_is_signed_for_by_its_own_key(network: str, purpose: Purpose) -> None:
    address = allocate_key(network=network, purpose=purpose, now=NOW).address
    other = allocate_key(network=network, purpose=Purpose.DEPOSIT, now=NOW).address
    proof = sign_ownership(stated(network, address), now=NOW)
    assert address in proof.message
    named = {"scheme": proof.scheme, "signature": proof.signature}
    assert is_signed_by(address, message=proof.message, **named)
    assert not is_signed_by(other, message=proof.message, **named)
    assert not is_signed_by(address, message=proof.message.replace("Snapshot: 3", "Snapshot: 4"), **named)
    assert sign_ownership(stated(network, address), now=NOW) == proof


@pytest.mark.parametrize(("network", "address"), [("bitcoin", BTC_STRANGER), ("ethereum", ETH_STRANGER)])
def test_an_address_that_is_not_ours_is_refused(network: str, address: str) -> None:
    with pytest.raises(OwnershipRefused, match="not ours"):
        sign_ownership(stated(network, address), now=NOW)


def test_what_does_not_fit_the_form_is_refused_and_no_key_is_opened() -> None:
    good = stated("ethereum", hot_address(network="ethereum"))
    for change in ({"block_hash": "ab\nTransfer: everything"}, {"snapshot": 0}, {"block_height": -5}):
        with pytest.raises(OwnershipRefused):
            sign_ownership(replace(good, **change), now=NOW)
    assert not Key.objects.filter(network="ethereum", sealed_key__isnull=False).exists()


def test_it_leaves_no_place_of_replay_used() -> None:
    sign_ownership(stated("bitcoin", hot_address(network="bitcoin")), now=NOW)
    assert not SignatureGuard.objects.exists()


def test_a_process_without_keys_states_nothing(settings: Any) -> None:
    use_no_keys(settings)
    with pytest.raises(KeysUnavailable):
        sign_ownership(stated("bitcoin", hot_address(network="bitcoin")), now=NOW)
