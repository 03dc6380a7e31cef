"""Every language there is says everything, with the same values in it."""

import re
from datetime import UTC, datetime

import pytest
from django.conf import settings

from notifications import policy
from notifications.base import Frame
from notifications.policy import Kind, Telling
from notifications.services.texting import LONGEST, words_of
from notifications.services.words import LANGUAGES, compose
from notifications.services.words.en import ENGLISH
from tests.factories.letters import make_letter

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TOLD = {
    *policy.SECURITY_TOPICS.values(),
    *policy.SYSTEM_TOPICS.values(),
    *policy.COMPLIANCE_TOPICS.values(),
    *(topic for topic, _ in policy.HEALTH_TOPICS.values()),
    *(topic for _, topic in policy._END.values()),
    "deposit",
    "transfer_received",
    "waiting_for_you",
}
OTHERS = [code for code in LANGUAGES if code != "en"]
_VALUE = re.compile(r"%\((\w+)\)s")


def values_in(text: str) -> list[str]:
    assert "%" not in _VALUE.sub("", text), f"a stray % in {text!r}"
    return sorted(_VALUE.findall(text))


def test_people_can_choose_the_languages_there_are() -> None:
    assert [code for code, _ in settings.MESSAGE_LANGUAGES] == list(LANGUAGES)
    assert OTHERS


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_topic_has_words_in_every_language(code: str) -> None:
    assert set(LANGUAGES[code].topics) == TOLD


@pytest.mark.parametrize("code", OTHERS)
def test_the_same_values_stand_in_every_language(code: str) -> None:
    for topic, words in LANGUAGES[code].topics.items():
        english = ENGLISH.topics[topic]
        assert values_in(words.title) == values_in(english.title), topic
        assert values_in(words.text) == values_in(english.text), topic
        assert words.title != english.title, topic
    for part in Frame._fields:
        ours, english_part = getattr(LANGUAGES[code].frame, part), getattr(ENGLISH.frame, part)
        assert values_in(ours) == values_in(english_part), part
        assert ours != english_part, part


def test_amounts_are_written_as_the_language_has_them() -> None:
    telling = Telling("usr_1", Kind.RECEIVED, "transfer_received", "/", {"asset": "BTC", "amount": "1234.5"})
    assert compose(telling, language="en")[0] == "You received 1234.5 BTC"
    assert compose(telling, language="de")[0] == "Sie haben 1234,5 BTC erhalten"
    assert compose(telling, language="xx")[0] == "You received 1234.5 BTC"


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_text_message_is_short_and_has_its_reference(code: str) -> None:
    letter = make_letter(title="x" * 500, language=code, at=AT)
    words = words_of(letter)
    assert len(words) == LONGEST
    assert words.endswith(f"{LANGUAGES[code].frame.reference} {letter.id[-6:]}")
    assert "http" not in words
    assert all(len(each.title) <= 160 for each in LANGUAGES[code].topics.values())
