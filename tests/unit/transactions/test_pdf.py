"""PDF files show people's own letters, and give them back: their fonts are in the file."""

import io
import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.factories.pdf import embedded_fonts, named_fonts, read_pages
from transactions.services.pdf import PLAIN, STRONG, Column, Sheet, readable, wrap

COLUMNS = [Column("To", 0.5), Column("Amount", 0.5, is_end=True)]
NAMES = {
    "Greek": "Ελένη Παπαδοπούλου, ευχαριστώ ϊΰ",
    "Polish": "Zażółć gęślą jaźń, Łukasz Żółw",
    "Cyrillic": "Съешь ещё этих мягких французских булок, Їжак, Ђорђе",
    "Czech and Turkish": "Příliš žluťoučký kůň; İstanbul ığdır",
    "Vietnamese": "Nguyễn Thị Mười",
    "Western": "Ärger ÆØÅ “quoted” – €5 \\ (both) [brackets]",
}


def draw(*rows: str, title: str = "Title") -> bytes:
    file = io.BytesIO()
    sheet = Sheet(file, title=title)
    for row in rows:
        sheet.text(row, strong=True)
    sheet.table(COLUMNS, [(row, "1.5 BTC") for row in rows])
    sheet.save()
    return file.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_letters_of_many_languages_can_be_read_back(name: str) -> None:
    (page,) = read_pages(draw(NAMES[name], title=NAMES[name]))
    assert page[0] == NAMES[name]
    assert page.count(NAMES[name]) == 3
    assert page[-2:] == ["A sign that this file's letters do not have stands as ?; the CSV has it.", "Page 1 of 1"]
    assert page.count("1.5 BTC") == 1


def test_more_letters_than_one_table_of_codes_has() -> None:
    """A table holds 256 codes; a text may need several, and is one text nevertheless."""
    every = "".join(chr(code) for code in (*range(0x100, 0x180), *range(0x391, 0x3A2), *range(0x400, 0x480)))
    lines = [every[place : place + 20] for place in range(0, len(every), 20)]
    (page,) = read_pages(draw(*lines))
    assert [text for text in page if text in lines] == [*lines, *lines]


def test_the_fonts_are_in_the_file() -> None:
    content = draw(NAMES["Greek"])
    assert {name.partition("+")[2] for name in embedded_fonts(content)} == {"NotoSans-Regular", "NotoSans-SemiBold"}
    assert embedded_fonts(content) == {name for name in named_fonts(content) if name not in {"Helvetica"}}
    assert len(content) < 100_000


def test_what_the_fonts_do_not_have_stands_as_a_question_mark() -> None:
    assert readable("山田 Ελένη \N{SNOWMAN}") == "?? Ελένη ?"
    assert readable("Łódź") == "Łódź"
    assert readable("e\N{COMBINING ACUTE ACCENT}") == "é"  # one letter, though it was typed as two signs
    assert read_pages(draw("山田"))[0].count("??") == 2


def test_words_are_broken_where_they_are_too_wide_and_nowhere_else() -> None:
    for font in (PLAIN, STRONG):
        lines = wrap("Ёжик " + "Щ" * 100, font, 120.0)
        assert lines[0] == "Ёжик"
        assert "".join(lines[1:]) == "Щ" * 100
        assert len(lines) > 3


def test_files_at_the_same_time_do_not_mix_their_letters() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    one, other = Sheet(first, title="Ωμέγα"), Sheet(second, title="Бета")
    for sheet, text in ((one, "αβγ"), (other, "эюя"), (one, "δεζ"), (other, "жзи")):
        sheet.text(text)
    for sheet in (one, other):
        sheet.save()
    assert read_pages(first.getvalue())[0][:3] == ["Ωμέγα", "αβγ", "δεζ"]
    assert read_pages(second.getvalue())[0][:3] == ["Бета", "эюя", "жзи"]


def test_the_same_is_drawn_the_same_in_every_process() -> None:
    code = (
        "import django, hashlib, os; django.setup();"
        "from tests.unit.transactions.test_pdf import NAMES, draw;"
        "print(hashlib.sha256(draw(*NAMES.values())).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=settings.BASE_DIR,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != ""
