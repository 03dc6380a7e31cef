"""
The callers of benchmarks.flows: people who transfer to one another as fast as they are answered, and all listen.

A process of its own that knows only the public API and the live feed. It prints one JSON object: per transfer the
seconds until the answer and until the recipient's WebSocket showed it.
"""

import argparse
import asyncio
import json
import random
import re
import time
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.feed_client import Feed

_DONE = re.compile(rb'"id": ?"(txn_[0-9a-z]{26})"')
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
PATIENCE_SECONDS = 20
"""How long the last messages may take to arrive once nobody asks any more."""


class Load:
    """`callers` people at a time ask; whoever is answered is asked to go on at once."""

    def __init__(self, people: list[dict[str, str]], options: argparse.Namespace) -> None:
        self.people = people
        self.options = options
        self.begun: dict[str, float] = {}
        self.shown: dict[str, float] = {}
        self.answers: list[float] = []
        self.refusals: list[str] = []
        self.messages = 0

    async def run(self) -> dict[str, Any]:
        feeds = await asyncio.gather(*(self._listen(person) for person in self.people))
        await asyncio.sleep(1.5)
        used = time.process_time()
        began = time.perf_counter()
        end = began + self.options.seconds
        await asyncio.gather(*(self._ask(number, end) for number in range(self.options.callers)))
        asked = time.perf_counter()
        while len(self.shown) < len(self.begun) and time.perf_counter() < asked + PATIENCE_SECONDS:
            await asyncio.sleep(0.01)
        used = time.process_time() - used
        assert not any(feed.lost for feed in feeds), "a feed was hung up on"
        for feed in feeds:
            feed.close()
        return {
            "count": len(self.answers),
            "asking_seconds": asked - began,
            "seconds": max([*self.shown.values(), asked]) - began,
            "answers": sorted(self.answers),
            "ends": sorted(self.shown[key] - begun for key, begun in self.begun.items() if key in self.shown),
            "messages": self.messages,
            "processor_seconds": used,
            "refusals": self.refusals[:5],
        }

    async def _ask(self, number: int, end: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.options.web)
        own = self.people[number :: self.options.callers]
        try:
            while (begun := time.perf_counter()) < end:
                giver = random.choice(own)
                taker = random.choice(self.people)
                if taker is giver:
                    continue
                writer.write(_request(giver, taker))
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                found = _DONE.search(body)
                if b" 201 " not in head[:20] or found is None:
                    self.refusals.append((head[:60] + body[:300]).decode(errors="replace"))
                    continue
                self.answers.append(time.perf_counter() - begun)
                self.begun[found[1].decode()] = begun
        finally:
            writer.close()

    async def _listen(self, person: dict[str, str]) -> Feed:
        headers = {"Authorization": f"Bearer {person['access']}"}
        loop, host = asyncio.get_running_loop(), f"127.0.0.1:{self.options.live}"
        _, feed = await loop.create_connection(lambda: Feed(host, headers, self._take), "127.0.0.1", self.options.live)
        await feed.is_open
        return feed

    def _take(self, message: bytes) -> None:
        self.messages += 1
        if b'"in"' in message and b'"transaction.updated"' in message:
            found = _DONE.search(message)
            if found:
                self.shown.setdefault(found[1].decode(), time.perf_counter())


def _request(giver: dict[str, str], taker: dict[str, str]) -> bytes:
    order = {"type": "transfer", "wallet_id": giver["wallet_id"], "asset": "ETH", "amount": "0.000001"}
    body = json.dumps(order | {"to": taker["email"]}).encode()
    return (
        f"POST /api/v1/transactions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {giver['access']}\r\n"
        f"Idempotency-Key: {random.randbytes(12).hex()}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("people", type=Path, help="JSON: what benchmarks.flows_people has written")
    arguments.add_argument("--web", type=int)
    arguments.add_argument("--live", type=int)
    arguments.add_argument("--callers", type=int)
    arguments.add_argument("--seconds", type=float)
    options = arguments.parse_args()
    people = json.loads(options.people.read_text())
    print(json.dumps(uvloop.run(Load(people, options).run())))


if __name__ == "__main__":
    main()
