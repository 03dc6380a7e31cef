"""
Twilio's messages as twilio.com/docs and its library describe them, for one account.

The numbers of Twilio's own test credentials mean here what they mean there (+15005550001 is no number, ...0009 takes
no messages). Every other message is taken, charged by its length and reported on the way to its outcome.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlencode

from devnet.vendors.mail import Mail
from devnet.vendors.server import Vendor
from devnet.vendors.wire import Json, Request, Response, answer_json
from devnet.vendors.world import World

MAGIC = {
    "+15005550001": (21211, "The 'To' number +15005550001 is not a valid phone number."),
    "+15005550002": (21612, "The 'To' phone number: +15005550002, is not currently reachable."),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region: +15005550003."),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "To number: +15005550009, is not a mobile number"),
}
OUTCOMES: dict[str, tuple[tuple[str, int | None], ...]] = {
    "delivered": (("sent", None), ("delivered", None)),
    "undelivered": (("sent", None), ("undelivered", 30003)),
    "unknown_number": (("sent", None), ("undelivered", 30005)),
    "failed": (("failed", 30008),),
    "stuck": (),
}
"""What becomes of a message once it is taken, and the error it ends with."""

LONGEST = 1_600
SEGMENT = 160
CODES = {400: 21211, 401: 20003, 403: 20005, 404: 20404, 429: 20429, 500: 20500, 503: 20503}
_NUMBER = re.compile(r"\+[1-9]\d{7,14}")


@dataclass
class Text:
    """One message; `steps` is what is still to become of it."""

    to: str
    body: str
    sender: str
    callback: str
    created_at: datetime
    status: str = "queued"
    error_code: int | None = None
    sent_at: datetime | None = None
    sid: str = field(default_factory=lambda: "SM" + secrets.token_hex(16))
    steps: list[tuple[datetime, str, int | None]] = field(default_factory=list)


class Twilio(Vendor):
    code = "twilio"

    def __init__(self, world: World, *, keys: Mapping[str, str], step_seconds: float = 60) -> None:
        """`keys`: account_sid, auth_token, auth_token_old and sender."""
        super().__init__(world)
        self.keys = dict(keys)
        self.usual_step_seconds = step_seconds
        self.mail = Mail(world, self.code, self.sign)
        self.reset()

    def reset(self) -> None:
        super().reset()
        self.texts: dict[str, Text] = {}
        self.outcome = "delivered"
        self.error_code = 0
        self.step_seconds = self.usual_step_seconds
        self.mail.reset()

    def set_up(self, settings: Json) -> None:
        """Settings: outcome (one of OUTCOMES), step_seconds, error_code (0: none; all new messages are refused)."""
        if settings.get("outcome", "delivered") not in OUTCOMES:
            raise ValueError(f"outcomes are {sorted(OUTCOMES)}")
        if not settings.keys() <= {"outcome", "step_seconds", "error_code"}:
            raise ValueError("there are outcome, step_seconds and error_code")
        self.outcome = settings.get("outcome", self.outcome)
        self.step_seconds = float(settings.get("step_seconds", self.step_seconds))
        self.error_code = int(settings.get("error_code", self.error_code))

    def listing(self) -> list[Json]:
        return [{"id": each.sid, "to": each.to, "body": each.body, "status": each.status} for each in self._texts()]

    def refusal(self, status: int) -> Response:
        return _error(status, CODES.get(status, status), "as the scenario says")

    def answer(self, request: Request) -> Response:
        self.tick()
        if not self._is_us(request):
            return _error(401, 20003, "Authenticate")
        root = f"/2010-04-01/Accounts/{self.keys['account_sid']}/Messages"
        if request.path == f"{root}.json":
            return self._take(request) if request.method == "POST" else self._list(request)
        sid = request.path.removeprefix(f"{root}/").removesuffix(".json")
        if request.method == "GET" and sid in self.texts:
            return answer_json(200, self._document(self.texts[sid]))
        return _error(404, 20404, f"The requested resource {request.path} was not found")

    def tick(self) -> None:
        now = self.world.clock.now()
        for text in self.texts.values():
            while text.steps and text.steps[0][0] <= now:
                _, text.status, text.error_code = text.steps.pop(0)
                text.sent_at = text.sent_at or now
                self._report(text)
        self.mail.tick()

    def sign(self, payload: Json, secret: str, at: datetime) -> tuple[bytes, dict[str, str]]:
        said = {name: str(value) for name, value in payload["said"].items()}
        content = payload["url"] + "".join(name + said[name] for name in sorted(said))
        names = {"current": "auth_token", "old": "auth_token_old"}
        key = self.keys[names[secret]] if secret in names else secrets.token_hex(16)
        signature = base64.b64encode(hmac.new(key.encode(), content.encode(), hashlib.sha1).digest()).decode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        return urlencode(said).encode(), {**headers, "User-Agent": "TwilioProxy/1.1"}

    def _is_us(self, request: Request) -> bool:
        expected = base64.b64encode(f"{self.keys['account_sid']}:{self.keys['auth_token']}".encode())
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), b"Basic " + expected)

    def _take(self, request: Request) -> Response:
        form = request.form()
        to, body, sender = form.get("To", ""), form.get("Body", ""), form.get("From", "")
        problem = self._problem(to, body, sender)
        if problem:
            return _error(400, *problem)
        now = self.world.clock.now()
        text = Text(to, body, sender, form.get("StatusCallback", ""), now)
        step = timedelta(seconds=self.step_seconds)
        text.steps = [
            (now + step * number, status, error) for number, (status, error) in enumerate(OUTCOMES[self.outcome], 1)
        ]
        self.texts[text.sid] = text
        return answer_json(201, self._document(text))

    def _problem(self, to: str, body: str, sender: str) -> tuple[int, str] | None:
        if self.error_code:
            return self.error_code, "as the scenario says"
        if sender != self.keys["sender"]:
            return 21606, f"The From phone number {sender} is not a valid, SMS-capable inbound phone number."
        if to in MAGIC:
            return MAGIC[to]
        if not _NUMBER.fullmatch(to):
            return 21211, f"The 'To' number {to} is not a valid phone number."
        if not body:
            return 21602, "Message body is required."
        return (
            (21617, "The concatenated message body exceeds the 1600 character limit.") if len(body) > LONGEST else None
        )

    def _list(self, request: Request) -> Response:
        wanted = [each for each in reversed(self._texts()) if each.to == request.query.get("To", each.to)]
        size = int(request.query.get("PageSize", "50"))
        documents = [self._document(each) for each in wanted[:size]]
        return answer_json(200, {"messages": documents, "page": 0, "page_size": size, "next_page_uri": None})

    def _texts(self) -> list[Text]:
        return list(self.texts.values())

    def _report(self, text: Text) -> None:
        if not text.callback:
            return
        said = {
            "SmsSid": text.sid,
            "SmsStatus": text.status,
            "MessageStatus": text.status,
            "To": text.to,
            "MessageSid": text.sid,
            "AccountSid": self.keys["account_sid"],
            "From": text.sender,
            "ApiVersion": "2010-04-01",
        } | ({"ErrorCode": text.error_code} if text.error_code else {})
        self.mail.post(text.sid, {"said": said, "url": text.callback}, url=text.callback)

    def _document(self, text: Text) -> Json:
        root = f"/2010-04-01/Accounts/{self.keys['account_sid']}/Messages/{text.sid}"
        return {
            "account_sid": self.keys["account_sid"],
            "api_version": "2010-04-01",
            "body": text.body,
            "date_created": format_datetime(text.created_at),
            "date_sent": format_datetime(text.sent_at) if text.sent_at else None,
            "date_updated": format_datetime(text.sent_at or text.created_at),
            "direction": "outbound-api",
            "error_code": text.error_code,
            "error_message": None,
            "from": text.sender,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": str(-(-len(text.body) // SEGMENT)),
            "price": None,
            "price_unit": "USD",
            "sid": text.sid,
            "status": text.status,
            "subresource_uris": {"media": f"{root}/Media.json"},
            "to": text.to,
            "uri": f"{root}.json",
        }


def _error(status: int, code: int, message: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return answer_json(status, {"code": code, "message": message, "more_info": more, "status": status})
