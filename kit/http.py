"""One HTTP client for talking to machines: timeouts, reused connections, answers of bounded size, no redirects."""

import http.client
import io
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
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
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # names in lower case


class HttpClient:
    """Speaks to one place. Credentials in the URL become a header; the URL itself is never shown in an error."""

    def __init__(
        self, url: str, *, connect_seconds: float, read_seconds: float, largest_bytes: int, address: str = ""
    ) -> None:
        """
        Connect to the IP `address`, if one is given, instead of asking where the URL's name leads.

        The name stays what the other side is asked for and must prove (Host, SNI, certificate).
        """
        parts = urlsplit(url)
        self.name = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
        self._url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._headers = {"Accept-Encoding": "gzip"}
        if parts.username is not None:
            credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers |= urllib3.make_headers(basic_auth=credentials)
        self._largest_bytes = largest_bytes
        pinned: dict[str, Any] = {}
        if address:
            place = f"[{address}]" if ":" in address else address
            self._headers["Host"] = parts.netloc.rpartition("@")[2]
            self._url = urlunsplit(
                urlsplit(self._url)._replace(netloc=place + (f":{parts.port}" if parts.port else ""))
            )
            pinned = {"server_hostname": parts.hostname} if parts.scheme == "https" else {}
        timeout = urllib3.Timeout(connect=connect_seconds, read=read_seconds, total=max(connect_seconds, read_seconds))
        self._pool = urllib3.PoolManager(maxsize=8, retries=False, timeout=timeout, **pinned)
        self._pool.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def post(self, body: bytes) -> Answer:
        """
        Post JSON to the URL itself and return whatever was answered, whatever its status.

        :raises CallFailed: if no whole answer came in time
        """
        return self.request("POST", body=body, headers={"Content-Type": "application/json"})

    def request(
        self, method: str, path: str = "", *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """
        Ask for the path below the URL (with its query, if any) and return whatever was answered.

        :raises CallFailed: if no whole answer came in time
        """
        try:
            response = self._pool.request(
                method,
                self._url + path,
                body=body,
                headers={**self._headers, **(headers or {})},
                preload_content=False,
                redirect=False,
            )
        except (NewConnectionError, ConnectTimeoutError, SSLError, LocationParseError) as error:
            raise CallFailed("connection", has_left=False) from error
        except ReadTimeoutError as error:
            raise CallFailed("timeout", has_left=True) from error
        except HTTPError as error:
            raise CallFailed("broken", has_left=True) from error
        try:
            found = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, self._read(response), found)
        except ReadTimeoutError as error:
            raise CallFailed("timeout", has_left=True) from error
        except HTTPError as error:
            raise CallFailed("broken", has_left=True) from error

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        chunks, size = [], 0
        while chunk := response.read1(_CHUNK_BYTES, decode_content=True):  # whatever is there: it waits for no more
            size += len(chunk)
            if size > self._largest_bytes:
                response.close()
                raise CallFailed("too_large", has_left=True)
            chunks.append(chunk)
        response.release_conn()
        return b"".join(chunks)


class _Punctual(io.RawIOBase):
    """Reads a socket until a deadline: its own timeout starts anew with every byte, and a slow drip has no end."""

    def __init__(self, raw: Any, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = time.monotonic() + (sock.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole answer did not come in time")
        self._sock.settimeout(left)
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


class _WholeAnswer(http.client.HTTPResponse):
    """An answer, headers and all, that comes within the connection's read timeout or not at all."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Punctual(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _WholeAnswer


class _TlsConnection(HTTPSConnection):
    response_class = _WholeAnswer


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
