"""
Doing in one go what several threads of a process ask for at the same time.

Whoever asks while nobody is at work leads: it does its own together with whatever has queued meanwhile, and hands the
lead to the first that came after. Who has said that it is coming is waited for, a moment. So a lone caller waits for
nobody, and a crowd shares what a group costs once.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

GATHER_SECONDS = 0.01
"""How long a leader waits for those who are coming: as long as a commit may take anyway."""


class Unanswered(Exception):
    """Nobody has answered in time: it may have been done, or may still be."""


class _Waiting(Generic[Item, Answer]):
    """What one thread asks, and where its answer is left."""

    __slots__ = ("answer", "item", "woken")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.answer: Answer | BaseException | None = None
        self.woken = threading.Lock()  # the cheapest thing to wait on
        self.woken.acquire()


class Company(Generic[Item, Answer]):
    """A queue whose callers do each other's work; `work` answers each item by itself, an exception for a refusal."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Answer | BaseException]], *, most: int) -> None:
        self._work = work
        self._most = most
        self._queue: deque[_Waiting[Item, Answer]] = deque()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._is_led = False
        self._coming = 0
        self._own = threading.local()

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Let leaders wait for this thread, which will probably ask within; until it has, or has left."""
        with self._lock:
            self._coming += 1
        self._own.is_coming = True
        try:
            yield
        finally:
            self.not_coming()

    def not_coming(self) -> None:
        """Say that this thread will not ask after all."""
        with self._lock:
            self._arrive()

    def ask(self, item: Item, *, timeout_seconds: float) -> Answer:
        """
        Return the item's answer.

        :raises Unanswered: if the leader has not come back in time
        """
        own: _Waiting[Item, Answer] = _Waiting(item)
        with self._lock:
            self._queue.append(own)
            is_leader, self._is_led = not self._is_led, True
            self._arrive()
        if not is_leader and not own.woken.acquire(timeout=timeout_seconds) and not self._withdraw(own):
            raise Unanswered
        if own.answer is None:
            self._lead()
        assert own.answer is not None, "a leader is the first in its own group"
        if isinstance(own.answer, BaseException):
            raise own.answer
        return own.answer

    def _arrive(self) -> None:
        """Wait for this thread no more; the lock is held."""
        if getattr(self._own, "is_coming", False):
            self._own.is_coming = False
            self._coming -= 1
        if not self._coming or len(self._queue) >= self._most:
            self._changed.notify()

    def _withdraw(self, own: _Waiting[Item, Answer]) -> bool:
        """Say whether the lead or an answer has come at the last moment; else take the item out, if it is still in."""
        with self._lock:
            if own.woken.acquire(blocking=False):
                return True
            if own in self._queue:
                self._queue.remove(own)
            return False

    def _lead(self) -> None:
        group: list[_Waiting[Item, Answer]] = []
        answers: Sequence[Answer | BaseException] = []
        try:
            with self._lock:
                self._changed.wait_for(lambda: not self._coming or len(self._queue) >= self._most, GATHER_SECONDS)
                group += [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]
            answers = self._work([each.item for each in group])
            assert len(answers) == len(group), "one answer for each"
        except BaseException as error:  # noqa: BLE001  # whatever it is, nobody may wait for ever; each raises it
            answers = [error] * len(group)
        finally:
            self._hand_over()
            for each, answer in zip(group, answers, strict=True):
                each.answer = answer
                each.woken.release()

    def _hand_over(self) -> None:
        """Wake the first that waits, to lead; or leave the lead to whoever comes next."""
        with self._lock:
            if self._queue:
                self._queue[0].woken.release()
            else:
                self._is_led = False
