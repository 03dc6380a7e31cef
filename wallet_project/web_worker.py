"""gunicorn's threads, which stay with a caller who goes on asking: gunicorn -k wallet_project.web_worker.Worker."""

import select
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

STAY_MILLISECONDS = 5
"""How long a thread waits for the next request of a connection, if nobody else wants it."""


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """
    Takes the next request of a connection in the thread that answered the last one, if it comes at once.

    Each request otherwise goes from the process's main thread to another and back, by a pipe and a look at all
    connections: a third of what the process does for a transfer. Proxies and busy callers ask again at once.
    """

    def handle(self, conn: Any) -> Any:
        while True:
            goes_on = super().handle(conn)
            if goes_on is not True or not self._asks_again(conn):
                return goes_on

    def _asks_again(self, conn: Any) -> bool:
        """Tell whether the next request is there already, or comes while this thread has nothing better to do."""
        is_wanted = not self.alive or not self.tpool._work_queue.empty()
        if is_wanted or conn.is_http2 or self.cfg.is_ssl or conn.parser.unreader.buf.getvalue():
            return False
        poll = select.poll()
        poll.register(conn.sock.fileno(), select.POLLIN)
        return bool(poll.poll(STAY_MILLISECONDS))
