"""
What must be known before many are told at once: a statement of ours for each question, however many it is about.

Counts stop where nobody counts on: limits and bells need to know only whether there are so many.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from notifications.policy import Kind, Pace, Way, wants
from notifications.queries.reading import MOST_COUNTED

_READERS = """
SELECT u.id, u.language, u.email_verified_at IS NOT NULL,
    EXISTS (SELECT FROM notifications_phone p
        WHERE p.user_id = u.id AND p.removed_at IS NULL AND p.verified_at IS NOT NULL),
    (SELECT count(*) FROM (SELECT FROM notifications_notification n
        WHERE n.user_id = u.id AND n.is_in_inbox AND n.read_at IS NULL LIMIT %s) unread),
    ARRAY(SELECT b.id::text FROM notifications_pushsubscription b
        WHERE b.user_id = u.id AND b.removed_at IS NULL ORDER BY b.id),
    ARRAY(SELECT e.id::text FROM notifications_endpoint e
        WHERE e.user_id = u.id AND e.removed_at IS NULL AND e.is_enabled ORDER BY e.id),
    (SELECT json_agg(json_build_array(c.kind, c.channel, c.is_on, c.pace)) FROM notifications_preference c
        WHERE c.user_id = u.id)
FROM accounts_user u WHERE u.id = ANY(%s::text[])
"""
_RECENT_MAILS = """
SELECT asked.user_id, asked.kind, (SELECT count(*) FROM (SELECT FROM notifications_delivery d
    WHERE d.user_id = asked.user_id AND d.kind = asked.kind AND d.channel = 'email' AND d.created_at > %s
    AND d.status <> 'gathered' LIMIT %s) made)
FROM unnest(%s::text[], %s::text[]) AS asked (user_id, kind)
"""
_FIRST_SUMMARIES = """
SELECT asked.user_id, asked.kind, first.at FROM unnest(%s::text[], %s::text[]) AS asked (user_id, kind),
    LATERAL (SELECT d.next_try_at AS at FROM notifications_delivery d
        WHERE d.user_id = asked.user_id AND d.kind = asked.kind AND d.channel = 'email' AND d.status = 'gathered'
        AND d.next_try_at > %s ORDER BY d.next_try_at LIMIT 1) first
"""
_PUSHES = """
SELECT asked.id, (SELECT count(*) FROM (SELECT FROM notifications_delivery d
    WHERE d.subscription_id = asked.id AND d.created_at > %s AND (d.status <> 'failed' OR d.asked_at IS NOT NULL)
    LIMIT %s) sent)
FROM unnest(%s::text[]) AS asked (id)
"""
_TEXTS = """
SELECT asked.id, (SELECT count(*) FROM (SELECT FROM notifications_delivery d
        WHERE d.user_id = asked.id AND d.channel = 'sms' AND d.created_at > %s
        AND (d.status <> 'failed' OR d.asked_at IS NOT NULL) LIMIT %s) sent)
    + (SELECT count(*) FROM (SELECT FROM notifications_phone p
        WHERE p.user_id = asked.id AND p.created_at > %s LIMIT %s) codes)
FROM unnest(%s::text[]) AS asked (id)
"""
_TEXTS_TO_ALL = """
SELECT (SELECT count(*) FROM (SELECT FROM notifications_delivery d WHERE d.channel = 'sms' AND d.created_at > %s
        AND (d.status <> 'failed' OR d.asked_at IS NOT NULL) LIMIT %s) sent)
    + (SELECT count(*) FROM (SELECT FROM notifications_phone p WHERE p.created_at > %s LIMIT %s) codes)
"""
_TOLD_ALREADY = """
SELECT asked.user_id, asked.topic, asked.path
FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked (user_id, topic, path)
WHERE EXISTS (SELECT FROM notifications_notification n
    WHERE n.user_id = asked.user_id AND n.topic = asked.topic AND n.path = asked.path)
"""
_NEW_PLACES = """
SELECT s.user_id, s.id FROM unnest(%s::text[], %s::text[]) AS asked (user_id, id)
    JOIN accounts_session s ON s.id = asked.id AND s.user_id = asked.user_id
WHERE EXISTS (SELECT FROM accounts_session e
        WHERE e.user_id = s.user_id AND e.created_at <= s.created_at AND e.id <> s.id)
    AND NOT EXISTS (SELECT FROM accounts_session e WHERE e.user_id = s.user_id AND e.created_at <= s.created_at
        AND e.id <> s.id AND e.address = s.address AND e.agent = s.agent)
