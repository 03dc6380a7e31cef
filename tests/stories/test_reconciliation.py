"""The books against real local networks: whatever is under way is explained, and what is wrong has a case."""

import itertools
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction as database

import custody.queries
import events.services
import ledger.queries
from assets.queries import native_asset
from chains.models import Cursor
from devnet import jsonrpc
from devnet.ethereum import Anvil
from events.models import Event
from kit.money import format_minor
from ledger.models import Posting
from reconciliation.errors import NotCorrectable
from reconciliation.models import Case, Run
from reconciliation.services import corrections
from tests.factories.accounts import make_user
from tests.factories.chain_nodes import dead_url
from tests.factories.crash import Reaper, run_process
from tests.factories.reconciliation import FULL, ROUND, aim, check, drip, is_clean, mine_to_us, steal, the_case
from tests.factories.rpc_servers import Refuse, Relay, rpc_server
from tests.factories.world import World, living_world
from tests.laws.whole import check_laws
from transactions.flows import deposit
from transactions.models import Deposit, Transaction
from wallets.queries import deposit_address

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])
AMOUNTS = {"bitcoin": ("2", "0.3"), "ethereum": ("3", "0.7")}


def booked(network: str, name: str) -> int:
    return ledger.queries.balance(code=f"network:{network}:{name}", asset=native_asset(network).code)


@BOTH
def test_nothing_under_way_is_a_difference(world: World, network: str) -> None:
    """Deposits, a sweep and sends, looked at after every single block and every turn of the workers."""
    much, some = AMOUNTS[network]
    owner = world.rich(network, much)
    world.fund_hot_wallet(network, much)
    is_clean(world, network)
    late = world.person(network)
    world.fund(late, network, some)
    sendings = [world.send(owner, network, some), world.send(owner, network, some)]
    kinds = set()
    for _ in range(world.settings.NETWORKS[network].final_depth + 5):
        is_clean(world, network)
        items = Run.objects.latest("id").figures["assets"][native_asset(network).code]["items"]
        kinds |= {item["what"] for item in items}
        world.mine(network)
        world.scan(network)
        is_clean(world, network)
        world.work(network)
    for sending in sendings:
        sending.refresh_from_db()
        assert sending.status == "completed"
    assert {"deposit_credited_above", "send_settled_above"} <= kinds
    world.finalize(network)
    is_clean(world, network)
    assert Run.objects.latest("id").figures["assets"][native_asset(network).code]["items"] == []
    assert not Case.objects.exists()
    call_command("reconcile", "--network", network, stdout=StringIO())  # exits otherwise
    if network == "ethereum":
        assert Transaction.objects.filter(type="sweep", status="completed").count() == 2


@BOTH
def test_what_workers_have_yet_to_do_is_explained(world: World, network: str) -> None:
    """Blocks go on, and no worker credits or settles anything: each item says why the books are behind."""
    much, some = AMOUNTS[network]
    owner = world.rich(network, much)
    sending = world.send(owner, network, some)
    world.pump()
    world.fund(owner, network, some)
    world.mine(network, world.settings.NETWORKS[network].final_depth + 3)
    while deposit.scan(network=network, now=world.now):
        pass
    assert Deposit.objects.filter(status="seen").count() == 1
    sending.refresh_from_db()
    assert sending.status == "blockchain_pending"
    is_clean(world, network)
    items = Run.objects.latest("id").figures["assets"][native_asset(network).code]["items"]
    assert {item["what"] for item in items} == {"deposit_not_credited_yet", "send_not_settled_yet"}


