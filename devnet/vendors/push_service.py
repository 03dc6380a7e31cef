"""
A push service for tests: takes what RFC 8030, 8188, 8291 and 8292 say it takes, for browsers that it plays itself.

It checks each request as strictly as the services of browser makers do, and decrypts it as the browser would.
"""

import base64
import json
import os
from dataclasses import dataclass, field
from typing import Any

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from devnet.vendors.server import Vendor
from devnet.vendors.wire import Json, Request, Response, answer_json
from devnet.vendors.world import World

LARGEST = 4_096
LONGEST_LIFE_SECONDS = 24 * 3_600


@dataclass
class Browser:
    """One subscription; `shown` is what it was told, decrypted, with the headers that came along."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    token: str = field(default_factory=lambda: base64.urlsafe_b64encode(os.urandom(24)).decode())
    shown: list[tuple[Json, dict[str, str]]] = field(default_factory=list)
    is_gone: bool = False

    @property
    def keys(self) -> dict[str, str]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": _text(point), "auth": _text(self.auth)}


class PushService(Vendor):
    """Listens at `base_url`; `subscribe` makes a browser that was given the product's public key."""

    code = "push"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.browsers: dict[str, tuple[Browser, str]] = {}

    def subscribe(self, application_key: str) -> tuple[Browser, str]:
        """Return a browser and the address at which it is reached."""
        browser = Browser()
        self.browsers[browser.token] = (browser, application_key)
        return browser, f"{self.base_url}/push/{browser.token}"

    def answer(self, request: Request) -> Response:
        browser, application_key = self.browsers.get(request.path.removeprefix("/push/"), (None, ""))
        if browser is None or browser.is_gone:
            return answer_json(410, {"errno": 106})
        problem = self._problem(request, application_key)
        if problem:
            return answer_json(problem[0], {"message": problem[1]})
        try:
            said = http_ece.decrypt(
                request.body, private_key=browser.key, auth_secret=browser.auth, version="aes128gcm"
            )
        except Exception as error:  # noqa: BLE001  # the browser would drop it in silence; here it is to be seen
            return answer_json(400, {"message": f"it cannot be decrypted: {error}"})
        kept = {name: request.headers.get(name, "") for name in ("ttl", "urgency", "topic")}
        browser.shown.append((json.loads(said), kept))
        return Response(201, b"", {"Location": f"{self.base_url}/message/{len(browser.shown)}"})

    def _problem(self, request: Request, application_key: str) -> tuple[int, str] | None:
        if request.method != "POST" or request.headers.get("content-encoding") != "aes128gcm":
            return 400, "aes128gcm is what is taken"
        if len(request.body) > LARGEST:
            return 413, "at most 4096 bytes"
        if not request.headers.get("ttl", "").isdigit():
            return 400, "TTL is missing"
        if len(request.headers.get("topic", "")) > 32:
            return 400, "a topic has at most 32 characters"
        return self._forgery(request.headers.get("authorization", ""), application_key)

    def _forgery(self, header: str, application_key: str) -> tuple[int, str] | None:
        scheme, _, rest = header.partition(" ")
        parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        if scheme.lower() != "vapid" or parts.get("k") != application_key:
            return 403, "not the key that the browser was given"
        point = base64.urlsafe_b64decode(parts["k"] + "==")
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        try:
            # Whether it is still good is judged by this world's clock, below.
            options: Any = {"verify_exp": False, "require": ["exp", "aud", "sub"]}
            claims = jwt.decode(parts.get("t", ""), key, algorithms=["ES256"], audience=self.base_url, options=options)
        except jwt.PyJWTError as error:
            return 403, f"the signature is not good: {error}"
        left = claims["exp"] - self.world.clock.now().timestamp()
        if not 0 < left <= LONGEST_LIFE_SECONDS or not str(claims["sub"]).startswith(("mailto:", "https://")):
            return 403, "it is not good now, or nobody can be reached"
        return None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
