"""
Transak's access tokens, shared by all our processes: asking for one makes the one before it worthless.

They lie in the cache, sealed under a key that is derived from the API secret: whoever could open them could as
well ask for a new one. The last few stay, because webhooks on their way are signed with them.
"""

import hashlib
import json
import time

from django.core.cache import cache

from kit.crypto import SealBroken, Secret, bind, seal, unseal
from providers.adapters import reading
from providers.adapters.client import VendorClient
from providers.base import Access
from providers.errors import ProviderUnavailable

KEPT = 3
KEPT_SECONDS = 14 * 24 * 3600
SPARE_SECONDS = 600
"""A token this near its end is not used any more."""

TURN_SECONDS = 20
PATIENCE_SECONDS = 5
POLL_SECONDS = 0.05


class Tokens:
    """The tokens of one partner account."""

    def __init__(self, access: Access, client: VendorClient) -> None:
        self._client = client
        self._secrets = access.secrets
        account = hashlib.sha256(f"{access.base_url} {self._secrets['api_key']}".encode()).hexdigest()[:24]
        self._place = f"providers:{access.code}:{account}:tokens"
        self._turn = f"providers:{access.code}:{account}:turn"
        self._context = bind(access.code, account)

    def current(self) -> str:
        """
        Return the access token, asked for anew if there is none.

        :raises ProviderUnavailable: if none is to be had
        """
        found = self._usable()
        return found[0] if found else self.after("")

    def after(self, refused: str) -> str:
        """
        Return a token other than this one, which Transak no longer takes. One process asks, the others wait for it.

        :raises ProviderUnavailable: if none is to be had
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = self._usable()
            if found and found[0] != refused:
                return found[0]
            if cache.add(self._turn, "1", timeout=TURN_SECONDS):
                try:
                    return self._ask()
                finally:
                    cache.delete(self._turn)
            time.sleep(POLL_SECONDS)
        raise ProviderUnavailable("No access token was to be had in time.", kind="timeout", has_left=False)

    def remembered(self) -> list[str]:
        """Return the last tokens, the newest first, to check webhooks with."""
        return [token for token, _ in self._read()]

    def _usable(self) -> list[str]:
        return [token for token, until in self._read()[:1] if time.time() < until - SPARE_SECONDS]

    def _ask(self) -> str:
        answer = self._client.request(
            "POST",
            "/partners/api/v2/refresh-token",
            json={"apiKey": self._secrets["api_key"]},
            headers={"api-secret": self._secrets["api_secret"], "x-api-key": self._secrets["api_key"]},
        )
        try:
            token = reading.text(answer.data["data"], "accessToken")
            until = int(answer.data["data"]["expiresAt"])
        except reading.UNREADABLE as error:
            raise reading.broken("Its access token cannot be read.") from error
        if not token:
            raise reading.broken("It gave an empty access token.")
        self._write([(token, until), *self._read()][:KEPT])
        return token

    def _read(self) -> list[tuple[str, int]]:
        sealed = cache.get(self._place)
        if sealed is None:
            return []
        try:
            with self._key() as key, unseal(sealed, key=key, context=self._context) as opened:
                kept = json.loads(bytes(opened.reveal()))
        except SealBroken:
            return []  # the API secret is another one now
        return [(str(token), int(until)) for token, until in kept]

    def _write(self, tokens: list[tuple[str, int]]) -> None:
        with self._key() as key, Secret(bytearray(json.dumps(tokens).encode())) as opened:
            cache.set(self._place, seal(opened, key=key, context=self._context), timeout=KEPT_SECONDS)

    def _key(self) -> Secret:
        material = f"transak access tokens {self._secrets['api_secret']}".encode()
        return Secret(bytearray(hashlib.sha256(material).digest()))
