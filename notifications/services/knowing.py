"""
What must be known to tell of many events, read at once; what is decided of one of them counts for those behind it.

So a batch is told as if its events had come one by one, in a number of statements that does not grow with it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import User
from events.stream import Fact
from notifications import queries
from notifications.policy import ENDS_SESSION, GATHER_WINDOW, PUNCTUAL, Kind, Pace, Telling, Way
from notifications.queries import Reader
from notifications.services.limits import TextCounts, count_texts

SIGNED_IN = "user.signed_in"
PUSH_WINDOW = timedelta(hours=1)


@dataclass
class Known:
    """What is known while a batch is told: people, and counts that go up with what was decided."""

    readers: dict[str, Reader]
    operators: list[str]
    new_places: set[tuple[str, str]]
    told: set[tuple[str, str, str]]
    ended: set[str]
    mails: dict[tuple[str, Kind], int]
    summaries: dict[tuple[str, Kind], datetime]
    pushes: dict[str, int]
    texts: TextCounts
    unread: Counter[str] = field(default_factory=Counter)  # what was added to the inbox since
    forgotten: set[str] = field(default_factory=set)  # browsers

    def readers_of(self, telling: Telling) -> list[Reader]:
        """
        Return whom it is for.

        :raises User.DoesNotExist: if it is for somebody whom there is not
        """
        if not telling.user_id:
            return [self.readers[each] for each in self.operators]
        if telling.user_id not in self.readers:
            raise User.DoesNotExist(telling.user_id)
        return [self.readers[telling.user_id]]

    def note(self, reader: Reader, telling: Telling, *, is_in_inbox: bool) -> int:
        """Remember that this is told; return how many notifications its reader has not read now, up to the most."""
        self.told.add((reader.id, telling.topic, telling.path))
        self.unread[reader.id] += is_in_inbox
        return min(reader.unread + self.unread[reader.id], queries.MOST_COUNTED)

    def browsers(self, reader: Reader) -> Iterator[str]:
        """Return the ids of the browsers that still show their notifications, in their order."""
        return (each for each in reader.browsers if each not in self.forgotten)


def know(tellings: Sequence[tuple[Fact, Telling | None]], *, now: datetime) -> Known:
    """Read what these events may need."""
    wanted = [telling for _, telling in tellings if telling]
    operators = [each.pk for each in queries.operators()] if any(not each.user_id for each in wanted) else []
    readers = queries.readers({each.user_id for each in wanted if each.user_id} | {*operators})
    pairs = Counter(
        (reader, each.kind)
        for each in wanted
        for reader in ([each.user_id] if each.user_id else operators)
        if reader in readers
    )
    mails = _recent_mails(pairs, readers, now=now)
    by_push = {user for user, kind in pairs if readers[user].browsers and readers[user].wants(kind, Way.PUSH)}
    by_text = {user for user, kind in pairs if readers[user].has_phone and readers[user].wants(kind, Way.SMS)}
    return Known(
        readers=readers,
        operators=operators,
        new_places=queries.new_places(_sessions(tellings, {SIGNED_IN})),
        told=queries.told_already({(each.user_id, each.topic, each.path) for each in wanted if each.is_once}),
        ended=queries.ended_with_browsers({session for _, session in _sessions(tellings, ENDS_SESSION)}),
        mails=mails,
        summaries=queries.first_summaries(
            [pair for pair, count in mails.items() if count + pairs[pair] > settings.NOTIFICATION_MAILS_PER_HOUR],
            now=now,
        ),
        pushes=queries.pushes(
            {each for user in by_push for each in readers[user].browsers},
            since=now - PUSH_WINDOW,
            most=settings.NOTIFICATION_PUSHES_PER_HOUR,
        ),
        texts=count_texts(users=by_text, now=now),
    )


def pace_of_mail(reader: Reader, kind: Kind) -> Pace | None:
    """Return how soon this reader is mailed of this kind; None: they are not."""
    if not reader.wants(kind, Way.EMAIL) or not (reader.is_mail_proved or kind is Kind.SECURITY):
        return None
    return Pace.AT_ONCE if kind in PUNCTUAL else reader.paces.get(kind, Pace.AT_ONCE)


def _recent_mails(
    pairs: Counter[tuple[str, Kind]], readers: dict[str, Reader], *, now: datetime
) -> dict[tuple[str, Kind], int]:
    at_once = [(user, kind) for user, kind in pairs if pace_of_mail(readers[user], kind) is Pace.AT_ONCE]
    most = settings.NOTIFICATION_MAILS_PER_HOUR
    return queries.recent_mails(at_once, since=now - GATHER_WINDOW, most=most)


def _sessions(tellings: Sequence[tuple[Fact, Telling | None]], types: set[str]) -> set[tuple[str, str]]:
    """Return whose sessions events of these types are about; an event that names none fails later, by itself."""
    return {(fact.user_id, str(fact.data.get("session", ""))) for fact, _ in tellings if fact.type in types}
