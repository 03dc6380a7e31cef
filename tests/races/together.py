"""Doing things at the same time, on connections of their own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

SECONDS = 30


def do_together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all calls at once, each in a thread, and return what each returned or raised, in their order."""
    outcomes: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(SECONDS)
            outcomes[place] = call()
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is this call's outcome
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads), "a call never came back"
    return outcomes
