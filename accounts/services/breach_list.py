"""
Passwords known from data breaches, looked up in a file that may be far larger than memory.

The file is what the public Pwned Passwords downloader writes: one line of `SHA1HEX:COUNT` for
each password, ordered by hash. https://haveibeenpwned.com/Passwords
"""

import hashlib
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

SAMPLES = 100
"""Places looked at to tell an ordered file from one that is not."""
LONGEST_LINE = 64
"""Bytes: 40 digits, a colon, a count, a line end, and some to spare."""

_LINE = re.compile(rb"([0-9A-Fa-f]{40}):[0-9]{1,20}\r?")


class BreachListBroken(Exception):
    """The file is not what it should be; the message says what is wrong, and holds nothing of any password."""


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    """Where the following line starts, in bytes."""
    digest: bytes


def is_breached(path: Path, password: str) -> bool:
    """
    Say whether the password is in the list, by some 35 short reads of the file at most.

    :raises BreachListBroken: if the file cannot be read, or the lines met on the way are none of such a list
    """
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with _opened(path) as (file, size):
        low, high = 0, size  # both are where lines start
        while low < high:
            line = _line_around(file, size, (low + high) // 2)
            if line.digest == wanted:
                return True
            if line.digest < wanted:
                low = line.end
            else:
                high = line.start
    return False


def check_list(path: Path) -> bool:
    """
    Pass if the file looks like the list from its first line to its last; say whether it looks whole.

    A download that broke off is ordered, too, but ends long before the highest hash.

    :raises BreachListBroken: if the file cannot be read, is empty, has other lines, or is not ordered by hash
    """
    with _opened(path) as (file, size):
        if not size:
            raise BreachListBroken("it is empty")
        lines = sorted(_samples(file, size), key=lambda line: line.start)
    for before, after in pairwise(lines):
        if before.start != after.start and before.digest >= after.digest:
            raise BreachListBroken(f"it is not ordered by hash, at byte {after.start}")
    return lines[0].digest.startswith(b"000") and lines[-1].digest.startswith(b"FFF")


def _samples(file: BinaryIO, size: int) -> Iterator[_Line]:
    """Yield the first line, the last one, and pairs of neighbours between them."""
    for offset in [*range(0, size, max(1, size // SAMPLES)), size - 1]:
        line = _line_around(file, size, offset)
        yield line
        if line.end < size:
            yield _line_around(file, size, line.end)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BreachListBroken("it is not a file")
        with path.open("rb", buffering=0) as file:
            yield file, status.st_size
    except OSError as error:
        raise BreachListBroken(f"it cannot be read: {error.strerror}") from None


def _line_around(file: BinaryIO, size: int, offset: int) -> _Line:
    """Return the line that the byte at the offset belongs to; a line's end belongs to the line."""
    window_start = max(0, offset - LONGEST_LINE)
    file.seek(window_start)
    window = file.read(2 * LONGEST_LINE)
    start = window.rfind(b"\n", 0, offset - window_start) + 1
    end = window.find(b"\n", offset - window_start)
    if end < 0:
        end = len(window)
    match = _LINE.fullmatch(window, start, end)
    if not match:
        raise BreachListBroken(f"it has a line that is not SHA1HEX:COUNT, at byte {window_start + start}")
    return _Line(window_start + start, min(size, window_start + end + 1), match[1].upper())
