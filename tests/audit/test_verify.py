"""What somebody with every power over the database and the export can do, and the verifier finds."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from audit.errors import NothingSealed
from audit.services import copy, export, seal
from audit.services.keys import public_key as public_key_of
from audit.services.keys import signing_key
from audit.verify import SIGNED, Report, Wanted, checkpoint_hash, entry_hash, verify
from tests.factories.audit import make_events

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = Wanted()
Lines = list[dict[str, Any]]


@pytest.fixture
def lines(public_key: str, now: datetime) -> Lines:
    """A real export: 1 to 5, nothing, 6 to 10, 11 to 13; the checkpoints stand at 6, 7, 13 and 17."""
    for count, minutes in ((5, 0), (0, 5), (5, 10), (3, 15)):
        make_events(count, now=now)
        copy()
        assert seal(now=now + timedelta(minutes=minutes)) is not None
    found = [json.loads(line) for line in export()]
    assert [number for number, line in enumerate(found) if line["kind"] == "checkpoint"] == [6, 7, 13, 17]
    return found


def check(
    lines: Lines, public_key: str, *, anchor: str | None = None, memos: Sequence[str] = (), wanted: Wanted = EVERYTHING
) -> Report:
    text = [json.dumps(line) + "\n" for line in lines]
    known = Path(anchor).read_text().splitlines() if anchor else None
    return verify(text, public_keys=[public_key], anchor=known, memos=memos, wanted=wanted)


def rechain(lines: Lines) -> None:
    """Number and hash the entries anew, as somebody would who knows how the chain is made."""
    position, previous = 0, "0" * 64
    for line in lines:
        if line["kind"] == "entry":
            position += 1
            hashed = entry_hash(position=position, previous=previous, content=line["content"])
            line.update(position=position, previous=previous, hash=hashed)
            previous = hashed


def resign(lines: Lines, key: Ed25519PrivateKey) -> None:
    """Make every checkpoint fit what stands before it, with a key of one's own."""
    previous, last, hashed = "0" * 64, 0, "0" * 64
    for line in lines:
        if line["kind"] == "entry":
            last, hashed = line["position"], line["hash"]
        elif line["kind"] == "checkpoint":
            content = json.loads(line["content"])
            content.update(last=last, hash=hashed, previous=previous, key=public_key_of(key))
            line["content"] = json.dumps(content, sort_keys=True, separators=(",", ":"))
            line["signature"] = key.sign(SIGNED + line["content"].encode()).hex()
            previous = checkpoint_hash(line["content"])


def edit(lines: Lines) -> None:
    lines[3]["content"] = lines[3]["content"].replace('"system"', '"sistem"')


def delete(lines: Lines) -> None:
    del lines[9]


def delete_the_first(lines: Lines) -> None:
    del lines[1]


def insert(lines: Lines) -> None:
    lines.insert(9, dict(lines[9]))


def reorder(lines: Lines) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def reorder_contents(lines: Lines) -> None:
    lines[2]["content"], lines[3]["content"] = lines[3]["content"], lines[2]["content"]


def cut_entries_before_the_last_checkpoint(lines: Lines) -> None:
    del lines[15:17]


def cut_the_last_checkpoint(lines: Lines) -> None:
    del lines[17]


def cut_the_head(lines: Lines) -> None:
    del lines[1:7]


def cut_an_empty_checkpoint(lines: Lines) -> None:
    del lines[7]


def cut_a_checkpoint_between(lines: Lines) -> None:
    del lines[13]


def cut_all_checkpoints(lines: Lines) -> None:
    lines[:] = [line for line in lines if line["kind"] != "checkpoint"]


def swap_signatures(lines: Lines) -> None:
    lines[6]["signature"], lines[7]["signature"] = lines[7]["signature"], lines[6]["signature"]


def edit_a_checkpoint(lines: Lines) -> None:
    lines[7]["content"] = lines[7]["content"].replace("12:05", "12:04")


def foreign(lines: Lines) -> None:
    lines[5] = {"kind": "remark"}


ATTACKS: list[Callable[[Lines], None]] = [
    edit,
    delete,
    delete_the_first,
    insert,
    reorder,
    reorder_contents,
    cut_entries_before_the_last_checkpoint,
    cut_the_last_checkpoint,
    cut_the_head,
    cut_an_empty_checkpoint,
    cut_a_checkpoint_between,
    cut_all_checkpoints,
    swap_signatures,
    edit_a_checkpoint,
    foreign,
]


