"""What each topic says, in the reader's language: one file for each of settings.MESSAGE_LANGUAGES."""

from collections.abc import Mapping

from assets.queries import get_asset
from kit.money import format_minor
from notifications.base import Frame
from notifications.policy import Telling
from notifications.services.words.de import GERMAN
from notifications.services.words.en import ENGLISH
from notifications.services.words.shape import Language

LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "de": GERMAN}


def compose(telling: Telling, *, language: str) -> tuple[str, str]:
    """
    Return title and text of what is told, in this language; one we do not speak is English.

    :raises KeyError: if there are no words for its topic, or a value is missing
    :raises UnknownAsset: if its amount is of no asset there is
    """
    values = dict(telling.values)
    if "amount_minor" in values:
        minor = int(values.pop("amount_minor"))
        values["amount"] = format_minor(minor, scale=get_asset(values["asset"]).scale)
    spoken = LANGUAGES.get(language, ENGLISH)
    if "amount" in values:
        values["amount"] = values["amount"].replace(".", spoken.point)
    words = spoken.topics[telling.topic]
    return (words.title % values).strip(), (words.text % values).strip()


def frame_of(language: str) -> Frame:
    """Return what stands around messages in this language."""
    return LANGUAGES.get(language, ENGLISH).frame