"""
_ENDED_WITH_BROWSERS = """
SELECT DISTINCT session_id FROM notifications_pushsubscription
WHERE session_id = ANY(%s::text[]) AND removed_at IS NULL
"""


@dataclass(frozen=True)
class Reader:
    """Somebody who is told something, and by which ways that can be done."""

    id: str
    language: str
    is_mail_proved: bool
    has_phone: bool
    unread: int
    browsers: tuple[str, ...]
    endpoints: tuple[str, ...]
    choices: Mapping[tuple[str, str], bool]
    paces: Mapping[str, Pace]

    def wants(self, kind: Kind, way: Way) -> bool:
        """Say whether they are told of this kind by this channel."""
        return wants(self.choices, kind, way)


def readers(ids: Collection[str]) -> dict[str, Reader]:
    """Return those of these people that there are."""
    return {row[0]: _reader(row) for row in _rows(_READERS, [MOST_COUNTED, sorted(ids)])} if ids else {}


def recent_mails(pairs: Collection[tuple[str, Kind]], *, since: datetime, most: int) -> dict[tuple[str, Kind], int]:
    """Return how many mails of each kind were made for each person since then, `most` at most; by user and kind."""
    if not pairs:
        return {}
    users, kinds = _columns(pairs)
    return {(user, Kind(kind)): count for user, kind, count in _rows(_RECENT_MAILS, [since, most, users, kinds])}


def first_summaries(pairs: Collection[tuple[str, Kind]], *, now: datetime) -> dict[tuple[str, Kind], datetime]:
    """Return when the next mail that is gathered goes out, by user and kind; nothing where none waits."""
    if not pairs:
        return {}
    return {(user, Kind(kind)): at for user, kind, at in _rows(_FIRST_SUMMARIES, [*_columns(pairs), now])}


def pushes(browsers: Collection[str], *, since: datetime, most: int) -> dict[str, int]:
    """Return how many push messages each of these browsers was sent since then, `most` at most."""
    return dict(_rows(_PUSHES, [since, most, sorted(browsers)])) if browsers else {}


def texts(users: Collection[str], *, since: datetime, most: int) -> dict[str, int]:
    """Return how many text messages each of these people was sent since then, codes included; no less than `most`."""
    return dict(_rows(_TEXTS, [since, most, since, most, sorted(users)])) if users else {}


def texts_to_all(*, since: datetime, most: int) -> int:
    """Return how many text messages were sent since then to anybody, codes included; exact below `most`."""
    count: int = _rows(_TEXTS_TO_ALL, [since, most, since, most])[0][0]
    return count


def told_already(asked: Collection[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Return which of these people were told of this topic at this path."""
    return set(_rows(_TOLD_ALREADY, _columns(asked))) if asked else set()


def new_places(sign_ins: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """
    Return those of these people's sessions that began where they were not seen before: another address or program.

    The first session of all is that of signing up, and is no news to anybody; one that was forgotten neither.
    """
    return set(_rows(_NEW_PLACES, _columns(sign_ins))) if sign_ins else set()


def ended_with_browsers(sessions: Collection[str]) -> set[str]:
    """Return those of these sessions in which somebody subscribed a browser that still shows notifications."""
    return {session for (session,) in _rows(_ENDED_WITH_BROWSERS, [sorted(sessions)])} if sessions else set()


def _rows(statement: str, parameters: list[Any]) -> list[Any]:
    """
    Return the rows of a statement that PostgreSQL plans anew.

    Beside a whole batch that costs nothing, and a plan made while tables were small would go on reading them whole.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _reader(row: Any) -> Reader:
    user_id, language, is_mail_proved, has_phone, unread, browsers, endpoints, chosen = row
    return Reader(
        id=user_id,
        language=language,
        is_mail_proved=is_mail_proved,
        has_phone=has_phone,
        unread=unread,
        browsers=tuple(browsers),
        endpoints=tuple(endpoints),
        choices={(kind, way): is_on for kind, way, is_on, _ in chosen or ()},
        paces={kind: Pace(pace) for kind, way, _, pace in chosen or () if way == Way.EMAIL},
    )


def _columns(asked: Collection[tuple[str, ...]]) -> list[list[str]]:
    """Return what stands at each place of these, as plain texts: PostgreSQL takes lists by the column."""
    return [[str(each) for each in column] for column in zip(*sorted(asked), strict=True)]
