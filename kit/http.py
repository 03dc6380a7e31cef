"""One HTTP client for talking to machines: timeouts, reused connections, answers of bounded size, no redirects."""

import time
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

_CHUNK_BYTES = 1 << 16


class CallFailed(Exception):
    """
    No answer was had. `kind` is connection, timeout, broken or too_large.

    `has_left` says that the request may have been received and acted upon all the same.
    """

    def __init__(self, kind: str, *, has_left: bool) -> None:
        super().__init__(kind)
        self.kind = kind
        self.has_left = has_left


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


class HttpClient:
    """Posts to one URL. Credentials in the URL become a header; the URL itself is never shown in an error."""

    def __init__(self, url: str, *, connect_seconds: float, read_seconds: float, largest_bytes: int) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
        self._url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        if parts.username is not None:
            credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers |= urllib3.make_headers(basic_auth=credentials)
        self._read_seconds = read_seconds
        self._largest_bytes = largest_bytes
        self._pool = urllib3.PoolManager(
            maxsize=8, retries=False, timeout=urllib3.Timeout(connect=connect_seconds, read=read_seconds)
        )

    def post(self, body: bytes) -> Answer:
        """
        Post the body and return whatever was answered, whatever its status.

        :raises CallFailed: if no whole answer came in time
        """
        deadline = time.monotonic() + self._read_seconds
        try:
            response = self._pool.request(
                "POST", self._url, body=body, headers=self._headers, preload_content=False, redirect=False
            )
        except (NewConnectionError, ConnectTimeoutError, SSLError, LocationParseError) as error:
            raise CallFailed("connection", has_left=False) from error
        except ReadTimeoutError as error:
            raise CallFailed("timeout", has_left=True) from error
        except HTTPError as error:
            raise CallFailed("broken", has_left=True) from error
        try:
            return Answer(response.status, self._read(response, deadline))
        except ReadTimeoutError as error:
            raise CallFailed("timeout", has_left=True) from error
        except HTTPError as error:
            raise CallFailed("broken", has_left=True) from error

    def _read(self, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        chunks, size = [], 0
        while chunk := response.read1(_CHUNK_BYTES, decode_content=True):  # whatever is there: it waits for no more
            size += len(chunk)
            if size > self._largest_bytes:
                response.close()
                raise CallFailed("too_large", has_left=True)
            if time.monotonic() > deadline:  # the socket's own timeout starts anew with every byte
                response.close()
                raise CallFailed("timeout", has_left=True)
            chunks.append(chunk)
        response.release_conn()
        return b"".join(chunks)
