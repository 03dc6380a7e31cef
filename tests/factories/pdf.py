"""Reading back what a PDF of ours says, as a reader does that has nothing but the file."""

import base64
import re
import zlib

_OBJECT = re.compile(rb"^(\d+) 0 obj\r?\n(.*?)^endobj", re.DOTALL | re.MULTILINE)
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_DRAWN = re.compile(rb"\bET\b|/(F[0-9+]+) [0-9.]+ Tf|\((.*?)(?<!\\)((?:\\\\)*)\) Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ONE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*\n")
_MANY = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*\[([^\]]*)\]")
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")


def read_pages(content: bytes) -> list[list[str]]:
    """Return the texts of each page, in the order they were drawn."""
    assert content.startswith(b"%PDF-")
    objects = {int(number): body for number, body in _OBJECT.findall(content)}
    letters = {name: _letters(objects, body) for body in objects.values() for name in _names(body)}
    (kids,) = [found for body in objects.values() for found in re.findall(rb"/Kids \[(.*?)\]", body, re.DOTALL)]
    pages = [objects[int(number)] for number in re.findall(rb"(\d+) 0 R", kids)]
    return [_texts(_stream(objects[_reference(page, b"Contents")]), letters) for page in pages]


def embedded_fonts(content: bytes) -> set[str]:
    """Return the fonts whose glyphs are in the file, by the names the file gives them."""
    bodies = [body for _, body in _OBJECT.findall(content) if b"/FontFile2" in body]
    return {name.decode() for body in bodies for name in re.findall(rb"/FontName /(\S+)", body)}


def named_fonts(content: bytes) -> set[str]:
    """Return all fonts that the file speaks of."""
    return {name.decode() for name in re.findall(rb"/BaseFont /(\S+)", content)}


def _names(body: bytes) -> list[str]:
    return [name.decode() for name in re.findall(rb"/Name /(F[0-9+]+)", body)] if b"/Type /Font" in body else []


def _letters(objects: dict[int, bytes], font: bytes) -> dict[int, str]:
    """Return what each code of a font stands for: its own map, or where it has none, Windows-1252."""
    if b"/ToUnicode" not in font:
        return {code: bytes([code]).decode("cp1252", "replace") for code in range(256)}
    table = _stream(objects[_reference(font, b"ToUnicode")])
    found: dict[int, str] = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        found |= {int(code, 16): _text(letter) for code, letter in _ONE.findall(part + b"\n")}
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, _, row in _MANY.findall(part):
            found |= {int(first, 16) + place: _text(letter) for place, letter in enumerate(_HEX.findall(row))}
    return found


def _texts(drawn: bytes, letters: dict[str, dict[int, str]]) -> list[str]:
    """Return the texts of a page; one may be drawn in several pieces, each with letters of its own."""
    texts, pieces, known = [], [], letters[next(iter(letters))]
    for found in _DRAWN.finditer(drawn):
        if found[1]:
            known = letters[found[1].decode()]
        elif found[2] is not None:
            pieces.append("".join(known[code] for code in _ESCAPED.sub(_plain, found[2] + found[3])))
        elif pieces:
            texts.append("".join(pieces))
            pieces = []
    return texts


def _reference(body: bytes, name: bytes) -> int:
    (number,) = re.findall(rb"/" + name + rb" (\d+) 0 R", body)
    return int(number)


def _stream(body: bytes) -> bytes:
    (stream,) = _STREAM.findall(body)
    packed = base64.a85decode(b"<~" + stream.strip(), adobe=True) if stream.strip().endswith(b"~>") else stream
    return zlib.decompress(packed)


def _text(letter: bytes) -> str:
    return bytes.fromhex(letter.decode()).decode("utf-16-be")


def _plain(found: re.Match[bytes]) -> bytes:
    escaped = found.group(1)
    simple = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    return bytes([int(escaped, 8)]) if len(escaped) == 3 else simple.get(escaped, escaped)
