"""Every status, sub-status and type has a message in plain words, what comes next, and how long it takes if known."""

import itertools
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from transactions.models import Status, SubStatus, Transaction
from transactions.queries.describe import message, progress
from transactions.queries.outlook import TONES, UNKNOWN_LONG, outlook, seconds_left

JARGON = re.compile(
    r"_|broadcast|mempool|nonce|utxo|saga|sub.?status|ledger|payload|null|none\b|provider|compensat|finali[sz]ed", re.I
)
COMPANYS = {"sweep", "top_up", "opening", "anchor", "overflow", "refill", "bump"}
PEOPLES = [each for each in Transaction.Type if each.value not in COMPANYS]
ALL = list(itertools.product(Transaction.Type, Status, SubStatus, (True, False)))


def row(type: str = "send", status: str = "initiated", sub_status: str = "", **fields: Any) -> Any:
    """A transaction as the messages see it."""
    known = {"network_id": "bitcoin", "confirmations": 0, "required_confirmations": 3, "txid": "", "provider": ""}
    known["priority"] = "normal"
    return SimpleNamespace(
        **{"type": type, "status": status, "sub_status": sub_status, "failure_reason": "", "failure_code": ""}
        | {"choice": {}, **known, **fields}
    )


def test_every_state_says_where_it_is_and_what_comes_next() -> None:
    for kind, status, sub_status, incoming in ALL:
        where = f"{kind} {status} {sub_status} incoming={incoming}"
        for confirmations in (0, 1, 2, 3, 9):
            found = row(kind, status, sub_status, confirmations=confirmations)
            said = message(found, incoming=incoming)
            ahead = outlook(found, incoming=incoming, can_cancel=not incoming and status == Status.INITIATED)
            for text in (said, ahead.next_step):
                assert not JARGON.search(text), f"{where}: {text}"
                assert not text or (text[0].isupper() and text.endswith(".")), f"{where}: {text}"
                assert len(text) <= 140, f"{where}: {text}"
            assert said, where
            assert bool(ahead.next_step) == (status != Status.COMPLETED), where
            assert ahead.tone in TONES, where
            assert 0 <= progress(found) <= 100, where
            assert ahead.seconds is None or ahead.seconds > 0, where


def test_what_is_over_or_unknown_has_no_estimate_and_all_else_has_one() -> None:
    for kind, status, sub_status in itertools.product(PEOPLES, Status, SubStatus):
        found = row(
            kind,
            status,
            sub_status,
            choice={"candidates": [{"provider": "ramp", "seconds": "300.00"}]},
            provider="ramp",
        )
        is_over = status in (Status.COMPLETED, Status.FAILED, Status.COMPENSATING)
        is_unknown = (
            sub_status in UNKNOWN_LONG
            and kind not in (Transaction.Type.TRANSFER, Transaction.Type.REFUND)
            and status not in (Status.BLOCKCHAIN_PENDING, Status.BLOCKCHAIN_CONFIRMED, Status.BALANCE_UPDATED)
        )
        assert (seconds_left(found) is None) == (is_over or is_unknown), (kind, status, sub_status)


def test_estimates_count_what_is_missing() -> None:
    bitcoin, ethereum = (settings.NETWORKS[code].block_seconds for code in ("bitcoin", "ethereum"))
    pending = {"status": "blockchain_pending"}
    assert seconds_left(row(**pending)) == 3 * bitcoin
    assert seconds_left(row(**pending, confirmations=2)) == bitcoin
    assert seconds_left(row(**pending, confirmations=7)) == bitcoin
    assert seconds_left(row(**pending, network_id="ethereum", required_confirmations=12)) == 12 * ethereum
    assert seconds_left(row(status="balance_reserved")) == 5 + 3 * bitcoin
    assert seconds_left(row("transfer", "initiated")) == 5
    bought = {"status": "provider_processing", "sub_status": "conversion_pending", "provider": "ramp"}
    offered = {"candidates": [{"provider": "other", "seconds": "9"}, {"provider": "ramp", "seconds": "300.00"}]}
    assert seconds_left(row("on_ramp", **bought, choice=offered)) == 300 + 3 * bitcoin
    assert seconds_left(row("on_ramp", **bought)) is None
    assert (
        seconds_left(row("on_ramp", "provider_processing", "waiting_for_you", choice=offered, provider="ramp")) is None
    )


@pytest.mark.parametrize(
    ("fields", "incoming", "said"),
    [
        ({"status": "completed", "txid": "t"}, False, "Sent and confirmed."),
        ({"type": "deposit", "status": "completed"}, True, "Received."),
        ({"status": "failed"}, False, "This did not go through. Nothing was taken."),
        ({"status": "failed", "failure_reason": "It was cancelled."}, False, "It was cancelled."),
        (
            {"status": "blockchain_pending", "confirmations": 1},
            False,
            "Waiting for 2 more confirmations, about 20 minutes.",
        ),
        (
            {"type": "transfer", "status": "initiated"},
            True,
            "It is being moved from one person to the other, which takes a moment.",
        ),
        ({"status": "initiated"}, False, "We are checking it; nothing has been taken yet."),
        (
            {"type": "on_ramp", "status": "provider_processing", "sub_status": "waiting_for_you"},
            True,
            "Waiting for your payment.",
        ),
    ],
)
def test_messages(fields: dict[str, Any], incoming: bool, said: str, settings: Any) -> None:
    slow = {code: replace(config, block_seconds=600) for code, config in settings.NETWORKS.items()}
    settings.NETWORKS = slow  # whatever the networks are that this run was lent
    assert message(row(**fields), incoming=incoming) == said


def test_tones_are_those_of_the_messages() -> None:
    for fields, tone in (
        ({"status": "completed"}, "success"),
        ({"status": "completed", "failure_code": "cancelled"}, "warning"),
        ({"status": "failed"}, "error"),
        ({"status": "compensating"}, "warning"),
        ({"status": "balance_reserved", "sub_status": "waiting_for_lower_fees"}, "warning"),
        ({"status": "balance_reserved"}, "information"),
        ({"status": "blockchain_pending"}, "information"),
    ):
        assert outlook(row(**fields), incoming=False, can_cancel=False).tone == tone, fields
