"""Every channel there is, against a real server of its kind: what is taken, what is tried again, what is given up."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from devnet.places import free_port
from devnet.vendors.server import Fault
from notifications import services
from notifications.base import Channel, DeliveryFailed, Target
from notifications.registry import CHANNELS
from providers.models import Health
from tests.factories.http_servers import http_server, say
from tests.factories.letters import make_letter
from tests.factories.telephones import pushing, texting

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LETTER = make_letter(text="It is <b>confirmed</b>.", at=AT)


@dataclass
class Rig:
    """One channel with somebody at its other end: `seen` is what arrived, `behave` says what they do."""

    channel: Channel
    target: Target
    seen: Callable[[], list[bytes]]
    behave: Callable[[str], None]  # takes, refuses, is_busy, hangs_up
    has_link: bool = True


class _Mailbox:
    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802  # the name aiosmtpd calls
        self, server: Any, session: Any, envelope: Envelope, address: str, options: Any
    ) -> str:
        if answer := self.answers.get("rcpt"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if answer := self.answers.get("data"):
            return answer
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        return "250 OK"


def _mail_rig(stack: ExitStack, settings: Any) -> Rig:
    mailbox = _Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    stack.callback(controller.stop, no_assert=True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = False, 5

    def behave(how: str) -> None:
        mailbox.answers = {
            "takes": {},
            "refuses": {"rcpt": "550 no such person"},
            "is_busy": {"data": "451 later"},
            "hangs_up": {"data": "421 bye"},
        }[how]

    return Rig(CHANNELS.get("email")(), Target("ada@example.com"), lambda: mailbox.taken, behave)


def _webhook_rig(stack: ExitStack, settings: Any) -> Rig:
    server = stack.enter_context(http_server(say(204, b"")))

    def hang_up(handler: Any) -> None:
        handler.close_connection = True

    def behave(how: str) -> None:
        answers = {"takes": say(204, b""), "refuses": say(410), "is_busy": say(503), "hangs_up": hang_up}
        server.answer = answers[how]

    target = Target(f"{server.url}/hook?x=1", secrets=(SECRET,), timeout_seconds=1.0, may_be_near=True)
    return Rig(CHANNELS.get("webhook")(), target, lambda: [request[3] for request in server.requests], behave)


def _push_rig(stack: ExitStack, settings: Any) -> Rig:
    service = stack.enter_context(pushing(settings, now=AT))
    browser, url = service.subscribe(services.public_key())

    def behave(how: str) -> None:
        service.faults.clear()
        faults = {"refuses": Fault(status=413), "is_busy": Fault(status=429), "hangs_up": Fault(drop="before")}
        if how in faults:
            service.faults.append(faults[how])

    key = Path(settings.VAPID_KEY_FILE).read_text()
    target = Target(
        url, secrets=(key,), timeout_seconds=1.0, may_be_near=True, keys=browser.keys, sender="mailto:a@h.example"
    )
    return Rig(CHANNELS.get("push")(), target, lambda: [json.dumps(said).encode() for said, _ in browser.shown], behave)


def _sms_rig(stack: ExitStack, settings: Any) -> Rig:
    sandboxes = stack.enter_context(texting(settings))

    def behave(how: str) -> None:
        Health.objects.all().delete()  # each of these is one bad moment, not an outage
        sandboxes.scenario("twilio", error_code=21211 if how == "refuses" else 0)
        if how == "is_busy":
            sandboxes.scenario("twilio", status=503)
        elif how == "hangs_up":
            sandboxes.scenario("twilio", drop="before")

    target = Target("+4915112345678", delivery="dlv_1")
    return Rig(
        CHANNELS.get("sms")(),
        target,
        lambda: [each["body"].encode() for each in sandboxes.orders("twilio")],
        behave,
        has_link=False,
    )


RIGS = {"email": _mail_rig, "push": _push_rig, "sms": _sms_rig, "webhook": _webhook_rig}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=CHANNELS.names())
def rig(request: pytest.FixtureRequest, settings: Any) -> Iterator[Rig]:
    with ExitStack() as stack:
        yield RIGS[request.param](stack, settings)


def test_what_is_taken_says_what_was_to_be_told(rig: Rig) -> None:
    rig.channel.send(LETTER, rig.target, now=AT)
    (taken,) = rig.seen()
    assert b"You sent 1 BTC" in taken
    assert (b"https://h.example/activity/1/" in taken) == rig.has_link


def test_what_is_sent_twice_can_be_told_by_its_id(rig: Rig) -> None:
    rig.channel.send(LETTER, rig.target, now=AT)
    rig.channel.send(LETTER, rig.target, now=AT)
    assert [b"ntf_1" in taken for taken in rig.seen()] == [True, True]


def test_a_refusal_for_good_is_final(rig: Rig) -> None:
    rig.behave("refuses")
    with pytest.raises(DeliveryFailed) as failed:
        rig.channel.send(LETTER, rig.target, now=AT)
    assert failed.value.is_final


@pytest.mark.parametrize("how", ["is_busy", "hangs_up"])
def test_a_bad_moment_is_not_final(rig: Rig, how: str) -> None:
    rig.behave(how)
    with pytest.raises(DeliveryFailed) as failed:
        rig.channel.send(LETTER, rig.target, now=AT)
    assert not failed.value.is_final
    rig.behave("takes")
    rig.channel.send(LETTER, rig.target, now=AT)


def test_a_mail_has_both_forms_and_escapes_what_it_quotes(settings: Any) -> None:
    with ExitStack() as stack:
        rig = _mail_rig(stack, settings)
        rig.channel.send(LETTER, rig.target, now=AT)
        (mail,) = [taken.decode() for taken in rig.seen()]
    assert "Subject: You sent 1 BTC" in mail
    assert "Message-ID: <ntf_1@" in mail
    assert "text/plain" in mail
    assert "text/html" in mail
    assert mail.count("<b>confirmed</b>") == 1
    assert "&lt;b&gt;confirmed&lt;/b&gt;" in mail


def test_a_webhook_follows_no_redirect_and_is_never_unsigned() -> None:
    with http_server(say(200)) as elsewhere, http_server(say(302, b"", Location=elsewhere.url)) as server:
        channel, target = CHANNELS.get("webhook")(), Target(server.url, secrets=(SECRET,), may_be_near=True)
        with pytest.raises(DeliveryFailed, match="302"):
            channel.send(LETTER, target, now=AT)
        assert elsewhere.requests == []
        with pytest.raises(DeliveryFailed, match="unsigned"):
            channel.send(LETTER, Target(server.url, may_be_near=True), now=AT)
        assert len(server.requests) == 1


def test_a_webhook_asks_no_neighbour_and_connects_to_what_it_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_server(say(200)) as server:
        channel, port = CHANNELS.get("webhook")(), server.server_address[1]
        with pytest.raises(DeliveryFailed):
            channel.send(LETTER, Target(f"https://localhost:{port}/", secrets=(SECRET,)), now=AT)
        assert server.requests == []
        # A name that leads elsewhere at every question is asked for once.
        asked: list[str] = []

        def once(host: str, *rest: Any, **others: Any) -> list[Any]:
            asked.append(host)
            assert asked == ["hook.example"], "it was looked up again"
            return [(2, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr("notifications.adapters.places.socket.getaddrinfo", _only_for("hook.example", once))
        target = Target(f"http://hook.example:{port}/in", secrets=(SECRET,), may_be_near=True)
        channel.send(LETTER, target, now=AT)
        assert server.requests[0][2]["Host"] == f"hook.example:{port}"


def test_a_slow_drip_ends_in_time() -> None:
    def drip(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(50):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)

    with http_server(drip) as server:
        target = Target(server.url, secrets=(SECRET,), timeout_seconds=0.5, may_be_near=True)
        began = time.monotonic()
        with pytest.raises(DeliveryFailed, match="in time"):
            CHANNELS.get("webhook")().send(LETTER, target, now=AT)
        assert time.monotonic() - began < 3


def _only_for(name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    import socket

    real = socket.getaddrinfo

    def looked_up(host: str, *rest: Any, **others: Any) -> Any:
        return answer(host, *rest, **others) if host == name else real(host, *rest, **others)

    return looked_up
