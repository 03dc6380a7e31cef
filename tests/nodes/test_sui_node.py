"""The devnet's Sui network: what it remembers when it is killed, and what it refuses as the network would."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from chains.adapters import sui_bcs, sui_form, sui_payload
from chains.adapters.sui_messages import make
from chains.values import ObjectVersion
from devnet.jsonrpc import ControlFailed
from devnet.places import ROOT, free_port
from tests.factories.chain_nodes import wait_until_ready
from tests.factories.sui import USDC, SuiNode, ask, execute, public, signed_by, transaction

pytestmark = pytest.mark.nodes
SUI = 10**9
ALICE, BOB = public("alice"), public("bob")
GAS, FIRST = b"\0", b"\1\0\0"


@contextmanager
def started(folder: Path, *, ends_with: signal.Signals = signal.SIGTERM) -> Iterator[SuiNode]:
    port = free_port()
    command = [sys.executable, "-m", "devnet.sui", "--port", str(port), "--data", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    node = SuiNode(f"http://127.0.0.1:{port}")
    try:
        wait_until_ready(node.is_ready, process)
        yield node
    finally:
        process.send_signal(ends_with)
        process.wait(20)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: Any) -> Iterator[SuiNode]:
    with started(tmp_path_factory.mktemp("sui")) as node:
        yield node


@pytest.fixture
def node(shared: SuiNode) -> SuiNode:
    """With two coins of ten SUI for alice, beside whatever she has already."""
    shared.control("reset")
    shared.control("forget")
    for _ in range(2):
        shared.fund(ALICE, 10 * SUI)
    shared.mine()
    return shared


def coins(node: SuiNode) -> list[ObjectVersion]:
    """Those of alice's that nobody has touched."""
    kind, mask = f"0x2::coin::Coin<{sui_form.NATIVE}>", "object_id,version,digest,balance"
    found = ask(node, "ListOwnedObjects", owner=ALICE, object_type=kind, page_size=1000, read_mask=mask).objects
    whole = [each for each in found if each.balance == 10 * SUI]
    return [ObjectVersion(each.object_id, each.version, each.digest) for each in whole]


def amount(minor: int) -> bytes:
    return b"\0" + sui_bcs.sized(sui_bcs.u64(minor))


def to(address: str) -> bytes:
    return b"\0" + sui_bcs.sized(sui_bcs.address(address))


SPLIT = b"\2" + GAS + sui_bcs.listed([FIRST])
HAND = b"\1" + sui_bcs.listed([b"\3\0\0\0\0"]) + b"\1\1\0"


def payment(node: SuiNode, minor: int = SUI, **changes: Any) -> bytes:
    gas = changes.pop("gas", None) or coins(node)[-1:]
    return transaction("alice", inputs=[amount(minor), to(BOB)], commands=[SPLIT, HAND], gas=gas, **changes)


def balance(node: SuiNode, owner: str) -> int:
    return int(ask(node, "GetBalance", owner=owner, coin_type="0x2::sui::SUI").balance.balance)


def refusal(node: SuiNode, content: bytes, *names: str) -> tuple[Any, str]:
    with pytest.raises(grpc.RpcError) as caught:
        execute(node, content, signed_by(content, *(names or ("alice",))))
    return caught.value.code(), caught.value.details()


def effects(node: SuiNode, content: bytes) -> Any:
    digest = execute(node, content, signed_by(content, "alice"))
    node.mine()
    mask = "digest,checkpoint,effects,balance_changes"
    return ask(node, "GetTransaction", digest=digest, read_mask=mask).transaction


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_it_has_taken_it_still_has_after_it_ended(tmp_path: Path, number: signal.Signals) -> None:
    """Checkpoints, coins and balances, what waits for a checkpoint, and the epoch."""
    with started(tmp_path, ends_with=number) as node:
        node.fund(ALICE, 10 * SUI)
        node.fund(BOB, 7, "USDC", by="balance")
        node.mine()
        node.control("epoch", price=750)
        content = payment(node)
        digest = execute(node, content, signed_by(content, "alice"))
        granted = node.fund(BOB, 5)
        head = ask(node, "GetCheckpoint", read_mask="sequence_number,digest").checkpoint
    with started(tmp_path) as node:
        again = ask(node, "GetCheckpoint", sequence_number=head.sequence_number, read_mask="sequence_number,digest")
        assert again.checkpoint == head
        assert ask(node, "GetEpoch").epoch.epoch == 101
        assert ask(node, "GetEpoch", read_mask="reference_gas_price").epoch.reference_gas_price == 750
        assert balance(node, ALICE) == 10 * SUI
        node.mine()
        for each in (digest, granted):
            assert ask(node, "GetTransaction", digest=each, read_mask="checkpoint").transaction.checkpoint
        assert balance(node, BOB) == SUI + 5
        assert ask(node, "GetBalance", owner=BOB, coin_type=USDC).balance.address_balance == 7


