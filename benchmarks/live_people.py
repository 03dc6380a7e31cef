"""
What benchmarks.live prepares with the product's own code: people who are signed in, and news for all of them.

python -m benchmarks.live_people open FILE --people 5000: writes their access tokens.
python -m benchmarks.live_people say: records one message for each of them and passes them on.
"""

import argparse
import os
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_project.settings.dev")
django.setup()

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts import services as accounts  # noqa: E402
from accounts.models import Session, User  # noqa: E402
from accounts.services.sessions import start_session  # noqa: E402
from events.services import Live, gather, record  # noqa: E402
from events.tasks import relay  # noqa: E402
from kit.clients import Client  # noqa: E402
from kit.ids import new_id  # noqa: E402

TOGETHER = 500
AGENT = "live benchmark"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("what", choices=["open", "say"])
    arguments.add_argument("file", type=Path, nargs="?")
    arguments.add_argument("--people", type=int, default=5_000)
    options = arguments.parse_args()
    if options.what == "open":
        options.file.write_text("\n".join(_open(options.people)))
    else:
        _say()


def _open(count: int) -> list[str]:
    now, client = timezone.now(), Client(address="127.0.0.1", agent=AGENT)
    users = User.objects.bulk_create(
        User(id=new_id("usr"), email=f"listener{number}@holdfast.example", created_at=now) for number in range(count)
    )
    tokens = []
    for user in users:
        with transaction.atomic():
            session = start_session(user=user, kind=Session.Kind.TOKEN, client=client, now=now)
        tokens.append(accounts.issue_tokens(session=session, now=now).access)
    return tokens


def _say() -> None:
    now = timezone.now()
    people = list(User.objects.filter(sessions__agent=AGENT).order_by("pk").distinct())
    for first in range(0, len(people), TOGETHER):
        with transaction.atomic(), gather():
            for user in people[first : first + TOGETHER]:
                shown = Live("notification", {"unread": 1, "title": "Your money has arrived"})
                record(type="x.said", subject=user, actor="system", user_id=user.pk, now=now, live=shown)
    relay()


if __name__ == "__main__":
    main()
