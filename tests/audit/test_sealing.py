"""Checkpoints: when they are signed, over what, with which key, and where else they are known."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from audit.errors import ChainBroken, SigningKeyRefused
from audit.models import Checkpoint, Entry
from audit.services import copy, seal
from audit.services.anchors import anchor
from audit.services.keys import create_key_file
from audit.tasks import seal as seal_task
from audit.verify import NOTHING, checkpoint_hash, is_signed
from events.models import Event
from tests.factories.audit import make_events
from tests.races.together import do_together

pytestmark = pytest.mark.django_db(transaction=True)

SOON = timedelta(seconds=299)
LATER = timedelta(seconds=300)


def ranges() -> list[tuple[int, int, int]]:
    return list(Checkpoint.objects.order_by("number").values_list("number", "first", "last"))


def anchored(settings: Any) -> list[dict[str, Any]]:
    path = Path(settings.AUDIT_ANCHOR_FILE)
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def change(statement: str) -> None:
    """Do as somebody who owns the database server can."""
    with connections["audit"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_one_is_due_at_once_then_after_entries_or_after_time(public_key: str, now: datetime) -> None:
    assert seal(now=now) is not None
    make_events(4, now=now)
    copy()
    assert seal(now=now + SOON) is None
    make_events(1, now=now)
    copy()
    assert seal(now=now + SOON) is not None
    make_events(2, now=now)
    copy()
    assert seal(now=now + SOON + SOON) is None
    assert seal(now=now + SOON + LATER) is not None
    assert seal(now=now + SOON + LATER + LATER) is not None
    assert ranges() == [(1, 1, 0), (2, 1, 5), (3, 6, 7), (4, 8, 7)]


def test_what_is_signed(public_key: str, settings: Any, now: datetime) -> None:
    make_events(2, now=now)
    copy()
    first = seal(now=now)
    assert first is not None
    last = Entry.objects.get(position=2)
    assert json.loads(first.content) == {
        "kind": "checkpoint",
        "number": 1,
        "first": 1,
        "last": 2,
        "hash": last.hash,
        "previous": NOTHING,
        "at": "2026-11-20T12:00:00.000000+00:00",
        "key": public_key,
    }
    assert is_signed(first.content, first.signature, public_key)
    assert not is_signed(first.content + " ", first.signature, public_key)
    second = seal(now=now + LATER)
    assert second is not None
    assert json.loads(second.content)["previous"] == checkpoint_hash(first.content)
    assert json.loads(second.content)["hash"] == last.hash
    assert [each["content"] for each in anchored(settings)] == [first.content, second.content]
    assert [each["signature"] for each in anchored(settings)] == [first.signature, second.signature]


def test_a_clock_that_was_set_back_orders_nothing_anew(public_key: str, settings: Any, now: datetime) -> None:
    settings.AUDIT_CHECKPOINT_ENTRIES = 0
    seal(now=now)
    second = seal(now=now - LATER)
    assert second is not None
    assert second.signed_at == now


def test_sealing_side_by_side_signs_once(public_key: str, settings: Any, now: datetime) -> None:
    make_events(5, now=now)
    copy()
    outcomes = do_together([lambda: seal(now=now)] * 4)
    assert sum(outcome is not None for outcome in outcomes) == 1
    assert ranges() == [(1, 1, 5)]
    assert len(anchored(settings)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET content = replace(content, 'system', 'sistem'), actor = 'sistem' WHERE position = 7",
        "DELETE FROM audit_entry WHERE position = 7",
        "UPDATE audit_entry SET previous = repeat('1', 64) WHERE position = 6",
        "UPDATE audit_entry SET hash = repeat('1', 64) WHERE position = 8",
    ],
)
def test_nothing_changed_is_signed(public_key: str, settings: Any, now: datetime, statement: str) -> None:
    make_events(5, now=now)
    copy()
    seal(now=now)
    make_events(3, now=now)
    copy()
    change(statement)
    with pytest.raises(ChainBroken):
        seal(now=now + LATER)
    assert ranges() == [(1, 1, 5)]
    assert len(anchored(settings)) == 1


def test_a_break_is_told_once_until_it_is_mended(public_key: str, settings: Any, now: datetime) -> None:
    def told() -> list[tuple[str, str, bool]]:
        facts = Event.objects.filter(type__startswith="record.").order_by("id")
        return [(fact.type, fact.subject, bool(fact.data["reason"])) for fact in facts]

    broken, whole = (("record.broken", "audit.checkpoint:2", True), ("record.whole", "audit.checkpoint:2", False))
    make_events(3, now=now)
    copy()
    seal(now=now)
    make_events(3, now=now)
    copy()
    kept = Entry.objects.get(position=5).hash
    for _ in range(2):
        change("UPDATE audit_entry SET hash = repeat('1', 64) WHERE position = 5")
        for _ in range(3):
            with pytest.raises(ChainBroken, match="Entry 5"):
                seal(now=now + LATER)
    assert told() == [broken]
    assert Event.objects.get(type="record.broken").data["reason"].startswith("Entry 5 is not what was written")
    change(f"UPDATE audit_entry SET hash = '{kept}' WHERE position = 5")
    assert seal(now=now + LATER)
    assert seal(now=now + LATER + LATER)
    assert told() == [broken, whole]


@pytest.mark.parametrize("statement", ["DELETE FROM audit_checkpoint", "UPDATE audit_checkpoint SET content = '{}'"])
def test_nothing_is_signed_against_the_anchor(public_key: str, settings: Any, now: datetime, statement: str) -> None:
    seal(now=now)
    if "UPDATE" in statement:
        statement = "UPDATE audit_checkpoint SET content = replace(content, '12:00', '11:00'), signed_at = signed_at"
        change("ALTER TABLE audit_checkpoint DROP CONSTRAINT audit_checkpoint_is_its_content")
    change(statement)
    try:
        with pytest.raises(ChainBroken, match="was anchored"):
            seal(now=now + LATER)
    finally:
        if "UPDATE" in statement:
            change("DELETE FROM audit_checkpoint")
            change(CONSTRAINT)
    assert Checkpoint.objects.count() == 0
    assert len(anchored(settings)) == 1


CONSTRAINT = """
ALTER TABLE audit_checkpoint ADD CONSTRAINT audit_checkpoint_is_its_content CHECK (
    content::jsonb @> jsonb_build_object('kind', 'checkpoint', 'number', number, 'first', first, 'last', last)
    AND (content::jsonb ->> 'at')::timestamptz = signed_at AND last >= first - 1)