def test_dust_from_nowhere_is_set_right_by_a_posting_that_names_its_case(world: World) -> None:
    world.rich("ethereum", "1")
    is_clean(world, "ethereum")
    treasury = booked("ethereum", "treasury")
    drip(world, 12_345)
    world.finalize("ethereum")
    run = check(world, "ethereum", ROUND)
    case = Case.objects.get()
    assert (run.result, case.status, case.difference_minor) == ("different", "corrected", 12_345)
    assert (case.treasury_minor, case.deposits_minor) == (12_345, 0)
    posting = Posting.objects.get(kind="reconciliation")
    assert posting.key == f"reconciliation:{case.pk}"
    assert booked("ethereum", "treasury") == treasury - 12_345
    assert booked("ethereum", "suspense") == 12_345
    assert [note.author for note in case.notes.all()] == ["system"]
    assert case.evidence["block_hash"] == run.block_hash
    assert case.evidence["odd"][0]["address"] == custody.queries.hot_address(network="ethereum")
    facts = Event.objects.filter(subject=f"reconciliation.case:{case.pk}").order_by("id")
    assert [fact.type for fact in facts] == ["case.open", "case.corrected", "reconciliation.difference_found"]
    assert facts[2].data["severity"] == "low"
    is_clean(world, "ethereum")
    assert Case.objects.count() == Posting.objects.filter(kind="reconciliation").count() == 1
    check_laws()


@BOTH
def test_coins_that_vanish_have_a_case_and_nothing_is_corrected_by_itself(world: World, network: str) -> None:
    much, some = AMOUNTS[network]
    world.rich(network, much)
    is_clean(world, network)
    asset = native_asset(network).code
    gone = steal(world, network, world.minor(some, asset))
    world.finalize(network)
    postings = Posting.objects.count()
    for scope in (ROUND, ROUND, FULL):
        run = check(world, network, scope)
        assert (run.result, run.reason) == ("different", "")
    case = the_case()
    assert (case.difference_minor, case.found_count, case.key) == (-gone, 3, f"network:{network}:{asset}")
    assert case.evidence["height"] == case.first_run.height
    assert case.evidence["difference"]["treasury_minor"] == str(-gone)
    assert case.evidence["odd"]
    alert = Event.objects.get(type="reconciliation.difference_found")
    assert (alert.category, alert.data["severity"], alert.data["difference_minor"]) == (
        "domain",
        "critical",
        str(-gone),
    )
    assert Posting.objects.count() == postings
    make_good(world, network, case, gone)


def test_coins_that_a_contract_pays_have_a_case_that_names_address_block_and_amount(world: World) -> None:
    network, hidden = "ethereum", world.minor("0.5", "ETH")
    owner = world.rich(network, "1")
    is_clean(world, network)
    address = deposit_address(world.wallet(owner, network))
    world.fund(owner, network, "0.2")  # what blocks show of the same address is not part of it
    drip(world, hidden, address)
    for _ in range(3):
        world.finalize(network)
    assert Deposit.objects.filter(amount_minor=hidden).count() == 0
    run = check(world, network, FULL)
    case = the_case()
    assert (case.network, case.kind, case.difference_minor, case.deposits_minor) == (network, "network", hidden, hidden)
    said = f"0.5 ETH more on our addresses than the books say, at block {run.height}. 0.5 ETH more on {address}."
    assert case.summary == said
    assert case.evidence["height"] == run.height
    assert [(odd["address"], odd["difference_minor"]) for odd in case.evidence["odd"]] == [(address, str(hidden))]
    world.finalize(network)
    check(world, network, ROUND)  # which reads what did not add up, too
    case.refresh_from_db()
    assert [(odd["address"], odd["difference_minor"]) for odd in case.latest_evidence["odd"]] == [
        (address, str(hidden))
    ]
    one, two = make_user(now=world.now), make_user(now=world.now)
    wanted = corrections.request(
        correction_id="cor_" + "0" * 26, case_id=case.pk, reason="A contract's", actor=one.pk, now=world.now
    )
    corrections.approve(correction_id=wanted.pk, actor=two.pk, now=world.now)
    assert booked(network, "suspense") == hidden
    is_clean(world, network)
    assert Case.objects.count() == 1


