"""Statements of our own on the core database, without what Django's cursor adds to each."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import psycopg
from django.db import connections, models


def rows(statement: str, parameters: list[Any]) -> list[Any]:
    """
    Return the statement's rows, inside the caller's transaction if there is one.

    On a bare psycopg cursor with parameters bound by the server, which prepares what it is asked often: Django's own
    takes three times its time, which counts where it runs with every money move.
    """
    core = connections["default"]
    core.ensure_connection()
    core.validate_no_broken_transaction()
    with core.wrap_database_errors, psycopg.Cursor(core.connection) as cursor:
        cursor.execute(statement.encode(), parameters)
        return cursor.fetchall() if cursor.description else []


def read(statement: str, parameters: list[Any], **kinds: type[models.Model]) -> list[Any]:
    """
    Return the rows of a statement of ours as model instances, one for each alias that stands in braces in it.

    For what is asked with every request: Django compiles a query anew each time. Only for models whose columns read
    back as they are: no JSON, no whole numbers kept as NUMERIC.
    """
    found = rows(_with_columns(statement, tuple(kinds.items())), parameters)
    shapes = [_shape(model) for model in kinds.values()]
    built = []
    for row in found:
        instances, start = [], 0
        for model, names in zip(kinds.values(), shapes, strict=True):
            instances.append(model.from_db("default", names, row[start : start + len(names)]))
            start += len(names)
        built.append(instances)
    return built


def insert(objects: Sequence[models.Model]) -> None:
    """
    Write new rows of one model in one statement that PostgreSQL prepares; they get their ids, in the order given.

    For rows that go with every money move: Django compiles the statement anew each time. Not for binary columns.
    """
    if not objects:
        return
    model = type(objects[0])
    statement, names = _insertion(model)
    given = [[getattr(each, name) for name in names] for each in objects]
    for each, (number,) in zip(objects, rows(statement, [json.dumps(given, default=_text)]), strict=True):
        each.pk = number
        each._state.adding, each._state.db = False, "default"


@cache
def _insertion(model: type[models.Model]) -> tuple[str, list[str]]:
    """Return the statement that writes a JSON list of rows, and which attributes a row consists of."""
    connection = connections["default"]
    own = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    values = ", ".join(
        f"nullif(e.row->{place}, 'null')"
        if isinstance(field, models.JSONField)
        else f"(e.row->>{place})::{field.db_type(connection)}"
        for place, field in enumerate(own)
    )
    names = ", ".join(f'"{field.column}"' for field in own)
    statement = f"""
        INSERT INTO "{model._meta.db_table}" ({names})
        SELECT {values} FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY e(row, place) ORDER BY e.place
        RETURNING "{model._meta.pk.column}"
    """  # noqa: S608  # names of our own tables and columns
    return statement, [field.attname for field in own]


@cache
def _with_columns(statement: str, kinds: tuple[tuple[str, type[models.Model]], ...]) -> str:
    listed = {
        alias: ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields) for alias, model in kinds
    }
    return statement.format(**listed)


@cache
def _shape(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _text(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    assert isinstance(value, Decimal), f"{value!r} cannot be written as JSON"
    return str(value)