"""


def test_what_a_crash_left_unanchored_is_anchored_next(public_key: str, settings: Any, now: datetime) -> None:
    settings.AUDIT_ANCHOR_FILE, path = "", settings.AUDIT_ANCHOR_FILE
    for minutes in (0, 5, 10):
        seal(now=now + timedelta(minutes=minutes))
    settings.AUDIT_ANCHOR_FILE = path
    assert anchor() == 3
    assert anchor() == 0
    whole = Path(path).read_bytes()
    Path(path).write_bytes(whole[:-30])  # the disk was full, or the power went
    assert anchor() == 1
    lines = Path(path).read_text().splitlines()
    assert len(lines) == 4
    assert lines[3] == whole.decode().splitlines()[2]


@pytest.mark.parametrize("fault", ["none", "missing", "open", "link", "foreign", "rsa"])
def test_a_key_that_may_not_be_used_signs_nothing(
    public_key: str, settings: Any, tmp_path: Path, now: datetime, fault: str
) -> None:
    path = Path(settings.AUDIT_KEY_FILE)
    if fault == "none":
        settings.AUDIT_KEY_FILE = ""
    elif fault == "missing":
        path.unlink()
    elif fault == "open":
        path.chmod(0o644)
    elif fault == "link":
        path.rename(tmp_path / "elsewhere.pem")
        path.symlink_to(tmp_path / "elsewhere.pem")
    elif fault == "foreign":
        path.write_text("not a key")
    else:
        path.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(SigningKeyRefused):
        seal(now=now)
    assert Checkpoint.objects.count() == 0
    assert anchored(settings) == []


def test_the_key_is_made_once_and_shown_never(
    settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.AUDIT_KEY_FILE = str(tmp_path / "new" / "audit.pem")
    call_command("create_audit_key")
    said = capsys.readouterr().out
    content = (tmp_path / "new" / "audit.pem").read_bytes()
    call_command("create_audit_key")
    assert capsys.readouterr().out == said
    assert (tmp_path / "new" / "audit.pem").read_bytes() == content
    assert (tmp_path / "new" / "audit.pem").stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in said
    with pytest.raises(SigningKeyRefused, match="already"):
        create_key_file(tmp_path / "new" / "audit.pem")
    with pytest.raises(SigningKeyRefused, match="outside"):
        create_key_file(Path(settings.BASE_DIR) / "audit.pem")


def test_a_worker_without_a_key_says_so_and_goes_on(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.AUDIT_KEY_FILE = settings.AUDIT_ANCHOR_FILE = ""
    seal_task()
    assert [(record.levelname, record.message) for record in caplog.records] == [("ERROR", "record_not_sealed")]
    assert Checkpoint.objects.count() == 0


def test_a_changed_record_is_the_loudest_alarm(
    public_key: str, settings: Any, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    seal(now=now)
    change("DELETE FROM audit_checkpoint")
    seal_task()
    assert [(record.levelname, record.message) for record in caplog.records] == [("CRITICAL", "record_not_sealed")]
    assert Checkpoint.objects.count() == 0
