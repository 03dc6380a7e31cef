"""What every message company's adapter must do, whichever it is. A new adapter inherits these."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devnet.vendors.twilio import Twilio
from devnet.vendors.world import World
from providers.base import UNREADABLE, MessageStage
from providers.errors import ProviderRefused, ProviderUnavailable, WebhookForged
from tests.contracts.message.conftest import NUMBER, Rig, message
from tests.factories.vendors import Webhook

ONE_STEP = 61


def test_what_is_taken_says_what_was_to_be_said(rig: Rig) -> None:
    state = rig.adapter.send_message(message("Grüße & 100 % „sicher“ +1 = \N{SNOWMAN}. Ref 7k2m"))
    (taken,) = rig.taken()
    assert (taken["id"], taken["to"]) == (state.message_id, NUMBER)
    assert taken["body"] == "Grüße & 100 % „sicher“ +1 = \N{SNOWMAN}. Ref 7k2m"
    assert (state.stage, state.error, state.is_number_bad, state.segments) == (MessageStage.QUEUED, "", False, 1)


def test_it_is_followed_to_its_end(rig: Rig) -> None:
    sid = rig.adapter.send_message(message()).message_id
    seen = []
    for _ in range(3):
        seen.append(rig.adapter.check_message(sid).stage)
        rig.sandboxes.advance(ONE_STEP)
    assert seen == [MessageStage.QUEUED, MessageStage.SENT, MessageStage.DELIVERED]
    assert rig.adapter.check_message("SM" + "0" * 32).stage is MessageStage.ABSENT


@pytest.mark.parametrize(
    ("outcome", "is_number_bad"), [("undelivered", False), ("unknown_number", True), ("failed", False)]
)
def test_it_may_end_otherwise(rig: Rig, outcome: str, is_number_bad: bool) -> None:
    rig.scenario(outcome=outcome)
    sid = rig.adapter.send_message(message()).message_id
    rig.sandboxes.advance(ONE_STEP * 3)
    state = rig.adapter.check_message(sid)
    assert (state.stage, bool(state.error), state.is_number_bad) == (MessageStage.FAILED, True, is_number_bad)


@pytest.mark.parametrize(
    ("number", "what"),
    [
        ("+15005550001", "takes no text messages"),
        ("+15005550004", "takes no text messages"),
        ("+15005550009", "takes no text messages"),
        ("+15005550003", "was refused"),
        ("0151 12345678", "takes no text messages"),
    ],
)
def test_numbers_to_which_nothing_is_sent_are_refused(rig: Rig, number: str, what: str) -> None:
    with pytest.raises(ProviderRefused, match=what):
        rig.adapter.send_message(message(to=number))
    assert rig.taken() == []


@pytest.mark.parametrize(("code", "kind"), [(20003, "forbidden"), (63038, "quota"), (21611, "rate_limited")])
def test_an_error_about_ourselves_is_no_answer(rig: Rig, code: int, kind: str) -> None:
    rig.scenario(error_code=code)
    with pytest.raises(ProviderUnavailable) as failure:
        rig.adapter.send_message(message())
    assert (failure.value.kind, failure.value.has_left) == (kind, False)
    assert rig.taken() == []


def test_what_was_accepted_but_not_answered_is_found_and_not_sent_again(rig: Rig) -> None:
    before = datetime.now(UTC)
    for fault in ({"drop": "after"}, {"latency_seconds": 2.5}):
        rig.sandboxes.reset()
        rig.scenario(**fault)
        with pytest.raises(ProviderUnavailable) as lost:
            rig.adapter.send_message(message())
        assert lost.value.has_left
        while not (taken := rig.taken()):
            pass  # the slow one acts when we have left
        state = rig.adapter.send_message(message(before=before))
        assert (state.message_id, len(rig.taken())) == (taken[0]["id"], 1)


def test_what_was_not_taken_is_sent_when_it_is_asked_again(rig: Rig) -> None:
    before = datetime.now(UTC)
    rig.adapter.send_message(message("Another one. Ref 1111"))
    rig.adapter.send_message(message(to="+4915100000000"))
    rig.scenario(drop="before")
    with pytest.raises(ProviderUnavailable):
        rig.adapter.send_message(message())
    rig.adapter.send_message(message(before=before))
    assert [each["body"] for each in rig.taken()].count(message().text) == 2
    assert len(rig.taken()) == 3


def test_an_old_message_of_the_same_words_is_another_one(rig: Rig) -> None:
    rig.adapter.send_message(message())
    rig.adapter.send_message(message(before=datetime.now(UTC) + timedelta(hours=1)))
    assert len(rig.taken()) == 2


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 429}, "rate_limited"),
        ({"status": 403}, "forbidden"),
        ({"status": 500}, "server"),
        ({"status": 503}, "server"),
        ({"status": 418}, "broken"),
        ({"is_malformed": True}, "broken"),
        ({"drop": "before"}, "broken"),
        ({"latency_seconds": 2.5}, "timeout"),
    ],
)
def test_what_is_no_answer_is_classed(rig: Rig, fault: dict[str, object], kind: str) -> None:
    rig.scenario(**fault)
    with pytest.raises((ProviderUnavailable, ProviderRefused)) as failure:
        rig.adapter.send_message(message())
    found = failure.value.kind if isinstance(failure.value, ProviderUnavailable) else "broken"
    assert found == kind


def test_nobody_there_means_nothing_has_left(rig: Rig) -> None:
    away = replace(rig.access, base_url="http://127.0.0.1:1")
    with pytest.raises(ProviderUnavailable) as failure:
        type(rig.adapter)(away).send_message(message())
    assert (failure.value.kind, failure.value.has_left) == ("connection", False)


def test_a_wrong_key_is_refused(rig: Rig) -> None:
    wrong = replace(rig.access, secrets={**rig.access.secrets, "auth_token": "0" * 32})
    with pytest.raises(ProviderUnavailable) as failure:
        type(rig.adapter)(wrong).send_message(message())
    assert failure.value.kind == "forbidden"


# --- Reports
@pytest.fixture
def told(rig: Rig) -> tuple[Rig, str]:
    sid = rig.adapter.send_message(message()).message_id
    rig.sandboxes.advance(ONE_STEP)
    return rig, sid


def test_a_report_names_the_message_and_every_state_is_another_event(told: tuple[Rig, str]) -> None:
    rig, sid = told
    (first,) = rig.read(rig.webhook("again", sid))
    assert (first.operation_id, first.type) == (sid, "sent")
    assert rig.read(rig.webhook("again", sid)) == [first]
    rig.sandboxes.advance(ONE_STEP)
    (second,) = rig.read(rig.webhook("again", sid))
    assert (second.operation_id, second.type) == (sid, "delivered")
    assert second.event_id != first.event_id


def test_after_a_rotation_the_key_before_is_still_known(told: tuple[Rig, str]) -> None:
    rig, sid = told
    assert rig.read(rig.webhook("old_secret", sid))[0].operation_id == sid


def test_a_forged_report_is_refused(told: tuple[Rig, str]) -> None:
    rig, sid = told
    real = rig.webhook("again", sid)
    forged = [
        rig.webhook("wrong_secret", sid),
        replace(real, headers={}),
        replace(real, raw=real.raw.replace(b"sent", b"delivered")),
        replace(real, raw=b""),
        replace(real, raw=b"\xff\xfe=1"),
        replace(real, headers={"X-Twilio-Signature": "\N{SNOWMAN}"}),
        replace(real, headers={**real.headers, "X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=HMAC_MD5"}),
        replace(real, headers={**real.headers, "X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=HMAC_SHA1"}),
    ]
    for each in forged:
        with pytest.raises(WebhookForged):
            rig.read(each)


def test_a_report_that_says_nothing_is_kept_as_unreadable(rig: Rig) -> None:
    webhook = _signed(rig, {"Hello": "there"})
    (news,) = rig.read(webhook)
    assert (news.type, news.operation_id) == (UNREADABLE, "")


def _signed(rig: Rig, said: dict[str, str]) -> Webhook:
    vendor = Twilio(World(), keys=dict(rig.access.secrets))
    url = rig.access.secrets["status_url"] + "/"
    raw, headers = vendor.sign({"said": said, "url": url}, "current", datetime.now(UTC))
    return Webhook(raw, headers, 0)
