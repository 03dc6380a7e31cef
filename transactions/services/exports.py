"""Files with somebody's transactions: asked for, written by a worker, handed to that person alone, and deleted."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction as database
from django.db.models import Q

import events.services
from events.services import Live
from kit import jobs
from kit.errors import DomainError
from kit.ids import new_id
from kit.locks import wait_for_turn
from transactions.errors import ExportNotReady, ExportTooLarge, LinkRefused, TooManyExports
from transactions.models import Export
from transactions.queries import export as writing
from transactions.queries.exports import get_export, show
from transactions.queries.listing import History, Narrowing
from transactions.services import export_pdf

logger = logging.getLogger(__name__)

TASK = "transactions.write_exports"
LEASE = timedelta(minutes=2)
MOST_CLAIMS = 3
"""A file whose writers died so often is given up: it may be what kills them."""

AT_ONCE = 3
"""Files that one person may have waiting or in writing."""

LARGEST_PDF = 10_000
_SALT = "transactions.exports"

Batches = Iterator[list[dict[str, Any]]]


class LeaseLost(Exception):
    """Another worker has taken the file over."""


def request(*, user_id: str, form: str, wanted: Narrowing, now: datetime) -> Export:
    """
    Note down that this person wants this list as a file, and ring for a worker.

    :raises TooManyExports: beyond settings.EXPORTS_PER_DAY, or AT_ONCE that are not ready
    """
    with database.atomic():
        wait_for_turn(f"exports:{user_id}")
        mine = Export.objects.filter(user_id=user_id)
        unfinished = mine.filter(status__in=[Export.State.WAITING, Export.State.WRITING]).count()
        if (
            unfinished >= AT_ONCE
            or mine.filter(created_at__gt=now - timedelta(days=1)).count() >= settings.EXPORTS_PER_DAY
        ):
            raise TooManyExports
        export = Export.objects.create(
            id=new_id("exp"), user_id=user_id, form=form, wanted=to_json(wanted), created_at=now, updated_at=now
        )
        events.services.record(
            type="export.requested",
            subject=export,
            actor=user_id,
            user_id=user_id,
            now=now,
            data={"form": form, "wanted": _without_words(export.wanted), "is_searched": "text" in export.wanted},
        )
        jobs.enqueue(TASK)
    return export


def write_next(*, clock: Callable[[], datetime]) -> bool:
    """Claim one file that waits, or whose worker died, and write it; say whether there was one."""
    export = _claim(now=clock())
    if export is None:
        return False
    try:
        _write_or_say_why(export, clock)
    except LeaseLost:
        logger.warning("export_taken_over", extra={"export_id": export.pk})
    return True


def token(export: Export, *, now: datetime) -> str:
    """Return what opens this file for its person until settings.EXPORT_LINK_SECONDS have passed."""
    until = int(now.timestamp()) + settings.EXPORT_LINK_SECONDS
    return signing.Signer(salt=_SALT).sign(f"{export.pk}.{export.user_id}.{until}")


def open_file(*, user_id: str, export_id: str, token: str, now: datetime) -> tuple[Export, Path]:
    """
    Return a file for its person to take away, and note down that they did.

    :raises LinkRefused: if the token is none of ours, another person's or another file's, or has expired
    :raises NotFound: if there is no such file of this person's
    :raises ExportNotReady: if it is not written yet, or not there any more
    """
    try:
        signed_id, owner, until = signing.Signer(salt=_SALT).unsign(token).split(".")
    except (signing.BadSignature, ValueError):
        raise LinkRefused("This link is not one of ours, or was changed.") from None
    if (signed_id, owner) != (export_id, user_id):
        raise LinkRefused("This link was made for another person or file.")
    if now.timestamp() >= int(until):
        raise LinkRefused("This link has expired.")
    export = get_export(user_id=user_id, export_id=export_id)
    path = _path(export)
    if export.status != Export.State.READY or not path.exists():
        raise ExportNotReady
    with database.atomic():
        events.services.record(type="export.taken", subject=export, actor=user_id, user_id=user_id, now=now)
    return export, path


def forget(*, now: datetime, limit: int = 100) -> int:
    """Delete the files that were kept for settings.EXPORT_DAYS; return how many."""
    old = now - timedelta(days=settings.EXPORT_DAYS)
    found = list(Export.objects.filter(status=Export.State.READY, updated_at__lt=old).order_by("id")[:limit])
    for export in found:
        _path(export).unlink(missing_ok=True)  # first: a row that says deleted must be right
        _finish(export, Export.State.DELETED, now=now)
    for part in _folder().glob("*.part"):  # of writers that died
        if part.stat().st_mtime < (now - timedelta(days=1)).timestamp():
            part.unlink(missing_ok=True)
    return len(found)


def to_json(wanted: Narrowing) -> dict[str, Any]:
    """Return a narrowing as JSON, without what narrows nothing."""
    return {name: _plain(value) for name, value in asdict(wanted).items() if value or isinstance(value, Decimal)}


def from_json(wanted: dict[str, Any]) -> Narrowing:
    """Return the narrowing that to_json was given."""
    read: dict[str, Callable[[Any], Any]] = {
        **dict.fromkeys(("types", "statuses"), tuple),
        **dict.fromkeys(("since", "until"), datetime.fromisoformat),
        **dict.fromkeys(("least", "most"), Decimal),
    }
    return Narrowing(**{name: read.get(name, str)(value) for name, value in wanted.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else str(value)


def _claim(*, now: datetime) -> Export | None:
    """Return a file to write, under a lease that no other worker has; give up those that nobody could write."""
    with database.atomic():
        due = Export.objects.filter(
            Q(status=Export.State.WAITING) | Q(status=Export.State.WRITING, leased_until__lt=now)
        ).order_by("id")
        export = due.select_for_update(skip_locked=True).first()
        if export is None:
            return None
        if export.lease >= MOST_CLAIMS:
            words = "Writing it was tried several times and never ended."
            _finish(export, Export.State.FAILED, now=now, failure_code="not_written", failure_reason=words)
            return _claim(now=now)
        claim = {"lease": export.lease + 1, "leased_until": now + LEASE, "rows_done": 0}
        if export.status == Export.State.WAITING:
            _finish(export, Export.State.WRITING, now=now, **claim)
        else:
            Export.objects.filter(pk=export.pk).update(**claim, updated_at=now)
            export.refresh_from_db()
        return export


def _write_or_say_why(export: Export, clock: Callable[[], datetime]) -> None:
    try:
        _write(export, clock)
    except DomainError as error:
        _finish(
            export, Export.State.FAILED, now=clock(), failure_code=error.code, failure_reason=error.what_happened[:200]
        )


def _write(export: Export, clock: Callable[[], datetime]) -> None:
    """Write it beside its place, and put it there when it is whole: what is cut short is never taken for all of it."""
    history = History(export.user_id, from_json(export.wanted))
    most = LARGEST_PDF if export.form == Export.Form.PDF else settings.EXPORT_MOST_ROWS
    total = history.count(most=most + 1)
    if total > most:
        raise ExportTooLarge(f"These are more than {most:,} transactions, which is as many as one file may hold.")
    _renew(export, clock(), rows_total=total, rows_done=0)
    folder = _folder()
    part = folder / f"{export.pk}.{export.lease}.part"
    try:
        batches = _counted(export, history, total, clock)
        if export.form == Export.Form.PDF:
            export_pdf.write(part, export, batches, at=clock())
        else:
            with part.open("x", encoding="utf-8", newline="") as file:
                for text in writing.texts(batches, form=export.form):
                    file.write(text)
                file.flush()
                os.fsync(file.fileno())
        part.chmod(0o600)
        size = part.stat().st_size
        part.replace(_path(export))
    finally:
        part.unlink(missing_ok=True)
    _finish(export, Export.State.READY, now=clock(), size_bytes=size, leased_until=None)


def _counted(export: Export, history: History, total: int, clock: Callable[[], datetime]) -> Batches:
    """Hand the batches on and write down how far it is; the person is told at every tenth."""
    shown = 0
    for batch in writing.described(history):
        room = total - export.rows_done  # what came meanwhile is not in it
        yield batch[:room]
        _renew(export, clock(), rows_done=export.rows_done + len(batch[:room]))
        if export.progress // 10 > shown:
            shown = export.progress // 10
            _show(export, now=clock())


def _renew(export: Export, now: datetime, **fields: Any) -> None:
    changes = {**fields, "leased_until": now + LEASE, "updated_at": now}
    own = Export.objects.filter(pk=export.pk, lease=export.lease, status=Export.State.WRITING)
    if not own.update(**changes):
        raise LeaseLost
    for name, value in changes.items():
        setattr(export, name, value)


def _finish(export: Export, to: str, *, now: datetime, **fields: Any) -> None:
    """Move it on, unless another worker has taken it over meanwhile."""
    with database.atomic():
        held = Export.objects.select_for_update().filter(pk=export.pk, lease=export.lease).exists()
        if not held:
            raise LeaseLost
        for name, value in fields.items():
            setattr(export, name, value)
        is_whole = to in (Export.State.READY, Export.State.DELETED)
        shown = show(export) | {"status": str(to), "progress": 100 if is_whole else export.progress}
        events.services.move(
            export,
            to,
            flow=Export.FLOW,
            actor="system",
            user_id=export.user_id,
            now=now,
            live=_live(shown),
            **fields,
        )


def _show(export: Export, *, now: datetime) -> None:
    with database.atomic():
        events.services.record(
            type="export.progressed",
            subject=export,
            actor="system",
            user_id=export.user_id,
            now=now,
            live=_live(show(export)),
        )


def _live(shown: dict[str, Any]) -> Live:
    """Return the feed message; what somebody looked for may be a person's e-mail address, which no event keeps."""
    filters = {"filters": shown["filters"]}
    return Live("export.updated", shown | {"filters": _without_words(shown["filters"])}, filters)


def _without_words(wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if name != "text"}


def _folder() -> Path:
    folder = Path(settings.EXPORTS_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(PermissionError):  # where it is another's, they look after it
        folder.chmod(0o700)
    return folder


def _path(export: Export) -> Path:
    return Path(settings.EXPORTS_FOLDER) / f"{export.pk}.{export.form}"
