"""What a language has to have words for. %(name)s stands for a value of what is told."""

from collections.abc import Mapping
from typing import NamedTuple

from notifications.base import Frame


class Words(NamedTuple):
    """Of one topic."""

    title: str
    text: str


class Language(NamedTuple):
    topics: Mapping[str, Words]
    frame: Frame
    point: str  # between whole and parts of an amount
