"""The events' schemas: complete, current in the docs, and strict about what they are held against."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from events import schemas
from events.models import Event
from events.schemas.base import KINDS, Schema
from events.schemas.drawing import draw

CATEGORIES = {"command", "domain", "integration"}
APPS = [path.parent for path in sorted(Path(settings.BASE_DIR).glob("*/apps.py")) if path.parent.name != "devnet"]


def event(**fields: Any) -> Event:
    told = {"type": "user.signed_out", "subject": "accounts.user:usr_1", "data": {"session": "ses_1"}, **fields}
    return Event(**told)


def test_the_page_of_events_is_current() -> None:
    drawn = Path(settings.BASE_DIR, "docs", "events.md").read_text(encoding="utf-8")
    assert drawn == draw(), "docs/events.md is not what the code says: run python manage.py draw_events"


def test_every_schema_is_complete() -> None:
    counted = Counter((schema.type, schema.version) for schema in schemas.ALL)
    assert [each for each, count in counted.items() if count > 1] == []
    for schema in schemas.ALL:
        assert re.fullmatch(r"[a-z_]+\.\*?[A-Za-z_]+", schema.type), schema.type
        assert re.fullmatch(r"[a-z]+\.[a-z]+", schema.subject), schema.type
        assert schema.about.endswith("."), schema.type
        assert {category for category, _ in schema.names} <= CATEGORIES, schema.type
        kinds = {kind.partition("|")[0] for kind in schema.data.values()}
        assert kinds <= KINDS.keys(), schema.type
        versions = [each.version for each in schemas.ALL if each.type == schema.type]
        assert sorted(versions) == list(range(1, len(versions) + 1)), schema.type


@pytest.mark.parametrize("app", [path.name for path in APPS])
def test_every_type_that_the_code_records_has_a_schema(app: str) -> None:
    missing = [f"{file}: {type_}" for file, type_ in _recorded(app) if not schemas.find(type_)]
    assert missing == [], "describe them in events/schemas/, then run python manage.py draw_events"


def test_a_schema_is_held_against_all_of_an_event() -> None:
    schemas.check(event())
    for wrong, words in (
        (event(type="user.vanished"), "no schema of user.vanished"),
        (event(subject="accounts.session:ses_1"), "its subject is accounts.session, not accounts.user"),
        (event(category="domain", name="UserSignedOut"), "it is named domain 'UserSignedOut'"),
        (event(data={}), "it lacks session"),
        (event(data={"session": 1}), "its session is 1, not text"),
        (event(data={"session": None}), "its session is None, not text"),
        (event(data={"session": "ses_1", "address": "::1"}), "a field address, which is not described"),
        (event(live_type="notification"), "it is shown as notification"),
    ):
        with pytest.raises(AssertionError, match=words):
            schemas.check(wrong)


def test_names_are_held_to_their_own_type() -> None:
    told = {"type": "send", "network": None, "provider": ""}
    row = {"subject": "transactions.transaction:txn_1", "data": told, "category": "domain"}
    schemas.check(event(type="flow.BTCConversionCompleted", name="BTCConversionCompleted", **row))
    schemas.check(event(type="flow.USDC.ETHConversionCompleted", name="USDC.ETHConversionCompleted", **row))
    with pytest.raises(AssertionError, match="it is named"):
        schemas.check(event(type="flow.BTCConversionCompleted", name="ETHConversionCompleted", **row))
    with pytest.raises(AssertionError, match="no schema"):
        schemas.check(event(type="flow.ConversionCompleted", name="ConversionCompleted", **row))


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("text", ["", "a"], [1, None]),
        ("integer", [0, -5], ["0", True, 1.0]),
        ("boolean", [True, False], [0, "true", None]),
        ("minor", ["0", "-12", "99999999999999999999"], [1, "1.5", "", "1e3"]),
        ("time", ["2026-11-20T12:00:00+00:00"], ["2026-11-20T12:00:00", "soon", 5]),
        ("object", [{}, {"a": 1}], [[], "x"]),
        ("texts", [[], ["a"]], ["a", [1]]),
        ("integers", [[], [1]], [[True], 1]),
        ("objects", [[], [{}]], [{}, ["a"]]),
    ],
)
def test_what_kinds_hold(kind: str, good: list[Any], bad: list[Any]) -> None:
    schema = Schema("a.b", "a.b", "", {"field": kind, "other?": f"{kind}|null"})
    for value in good:
        assert schema.mistakes(event(type="a.b", subject="a.b:1", data={"field": value, "other": None})) == []
    for value in bad:
        assert len(schema.mistakes(event(type="a.b", subject="a.b:1", data={"field": value}))) == 1


def _recorded(app: str) -> Iterator[tuple[str, str]]:
    """Yield the types in the calls of record that name one outright."""
    for file in sorted(Path(settings.BASE_DIR, app).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] != "record":
                continue
            for keyword in node.keywords:
                if keyword.arg == "type":
                    for value in ast.walk(keyword.value):
                        if isinstance(value, ast.Constant) and "." in str(value.value).rstrip("."):
                            yield file.name, str(value.value)
