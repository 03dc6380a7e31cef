"""PostgreSQL as django-prometheus counts it, with a look at an idle connection that costs no round trip."""

import select

from django_prometheus.db.backends.postgresql.base import DatabaseWrapper as CountedDatabaseWrapper


class DatabaseWrapper(CountedDatabaseWrapper):  # type: ignore[misc]  # it has no types
    """Asks the server whether a connection still stands only where something has come in on it unasked."""

    def is_usable(self) -> bool:
        """
        Tell whether the connection can serve another request (CONN_HEALTH_CHECKS asks before each).

        A server that ended, or ended this connection, has said so on the socket; one that cannot be reached any more
        would keep a question waiting as long as the statement that is to follow.
        """
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0) or bool(super().is_usable())