def test_two_addresses_that_differ_by_the_same_are_found_though_the_sum_fits(world: World) -> None:
    network, depth = "ethereum", world.settings.NETWORKS["ethereum"].final_depth
    robbed = world.person(network)
    world.finalize(network)
    is_clean(world, network)
    given = world.person(network)  # whose address was never looked at
    theirs, other = (deposit_address(world.wallet(each, network)) for each in (robbed, given))
    world.fund(robbed, network, "0.5")
    world.mine(network)
    gone = steal(world, network, world.minor("0.1", "ETH"), sender=theirs)
    drip(world, gone, other)
    world.mine(network, depth + 1)
    while deposit.scan(network=network, now=world.now):  # and no worker sweeps anything
        pass
    world.pass_time(minutes=1)
    for scope in (FULL, ROUND):
        run = check(world, network, scope)
        assert run.result == "different", run.reason
    found = {case.latest_evidence["address"]: case for case in Case.objects.all()}
    assert {address: case.deposits_minor for address, case in found.items()} == {theirs: -gone, other: gone}
    for address, case in found.items():
        assert (case.kind, case.status, case.network, case.found_count) == ("address", "open", network, 2)
        assert case.summary.endswith(f" on {address} than its blocks have shown, at block {run.height}.")
    assert found[theirs].notes.count() == 0  # the same amount is no news
    assert not Posting.objects.filter(kind="reconciliation").exists()
    with pytest.raises(NotCorrectable):
        corrections.request(
            correction_id="cor_" + "0" * 26, case_id=found[other].pk, reason="Why", actor="usr_1", now=world.now
        )


def make_good(world: World, network: str, case: Case, gone: int) -> None:
    """The company brings in as much as is gone, and two people take it from there."""
    one, two = make_user(now=world.now), make_user(now=world.now)
    world.fund_hot_wallet(network, format_minor(gone, scale=native_asset(network).scale))
    assert booked(network, "suspense") == gone
    assert check(world, network).result == "different"
    wanted = corrections.request(
        correction_id="cor_" + "0" * 26, case_id=case.pk, reason="Stolen", actor=one.pk, now=world.now
    )
    corrections.approve(correction_id=wanted.pk, actor=two.pk, now=world.now)
    case.refresh_from_db()
    assert case.status == "corrected"
    assert booked(network, "suspense") == 0
    is_clean(world, network)


def test_a_reward_that_no_scanner_counts_is_found_among_the_nodes_coins(
    transactional_db: None, settings: Any, tmp_path: Path
) -> None:
    living = living_world(settings, tmp_path)
    world = living.__enter__()
    world.rich("bitcoin", "1")
    is_clean(world, "bitcoin")
    reward = mine_to_us(world)
    world.finalize("bitcoin")
    assert check(world, "bitcoin", ROUND).result == "clean"  # blocks have shown nothing of it
    for scope in (FULL, ROUND):
        assert check(world, "bitcoin", scope).result == "different"
    case = the_case()
    assert (case.difference_minor, case.found_count) == (reward, 2)
    assert [odd["is"] for odd in case.evidence["odd"]] == ["not known"]
    assert not Posting.objects.filter(kind="reconciliation").exists()
    with pytest.raises(AssertionError, match="the books say"):  # so do the laws
        living.__exit__(None, None, None)


@BOTH
def test_nodes_that_contradict_each_other_make_no_case(world: World, network: str) -> None:
    world.rich(network, AMOUNTS[network][0])
    is_clean(world, network)
    url = world.settings.NETWORKS[network].rpc_urls[0]
    relay = Relay(url)
    relay.fault = lambda method, pass_on: lie(method, pass_on())
    with rpc_server(relay) as server:
        aim(world, network, url, server.url)
        run = check(world, network, FULL)
        assert (run.result, run.height) == ("inconclusive", None)
        assert "do not say the same" in run.reason
        aim(world, network, server.url)
        if network == "ethereum":  # alone, it contradicts itself: no transaction of the key's took that away
            run = check(world, network, FULL)
            assert run.result == "inconclusive"
            assert "no transaction that took it away" in run.reason
        world.settings.RECONCILIATION_WITNESSES = 2
        run = check(world, network, FULL)
        assert run.result == "inconclusive"
        assert "Only 1 of the 2 nodes" in run.reason
        aim(world, network, url)
    assert not Case.objects.exists()
    assert not Posting.objects.filter(kind="reconciliation").exists()
    is_clean(world, network)


def lie(method: str, result: Any) -> Any:
    if method == "eth_getBalance" and int(result, 16):
        return hex(int(result, 16) - 1)
    if method == "scantxoutset":
        return {**result, "unspents": result["unspents"][1:]}
    return result


