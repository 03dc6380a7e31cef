"""
Check an export of the record, trusting nobody: python audit/verify.py EXPORT --public-key HEX [--anchor FILE]
[--memo HASH]. A memo is what a transaction of the company's account says on a public network: read it off any explorer.

Stands alone: Python's standard library and `cryptography`, nothing of this project. docs/audit.md says what each
line of an export is, what this proves, and what it does not.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Texts = Iterable[str]
FORMAT = "holdfast-record-1"
NOTHING = "0" * 64  # stands for the hash before the first entry, and before the first checkpoint
SIGNED = b"holdfast-checkpoint-1\n"  # before what is signed: a signature given for another purpose never fits
SHOWN_PROBLEMS = 50
ENTRY, CHECKPOINT = {"kind", "position", "previous", "hash", "content"}, {"kind", "content", "signature"}
ANCHOR = {"kind", "checkpoint", "hash", "network", "chain", "account", "txid", "height"}


def entry_hash(*, position: int, previous: str, content: str) -> str:
    """Return the hash of an entry, in hex: over its place, the hash before it, and its text."""
    return _digest(f"{position}\n{previous}\n{content}")


def checkpoint_hash(content: str) -> str:
    """Return what the next checkpoint names this one by, in hex."""
    return _digest(content)


def is_signed(content: str, signature: str, public_key: str) -> bool:
    """Say whether the holder of this key (32 bytes in hex) signed this text."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), SIGNED + content.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass
class Report:
    """What was found: the problems, in words; and what is proved if there are none."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    first: int = 0
    last: int = 0
    first_checkpoint: int = 0
    last_checkpoint: int = 0
    sealed_at: str = ""

    @property
    def is_proved(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class Wanted:
    """What the auditor asked for: everything, unless they name the first or the last position."""

    first: int | None = None
    last: int | None = None


class Verifier:
    """Walks an export line by line, in memory that does not grow with it, apart from one hash per checkpoint."""

    def __init__(self, public_keys: Texts, wanted: Wanted) -> None:
        self.keys = {key.strip().lower() for key in public_keys}
        self.wanted = wanted
        self.report = Report()
        self._add = self.report.problems.append
        self.seen: dict[int, str] = {}
        self._position, self._sealed, self.anchor = 0, 0, ""
        self._hash: str | None = None
        self._checkpoint: dict[str, Any] | None = None
        self._previous: str | None = None

    def read(self, lines: Texts) -> None:
        """Take the lines of an export, in their order."""
        takers = {"entry": self._take_entry, "checkpoint": self._take_checkpoint, "anchor": self._take_anchor}
        for number, line in enumerate(lines, start=1):
            record = parse(line)
            kind = record.get("kind") if record else None
            if not record:
                self._add(f"Line {number} is not a record.")
            elif number == 1 and kind == "header":
                self._need(record.get("format") == FORMAT, f"The format is not {FORMAT}.")
            elif isinstance(kind, str) and kind in takers:
                takers[kind](record, number)
            else:
                self._add(f"Line {number} is of no kind that belongs here.")
        self._end()

    def compare(self, anchor: Texts) -> None:
        """Hold the export against the lines of the anchor file: what was signed then must be here now."""
        anchored: dict[int, str] = {}
        for number, line in enumerate(anchor, start=1):
            record = parse(line)
            content = self._content(record) if record else None
            if not record or content is None:
                self.report.notes.append(f"Line {number} of the anchor file is torn or foreign, and was left out.")
            elif not self._is_ours(record):
                self._add(f"Line {number} of the anchor file is not signed by a key that was named.")
            elif anchored.setdefault(content["number"], record["content"]) != record["content"]:
                self._add(f"The anchor file has two different checkpoints {content['number']}.")
        for number, text in sorted(anchored.items()):
            is_same = self.seen.get(number) in (None, checkpoint_hash(text))
            self._need(is_same, f"Checkpoint {number} is another one than was anchored.")
        missing = sorted(number for number in anchored if number > self.report.last_checkpoint)
        if self.wanted.last is None and missing:
            last = json.loads(anchored[missing[-1]])["last"]
            those = f"checkpoints {missing[0]} to {missing[-1]} were anchored, up to position {last}"
            self._add(f"The end is missing: {those}.")
        self._need(bool(anchored), "The anchor file holds no checkpoint.")

    def look_up(self, memos: Texts) -> None:
        """Find the checkpoints whose hashes stand in these memos: what was signed then must be here now."""
        numbers = {hashed: number for number, hashed in self.seen.items()}
        numbers |= {base64.b64encode(bytes.fromhex(hashed)).decode(): number for hashed, number in numbers.items()}
        for memo in memos:
            found = numbers.get(memo) or numbers.get(memo.lower())
            self._need(bool(found), f"No checkpoint here has the hash {memo}: the end is missing, or it was rewritten.")
            self.report.notes += [f"The memo {memo} is the hash of checkpoint {found}."] if found else []

    def _take_entry(self, record: Mapping[str, Any], number: int) -> None:
        position, previous, content = (record.get(name) for name in ("position", "previous", "content"))
        is_whole = record.keys() == ENTRY and _is_place(position)
        if not (is_whole and isinstance(position, int) and isinstance(previous, str) and isinstance(content, str)):
            self._add(f"Line {number} is not a whole entry.")
            return
        if self._hash is None:
            self.report.first = position
            self._need(position != 1 or previous == NOTHING, "Entry 1 claims that something came before it.")
        elif position != self._position + 1:
            self._add(f"Entry {position} stands where entry {self._position + 1} belongs.")
        self._need(self._hash in (None, previous), f"Entry {position} does not follow from the entry before it.")
        computed = entry_hash(position=position, previous=previous, content=content)
        self._need(record.get("hash") == computed, f"Entry {position} was changed: its hash is not its own.")
        self._position, self._hash = position, computed

    def _take_checkpoint(self, record: Mapping[str, Any], number: int) -> None:
        content = self._content(record)
        if content is None or record.keys() != CHECKPOINT:
            self._add(f"Line {number} is not a whole checkpoint.")
            return
        name = f"Checkpoint {content['number']}"
        self._need(self._is_ours(record), f"{name} is not signed by a key that was named.")
        (self._follow if self._checkpoint else self._begin)(content, name)
        if content["last"] != self._position:
            self._add(f"{name} seals up to position {content['last']}, but {self._position} is the last here.")
        elif content["hash"] != self._hash:
            self._add(f"{name} was signed over other entries than these, up to position {content['last']}.")
        self._checkpoint, self._previous = content, checkpoint_hash(record["content"])
        self._sealed = content["last"]
        self.seen[content["number"]] = self._previous

    def _take_anchor(self, record: Mapping[str, Any], number: int) -> None:
        """Take it that a checkpoint's hash stands on a network: this proves nothing, and says where to look."""
        is_whole = record.keys() == ANCHOR and _is_place(record["checkpoint"])
        is_right = is_whole and record["hash"] == self.seen.get(record["checkpoint"])
        self._need(is_right, f"Line {number} is no anchor of a checkpoint before it.")
        self.anchor = json.dumps(record) if is_right else ""  # whatever it says breaks no line and forges none

    def _begin(self, content: Mapping[str, Any], name: str) -> None:
        self.report.first_checkpoint = content["number"]
        if self._hash is None:  # an empty range comes first: nothing but the signature vouches for its hash
            self._position, self._hash = content["last"], content["hash"]
            self.report.first = content["first"]
        first = self.report.first
        self._need(content["first"] == first, f"{name} begins at position {content['first']}, the export at {first}.")
        is_first = content["number"] != 1 or (content["first"], content["previous"]) == (1, NOTHING)
        self._need(is_first, f"{name} claims that something came before it.")

    def _follow(self, content: Mapping[str, Any], name: str) -> None:
        before = self._checkpoint
        assert before is not None
        follows = (content["number"], content["previous"]) == (before["number"] + 1, self._previous)
        self._need(follows, f"{name} does not follow checkpoint {before['number']}.")
        is_next = content["first"] == before["last"] + 1
        self._need(is_next, f"{name} does not begin where checkpoint {before['number']} ended.")
        self._need(content["at"] >= before["at"], f"{name} is dated before checkpoint {before['number']}.")

    def _end(self) -> None:
        report = self.report
        if self._checkpoint is None:
            return self._add("There is no checkpoint: nothing here is signed.")
        report.last, report.last_checkpoint = self._sealed, self._checkpoint["number"]
        report.sealed_at = self._checkpoint["at"]
        over = f"Positions {self._sealed + 1} to {self._position} are sealed by no checkpoint."
        self._need(self._position <= self._sealed, over)
        first = self.wanted.first or 1
        if report.first > first or (self.wanted.first is None and report.first_checkpoint != 1):
            self._add(f"The beginning is missing: it starts at position {report.first}, not {first}.")
        last = report.last if self.wanted.last is None else self.wanted.last
        self._need(report.last >= last, f"The end is missing: it stops at position {report.last}, not {last}.")

    def _is_ours(self, record: Mapping[str, Any]) -> bool:
        signature = record.get("signature")
        return isinstance(signature, str) and any(is_signed(record["content"], signature, key) for key in self.keys)

    def _need(self, is_so: bool, problem: str) -> None:
        if not is_so:
            self._add(problem)

    @staticmethod
    def _content(record: Mapping[str, Any]) -> dict[str, Any] | None:
        content = record.get("content")
        found = parse(content) if isinstance(content, str) else None
        if found is None or found.get("kind") != "checkpoint":
            return None
        is_whole = all(_is_place(found.get(name)) for name in ("number", "first", "last"))
        return found if is_whole and all(isinstance(found.get(n), str) for n in ("hash", "previous", "at")) else None