def test_an_untouched_export_is_proved(lines: Lines, public_key: str, settings: Any) -> None:
    report = check(lines, public_key, anchor=settings.AUDIT_ANCHOR_FILE)
    assert report.problems == report.notes == []
    assert (report.first, report.last, report.first_checkpoint, report.last_checkpoint) == (1, 13, 1, 4)
    assert report.sealed_at == "2026-11-20T12:15:00.000000+00:00"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_a_crude_attack_is_found(lines: Lines, public_key: str, attack: Callable[[Lines], None]) -> None:
    attack(lines)
    assert not check(lines, public_key).is_proved


@pytest.mark.parametrize("attack", ATTACKS[:7], ids=lambda attack: attack.__name__)
def test_an_attack_that_hashes_everything_anew_is_found(
    lines: Lines, public_key: str, attack: Callable[[Lines], None]
) -> None:
    attack(lines)
    rechain(lines)
    assert not check(lines, public_key).is_proved


@pytest.mark.parametrize("attack", ATTACKS[:7], ids=lambda attack: attack.__name__)
def test_an_attack_that_signs_everything_anew_is_found(
    lines: Lines, public_key: str, attack: Callable[[Lines], None]
) -> None:
    attack(lines)
    rechain(lines)
    own = Ed25519PrivateKey.generate()
    resign(lines, own)
    assert any("not signed" in problem for problem in check(lines, public_key).problems)


def test_an_end_taken_away_with_its_checkpoint_is_found_by_the_anchor_alone(
    lines: Lines, public_key: str, settings: Any
) -> None:
    del lines[14:]
    silent = check(lines, public_key)
    assert silent.is_proved
    assert silent.notes == ["Without --anchor, a missing end that took its checkpoints along is not found."]
    report = check(lines, public_key, anchor=settings.AUDIT_ANCHOR_FILE)
    assert report.problems == ["The end is missing: checkpoints 4 to 4 were anchored, up to position 13."]


def test_a_history_rewritten_with_the_real_key_is_found_by_the_anchor(
    lines: Lines, public_key: str, settings: Any
) -> None:
    edit(lines)
    rechain(lines)
    resign(lines, signing_key())
    assert check(lines, public_key).is_proved  # a stolen key and the database: only the outside knows better
    report = check(lines, public_key, anchor=settings.AUDIT_ANCHOR_FILE)
    assert "Checkpoint 1 is another one than was anchored." in report.problems


def test_an_anchor_that_was_tampered_with_is_told(lines: Lines, public_key: str, settings: Any) -> None:
    path = Path(settings.AUDIT_ANCHOR_FILE)
    path.write_text(path.read_text().replace("12:15", "12:16") + '{"torn')
    report = check(lines, public_key, anchor=settings.AUDIT_ANCHOR_FILE)
    assert report.problems == ["Line 4 of the anchor file is not signed by a key that was named."]
    assert report.notes == ["Line 5 of the anchor file is torn or foreign, and was left out."]
    path.write_text("")
    assert check(lines, public_key, anchor=settings.AUDIT_ANCHOR_FILE).problems == [
        "The anchor file holds no checkpoint."
    ]


def test_a_memo_read_off_a_network_finds_what_was_taken_away_or_rewritten(lines: Lines, public_key: str) -> None:
    memo = checkpoint_hash(lines[17]["content"])
    in_base64 = base64.b64encode(bytes.fromhex(memo)).decode()  # as Horizon writes it
    for read in (memo, memo.upper(), in_base64):
        report = check(lines, public_key, memos=[read])
        assert (report.problems, report.notes) == ([], [f"The memo {read} is the hash of checkpoint 4."])
    missing = f"No checkpoint here has the hash {memo}: the end is missing, or it was rewritten."
    assert check(lines[:14], public_key).is_proved
    assert check(lines[:14], public_key, memos=[memo]).problems == [missing]
    edit(lines)
    rechain(lines)
    resign(lines, signing_key())
    assert check(lines, public_key).is_proved
    assert check(lines, public_key, memos=[memo]).problems == [missing]


