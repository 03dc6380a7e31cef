"""A front before a Stellar ledger that misbehaves alone: dead, behind, silent after accepting, or lying."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

BEHIND = 3
"""By how many ledgers the front lags."""

MODES = ("honest", "dead", "lagging", "silent", "rich", "poor")
"""silent: does what it is asked, and hangs up; rich and poor: says of every account that it has more, or nothing."""


class Front(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, ledger_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ledger_url = ledger_url
        self.mode = "honest"
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fetch(self, path: str, body: bytes | None = None) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(urllib.request.Request(self.ledger_url + path, body), timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def answer(self, path: str, body: bytes | None) -> tuple[int, Any] | None:
        """Return what to say; None: hang up."""
        self.asked += 1
        if self.mode == "dead":
            return None
        status, document = self.fetch(path, body)
        if self.mode == "silent":
            return None if body is not None else (status, document)
        if self.mode == "lagging":
            return self._lagging(path, status, document)
        if self.mode in {"rich", "poor"} and status == 200 and re.fullmatch(r"/accounts/\w+", path):
            balance = "999999999.0000000" if self.mode == "rich" else "0.0000000"
            document["balances"] = [{**line, "balance": balance} for line in document["balances"]]
        return status, document

    def _lagging(self, path: str, status: int, document: Any) -> tuple[int, Any]:
        head = int(self.fetch("/")[1]["history_latest_ledger"]) - BEHIND
        missing = 404, {"title": "Resource Missing", "status": 404}
        if path.startswith("/ledgers?"):
            return 200, {"_embedded": {"records": [self.fetch(f"/ledgers/{head}")[1]]}}
        asked = re.match(r"/ledgers/(\d+)", path)
        if asked and int(asked[1]) > head:
            return missing
        return missing if int(document.get("ledger", 0)) > head else (status, document)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes | None) -> None:
        said = self.server.answer(self.path, body)
        if said is None:
            self.close_connection = True
            return
        content = json.dumps(said[1]).encode()
        self.send_response(said[0])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def front(ledger_url: str) -> Iterator[Front]:
    server = Front(ledger_url)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
