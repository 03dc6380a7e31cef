"""
Webhooks, signed as Standard Webhooks says, to addresses of other people's choosing.

That is why the address is resolved once, must be a public one, is the one connected to, and leads nowhere else.
Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from kit.http import CallFailed, HttpClient
from notifications.base import DeliveryFailed, Letter, Receipt, Target

SECRET_PREFIX = "whsec_"  # noqa: S105  # what every secret begins with
LARGEST_ANSWER_BYTES = 64 * 1024
GONE = 410
_TRANSLATED = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]
"""IPv6 that leads to an IPv4 address which it hides."""


class WebhookChannel:
    """Posts the letter as JSON; any 2xx takes it, 410 says that nobody is there any more."""

    def send(self, letter: Letter, target: Target, *, now: datetime) -> Receipt:
        """
        Sign and post the letter.

        :raises DeliveryFailed: if the address is none of those that may be, or did not answer with 2xx
        """
        if not target.secrets:
            raise DeliveryFailed("Nothing is sent unsigned.", is_final=True)
        place = check_url(target.address, may_be_near=target.may_be_near)
        host, port = str(place.hostname), place.port or (443 if place.scheme == "https" else 80)
        client = HttpClient(
            target.address,
            connect_seconds=target.timeout_seconds,
            read_seconds=target.timeout_seconds,
            largest_bytes=LARGEST_ANSWER_BYTES,
            address=resolve(host, port, may_be_near=target.may_be_near),
        )
        body = body_of(letter)
        headers = {"Content-Type": "application/json", "User-Agent": "Holdfast-Webhooks/1"}
        try:
            answer = client.request("POST", body=body, headers=headers | sign(letter.id, body, target.secrets, now=now))
        except CallFailed as error:
            raise DeliveryFailed(_REASONS[error.kind]) from error
        if 200 <= answer.status < 300:
            return Receipt(answer.status)
        raise DeliveryFailed(f"It answered {answer.status}.", status=answer.status, is_gone=answer.status == GONE)


_REASONS = {
    "connection": "No connection could be made.",
    "timeout": "No answer came in time.",
    "broken": "The answer could not be read.",
    "too_large": "The answer was too large.",
}


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


def check_url(url: str, *, may_be_near: bool) -> SplitResult:
    """
    Return the parts of an address to which something may be sent, as far as can be told without resolving it.

    :raises DeliveryFailed: for good, if nothing may
    """
    try:
        place = urlsplit(url)
        has_port = place.port is None or place.port > 0
    except ValueError:
        raise DeliveryFailed("The address cannot be read.", is_final=True) from None
    if place.scheme != "https" and not (may_be_near and place.scheme == "http"):
        raise DeliveryFailed("The address is not an https:// one.", is_final=True)
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not place.hostname or not has_port or not is_plain or "@" in place.netloc or place.fragment:
        raise DeliveryFailed("The address cannot be read.", is_final=True)
    return place


def resolve(host: str, port: int, *, may_be_near: bool) -> str:
    """
    Return the one address to connect to.

    :raises DeliveryFailed: if the name leads nowhere, or if one of its addresses is not on the public internet
    """
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise DeliveryFailed("The name leads nowhere.") from None
    if not may_be_near and not all(is_public(address) for address in found):
        raise DeliveryFailed("The address is not on the public internet.")
    return found[0]


def is_public(text: str) -> bool:
    """Say whether an IP address is one that anybody on the internet could reach, and hides no other."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:  # with a zone: of this machine's own network
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(str(address.ipv4_mapped))
        if any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
