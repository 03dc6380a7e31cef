"""Reading back what a PDF of ours says."""

import base64
import re
import zlib

_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_SHOWN = re.compile(rb"\((.*?)(?<!\\)\) Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)


def read_pages(content: bytes) -> list[list[str]]:
    """Return the texts of each page, in the order they were drawn."""
    assert content.startswith(b"%PDF-")
    pages = []
    for stream in _STREAM.findall(content):
        drawn = zlib.decompress(base64.a85decode(b"<~" + stream.strip(), adobe=True) if _is_ascii85(stream) else stream)
        pages.append([_ESCAPED.sub(_plain, text).decode("cp1252") for text in _SHOWN.findall(drawn)])
    return pages


def _is_ascii85(stream: bytes) -> bool:
    return stream.strip().endswith(b"~>")


def _plain(found: re.Match[bytes]) -> bytes:
    escaped = found.group(1)
    return bytes([int(escaped, 8)]) if len(escaped) == 3 else escaped
