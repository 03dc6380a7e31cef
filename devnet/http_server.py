"""The server under the sandboxes that speak HTTP."""

import sys
from http.server import ThreadingHTTPServer
from typing import Any


class DeafServer(ThreadingHTTPServer):
    """Says nothing of a caller who is gone: workers are killed, and what they had asked is nobody's mistake."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