@BOTH
def test_a_silent_a_late_and_a_dead_node_make_no_case(world: World, network: str) -> None:
    world.rich(network, AMOUNTS[network][0])
    url = world.settings.NETWORKS[network].rpc_urls[0]
    aim(world, network, dead_url())
    run = check(world, network, FULL)
    assert (run.result, run.height) == ("inconclusive", None)
    assert run.reason
    relay = Relay(url)
    relay.fault = behind
    with rpc_server(relay) as server:
        aim(world, network, server.url)
        assert check(world, network, FULL).result == "inconclusive"
        aim(world, network, url)
    assert not Case.objects.exists()


def behind(method: str, pass_on: Any) -> Any:
    """Answer as a node that knows none of the blocks asked for."""
    if method == "eth_getBlockByNumber":
        return None
    if method == "getblockhash":
        raise Refuse(-8, "Block height out of range")
    return pass_on()


@BOTH
def test_a_reorg_while_it_is_read_is_noticed(world: World, network: str) -> None:
    """Deeper than the window even: the block that was read is not there any more when the nodes are asked again."""
    world.rich(network, AMOUNTS[network][0])
    world.mine(network, 3)
    world.work(network)
    is_clean(world, network)
    depth = world.settings.NETWORKS[network].final_depth + 2
    url = world.settings.NETWORKS[network].rpc_urls[0]
    relay = Relay(url)
    done: list[str] = []

    def reorg_once(method: str, pass_on: Any) -> Any:
        result = pass_on()
        if method in ("eth_getBalance", "scantxoutset") and not done:
            done.append(method)
            reorg(world, network, url, depth)
        return result

    relay.fault = reorg_once
    with rpc_server(relay) as server:
        aim(world, network, server.url)
        run = check(world, network, FULL)
        aim(world, network, url)
    assert done
    assert run.result == "inconclusive"
    assert not Case.objects.exists()


def reorg(world: World, network: str, url: str, depth: int) -> None:
    if network == "bitcoin":
        jsonrpc.call(url, "devnet_reorg", depth, True)
    else:
        Anvil(url).reorg(depth, keep_transactions=True)


def test_a_rollback_that_is_not_made_good_yet_is_waited_for(world: World) -> None:
    world.rich("bitcoin", "1")
    is_clean(world, "bitcoin")
    with database.atomic():
        events.services.record(
            type="chains.rolled_back",
            subject=Cursor.objects.get(pk="bitcoin"),
            actor="system",
            now=world.now,
            data={"from_height": 10_000_000, "from_hash": "a", "to_height": 1, "to_hash": "b"},
        )
    run = check(world, "bitcoin", ROUND)
    assert (run.result, "rolled back" in run.reason) == ("inconclusive", True)


@pytest.mark.parametrize("network", ["ethereum"])
def test_a_correction_killed_at_any_moment_is_posted_once(world: World, network: str) -> None:
    world.rich(network, "1")
    is_clean(world, network)
    moments: list[str] = []
    for number in itertools.count(1):
        treasury = booked(network, "treasury")
        drip(world, 1_000 + number)
        world.mine(network, world.settings.NETWORKS[network].final_depth + 1)
        while deposit.scan(network=network, now=world.now):  # a drip is nobody's deposit: no worker has to see it
            pass

        def look(reaper: Reaper) -> None:
            check(world, network, ROUND)

        outcome = run_process(look, kill_at=number, networks=[network])
        for _ in range(2):  # whoever looks next, and after them
            check(world, network, ROUND)
        case = Case.objects.latest("id")
        assert (case.status, case.difference_minor) == ("corrected", 1_000 + number)
        assert Posting.objects.filter(kind="reconciliation").count() == number
        assert Posting.objects.filter(key=f"reconciliation:{case.pk}").count() == 1
        assert booked(network, "treasury") == treasury - 1_000 - number
        if outcome.is_done:
            break
        moments.append(outcome.moment)
    assert moments.count("commit") >= 3
    assert not Run.objects.filter(result="running").exists()
    is_clean(world, network)
