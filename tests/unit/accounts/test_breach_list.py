"""Looking a password up in an ordered file, and telling such a file from any other."""

import hashlib
import random
from pathlib import Path
from typing import BinaryIO

import pytest

from accounts.services import breach_list
from accounts.services.breach_list import BreachListBroken, check_list, is_breached


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def lines_of(passwords: list[str], *, seed: int = 3) -> list[str]:
    """Return ordered lines whose counts, and so lengths, vary from 1 digit to 10."""
    generator = random.Random(seed)
    return [
        f"{each}:{generator.randrange(1, 10 ** generator.randrange(1, 11))}" for each in sorted(map(digest, passwords))
    ]


def write(path: Path, lines: list[str], *, end: str = "\n", is_ended: bool = True) -> Path:
    path.write_bytes((end.join(lines) + (end if is_ended and lines else "")).encode())
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pwned-passwords.txt"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("is_ended", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 1_000])
def test_every_line_is_found_and_nothing_else(file: Path, end: str, is_ended: bool, count: int) -> None:
    known = [f"known {number}" for number in range(count)]
    write(file, lines_of(known), end=end, is_ended=is_ended)
    assert all(is_breached(file, password) for password in known), "the first line and the last are among them"
    assert not any(is_breached(file, f"unknown {number}") for number in range(300))
    check_list(file)


def test_hashes_below_the_first_line_and_above_the_last_are_not_found(file: Path) -> None:
    ordered = sorted((f"word {number}" for number in range(50)), key=digest)
    write(file, lines_of(ordered[1:-1]))
    assert [is_breached(file, ordered[at]) for at in (0, 1, -2, -1)] == [False, True, True, False]


def test_letters_beyond_ascii_and_small_hex_digits_are_found(file: Path) -> None:
    write(file, [line.lower() for line in lines_of(["Zürich-Öl-Straße", "пароль пароль", "🔑🔑🔑"])])
    assert all(is_breached(file, known) for known in ("Zürich-Öl-Straße", "пароль пароль", "🔑🔑🔑"))
    assert not is_breached(file, "zürich-öl-straße")


def test_few_and_short_reads_find_a_line(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    ours = breach_list._line_around

    def counted(file: BinaryIO, size: int, offset: int) -> breach_list._Line:
        reads.append(offset)
        return ours(file, size, offset)

    monkeypatch.setattr(breach_list, "_line_around", counted)
    write(file, lines_of([f"known {number}" for number in range(20_000)]))
    assert is_breached(file, "known 19999")
    assert 1 <= len(reads) <= 17


def test_an_empty_file_holds_nothing_and_is_refused_by_the_check(file: Path) -> None:
    write(file, [])
    assert not is_breached(file, "anything")
    with pytest.raises(BreachListBroken, match="it is empty"):
        check_list(file)


def test_a_list_ordered_by_count_is_refused_by_the_check(file: Path) -> None:
    lines = lines_of([f"known {number}" for number in range(500)])
    random.Random(5).shuffle(lines)
    with pytest.raises(BreachListBroken, match="not ordered by hash, at byte"):
        check_list(write(file, lines))


def test_the_same_line_twice_is_refused_by_the_check(file: Path) -> None:
    line = lines_of(["known"])[0]
    with pytest.raises(BreachListBroken, match="not ordered"):
        check_list(write(file, [line, line]))


@pytest.mark.parametrize(
    "content",
    [
        b"\n",
        b"password\n",
        b"8846F7EAEE8FB117AD06BDD830B7586C:12\n",  # the list of NTLM hashes
        b"5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8\n",
        b"5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:\n",
        b"5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:12\n\n",
        b"5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:12 \n",
        b"7z\xbc\xaf\x27\x1c" + bytes(500),
    ],
)
def test_other_files_are_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(BreachListBroken, match="not SHA1HEX:COUNT, at byte"):
        check_list(file)


def test_lines_of_another_form_in_the_middle_end_the_search(file: Path) -> None:
    lines = lines_of(["a", "b", "c"])
    lines[1] = "<html>"
    write(file, lines)
    with pytest.raises(BreachListBroken) as refusal:
        is_breached(file, "b")
    assert digest("b") not in str(refusal.value)


def test_what_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.txt", "No such file"), (tmp_path, "it is not a file")):
        with pytest.raises(BreachListBroken, match=reason):
            is_breached(path, "anything")
        with pytest.raises(BreachListBroken, match=reason):
            check_list(path)


def test_a_download_that_broke_off_does_not_look_whole(file: Path) -> None:
    lines = [f"{number:04X}{'0' * 36}:1" for number in range(0, 0x10000, 0x40)]
    whole = [*lines, f"{'F' * 40}:1"]
    assert check_list(write(file, whole)) is True
    assert check_list(write(file, lines[:700])) is False
    assert check_list(write(file, whole[100:])) is False
