"""
Twilio: text messages through its Programmable Messaging API (version 2010-04-01), and its signed reports.

Sources: the library twilio 9.13.0 (its message resource and its request validator) and twilio.com/docs: "Message
resource", "Error and warning dictionary", "Webhooks security".

- Twilio takes no idempotency key. A message that may have been taken already is looked for among those sent to the
  same number, by its exact text, before it is sent again; so texts must be unique (`Message.text` has a reference).
- Reports (StatusCallback) carry the SID; they are signed with HMAC-SHA1 of the auth token over the address as
  Twilio knows it and the sorted parameters; where a shared key is used, a header names HMAC-SHA256. The port may be in
  the signed address or not, and there is no time in it: an old report that comes again is old news, which is looked up.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from providers.adapters import reading
from providers.adapters.client import VendorAnswer, VendorClient
from providers.base import BAD_NUMBER, Access, Message, MessageStage, MessageState, WebhookNews
from providers.errors import ProviderRefused, ProviderUnavailable, WebhookForged

STAGES = {
    "accepted": MessageStage.QUEUED,
    "scheduled": MessageStage.QUEUED,
    "queued": MessageStage.QUEUED,
    "sending": MessageStage.QUEUED,
    "sent": MessageStage.SENT,
    "partially_delivered": MessageStage.SENT,
    "delivered": MessageStage.DELIVERED,
    "read": MessageStage.DELIVERED,
    "undelivered": MessageStage.FAILED,
    "failed": MessageStage.FAILED,
    "canceled": MessageStage.FAILED,
}
BAD_NUMBERS = {
    21211,  # no such number
    21265,  # a short code
    21610,  # its owner answered STOP
    21614,  # takes no text messages
    30005,  # unknown
    30006,  # a landline, or unreachable
}
"""Errors that say the number itself takes no messages, whatever is sent."""

UNAVAILABLE = {
    20003: "forbidden",  # the auth token is wrong
    20005: "forbidden",  # the account is suspended
    20429: "rate_limited",
    21611: "rate_limited",  # the sender's queue is full
    30001: "rate_limited",
    30002: "forbidden",
    63038: "quota",  # the account's daily limit
}
"""Errors by which Twilio says that it does not serve us now, whatever was asked, in our classes of error."""

LOOKED_THROUGH = 50
"""Messages of one number, the latest first, among which one that may have been taken is looked for."""

EARLIER = timedelta(minutes=5)
"""Their clock may be so far behind ours."""

HASHES = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
PORTS = {"https": 443, "http": 80}


class Twilio:
    """A MessageProvider. Secrets: account_sid, auth_token, auth_token_old, shared_key, sender, status_url."""

    def __init__(self, access: Access) -> None:
        self._secrets = access.secrets
        self._client = VendorClient(access)
        credentials = f"{access.secrets['account_sid']}:{access.secrets['auth_token']}"
        self._headers = {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}
        self._messages = f"/2010-04-01/Accounts/{quote(access.secrets['account_sid'], safe='')}/Messages"
        self._status_url = access.secrets["status_url"].rstrip("/") + "/"

    def send_message(self, message: Message) -> MessageState:
        if message.asked_before and (found := self._find(message, since=message.asked_before)):
            return found
        sender = self._secrets["sender"]
        form = {
            "To": message.to,
            "MessagingServiceSid" if sender.startswith("MG") else "From": sender,
            "Body": message.text,
            "StatusCallback": self._status_url,
        }
        answer = self._client.request("POST", f"{self._messages}.json", form=form, headers=self._headers)
        if answer.status != 201:
            raise _problem(answer)
        return _state(answer.data)

    def check_message(self, message_id: str) -> MessageState:
        path = f"{self._messages}/{quote(message_id, safe='')}.json"
        answer = self._client.request("GET", path, headers=self._headers)
        if answer.status == 404:
            return MessageState(MessageStage.ABSENT)
        if answer.status != 200:
            raise _problem(answer)
        return _state(answer.data)

    def read_webhook(self, *, headers: Mapping[str, str], raw: bytes, now: datetime) -> Sequence[WebhookNews]:
        given = {name.lower(): value for name, value in headers.items()}
        try:
            pairs = parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=bool(raw))
        except ValueError:
            pairs = []
        if not self._is_signed(pairs, given):
            raise WebhookForged("The signature is not Twilio's.")
        said = dict(pairs)
        sid, status = said.get("MessageSid", ""), said.get("MessageStatus", "")
        if not sid or not status or "\x00" in sid + status:
            return [reading.unreadable_news(raw)]
        return [WebhookNews(event_id=f"{sid}:{status}", operation_id=sid, type=status)]

    def _find(self, message: Message, *, since: datetime) -> MessageState | None:
        """Return how this very message stands, if Twilio has taken it since then."""
        query = {"To": message.to, "PageSize": LOOKED_THROUGH}
        answer = self._client.request("GET", f"{self._messages}.json", query=query, headers=self._headers)
        if answer.status != 200:
            raise _problem(answer)
        try:
            for each in answer.data["messages"]:
                is_it = each["to"] == message.to and each["body"] == message.text
                if is_it and parsedate_to_datetime(each["date_created"]) >= since - EARLIER:
                    return _state(each)
        except reading.UNREADABLE as error:
            raise reading.broken("Its list of messages cannot be read.") from error
        return None

    def _is_signed(self, pairs: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> bool:
        signature = headers.get("x-twilio-signature", "").encode()
        settings = headers.get("x-twilio-webhooks-signature-settings", "")
        algorithm = HASHES.get(_algorithm(settings))
        names = ("shared_key",) if settings else ("auth_token", "auth_token_old")
        keys = [key for name in names if (key := self._secrets.get(name, ""))]
        if algorithm is None or not signature:
            return False
        said = "".join(name + value for name, value in sorted(set(pairs)))
        return any(
            hmac.compare_digest(
                base64.b64encode(hmac.new(key.encode(), (url + said).encode(), algorithm).digest()), signature
            )
            for key in keys
            for url in _with_and_without_port(self._status_url)
        )


def _algorithm(settings: str) -> str:
    """Return the algorithm that the header names, as `key=…,algorithm=HMAC_SHA256`."""
    parts = dict(part.strip().partition("=")[::2] for part in settings.split(","))
    return parts.get("algorithm", "").upper() or "HMAC_SHA1"


def _with_and_without_port(url: str) -> Iterator[str]:
    place = urlsplit(url)
    host = f"[{place.hostname}]" if ":" in str(place.hostname) else str(place.hostname)
    yield urlunsplit(place._replace(netloc=host))
    yield urlunsplit(place._replace(netloc=f"{host}:{place.port or PORTS[place.scheme]}"))


def _state(data: Any) -> MessageState:
    """
    Return what their document of one message says.

    :raises ProviderUnavailable: if it cannot be read
    """
    try:
        code = data["error_code"]
        return MessageState(
            stage=STAGES[data["status"]],
            message_id=reading.text(data, "sid"),
            error="" if code is None else str(int(code)),
            is_number_bad=code is not None and int(code) in BAD_NUMBERS,
            segments=int(data.get("num_segments") or 0),
        )
    except reading.UNREADABLE as error:
        raise reading.broken("Its answer cannot be read.") from error


def _problem(answer: VendorAnswer) -> ProviderRefused | ProviderUnavailable:
    """Return the error for an answer that is none, by Twilio's own number of it."""
    code = answer.data.get("code") if isinstance(answer.data, dict) else None
    if not isinstance(code, int) or isinstance(code, bool):
        return reading.broken(f"It answered with status {answer.status}, which we do not know.")
    if code in UNAVAILABLE:
        return ProviderUnavailable(f"It refuses us with error {code}.", kind=UNAVAILABLE[code], has_left=False)
    if code in BAD_NUMBERS:
        return ProviderRefused("This number takes no text messages.", reason=BAD_NUMBER)
    return ProviderRefused("The message was refused.", reason=str(code))
