"""A stranger's client of the public API: nothing here knows the inside of the product."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

Json = dict[str, Any]
TIMEOUT_SECONDS = 20


class Unexpected(Exception):
    """The product answered something else than it promises; the message shows what."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Json


class Client:
    """One person's calls, with their access token once they have signed in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.access = ""

    def get(self, path: str) -> Json:
        return self.call("GET", path).body

    def post(self, path: str, body: Json, *, status: int = 200, key: str = "") -> Answer:
        """:raises Unexpected: unless the answer has this status"""
        return self.call("POST", path, body, status=status, key=key)

    def call(self, method: str, path: str, body: Json | None = None, *, status: int = 200, key: str = "") -> Answer:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        headers |= {"Authorization": f"Bearer {self.access}"} if self.access else {}
        headers |= {"Idempotency-Key": key} if key else {}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", content, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
                answer = _answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                answer = _answer(error.code, error.headers, error.read())
        if answer.status != status:
            raise Unexpected(f"{method} {path} answered {answer.status}, not {status}: {json.dumps(answer.body)}")
        return answer


class Feed:
    """A person's live feed, read in the background and kept."""

    def __init__(self, url: str, access: str, *, resume_after: int | None = None) -> None:
        self.messages: list[Json] = []
        self._news = threading.Condition()
        self._is_open = True
        address = url.replace("http://", "ws://") + "/ws/v1/feed"
        headers = {"Authorization": f"Bearer {access}"}
        self._connection: ClientConnection = connect(address, additional_headers=headers, proxy=None)
        if resume_after is not None:
            self._connection.send(json.dumps({"resume_after": resume_after}))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, is_it: Callable[[Json], bool], *, what: str, seconds: float) -> Json:
        """
        Return the first message, past or future, that is it.

        :raises Unexpected: if none comes in time
        """
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                found = next((message for message in self.messages if is_it(message)), None)
                if found:
                    return found
                remaining = deadline - time.monotonic()
                if remaining <= 0 or not self._is_open:
                    seen = [(message["sequence"], message["type"]) for message in self.messages]
                    raise Unexpected(f"The feed brought no {what}; it brought {seen}")
                self._news.wait(min(remaining, 0.5))

    def sequences(self) -> list[int]:
        with self._news:
            return [int(message["sequence"]) for message in self.messages]

    def close(self) -> None:
        self._connection.close()
        self._reader.join(5)

    def _read(self) -> None:
        try:
            for text in self._connection:
                with self._news:
                    self.messages.append(json.loads(text))
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        with self._news:
            self._is_open = False
            self._news.notify_all()


def _answer(status: int, headers: Any, content: bytes) -> Answer:
    try:
        body = json.loads(content) if content else {}
    except ValueError:
        body = {"not_json": content[:200].decode(errors="replace")}
    return Answer(status, {name.lower(): value for name, value in headers.items()}, body)
