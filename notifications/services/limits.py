"""How many text messages people may be sent: they cost money, so they are counted by person and in all."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from notifications import queries

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class TextCounts:
    """How many text messages were sent of late, codes included: to each person, and to all people together."""

    in_hour: dict[str, int]
    in_day: dict[str, int]
    to_all: int

    def refusal(self, user_id: str) -> str:
        """Return why this person can be sent none now; empty: they can."""
        for most, count, words in (
            (settings.NOTIFICATION_SMS_PER_HOUR, self.in_hour[user_id], "to one person in an hour"),
            (settings.NOTIFICATION_SMS_PER_DAY, self.in_day[user_id], "to one person in a day"),
            (settings.NOTIFICATION_SMS_TOTAL_PER_DAY, self.to_all, "to all people in a day"),
        ):
            if count >= most:
                return f"Beyond the {most} text messages {words}."
        return ""

    def add(self, user_id: str) -> None:
        """Count one more."""
        self.in_hour[user_id] += 1
        self.in_day[user_id] += 1
        self.to_all += 1


def count_texts(*, users: Collection[str], now: datetime) -> TextCounts:
    """Count the text messages to these people, and to all if there is one of them."""
    if not users:
        return TextCounts({}, {}, 0)
    return TextCounts(
        queries.texts(users, since=now - HOUR, most=settings.NOTIFICATION_SMS_PER_HOUR),
        queries.texts(users, since=now - DAY, most=settings.NOTIFICATION_SMS_PER_DAY),
        queries.texts_to_all(since=now - DAY, most=settings.NOTIFICATION_SMS_TOTAL_PER_DAY),
    )


def over_text_limit(*, user_id: str, now: datetime) -> str:
    """Return why this person can be sent no text message now; empty: they can."""
    return count_texts(users=[user_id], now=now).refusal(user_id)
