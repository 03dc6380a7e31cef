"""Transak's access token: asking for another makes the last one worthless, so nobody asks without need."""

from typing import Any

import pytest
from django.core.cache import cache

from providers.adapters.transak import Transak
from tests.contracts.on_ramp.conftest import Rig
from tests.races.together import do_together

pytestmark = pytest.mark.parametrize("rig", ["transak"], indirect=True)

EIGHT_DAYS = 8 * 24 * 3_600


@pytest.fixture
def transak(rig: Rig) -> Rig:
    cache.clear()
    return rig


def asked_for_tokens(rig: Rig) -> int:
    return sum(request["path"].endswith("/refresh-token") for request in rig.sandboxes.requests("transak"))


def look(rig: Rig) -> Any:
    return Transak(rig.access).check_payment_status("op-token").stage


def test_many_processes_ask_for_one_token(transak: Rig) -> None:
    assert do_together([lambda: look(transak)] * 8) == ["absent"] * 8
    assert asked_for_tokens(transak) == 1


def test_when_it_has_died_one_asks_and_all_go_on(transak: Rig) -> None:
    look(transak)
    transak.sandboxes.advance(EIGHT_DAYS)
    assert do_together([lambda: look(transak)] * 8) == ["absent"] * 8
    assert asked_for_tokens(transak) == 2


def test_one_that_somebody_else_made_worthless_is_replaced_once(transak: Rig) -> None:
    look(transak)
    kept = Transak(transak.access)._tokens
    kept._ask()  # as another installation with the same account would
    cache.set(kept._place, None)
    assert look(transak) == "absent"
    assert asked_for_tokens(transak) == 3


def test_what_lies_in_the_cache_shows_no_token(transak: Rig) -> None:
    tokens = Transak(transak.access)._tokens
    token = tokens.current()
    assert token.encode() not in cache.get(tokens._place)
    assert tokens.remembered() == [token]


def test_the_last_three_are_remembered(transak: Rig) -> None:
    tokens = Transak(transak.access)._tokens
    made = [tokens.current(), *(tokens._ask() for _ in range(4))]
    assert tokens.remembered() == made[:-4:-1]


def test_what_the_cache_lost_is_no_harm(transak: Rig) -> None:
    look(transak)
    cache.clear()
    assert Transak(transak.access)._tokens.remembered() == []
    assert look(transak) == "absent"
