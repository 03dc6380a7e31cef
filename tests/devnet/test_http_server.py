"""A caller who is gone is nobody's mistake; what a handler does wrong is still told."""

import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from devnet.http_server import DeafServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        raise ValueError("a mistake")


def test_only_mistakes_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    server = DeafServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with socket.create_connection(("127.0.0.1", server.server_port)) as killed:
            killed.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, as at a kill
            killed.sendall(b"GET ")
            time.sleep(0.2)
        time.sleep(0.2)
        assert capsys.readouterr().err == ""
        with socket.create_connection(("127.0.0.1", server.server_port)) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert caller.recv(100) == b""
        assert "ValueError: a mistake" in capsys.readouterr().err
    finally:
        server.shutdown()
        server.server_close()