def parse(line: str) -> dict[str, Any] | None:
    """Return the JSON object in this text; None if it is none, or says one thing twice: readers would differ."""
    try:
        found = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def verify(
    export: Texts, *, public_keys: Texts, anchor: Texts | None = None, memos: Texts = (), wanted: Wanted = Wanted()
) -> Report:
    """Return what is proved of these lines, or what is wrong with them."""
    verifier = Verifier(public_keys, wanted)
    verifier.read(export)
    if anchor is not None:
        verifier.compare(anchor)
    verifier.look_up(memos)
    if verifier.anchor and not memos:
        verifier.report.notes.append(f"It is said to be anchored; look there for --memo: {verifier.anchor}")
    if anchor is None and not memos and wanted.last is None:
        verifier.report.notes.append("Without --anchor, a missing end that took its checkpoints along is not found.")
    return verifier.report


def main(arguments: list[str] | None = None) -> int:
    """Return 0 if everything is proved, 1 if not, 2 if a file cannot be read."""
    parser = argparse.ArgumentParser(description="Check an export of the record; trusts nothing but the public key.")
    parser.add_argument("export", type=Path, help="what `manage.py export_audit` or the back office wrote")
    parser.add_argument("--public-key", action="append", required=True, help="32 bytes in hex; again for older keys")
    parser.add_argument("--anchor", type=Path, help="the anchor file, from where nobody here can change it")
    parser.add_argument("--memo", action="append", default=[], help="a memo's hash on a network, hex or base64")
    parser.add_argument("--from", dest="first", type=int, help="first position asked for; without: the very first")
    parser.add_argument("--to", dest="last", type=int, help="last position asked for; without: the last anchored")
    given = parser.parse_args(arguments)
    wanted = Wanted(given.first, given.last)
    try:
        lines, anchor = _lines(given.export), _lines(given.anchor) if given.anchor else None
        report = verify(lines, public_keys=given.public_key, anchor=anchor, memos=given.memo, wanted=wanted)
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"Not readable: {error}\n")
        return 2
    sys.stdout.writelines(f"note: {note}\n" for note in report.notes)
    sys.stdout.writelines(f"PROBLEM: {problem}\n" for problem in report.problems[:SHOWN_PROBLEMS])
    if len(report.problems) > SHOWN_PROBLEMS:
        sys.stdout.write(f"PROBLEM: and {len(report.problems) - SHOWN_PROBLEMS} more.\n")
    if report.is_proved:
        seals = f"checkpoints {report.first_checkpoint} to {report.last_checkpoint}, the last signed at"
        sys.stdout.write(f"PROVED: positions {report.first} to {report.last}, {seals} {report.sealed_at}.\n")
    return 0 if report.is_proved else 1


def _is_place(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError
    return found


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from iter(lambda: file.readline(1 << 24), "")  # none of ours is longer


if __name__ == "__main__":
    sys.exit(main())
