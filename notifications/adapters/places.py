"""
Addresses of other people's choosing, to which something is sent all the same.

That is why an address is resolved once, must be a public one, is the one connected to, and leads nowhere else.
"""

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from kit.http import Answer, CallFailed, HttpClient
from notifications.base import DeliveryFailed, Target

LARGEST_ANSWER_BYTES = 64 * 1024
_ALL_THERE_IS = ipaddress.ip_network("2000::/3")
"""Where all of IPv6's public internet lies; its old site-local addresses (fec0::/10) Python takes for public, too."""

_ODD = [ipaddress.ip_network(net) for net in ("2002::/16", "2001::/32", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24")]
"""What leads to an IPv4 address that it hides, or is set aside for other ends, whatever Python says of it."""

_REASONS = {
    "connection": "No connection could be made.",
    "timeout": "No answer came in time.",
    "broken": "The answer could not be read.",
    "too_large": "The answer was too large.",
}


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    """
    Post to the target's address and return whatever was answered.

    :raises DeliveryFailed: if the address is none of those that may be, or no answer came in time
    """
    place = check_url(target.address, may_be_near=target.may_be_near)
    host, port = str(place.hostname), place.port or (443 if place.scheme == "https" else 80)
    client = HttpClient(
        target.address,
        connect_seconds=target.timeout_seconds,
        read_seconds=target.timeout_seconds,
        largest_bytes=LARGEST_ANSWER_BYTES,
        address=resolve(host, port, may_be_near=target.may_be_near),
    )
    try:
        return client.request("POST", body=body, headers=headers)
    except CallFailed as error:
        raise DeliveryFailed(_REASONS[error.kind]) from error


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
        if address not in _ALL_THERE_IS:
            return False
    if any(address in network for network in _ODD):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
