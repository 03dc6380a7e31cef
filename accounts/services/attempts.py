"""
Lock-out: after some failures every further one makes the next attempt wait longer.

An attempt is counted before its password is looked at and given back if it was right, so that
any number of attempts at once get no more guesses than the same attempts one after another.
The counts are rows: they outlive a restart, and they are the same whether the account exists.
"""

import hashlib
from datetime import datetime, timedelta

from django.db import transaction

from accounts.errors import TooManyAttempts
from accounts.models import Attempts, User
from events.services import record
from kit.clients import Client

FREE_FAILURES = {"account": 5, "address": 30}
"""Failures that cost no waiting."""

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)


def begin(*, email: str, client: Client, now: datetime) -> None:
    """
    Count an attempt for the account and the address.

    :raises TooManyAttempts: if either must wait; then nothing was counted
    """
    keys = _keys(email=email, client=client)
    with transaction.atomic():
        Attempts.objects.bulk_create([Attempts(key=key, last_failed_at=now) for key in keys], ignore_conflicts=True)
        rows = list(Attempts.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
        _refuse_if_locked(rows, now=now)
        for row in rows:
            is_old = row.last_failed_at < now - FORGOTTEN_AFTER
            row.failures = 1 if is_old else row.failures + 1
            row.last_failed_at = now
            row.locked_until = locked_until(kind=row.key.partition(":")[0], failures=row.failures, now=now)
            row.save(update_fields=["failures", "last_failed_at", "locked_until"])


def fail(*, email: str, user: User | None, client: Client, reason: str, now: datetime) -> None:
    """Let the counted attempt stand, and record it: as a lock-out too if it caused one."""
    keys = _keys(email=email, client=client)
    with transaction.atomic():
        for row in Attempts.objects.filter(pk__in=keys).order_by("pk"):
            is_account = row.key.startswith("account:")
            data = {"address": client.address, "agent": client.agent, "reason": reason, "failures": row.failures}
            user_id = user.id if user and is_account else ""
            if is_account:
                record(type="user.sign_in_failed", subject=row, actor="anonymous", user_id=user_id, data=data, now=now)
            if row.locked_until and row.locked_until > now:
                until = row.locked_until.isoformat()
                data = {"address": client.address, "until": until, "failures": row.failures}
                record(type="user.locked_out", subject=row, actor="anonymous", user_id=user_id, data=data, now=now)


def give_back(*, email: str, client: Client) -> None:
    """Take back one counted attempt that was right as far as it went."""
    with transaction.atomic():
        for row in _locked_rows(_keys(email=email, client=client)):
            _take_one(row)


def clear(*, email: str, client: Client) -> None:
    """Forget the account's failures after a complete sign-in; the address gets only this attempt back."""
    with transaction.atomic():
        for row in _locked_rows(_keys(email=email, client=client)):
            if row.key.startswith("account:"):
                row.delete()
            else:
                _take_one(row)


def forget_account(*, email: str) -> None:
    """Forget the account's failures: its owner has proved to hold the mailbox."""
    Attempts.objects.filter(pk=_keys(email=email, client=Client())[0]).delete()


def locked_until(*, kind: str, failures: int, now: datetime) -> datetime | None:
    """Return when the next attempt may come: at once, or after 30 s, 1, 2, 4, 8, then 15 minutes."""
    extra = failures - FREE_FAILURES[kind]
    if extra < 0:
        return None
    delay: timedelta = min(FIRST_DELAY * 2 ** min(extra, 10), LONGEST_DELAY)
    return now + delay


def _refuse_if_locked(rows: list[Attempts], *, now: datetime) -> None:
    until = max((row.locked_until for row in rows if row.locked_until), default=now)
    if until > now:
        seconds = int((until - now).total_seconds()) + 1
        raise TooManyAttempts(f"Sign-in is paused for {seconds} more seconds.", retry_after_seconds=seconds)


def _take_one(row: Attempts) -> None:
    # It was let in, so nothing was locked when it began.
    row.failures = max(0, row.failures - 1)
    row.locked_until = None
    row.save(update_fields=["failures", "locked_until"])


def _locked_rows(keys: list[str]) -> list[Attempts]:
    return list(Attempts.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))


def _keys(*, email: str, client: Client) -> list[str]:
    account = "account:" + hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
    return [account, f"address:{client.address}"] if client.address else [account]
