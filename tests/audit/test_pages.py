"""The record in the back office: found by person, transaction, kind, name and time; taken along with its proof."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from audit.models import Checkpoint, Entry
from audit.services import copy, seal
from audit.verify import Wanted, verify
from events.models import Event
from events.services import Name
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.audit import make_events
from tests.factories.back_office import staff

pytestmark = pytest.mark.django_db(transaction=True)

STAFF = [Role.OFFICER, Role.OPERATOR, Role.ADMINISTRATOR]
ALICE, BOB, MOVED = f"usr_{'a' * 26}", f"usr_{'b' * 26}", f"txn_{'c' * 26}"
"""The same in every process: they are in names of tests."""


@pytest.fixture
def filled(public_key: str, now: datetime) -> str:
    """1, 2: Alice's at noon; 3: Bob's an hour later, of a transaction; 4: nobody's, named. All sealed."""
    make_events(2, now=now, user_id=ALICE, kind="user.signed_in")
    make_events(1, now=now + timedelta(hours=1), user_id=BOB, kind="transaction.completed", transaction_id=MOVED)
    make_events(1, now=now + timedelta(hours=2), name=Name("domain", "LooksTaken"))
    copy()
    seal(now=now)
    return public_key


def shown(client: Client, page: str = "admin:audit_search", **given: Any) -> list[int]:
    answer = client.get(reverse(page), given)
    assert answer.status_code == 200
    return [int(found) for found in re.findall(r'/admin/audit/entry/(\d+)/change/[?"]', answer.content.decode())]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [4, 3, 2, 1]),
        ({"order": "oldest"}, [1, 2, 3, 4]),
        ({"person": ALICE}, [2, 1]),
        ({"person": ALICE, "order": "oldest"}, [1, 2]),
        ({"transaction": MOVED}, [3]),
        ({"kind": "user.signed_in"}, [2, 1]),
        ({"kind": "transaction"}, [3]),
        ({"kind": "domain"}, [4]),
        ({"name": "LooksTaken"}, [4]),
        ({"since": "2026-11-20T13:00"}, [4, 3]),
        ({"until": "2026-11-20T13:00"}, [2, 1]),
        ({"since": "2026-11-20T13:00", "until": "2026-11-20T14:00", "person": BOB}, [3]),
        ({"person": f"usr_{'d' * 26}"}, []),
        ({"since": "yesterday"}, []),
    ],
)
def test_it_is_searched(filled: str, given: dict[str, str], expected: list[int]) -> None:
    assert shown(staff(Role.OFFICER), **given) == expected


def test_a_timeline_is_paged(filled: str, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.admin.pages.SHOWN", 1)
    client = staff(Role.OFFICER)
    html = client.get(reverse("admin:audit_search"), {"person": ALICE, "order": "oldest"}).content.decode()
    assert f"Timeline of {ALICE}" in html
    assert f"?person={ALICE}&amp;order=oldest&amp;beyond=1" in html
    assert shown(client, person=ALICE, order="oldest", beyond=1) == [2]
    assert shown(client, person=ALICE, beyond=2) == [1]


@pytest.mark.parametrize(
    ("term", "expected"),
    [(ALICE, [2, 1]), (MOVED, [3]), ("transaction.completed", [3]), ("LooksTaken", [4]), ("user", [2, 1])],
)
def test_the_list_finds_what_it_is_asked_for(filled: str, term: str, expected: list[int]) -> None:
    found = shown(staff(Role.OFFICER), "admin:audit_entry_changelist", q=term)
    assert list(dict.fromkeys(found)) == expected


def test_events_show_their_category_and_name(filled: str) -> None:
    html = staff(Role.OFFICER).get(reverse("admin:events_event_changelist")).content.decode()
    assert "LooksTaken" in html
    assert ">domain<" in html


@pytest.mark.parametrize("role", STAFF)
def test_a_range_is_taken_along_with_its_proof(filled: str, role: Role) -> None:
    client = staff(role)
    answer = client.post(reverse("admin:audit_export"), {"first": "2", "last": "3"})
    assert answer["Content-Disposition"] == 'attachment; filename="record-2-3.jsonl"'
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    report = verify(lines, public_keys=[filled], wanted=Wanted(2, 3))
    assert report.problems == []
    assert (report.first, report.last) == (1, 4)
    taken = Event.objects.get(type="audit.exported")
    assert taken.data == {"first": 2, "last": 3}
    assert taken.subject == f"accounts.user:{taken.actor}"


def test_a_time_is_taken_along(filled: str) -> None:
    given = {"since": "2026-11-20T13:00", "until": "2026-11-20T13:01"}
    answer = staff(Role.OFFICER).post(reverse("admin:audit_export"), given)
    assert answer["Content-Disposition"] == 'attachment; filename="record-3-3.jsonl"'


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"first": "3", "last": "2"}, "The range ends before it begins."),
        ({"first": "1", "since": "2026-11-20T13:00"}, "Name positions or times, not both."),
        ({"since": "2027-11-20T13:00"}, "Nothing happened in that time."),
        ({"first": "0"}, "greater than or equal to 1"),
        ({"first": "5"}, "Nothing of this range is signed yet"),
    ],
)
def test_what_cannot_be_taken_is_told(filled: str, given: dict[str, str], says: str) -> None:
    answer = staff(Role.OFFICER).post(reverse("admin:audit_export"), given)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not Event.objects.filter(type="audit.exported").exists()


def test_people_without_a_role_get_nothing(filled: str) -> None:
    client = Client()
    sign_in_browser(client, make_user())
    for page in ("audit_search", "audit_export", "audit_entry_changelist", "audit_checkpoint_changelist"):
        assert client.get(reverse(f"admin:{page}")).status_code in {302, 403}
    assert client.post(reverse("admin:audit_export"), {"first": "1"}).status_code in {302, 403}
    assert not Event.objects.filter(type="audit.exported").exists()


@pytest.mark.parametrize("role", STAFF)
def test_nobody_changes_the_record(filled: str, role: Role) -> None:
    client = staff(role)
    before = [*Entry.objects.values(), *Checkpoint.objects.values()]
    for name in ("entry", "checkpoint"):
        for page, arguments in (("add", []), ("change", [1]), ("delete", [1])):
            answer = client.post(reverse(f"admin:audit_{name}_{page}", args=arguments), {"actor": "x", "post": "yes"})
            assert answer.status_code == 403
    assert [*Entry.objects.values(), *Checkpoint.objects.values()] == before
