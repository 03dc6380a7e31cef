"""
Web push: encrypted for one browser (RFC 8291), signed with our key (RFC 8292), through its maker's push service.

The address is of the browser's choosing, so it is treated as a webhook's (see places.py): the libraries encrypt and
sign, and the request is ours.
"""

import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from py_vapid import Vapid02, VapidException
from pywebpush import WebPusher, WebPushException

from notifications.adapters.places import post
from notifications.base import DeliveryFailed, Letter, Receipt, Target

GONE = {404, 410}
AGAIN = {408, 429}
LIFE = timedelta(hours=24)
"""A browser that is off for longer is not shown it any more: it lies in the inbox."""

LONGEST_TEXT = 600
SIGNED_FOR = timedelta(hours=12)
"""RFC 8292 allows 24 hours; clocks differ."""


class PushChannel:
    """Any 2xx takes it; 404 and 410 say that the browser is not subscribed any more. One id is shown once."""

    def send(self, letter: Letter, target: Target, *, now: datetime) -> Receipt:
        """
        Encrypt, sign and post the letter.

        :raises DeliveryFailed: if the push service did not take it; gone: nobody is subscribed there
        """
        if not target.secrets:
            raise DeliveryFailed("Nothing is sent unsigned.", is_final=True)
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(int(LIFE.total_seconds())),
            "Urgency": "high" if target.is_urgent else "normal",
            "Topic": letter.id[:32],  # one that waits is replaced by the same sent again
            **_signature(target, now=now),
        }
        answer = post(target, _encrypted(letter, target), headers)
        if 200 <= answer.status < 300:
            return Receipt(answer.status)
        is_final = 400 <= answer.status < 500 and answer.status not in AGAIN
        raise DeliveryFailed(
            f"The push service answered {answer.status}.",
            status=answer.status,
            is_final=is_final,
            is_gone=answer.status in GONE,
        )


def payload_of(letter: Letter) -> bytes:
    """Return what the browser's worker is told; at most what fits into one message (RFC 8030: 4096 bytes)."""
    place = urlsplit(letter.url)
    said = {"id": letter.id, "kind": letter.kind, "title": letter.title, "text": letter.text[:LONGEST_TEXT]}
    return json.dumps(
        said | {"url": letter.url, "path": place.path}, separators=(",", ":"), ensure_ascii=False
    ).encode()


def _encrypted(letter: Letter, target: Target) -> bytes:
    try:
        pusher = WebPusher({"endpoint": target.address, "keys": dict(target.keys)})
        body = pusher.encode(payload_of(letter), content_encoding="aes128gcm")["body"]
    except (ValueError, KeyError, WebPushException) as error:
        raise DeliveryFailed("The browser's keys cannot be used.", is_final=True) from error
    return bytes(body)


def _signature(target: Target, *, now: datetime) -> dict[str, str]:
    place = urlsplit(target.address)
    claims = {
        "aud": f"{place.scheme}://{place.netloc}",
        "exp": int((now + SIGNED_FOR).timestamp()),
        "sub": target.sender,
    }
    try:
        signed = Vapid02.from_pem(target.secrets[0].encode()).sign(claims)
    except (ValueError, VapidException) as error:
        raise DeliveryFailed("The key for push messages cannot be used.") from error
    return {"Authorization": str(signed["Authorization"])}