@pytest.mark.parametrize(
    ("limit", "most"),
    [
        ("gas payment objects is 256", 255),
        ("arguments in a command is 512", 511),
        ("commands in a", 1_023),
        ("size", 0),
    ],
)
def test_it_holds_to_the_networks_limits(node: SuiNode, limit: str, most: int) -> None:
    """What is one over is refused for that; what is just below only for the coins it names, which are not there."""
    nothing = [ObjectVersion(f"0x{place:064x}", 1, sui_bcs.hashed("Object", b"")) for place in range(1, 300)]
    most = most or (131_072 - len(payment(node, gas=nothing[:1]))) // len(to(BOB)) - 3  # with intent and signature

    def written(count: int) -> bytes:
        gas, inputs, commands = nothing[:1], [amount(1), to(BOB)], [SPLIT, HAND]
        if limit.startswith("gas"):
            gas = nothing[:count]
        elif limit.startswith("arguments"):
            commands = [b"\2" + GAS + sui_bcs.listed([FIRST] * count), HAND]
        elif limit.startswith("commands"):
            commands = [SPLIT] * count
        else:
            inputs += [to(BOB)] * count
        return transaction("alice", inputs=inputs, commands=commands, gas=gas)

    _, words = refusal(node, written(most + 1))
    assert ("limit exceeded" in words, limit in words) == (True, True)
    assert "Could not find the referenced object" in refusal(node, written(most))[1]
    unsigned = make("Transaction", bcs=make("Bcs", value=written(most + 1)))
    with pytest.raises(grpc.RpcError, match="limit exceeded"):
        ask(node, "SimulateTransaction", transaction=unsigned)


