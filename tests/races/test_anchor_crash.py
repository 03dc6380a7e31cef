"""kill -9 at every commit until an anchor is handed over: each checkpoint is in the ledger once, and is paid once."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import custody.queries
from audit.models import NetworkAnchor
from audit.services import anchor_on_network, copy, seal
from audit.verify import checkpoint_hash
from ledger.models import Posting
from tests.factories.audit import use_key
from tests.factories.crash import Reaper, run_process
from tests.factories.stellar import Horizon, lent_horizon, stellar_world
from tests.factories.world import World
from tests.laws.whole import check_laws
from transactions.models import Transaction

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(600)]
STELLAR = "stellar"


@pytest.fixture
def node() -> Horizon:
    return lent_horizon()


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path, node: Horizon) -> Iterator[World]:
    settings.AUDIT_ANCHOR_NETWORK, settings.AUDIT_ANCHOR_SECONDS = STELLAR, 60
    use_key(settings, tmp_path)
    with stellar_world(settings, tmp_path, node, capital="100") as made:
        yield made


def sealed(world: World) -> str:
    """The next checkpoint's hash."""
    world.pass_time(minutes=10)
    copy(limit=5_000)
    made = seal(now=world.now)
    assert made is not None
    return checkpoint_hash(made.content)


def test_an_anchor_killed_at_any_moment_is_sent_once(world: World, node: Horizon) -> None:
    def live(reaper: Reaper) -> None:
        """Begin, sign and hand over: what may be done twice only here."""
        reaper.is_watching = True
        anchor_on_network(now=world.now)
        world.pump()

    wanted, moments = [], []
    for number in itertools.count(1):
        wanted.append(sealed(world))
        outcome = run_process(live, kill_at=number, networks=[STELLAR])
        world.pass_time(minutes=5)  # leases end
        for _ in range(2):
            anchor_on_network(now=world.now)
            world.turn(1)
            world.mine(STELLAR)
        world.turn(1)
        assert Transaction.objects.get(key=f"anchor:{STELLAR}:{wanted[-1]}").status == "completed"
        if outcome.is_done:
            break
        moments.append(outcome.moment)
    anchor_on_network(now=world.now)
    assert moments.count("before broadcast") >= 1
    assert moments.count("commit") >= 4
    account = custody.queries.hot_address(network=STELLAR)
    shown = node.records(f"/accounts/{account}/transactions?limit=200&include_failed=true")
    assert sum(each["memo_type"] == "hash" for each in shown) == len(wanted)
    assert list(NetworkAnchor.objects.order_by("height").values_list("hash", flat=True)) == wanted
    for kind in ("anchor.dispatch", "anchor.settle"):
        assert Posting.objects.filter(kind=kind).count() == len(wanted)
    check_laws()