def test_an_anchor_in_an_export_says_where_to_look_and_proves_nothing(lines: Lines, public_key: str) -> None:
    said = {"network": "stellar", "chain": "public", "account": "G", "txid": "ab", "height": 7}
    told = {"kind": "anchor", "checkpoint": 4, "hash": checkpoint_hash(lines[17]["content"]), **said}
    report = check([*lines, told], public_key)
    assert report.problems == []
    assert report.notes[0] == f"It is said to be anchored; look there for --memo: {json.dumps(told)}"
    assert len(report.notes) == 2  # it takes the word of nobody: the end may still be missing
    assert "\n" not in check([*lines, told | {"txid": "\nPROVED: all"}], public_key).notes[0]
    wrong: list[dict[str, Any]] = [
        {"hash": "0" * 64},
        {"checkpoint": 3},
        {"checkpoint": []},
        {"hash": None},
        {"more": 1},
    ]
    for change in wrong:
        assert check([*lines, told | change], public_key).problems == [
            "Line 19 is no anchor of a checkpoint before it."
        ]
    assert not check([*lines[:17], told, lines[17]], public_key).is_proved


def test_a_part_is_proved_as_the_part_that_was_asked_for(lines: Lines, public_key: str, settings: Any) -> None:
    part = [json.loads(line) for line in export(first=7, last=8)]
    asked = Wanted(7, 8)
    report = check(part, public_key, anchor=settings.AUDIT_ANCHOR_FILE, wanted=asked)
    assert report.problems == []
    assert (report.first, report.last, report.first_checkpoint, report.last_checkpoint) == (6, 10, 3, 3)
    assert check(part, public_key).problems == ["The beginning is missing: it starts at position 6, not 1."]
    for cut in (slice(1, 2), slice(5, 6), slice(3, 4)):
        less = [*part]
        del less[cut]
        assert not check(less, public_key, wanted=asked).is_proved
    assert check(part, public_key, wanted=Wanted(7, 11)).problems == [
        "The end is missing: it stops at position 10, not 11."
    ]


def test_a_rotated_key_needs_both_named(lines: Lines, public_key: str, settings: Any, now: datetime) -> None:
    Path(settings.AUDIT_KEY_FILE).unlink()
    call_command("create_audit_key", quiet=True)
    seal(now=now + timedelta(hours=1))
    text = list(export())
    new = json.loads(json.loads(text[-1])["content"])["key"]
    assert new != public_key
    assert not verify(text, public_keys=[new]).is_proved
    assert verify(text, public_keys=[new, public_key]).is_proved


def test_only_what_is_sealed_is_exported(public_key: str, now: datetime) -> None:
    make_events(2, now=now)
    copy()
    with pytest.raises(NothingSealed):
        export()
    seal(now=now)
    make_events(2, now=now)
    copy()
    report = verify(export(), public_keys=[public_key])
    assert report.problems == []
    assert report.last == 2
    with pytest.raises(NothingSealed):
        export(first=3)


def test_the_script_stands_alone(lines: Lines, public_key: str, settings: Any, tmp_path: Path) -> None:
    assert len((ROOT / "audit" / "verify.py").read_text().splitlines()) < 300
    file = tmp_path / "export.jsonl"
    call_command("export_audit", str(file))
    with pytest.raises(CommandError, match="there already"):
        call_command("export_audit", str(file))
    copied = tmp_path / "verify.py"
    copied.write_bytes((ROOT / "audit" / "verify.py").read_bytes())
    code = "import sys, runpy; sys.modules['django'] = None; runpy.run_path(sys.argv.pop(1), run_name='__main__')"

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-c", code, str(copied), str(file), "--public-key", public_key, *more]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    proved = run("--anchor", settings.AUDIT_ANCHOR_FILE)
    assert (proved.returncode, proved.stderr) == (0, "")
    assert proved.stdout == (
        "PROVED: positions 1 to 13, checkpoints 1 to 4, the last signed at 2026-11-20T12:15:00.000000+00:00.\n"
    )
    memo = checkpoint_hash(lines[17]["content"])
    assert run("--memo", memo).stdout.startswith(f"note: The memo {memo} is the hash of checkpoint 4.\nPROVED: ")
    assert run("--memo", "0" * 64).returncode == 1
    kept = file.read_text().splitlines(keepends=True)
    file.write_text("".join(kept[:14]))
    cut = run("--anchor", settings.AUDIT_ANCHOR_FILE)
    assert (cut.returncode, cut.stdout) == (
        1,
        "PROBLEM: The end is missing: checkpoints 4 to 4 were anchored, up to position 13.\n",
    )
    assert run("--anchor", str(tmp_path / "nowhere")).returncode == 2
    file.write_bytes(b"\xff\xfe\n")
    assert run().returncode == 2
