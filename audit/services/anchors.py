"""What the world outside the database holds of the record: a file to which every checkpoint is appended."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from django.conf import settings

from audit.errors import ChainBroken
from audit.models import Checkpoint
from audit.verify import parse

AT_ONCE = 1_000
_TAIL_BYTES = 65_536


def record_of(checkpoint: Checkpoint) -> str:
    """Return a checkpoint's line, as exports and the anchor file have it."""
    record = {"kind": "checkpoint", "content": checkpoint.content, "signature": checkpoint.signature}
    return json.dumps(record) + "\n"


def anchor() -> int:
    """
    Append the checkpoints that the anchor file lacks, and wait until they are on the disk; return how many.

    The file itself says which it has, so a crash between signing and anchoring is made up for here. It may be one
    that can only be appended to. Nothing is done without AUDIT_ANCHOR_FILE.

    :raises ChainBroken: if the file's last checkpoint is not the database's of that number
    """
    if not settings.AUDIT_ANCHOR_FILE:
        return 0
    path = Path(settings.AUDIT_ANCHOR_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed: two anchoring at once would write lines twice
        number = _agreed(file)
        missing = Checkpoint.objects.filter(number__gt=number).order_by("number")[:AT_ONCE]
        lines = [record_of(each) for each in missing]
        if lines:
            file.write("".join([*_torn(file), *lines]).encode())
            file.flush()
            os.fsync(file.fileno())
    return len(lines)


def _agreed(file: IO[bytes]) -> int:
    """Return the number of the file's last whole checkpoint, which the database has, too; 0 if it has none."""
    content = _last(file)
    if content is None:
        return 0
    number = _number(content)
    found = Checkpoint.objects.filter(number=number).first()
    if found is None or found.content != content:
        raise ChainBroken(f"Checkpoint {number} was anchored, and the database has {'another' if found else 'none'}.")
    return number


def _last(file: IO[bytes]) -> str | None:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    for line in reversed(file.read().split(b"\n")):
        record = parse(line.decode(errors="replace"))
        content = record.get("content") if record else None
        if isinstance(content, str) and _number(content):
            return content
    return None


def _number(content: str) -> int:
    number = (parse(content) or {}).get("number")
    return number if isinstance(number, int) else 0


def _torn(file: IO[bytes]) -> list[str]:
    """Return what ends a line that a crash has cut off."""
    if not file.seek(0, os.SEEK_END):
        return []
    file.seek(-1, os.SEEK_END)
    return [] if file.read(1) == b"\n" else ["\n"]
