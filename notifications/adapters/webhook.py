"""
Webhooks, signed as Standard Webhooks says, to addresses of other people's choosing (see places.py).

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime

from notifications.adapters.places import post
from notifications.base import DeliveryFailed, Letter, Receipt, Target

SECRET_PREFIX = "whsec_"  # noqa: S105  # what every secret begins with
GONE = 410


class WebhookChannel:
    """Posts the letter as JSON; any 2xx takes it, 410 says that nobody is there any more."""

    def send(self, letter: Letter, target: Target, *, now: datetime) -> Receipt:
        """
        Sign and post the letter.

        :raises DeliveryFailed: if the address is none of those that may be, or did not answer with 2xx
        """
        if not target.secrets:
            raise DeliveryFailed("Nothing is sent unsigned.", is_final=True)
        body = body_of(letter)
        headers = {"Content-Type": "application/json", "User-Agent": "Holdfast-Webhooks/1"}
        answer = post(target, body, headers | sign(letter.id, body, target.secrets, now=now))
        if 200 <= answer.status < 300:
            return Receipt(answer.status)
        raise DeliveryFailed(f"It answered {answer.status}.", status=answer.status, is_gone=answer.status == GONE)


def body_of(letter: Letter) -> bytes:
    """Return the same bytes for the same letter, however often it is sent."""
    data = {"id": letter.id, "kind": letter.kind, "topic": letter.topic, "title": letter.title, "text": letter.text}
    payload = {
        "type": f"{letter.kind}.{letter.topic}",
        "timestamp": letter.happened_at.isoformat(),
        "data": data | {"url": letter.url},
    }
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


def sign(message_id: str, body: bytes, secrets: Sequence[str], *, now: datetime) -> dict[str, str]:
    """Return the headers: id, time, and one v1 signature (HMAC-SHA256) for every secret."""
    at = str(int(now.timestamp()))
    content = b".".join([message_id.encode(), at.encode(), body])
    signatures = []
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        signatures.append("v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode())
    return {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": " ".join(signatures)}
