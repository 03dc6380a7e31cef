"""
What happened within a request or a turn of work, and how long each part took: one trace for each transaction.

A transaction's trace has the id that the transaction has, so no process has to tell another about it. Off unless
`start` was called: then nothing is imported, kept or sent, and each place where something could be traced costs one
look at a variable. Names and attributes are chosen here and by the callers: ids, codes and counts; nothing a person
wrote, no amounts, no addresses, no arguments of calls, and of an error its kind alone.
"""

import os
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, Protocol, TypeVar

from django.db import transaction as database

P = ParamSpec("P")
T = TypeVar("T")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_CHARACTERS = 26


@dataclass(frozen=True)
class Span:
    """One part, ended; times in nanoseconds since 1970. `parent_id` 0: none. `error` is an error's kind, or empty."""

    trace_id: int
    id: int
    parent_id: int
    name: str
    attributes: dict[str, Any]
    started: int
    ended: int
    error: str = ""


class Exporter(Protocol):
    """Where ended spans go; it must not keep the caller waiting."""

    def send(self, span: Span) -> None: ...

    def stop(self) -> None: ...


class _Tracer:
    def __init__(self, exporter: Exporter, share: float) -> None:
        self.exporter = exporter
        self.share = share


_tracer: _Tracer | None = None
_current: ContextVar["_Part | None"] = ContextVar("tracing_current", default=None)
_NOTHING: AbstractContextManager[None] = nullcontext()


def start(exporter: Exporter, *, share: float = 1.0) -> None:
    """Trace from now on in this process; of what concerns no transaction only this share, 0 to 1."""
    global _tracer  # noqa: PLW0603  # one switch per process
    _tracer = _Tracer(exporter, share)


def stop() -> None:
    """Send what is left, and trace no more."""
    global _tracer
    tracer, _tracer = _tracer, None
    if tracer:
        tracer.exporter.stop()


def root(name: str, *, transaction_id: str = "", **attributes: Any) -> AbstractContextManager[Any]:
    """Trace what happens within, and the spans in it; within another root it is a span of that."""
    if _tracer is None:
        return _NOTHING
    part = _Part(_tracer, name, attributes, _current.get())
    part.top.transaction_id = part.top.transaction_id or transaction_id
    return part


def span(name: str, **attributes: Any) -> AbstractContextManager[Any]:
    """Trace a part of what the root around it traces; without one it is of no interest."""
    if _tracer is None or (parent := _current.get()) is None:
        return _NOTHING
    return _Part(_tracer, name, attributes, parent)


def about(transaction_id: str) -> None:
    """Say which transaction the trace around is about; the first that is named counts."""
    part = _current.get()
    if part is not None and not part.top.transaction_id:
        part.top.transaction_id = transaction_id


def opened(transaction_id: str, type: str) -> None:
    """Begin a transaction's trace, once the caller's database transaction has committed."""
    if _tracer is None:
        return
    exporter, at = _tracer.exporter, time.time_ns()
    trace_id = trace_of(transaction_id)
    attributes = {"transaction.id": transaction_id, "transaction.type": type}
    first = Span(trace_id, _first_of(trace_id), 0, f"opened {type}", attributes, at, at)
    database.on_commit(lambda: exporter.send(first), robust=True)


def rooted(name: str, *, transaction_id: Callable[..., str]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return what makes every call of a function a root, about the transaction that its arguments name."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            if _tracer is None:
                return function(*args, **kwargs)
            with root(name, transaction_id=transaction_id(*args, **kwargs)):
                return function(*args, **kwargs)

        return call

    return decorate


def spanned(describe: Callable[..., tuple[str, dict[str, Any]]]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return what makes every call of a function a span, whose name and attributes its arguments give."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            if _tracer is None or _current.get() is None:
                return function(*args, **kwargs)
            name, attributes = describe(*args, **kwargs)
            with span(name, **attributes):
                return function(*args, **kwargs)

        return call

    return decorate


def trace_of(transaction_id: str) -> int:
    """Return the 128 bits of an id such as txn_06f2…: its trace's id, the same in every process."""
    value = 0
    for character in transaction_id[-_ID_CHARACTERS:]:
        value = value << 5 | _ALPHABET.index(character)
    return value & ((1 << 128) - 1)


def _first_of(trace_id: int) -> int:
    """Return the id of the first span of a transaction's trace: what any process calls its parent."""
    return trace_id & ((1 << 64) - 1) or 1


@dataclass
class _Part:
    """A span that has not ended. What a trace is about may be known at its end only, so spans wait for their root."""

    tracer: _Tracer
    name: str
    attributes: dict[str, Any]
    parent: "_Part | None"
    transaction_id: str = ""
    id: int = 0
    started: int = 0
    error: str = ""
    done: list[tuple["_Part", int]] = field(default_factory=list)
    token: "Token[_Part | None] | None" = None

    @property
    def top(self) -> "_Part":
        return self if self.parent is None else self.parent.top

    def __enter__(self) -> "_Part":
        self.id, self.started = int.from_bytes(os.urandom(8)) or 1, time.time_ns()
        self.token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self.token is not None
        _current.reset(self.token)
        self.error = kind.__name__ if kind else self.error
        self.top.done.append((self, time.time_ns()))
        if self.parent is None:
            self._send()

    def note(self, **attributes: Any) -> None:
        """Add what is known only now."""
        self.attributes.update(attributes)

    def _send(self) -> None:
        is_about_one = bool(self.transaction_id)
        if not is_about_one and random.random() >= self.tracer.share:  # noqa: S311  # a sample
            return
        trace_id = trace_of(self.transaction_id) if is_about_one else int.from_bytes(os.urandom(16)) or 1
        if is_about_one:
            self.attributes["transaction.id"] = self.transaction_id
        above = _first_of(trace_id) if is_about_one else 0
        for part, ended in self.done:
            parent_id = part.parent.id if part.parent else above
            span = Span(trace_id, part.id, parent_id, part.name, part.attributes, part.started, ended, part.error)
            self.tracer.exporter.send(span)
