"""A table as a PDF file: plain, every figure whole, every page numbered."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = landscape(A4)
MARGIN = 36.0
SIZE, LEADING = 8.0, 10.5
PLAIN, STRONG = "NotoSans", "NotoSans-SemiBold"
"""Latin, Greek and Cyrillic letters; what is used of them is in each file, so that every reader shows them."""

FOOT = "A sign that this file's letters do not have stands as ?; the CSV has it."


@dataclass(frozen=True)
class Column:
    """A column's heading, its share of the page's width, and whether its figures stand at its end."""

    label: str
    share: float
    is_end: bool = False


class Sheet:
    """One file being drawn. Call `text` and `table` in the order of the page, then `save`."""

    def __init__(self, file: Path | BinaryIO, *, title: str) -> None:
        letters()
        self._canvas = Canvas(str(file) if isinstance(file, Path) else file, pagesize=(WIDTH, HEIGHT), invariant=1)
        self._canvas.setTitle(title)
        self._canvas.setAuthor("Holdfast")
        self._pages: list[dict[str, Any]] = []
        self._title = readable(title)
        self._y = 0.0
        self._open_page()

    def text(self, line: str, *, strong: bool = False) -> None:
        """Write one line of text, over several if it is long."""
        for part in wrap(line, STRONG if strong else PLAIN, WIDTH - 2 * MARGIN):
            self._room(LEADING)
            self._canvas.setFont(STRONG if strong else PLAIN, SIZE)
            self._canvas.drawString(MARGIN, self._y, part)
            self._y -= LEADING

    def space(self) -> None:
        self._y -= LEADING

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """Write rows under their headings, which are repeated on every page."""
        self._headings(columns)
        for row in rows:
            cells = [wrap(text, PLAIN, self._width(column)) for text, column in zip(row, columns, strict=True)]
            height = max(len(cell) for cell in cells) * LEADING
            if self._room(height):
                self._headings(columns)
            self._row(columns, cells, PLAIN)
            self._y -= height

    def save(self) -> None:
        """Number the pages and write the file."""
        self._close_page()
        for number, page in enumerate(self._pages, 1):
            self._canvas.__dict__.update(page)
            self._canvas.setFont(PLAIN, 7)
            self._canvas.drawString(MARGIN, MARGIN / 2, FOOT)
            self._canvas.drawRightString(WIDTH - MARGIN, MARGIN / 2, f"Page {number} of {len(self._pages)}")
            Canvas.showPage(self._canvas)
        self._canvas.save()

    def _headings(self, columns: Sequence[Column]) -> None:
        self._room(2 * LEADING)
        self._row(columns, [[column.label] for column in columns], STRONG)
        self._canvas.setLineWidth(0.5)
        self._canvas.line(MARGIN, self._y - 3, WIDTH - MARGIN, self._y - 3)
        self._y -= LEADING + 3

    def _row(self, columns: Sequence[Column], cells: Sequence[Sequence[str]], font: str) -> None:
        self._canvas.setFont(font, SIZE)
        left = MARGIN
        for column, lines in zip(columns, cells, strict=True):
            for number, line in enumerate(lines):
                y = self._y - number * LEADING
                if column.is_end:
                    self._canvas.drawRightString(left + self._width(column), y, line)
                else:
                    self._canvas.drawString(left, y, line)
            left += (WIDTH - 2 * MARGIN) * column.share
        assert left <= WIDTH - MARGIN + 1, "the columns' shares are more than the page"

    def _width(self, column: Column) -> float:
        page: float = WIDTH - 2 * MARGIN
        return page * column.share - 8

    def _room(self, height: float) -> bool:
        """Go on to a new page if this one is full; say so."""
        if self._y - height >= MARGIN:
            return False
        self._close_page()
        self._open_page()
        return True

    def _open_page(self) -> None:
        self._canvas.setFont(STRONG, 12)
        self._canvas.drawString(MARGIN, HEIGHT - MARGIN, self._title)
        self._y = HEIGHT - MARGIN - 2 * LEADING

    def _close_page(self) -> None:
        """Keep the page until it is known how many there are."""
        self._pages.append(dict(self._canvas.__dict__))
        self._canvas._startPage()


def wrap(text: str, font: str, width: float) -> list[str]:
    """Return the text in lines that fit, broken at spaces or, where a word is longer than a line, within it."""
    lines, line = [], ""
    for word in readable(text).split():
        rest = word
        if line and stringWidth(f"{line} {rest}", font, SIZE) <= width:
            line = f"{line} {rest}"
            continue
        if line:
            lines.append(line)
        while stringWidth(rest, font, SIZE) > width:
            fits = next(
                count for count in range(len(rest) - 1, 0, -1) if stringWidth(rest[:count], font, SIZE) <= width
            )
            lines.append(rest[:fits])
            rest = rest[fits:]
        line = rest
    return [*lines, line] if line or not lines else lines


def readable(text: str) -> str:
    """Return the text in the letters that the file's fonts have; others become ?."""
    known = letters()
    return "".join(each if each in known else "?" for each in unicodedata.normalize("NFC", text))


@cache
def letters() -> frozenset[str]:
    """
    Return the signs that both fonts have; they are made known to the library, once for each process.

    :raises TTFError: if they are not there: `npm run vendor` copies them
    """
    fonts = [TTFont(name, Path(settings.PDF_FONTS) / f"{name}.ttf") for name in (PLAIN, STRONG)]
    for font in fonts:
        pdfmetrics.registerFont(font)
    plain, strong = (frozenset(map(chr, font.face.charToGlyph)) for font in fonts)
    return (plain & strong) | {" ", "\t", "\n"}
