"""What the system will do next with a transaction, in words, from its rows alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from transactions.models import Step, Transaction
from transactions.queries.desk import next_move
from transactions.registry import flow_of

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=4, seconds=10)


def move(type: str, *, is_wanted: bool = False, fields: dict[str, Any] | None = None, **steps: dict[str, Any]) -> str:
    """Return the words for a transaction whose steps not named are waiting."""
    found = Transaction(type=type, network_id="bitcoin", **(fields or {}))
    rows = [Step(name=name, **steps.get(name, {})) for name in flow_of(type).steps]
    return next_move(found, rows, now=NOW, is_wanted=is_wanted)


DONE = {"state": "done"}
HELD: dict[str, Any] = {"checked": DONE, "funds_held": DONE}
SIGNED: dict[str, Any] = {**HELD, "signed": DONE, "broadcast": DONE}
PENDING = {"status": "blockchain_pending", "required_confirmations": 3, "confirmations": 1}
FAILING = {"status": "compensating", "failure_code": "replaced"}


@pytest.mark.parametrize(
    ("signed", "words"),
    [
        ({"state": "active"}, "does step signed as soon as a worker is free"),
        ({"state": "active", "wake_at": SOON}, "does step signed at 12:04:10"),
        (
            {"state": "active", "wake_at": SOON, "tries": 6},
            "tries step signed again at 12:04:10 (7th try)",
        ),
        (
            {"state": "active", "wake_at": SOON, "tries": 21, "started_at": NOW - timedelta(hours=2)},
            "tries step signed again at 12:04:10 (22nd try), and undoes it at 2026-11-21 10:00:00",
        ),
        (
            {"state": "active", "wake_at": NOW, "tries": 2},
            "tries step signed again as soon as a worker is free (3rd try)",
        ),
    ],
)
def test_a_send_that_is_not_signed(signed: dict[str, Any], words: str) -> None:
    assert move("send", fields={"status": "balance_reserved"}, **HELD, signed=signed) == words


def test_a_limit_is_said() -> None:
    chosen = {"state": "active", "tries": 3, "wake_at": SOON}
    known: dict[str, Any] = {"checked": DONE, "address_reserved": DONE}
    assert move("on_ramp", **known, chosen=chosen) == (
        "tries step chosen again at 12:04:10 (4th try), and undoes it after 6 tries"
    )


def test_blocks_are_counted() -> None:
    waits: dict[str, Any] = {"state": "active", "wake_at": SOON}
    assert move("send", fields=PENDING, **SIGNED, confirmed=waits) == "waits for 2 more blocks, looks again at 12:04:10"
    nearly = PENDING | {"confirmations": 2}
    assert move("deposit", fields=nearly, seen=DONE, confirmed={"state": "active"}) == "waits for 1 more block"


def test_a_deposit_is_driven_by_blocks() -> None:
    credited: dict[str, Any] = {"seen": DONE, "confirmed": DONE, "credited": DONE}
    fields = PENDING | {"status": "blockchain_confirmed", "confirmations": 3}
    assert move("deposit", fields=fields, **credited) == "does step final when the next blocks are read"


def test_what_is_settled_is_watched() -> None:
    fields = {"status": "completed"}
    words = "watches it until no reorg can take it back"
    known: dict[str, Any] = {**SIGNED, "confirmed": DONE, "settled": DONE}
    assert move("send", fields=fields, **known, final={"state": "active"}) == words
    assert move("send", fields=fields, **known, final={"state": "done"}) == "nothing: it is done"


def test_the_person_is_waited_for() -> None:
    known: dict[str, Any] = {name: DONE for name in ("checked", "address_reserved", "chosen", "ordered")}
    asking = {"state": "asking", "deadline_at": SOON}
    assert move("on_ramp", **known, paid=asking) == "waits for the person until 12:04:10, then undoes it"
    answered = asking | {"answer": {"yes": True}}
    assert move("on_ramp", **known, paid=answered) == "goes on with the person's answer to step paid"


def test_what_is_undone() -> None:
    failed = {"state": "failed"}
    assert move("send", fields=FAILING, **HELD, signed=failed) == ("undoes step funds_held as soon as a worker is free")
    again = {"state": "done", "tries": 11, "wake_at": SOON}
    assert move("send", fields=FAILING, checked=DONE, funds_held=again, signed=failed) == (
        "tries again to undo step funds_held at 12:04:10 (12th try)"
    )
    undone = {"state": "undone"}
    assert move("send", fields=FAILING, checked=DONE, funds_held=undone, signed=failed) == (
        "fails it: nothing is left to undo"
    )


def test_failed_stays_failed() -> None:
    assert move("send", fields={"status": "failed"}, checked=DONE) == "nothing: it has failed, and stays so"


def test_a_deposit_that_a_reorg_took_back_is_awaited_and_not_undone() -> None:
    fields = {"status": "compensating", "required_confirmations": 3}
    assert move("deposit", fields=fields, seen=DONE, confirmed={"state": "active"}) == (
        "does step confirmed when the next blocks are read"
    )


def test_a_second_person_is_waited_for_while_it_goes_on() -> None:
    signed = {"state": "active", "wake_at": SOON}
    assert move("send", is_wanted=True, **HELD, signed=signed) == (
        "waits for a second person's approval; does step signed at 12:04:10"
    )
