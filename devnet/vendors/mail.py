"""Webhooks on their way: kept, sent through a real HTTP client, repeated, mixed up and wrongly signed."""

import base64
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import urllib3

from devnet.vendors.wire import Json
from devnet.vendors.world import World

RETRY_SECONDS = (1, 2, 5, 10, 30, 60, 300)
TIMEOUT_SECONDS = 10
STALE = timedelta(days=8)
"""Older than any vendor's signature may be."""

Sign = Callable[[Json, str, datetime], tuple[bytes, dict[str, str]]]

HOWS = {
    "again": ("current", timedelta()),
    "old_secret": ("old", timedelta()),
    "wrong_secret": ("wrong", timedelta()),
    "stale": ("current", STALE),
}
"""How a webhook can be emitted: with which secret, and how long ago it claims to have been signed."""


@dataclass
class Letter:
    """One webhook: whose, what it says, and when it is tried next (None: not by itself)."""

    subject: str
    payload: Json
    next_at: datetime | None
    url: str = ""  # where it goes; empty: to the vendor's inbox at the product
    tries: int = 0
    status: int = 0  # last answer; 0: none


class Mail:
    """
    One vendor's outgoing webhooks. Sending happens in a thread of its own, never under the world's lock.

    They are signed with the real time, whatever the world's clock says: the product checks it against its own.
    """

    def __init__(self, world: World, code: str, sign: Sign) -> None:
        self.world = world
        self.code = code
        self.sign = sign
        self.letters: list[Letter] = []
        self.is_held = False
        self._due: queue.SimpleQueue[Letter] = queue.SimpleQueue()
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(TIMEOUT_SECONDS))
        threading.Thread(target=self._work, daemon=True).start()

    def reset(self) -> None:
        self.letters = []
        self.is_held = False

    def post(self, subject: str, payload: Json, *, url: str = "") -> None:
        """Keep a letter, due at once unless letters are held."""
        self.letters.append(Letter(subject, payload, None if self.is_held else self.world.clock.now(), url))
        self.tick()

    def tick(self) -> None:
        """Hand what is due to the sender."""
        now = self.world.clock.now()
        for letter in self.letters:
            if letter.next_at and letter.next_at <= now and self.world.product_url:
                letter.next_at = None
                self._due.put(letter)

    def emit(self, subject: str, how: str, *, is_sent: bool) -> list[Json]:
        """
        Send what there is about one order, in another way than the usual; return what each was and its answer.

        :param how: deliver (all of them, in order), reorder (the other way round), or one of HOWS: the last one
        :param is_sent: False only shows what would be sent
        """
        with self.world.lock:
            letters = [letter for letter in self.letters if letter.subject == subject]
        if how in HOWS:
            letters = letters[-1:]
        elif how == "reorder":
            letters.reverse()
        secret, age = HOWS.get(how, ("current", timedelta()))
        return [self._emit(letter, secret, datetime.now(UTC) - age, is_sent) for letter in letters]

    def _emit(self, letter: Letter, secret: str, at: datetime, is_sent: bool) -> Json:
        with self.world.lock:
            raw, headers = self.sign(letter.payload, secret, at)
        status = self._send(letter, raw, headers) if is_sent else 0
        return {"status": status, "raw": base64.b64encode(raw).decode(), "headers": headers}

    def _work(self) -> None:
        while True:
            letter = self._due.get()
            with self.world.lock:
                raw, headers = self.sign(letter.payload, "current", datetime.now(UTC))
            letter.status = self._send(letter, raw, headers)
            if not 200 <= letter.status < 300 and letter.tries < len(RETRY_SECONDS):
                letter.next_at = self.world.clock.now() + timedelta(seconds=RETRY_SECONDS[letter.tries])
            letter.tries += 1

    def _send(self, letter: Letter, raw: bytes, headers: dict[str, str]) -> int:
        """Return the status it was answered with; 0: no answer."""
        url = letter.url or f"{self.world.product_url}/webhooks/{self.code}/"
        assert urlsplit(url).hostname in {"127.0.0.1", "localhost"}, "a sandbox speaks to this machine only"
        try:
            return int(self._pool.request("POST", url, body=raw, headers=headers, redirect=False).status)
        except urllib3.exceptions.HTTPError:
            return 0
