"""One readable log for many processes: a coloured name of fixed width before each line, and a copy in a file."""

import os
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import TextIO

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
NAME_WIDTH = 9
KEPT_LINES = 20


class Console:
    """Writes whole lines from any thread; remembers the last ones of each process."""

    def __init__(self, file: Path | None, *, stream: TextIO | None = None, is_quiet: bool = False) -> None:
        self.stream = stream or sys.stdout
        self.started = time.monotonic()
        self.is_quiet = is_quiet
        self.last: dict[str, deque[str]] = {}
        self._lock = threading.Lock()
        self._has_colours = self.stream.isatty() and "NO_COLOR" not in os.environ
        self._file: TextIO | None = None
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._file = file.open("w", encoding="utf-8")

    def line(self, name: str, text: str) -> None:
        """Write one line of a process."""
        with self._lock:
            kept = self.last.setdefault(name, deque(maxlen=KEPT_LINES))
            kept.append(text)
            colour = COLOURS[list(self.last).index(name) % len(COLOURS)]
            self._write(name, text, colour, is_shown=not self.is_quiet)

    def step(self, text: str) -> None:
        """Write one line of progress, with the seconds since the start."""
        with self._lock:
            self._write("holdfast", f"[{time.monotonic() - self.started:5.1f} s] {text}", 1, is_shown=True)

    def detail(self, text: str) -> None:
        """Write one line of progress, unless quiet."""
        if not self.is_quiet:
            self.step(text)

    def say(self, text: str) -> None:
        """Write one line to the person at the terminal, and not to the file: it may hold a password."""
        with self._lock:
            self._print(text)

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _write(self, name: str, text: str, colour: int, *, is_shown: bool) -> None:
        plain = f"{name:<{NAME_WIDTH}} | {text}"
        if is_shown:
            painted = f"\x1b[{colour}m{name:<{NAME_WIDTH}} |\x1b[0m {text}"
            self._print(painted if self._has_colours else plain)
        if self._file:
            self._file.write(f"{time.strftime('%H:%M:%S')} {plain}\n")
            self._file.flush()

    def _print(self, text: str) -> None:
        try:
            self.stream.write(text + "\n")
            self.stream.flush()
        except (BrokenPipeError, ValueError):
            self.stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - whoever read has gone; go on
