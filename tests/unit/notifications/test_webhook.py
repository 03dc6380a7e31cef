"""Webhooks are signed as Standard Webhooks says, and lead to the public internet only."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from notifications.adapters.places import check_url, is_public, resolve
from notifications.adapters.webhook import body_of, sign
from notifications.base import DeliveryFailed, Letter
from notifications.services.words import frame_of

VECTOR_AT = datetime.fromtimestamp(1614265330, UTC)
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LETTER = Letter(
    "ntf_1",
    "sent",
    "sent",
    "You sent 1 BTC",
    "Done – fine.",
    "https://x.example/",
    "en",
    VECTOR_AT,
    frame=frame_of("en"),
)


def test_the_published_vector() -> None:
    """The one of the libraries of standardwebhooks.com."""
    headers = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', [VECTOR_SECRET], now=VECTOR_AT)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_every_secret_signs_while_they_rotate() -> None:
    other = "whsec_" + base64.b64encode(b"k" * 32).decode()
    headers = sign("msg_1", b"{}", [other, VECTOR_SECRET], now=VECTOR_AT)
    content = b"msg_1.1614265330.{}"
    expected = [
        "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        for key in (b"k" * 32, base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    ]
    assert headers["webhook-signature"].split(" ") == expected


def test_the_body_is_the_same_every_time() -> None:
    expected = (
        '{"type":"sent.sent","timestamp":"2021-02-25T15:02:10+00:00","data":{"id":"ntf_1","kind":"sent",'
        '"topic":"sent","title":"You sent 1 BTC","text":"Done – fine.","url":"https://x.example/"}}'
    )
    assert body_of(LETTER) == body_of(LETTER) == expected.encode()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.51.100.7",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "::7f00:1",
        "::ffff:0:7f00:1",
        "::ffff:0.0.0.0",
        "2001:0:7f00:1::",
        "fec0::1",
        "3fff::1",
        "192.0.0.8",
        "192.88.99.1",
        "240.0.0.1",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f.1", "2130706433", "[::1]"])
def test_names_that_lead_home_are_refused_when_they_are_resolved(host: str) -> None:
    with pytest.raises(DeliveryFailed, match="not on the public internet"):
        resolve(host.strip("[]"), 443, may_be_near=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https:///path",
        "https://user:password@example.com/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com/#part",
        "https://example.com/a b",
        "https://example.com\\@evil.example/",
        "https://exämple.com/",
        "https://example.com/\r\nX: y",
        "//example.com/",
        "javascript:alert(1)",
    ],
)
def test_urls_that_are_refused_for_good(url: str) -> None:
    with pytest.raises(DeliveryFailed) as refused:
        check_url(url, may_be_near=False)
    assert refused.value.is_final


def test_plain_http_is_for_development_only() -> None:
    assert check_url("http://127.0.0.1:8080/hook", may_be_near=True).port == 8080
    assert check_url("https://example.com:8443/hook?a=b", may_be_near=False).hostname == "example.com"