def test_reading_many_coins_costs_more_units(node: SuiNode) -> None:
    """Bytes read are paid for, in steps of a thousand units: so many coins leave the lowest bucket."""
    gathered = []
    for count in (20, 240):
        owner = public(f"owner of {count}")
        for _ in range(count):
            node.fund(owner, SUI // 10, USDC)
            node.fund(owner, SUI // 10)
        node.mine()
        kind, mask = "0x2::coin::Coin<{}>", "object_id,version,digest"
        gas, tokens = (
            [
                ObjectVersion(each.object_id, each.version, each.digest)
                for each in ask(
                    node, "ListOwnedObjects", owner=owner, object_type=kind.format(of), page_size=1000, read_mask=mask
                ).objects
            ]
            for of in (sui_form.NATIVE, USDC)
        )
        inputs = [b"\1\0" + sui_bcs.reference(each) for each in tokens]
        merged = b"\3" + FIRST + sui_bcs.listed([b"\1" + place.to_bytes(2, "little") for place in range(1, count)])
        content = transaction(f"owner of {count}", inputs=inputs, commands=[merged], gas=gas)
        digest = execute(node, content, signed_by(content, f"owner of {count}"))
        node.mine()
        used = ask(node, "GetTransaction", digest=digest, read_mask="effects").transaction.effects.gas_used
        gathered.append(used.computation_cost)
    assert gathered == [1_000 * 1_000, 2_000 * 1_000]


def test_the_richest_coins_are_listed_first(node: SuiNode) -> None:
    for minor in (3, 9, 1):
        node.fund(public("rich"), minor)
    node.mine()
    kind = f"0x2::coin::Coin<{sui_form.NATIVE}>"
    found = ask(node, "ListOwnedObjects", owner=public("rich"), object_type=kind, read_mask="balance").objects
    assert [each.balance for each in found] == [9, 3, 1]


def test_a_transaction_is_run_once_however_often_it_comes(node: SuiNode) -> None:
    before, content = balance(node, BOB), payment(node)
    digests = {execute(node, content, signed_by(content, "alice")) for _ in range(3)}
    node.mine()
    digests.add(execute(node, content, signed_by(content, "alice")))
    node.mine()
    assert (len(digests), balance(node, BOB)) == (1, before + SUI)


def test_what_it_refuses(node: SuiNode) -> None:
    invalid, conflict = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION
    [gas] = coins(node)[-1:]

    def refused(content: bytes, *names: str) -> tuple[Any, str]:
        code, words = refusal(node, content, *names)
        return code, words

    assert refused(payment(node), "bob")[0] is invalid
    assert refused(payment(node), "alice", "bob")[0] is invalid
    assert "Expired" in refused(payment(node, last_epoch=99))[1]
    assert "gas price" in refused(payment(node, price=1))[1].lower()
    assert "gas balance" in refused(payment(node, budget=11 * SUI))[1]
    assert "budget" in refused(payment(node, budget=5))[1]
    other = ObjectVersion(gas.object_id, gas.version + 1, gas.digest)
    assert refused(payment(node, gas=[other]))[0] is conflict
    unknown = ObjectVersion("0x" + "77" * 32, 1, gas.digest)
    assert "Could not find" in refused(payment(node, gas=[unknown]))[1]
    assert "not owned" in refused(transaction("bob", inputs=[], commands=[], gas=[gas]), "bob")[1]
    assert "appear more than one" in refused(payment(node, gas=[gas, gas]))[1]
    assert refused(payment(node) + b"\0")[0] is invalid
    assert refused(b"\0\1nothing", "alice")[0] is invalid
    content = payment(node)
    execute(node, content, signed_by(content, "alice"))
    code, words = refused(payment(node, minor=5))
    assert (code, "already locked" in words) == (conflict, True)


@pytest.mark.parametrize(
    ("commands", "error"),
    [
        ([SPLIT], "UNUSED_VALUE_WITHOUT_DROP"),
        ([b"\2" + GAS + sui_bcs.listed([b"\1\7\0"]), HAND], "COMMAND_ARGUMENT_ERROR"),
        ([SPLIT, HAND, HAND, b"\3" + GAS + sui_bcs.listed([GAS])], "COMMAND_ARGUMENT_ERROR"),
        ([b"\3" + b"\3\0\0\0\0" + sui_bcs.listed([GAS])], "COMMAND_ARGUMENT_ERROR"),
    ],
)
def test_what_fails_moves_nothing_but_its_gas(node: SuiNode, commands: list[bytes], error: str) -> None:
    before = balance(node, ALICE), balance(node, BOB)
    content = transaction("alice", inputs=[amount(SUI), to(BOB)], commands=commands, gas=coins(node)[-1:])
    found = effects(node, content)
    gas = found.effects.gas_used
    cost = gas.computation_cost + gas.storage_cost - gas.storage_rebate
    assert (found.effects.status.success, found.effects.status.error.description) == (False, error)
    assert (balance(node, ALICE), balance(node, BOB)) == (before[0] - cost, before[1])
    assert [(each.address, each.amount) for each in found.balance_changes] == [(ALICE, str(-cost))]


def test_more_than_a_coin_holds_cannot_be_split_off(node: SuiNode) -> None:
    found = effects(node, payment(node, minor=11 * SUI))
    assert found.effects.status.error.description == "INSUFFICIENT_COIN_BALANCE"


def test_a_coin_of_another_type_is_not_split(node: SuiNode) -> None:
    """What the bytes call dollars must be dollars."""
    [gas, other] = coins(node)[-2:]
    call = b"\0" + sui_bcs.address(sui_form.FRAMEWORK) + sui_bcs.sized(b"coin") + sui_bcs.sized(b"split")
    split = call + sui_bcs.listed([sui_bcs.type_tag(USDC)]) + sui_bcs.listed([b"\1\2\0", FIRST])
    inputs = [amount(5), to(BOB), b"\1\0" + sui_bcs.reference(other)]
    hand = b"\1" + sui_bcs.listed([b"\2\0\0"]) + b"\1\1\0"
    content = transaction("alice", inputs=inputs, commands=[split, hand], gas=[gas])
    assert effects(node, content).effects.status.error.description == "TYPE_MISMATCH"


def test_an_address_balance_gives_no_more_than_it_has(node: SuiNode) -> None:
    node.fund(ALICE, 100, "USDC", by="balance")
    node.mine()
    tag = sui_bcs.type_tag(USDC)
    call = b"\0" + sui_bcs.address(sui_form.FRAMEWORK) + sui_bcs.sized(b"coin") + sui_bcs.sized(b"redeem_funds")
    commands = [call + sui_bcs.listed([tag]) + sui_bcs.listed([b"\1\1\0"]), b"\1" + sui_bcs.listed([b"\2\0\0"]) + FIRST]

    def taking(minor: int) -> bytes:
        funds = b"\2\0" + sui_bcs.u64(minor) + b"\0" + tag + b"\0"
        return transaction("alice", inputs=[to(BOB), funds], commands=commands, gas=coins(node)[-1:])

    held = ask(node, "GetBalance", owner=ALICE, coin_type=USDC).balance.address_balance
    assert "Insufficient" in refusal(node, taking(held + 1))[1]
    assert effects(node, taking(held)).effects.status.success
    assert ask(node, "GetBalance", owner=ALICE, coin_type=USDC).balance.balance == 0
    assert ask(node, "GetBalance", owner=BOB, coin_type=USDC).balance.coin_balance == held


def test_checkpoints_come_by_themselves_unless_stalled(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "devnet.sui", "--port", str(port), "--data", str(tmp_path)]
    process = subprocess.Popen([*command, "--checkpoint-seconds", "0.05"], cwd=ROOT, stdout=subprocess.DEVNULL)
    node = SuiNode(f"http://127.0.0.1:{port}")
    try:
        wait_until_ready(node.is_ready, process)
        first, until = node.control("lag"), time.monotonic() + 20
        while node.control("lag") <= first:
            assert time.monotonic() < until
            time.sleep(0.02)
        node.control("stall")
        still = node.control("lag")
        time.sleep(0.2)
        assert node.control("lag") == still
    finally:
        process.terminate()
        process.wait(20)


def test_it_says_what_it_does_not_have(node: SuiNode) -> None:
    for method, fields in (
        ("GetCheckpoint", {"sequence_number": 10**6}),
        ("GetTransaction", {"digest": "1" * 44}),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            ask(node, method, **fields)
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    with pytest.raises(ControlFailed):
        node.control("nothing")
    with pytest.raises(ControlFailed):
        node.fund("0x1", 5)
    assert sui_payload.address_of(b"\0" * 32).startswith("0x")
