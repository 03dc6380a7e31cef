"""Several workers look at the treasury at once, and several people import at once: it happens once."""

from functools import partial
from typing import Any

import pytest

from devnet import faucet
from tests.factories.cold import approve, cold_key, export, keep_cold
from tests.factories.world import World, living_world
from tests.races.together import do_together
from transactions.flows import cold_signing, overflow, refill
from transactions.models import Attempt, Refill, Transaction

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Any) -> Any:
    with living_world(settings, tmp_path, ["ethereum"]) as made:
        yield made


def test_workers_at_once_open_one_overflow(world: World) -> None:
    key = cold_key("ethereum")
    world.fund_hot_wallet("ethereum", "5")
    keep_cold(world, "ethereum", key.address, native="1/2/3")
    results = do_together([partial(overflow.find, network="ethereum", now=world.now)] * 6)
    assert sorted(results) == [0, 0, 0, 0, 0, 1]
    assert Transaction.objects.filter(type="overflow").count() == 1


def test_workers_at_once_ask_for_one_refill_and_people_at_once_import_one(world: World) -> None:
    key = cold_key("ethereum")
    keep_cold(world, "ethereum", key.address)
    faucet.fund(network="ethereum", address=key.address, minor=world.minor("5", "ETH"))
    world.finalize("ethereum")
    keep_cold(world, "ethereum", key.address, native="1/2/3")
    results = do_together([partial(refill.find, network="ethereum", now=world.now)] * 6)
    assert sorted(results) == [0, 0, 0, 0, 0, 1]
    asked = Refill.objects.get()
    approve(world, asked)
    text = export(world, asked)
    signed = [key.sign(text, gas=21_000 + each) for each in range(5)]
    found = do_together(
        [partial(cold_signing.take, refill_id=asked.pk, content=each, actor="usr_1", now=world.now) for each in signed]
    )
    assert sorted(type(each).__name__ for each in found) == ["RefillDecided"] * 4 + ["Transaction"]
    moved = Transaction.objects.get(type="refill")
    assert Attempt.objects.filter(transaction=moved).count() == 1
    assert world.finish(moved).status == "completed"
