"""The sandboxes of outside companies, as a test pulls their levers and as a person pays at them."""

import base64
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import urlencode, urljoin

from devnet.vendors.desk import Desk
from devnet.vendors.keys import CONTROL_URL, new_keys
from devnet.vendors.ramp import Deliver
from providers.base import Access

Json = dict[str, Any]
TIMEOUT_SECONDS = 20
STATUS_URL = "http://127.0.0.1:8000/webhooks/twilio"
"""Where reports go in tests that open sandboxes of their own: they show them, and send none."""


@dataclass(frozen=True)
class Webhook:
    """One webhook as the sandbox sends it; `status` is our answer, 0 if it was only shown."""

    raw: bytes
    headers: dict[str, str]
    status: int


class Sandboxes:
    """The control plane's client."""

    def __init__(self, control_url: str) -> None:
        self.control_url = control_url

    def scenario(self, vendor: str, **what: Any) -> None:
        """Let the next calls fail (path, calls, status, latency_seconds, drop, is_malformed), or orders end
        otherwise (outcome, step_seconds, fee_rate; error_code: messages are refused)."""
        self._post("scenario", vendor=vendor, **what)

    def advance(self, seconds: float) -> None:
        """Move the clock of all sandboxes on; what falls due happens before this returns."""
        self._post("advance", seconds=seconds)

    def emit(self, vendor: str, subject: str, how: str, *, is_sent: bool = True) -> list[Webhook]:
        """Send what there is about one order: deliver, reorder, again, old_secret, wrong_secret or stale."""
        answer = self._post("emit", vendor=vendor, subject=subject, how=how, is_sent=is_sent)
        return [Webhook(base64.b64decode(each["raw"]), each["headers"], each["status"]) for each in answer["webhooks"]]

    def hold_webhooks(self, vendor: str) -> None:
        """Keep webhooks from now on; `emit` sends them."""
        self._post("webhooks", vendor=vendor, is_held=True)

    def send_webhooks_to(self, url: str) -> None:
        """Say where the product is; empty: nowhere."""
        self._post("webhooks", url=url)

    def prices(self, **dollars: str) -> None:
        self._post("prices", **dollars)

    def reset(self) -> None:
        self._post("reset")

    def orders(self, vendor: str) -> list[Json]:
        orders: list[Json] = self._call("GET", f"orders?vendor={vendor}")
        return orders

    def requests(self, vendor: str) -> list[Json]:
        requests: list[Json] = self._call("GET", f"requests?vendor={vendor}")
        return requests

    def _post(self, action: str, **what: Any) -> Any:
        return self._call("POST", action, json.dumps(what).encode())

    def _call(self, method: str, action: str, body: bytes | None = None) -> Any:
        url = f"{self.control_url}/_ctl/{action}"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return json.loads(response.read())


def lent() -> Sandboxes:
    """Return the sandboxes that `devnet.run services` lends, with nothing left of an earlier test."""
    sandboxes = Sandboxes(os.environ[CONTROL_URL])
    sandboxes.send_webhooks_to("")
    sandboxes.reset()
    return sandboxes


@contextmanager
def own(*, deliver: Deliver | None = None) -> Iterator[tuple[Sandboxes, dict[str, Access]]]:
    """Open sandboxes of this test's own, which pay no coins unless `deliver` does; and how to reach them."""
    keys = new_keys()
    desk = Desk(keys, deliver=deliver or pretend)
    desk.open()
    try:
        yield Sandboxes(desk.control.base_url), accesses(desk, keys)
    finally:
        desk.close()


def accesses(desk: Desk, keys: dict[str, str]) -> dict[str, Access]:
    """Return how the product reaches these sandboxes, as settings.PROVIDERS has it."""
    moonpay, transak = desk.vendors["moonpay"].base_url, desk.vendors["transak"].base_url
    names = ("api_key", "secret_key", "webhook_key", "webhook_key_old")
    moonpay_secrets = {name: keys[f"MOONPAY_{name.upper()}"] for name in names} | {"widget_url": moonpay}
    transak_secrets = {name: keys[f"TRANSAK_{name.upper()}"] for name in ("api_key", "api_secret")}
    transak_secrets |= {"gateway_url": transak, "widget_url": transak}
    names = ("account_sid", "auth_token", "auth_token_old", "sender")
    twilio_secrets = {name: keys[f"TWILIO_{name.upper()}"] for name in names} | {"status_url": STATUS_URL}
    return {
        "moonpay": Access("moonpay", moonpay, moonpay_secrets, timeout_seconds=2),
        "transak": Access("transak", transak, transak_secrets, timeout_seconds=2),
        "twilio": Access("twilio", desk.vendors["twilio"].base_url, twilio_secrets, timeout_seconds=2),
    }


def pretend(network: str, address: str, amount: Decimal) -> str:
    """Deliver nothing, and give it a number."""
    return f"pretended-{network}-{address[-6:]}-{amount}"


def visit(pay_url: str) -> str:
    """Open the page on which a person pays; return its HTML. :raises HTTPError: if it refuses"""
    with urllib.request.urlopen(pay_url, timeout=TIMEOUT_SECONDS) as response:
        return str(response.read().decode())


def choose(pay_url: str, choice: str) -> str:
    """
    Open the page and press a button: pay, decline, refund, later or cancel; return where the person is led afterwards.

    :raises HTTPError: if the page refuses
    """
    found = re.search(r'action="([^"]+)"', visit(pay_url))
    assert found, "the page offers nothing to pay"
    target = urljoin(pay_url, unescape(found[1]))
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(target, urlencode({"choice": choice}).encode(), timeout=TIMEOUT_SECONDS):
            return ""
    except urllib.error.HTTPError as answer:
        with answer:
            if answer.code != 303:
                raise
            return answer.headers["Location"]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None
