"""Statements of our own on the core database, without what Django's cursor adds to each."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, TypeVar

import psycopg
from django.db import connections, models
from django.db.models.base import ModelState

T = TypeVar("T", bound=models.Model)


def rows(statement: str, parameters: list[Any]) -> list[Any]:
    """
    Return the statement's rows, inside the caller's transaction if there is one.

    On a bare psycopg cursor with parameters bound by the server, which prepares what it is asked often: Django's own
    takes three times its time, which counts where it runs with every money move.
    """
    core = connections["default"]
    core.close_if_health_check_failed()
    core.ensure_connection()
    core.validate_no_broken_transaction()
    with core.wrap_database_errors:
        cursor = _cursor(core.connection)
        cursor.execute(_encoded(statement), parameters)
        return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []


@lru_cache(maxsize=1024)
def _encoded(statement: str) -> bytes:
    """Return the statement as psycopg wants it, always the same object: it is looked up by its hash each time."""
    return statement.encode()


def _cursor(connection: Any) -> "psycopg.Cursor[Any]":
    """Return the connection's one plain cursor: nothing is left in it, and making one takes half a statement's time."""
    cursor: psycopg.Cursor[Any] | None = getattr(connection, "_plain_cursor", None)
    if cursor is None:
        cursor = connection._plain_cursor = psycopg.Cursor(connection)
    return cursor


def read(statement: str, parameters: list[Any], **kinds: type[models.Model]) -> list[Any]:
    """
    Return the rows of a statement of ours as model instances, one for each alias that stands in braces in it.

    For what is asked with every request, or many times for every money move: Django compiles a query anew each time.
    """
    found = rows(_with_columns(statement, tuple(kinds.items())), parameters)
    shapes = [_shape(model) for model in kinds.values()]
    built = []
    for row in found:
        instances, start = [], 0
        for model, (names, converters) in zip(kinds.values(), shapes, strict=True):
            values = list(row[start : start + len(names)])
            for place, convert in converters:
                values[place] = convert(values[place], None, connections["default"])
            instances.append(_instance(model, dict(zip(names, values, strict=True)), adding=False))
            start += len(names)
        built.append(instances)
    return built


def fresh(model: type[T], **values: Any) -> T:
    """
    Return a new row with these values and the defaults of the others, by the names of attributes: keys, not relations.

    As the model itself makes one, at a quarter of what that takes; for what is made many times with every money move.
    """
    defaults = {name: default() if callable(default) else default for name, default in _defaults(model)}
    assert values.keys() <= defaults.keys(), f"{model.__name__} has no {values.keys() - defaults.keys()}"
    return _instance(model, defaults | values, adding=True)


def _instance(model: type[T], values: dict[str, Any], *, adding: bool) -> T:
    """Return an instance as Django makes it, without its signals and its look at each field: we use neither."""
    made = model.__new__(model)
    made._state = ModelState()
    if not adding:
        made._state.adding, made._state.db = False, "default"
    made.__dict__.update(values)
    return made


@cache
def _defaults(model: type[models.Model]) -> list[tuple[str, Any]]:
    """Return what each attribute of a new row is, or what makes it."""
    fields = model._meta.concrete_fields
    return [(each.attname, each.default if each.has_default() else each.get_default()) for each in fields]


def insert(objects: Sequence[models.Model], *, setting: tuple[str, str] | None = None) -> None:
    """
    Write new rows of one model in one statement that PostgreSQL prepares; they get their ids, in the order given.

    For rows that go with every money move: Django compiles the statement anew each time. Not for binary columns.
    `setting`, a name and a value, is set for this database transaction before the first row is written.
    """
    if not objects:
        return
    model = type(objects[0])
    statement, names = _insertion(model, setting is not None)
    given = [[_exact(getattr(each, name)) for name in names] for each in objects]
    parameters = [*(setting or ()), json.dumps(given, default=_text)]
    for each, (number,) in zip(objects, rows(statement, parameters), strict=True):
        each.pk = number
        each._state.adding, each._state.db = False, "default"


def update(row: models.Model, names: Sequence[str]) -> None:
    """
    Write these attributes of a row that is there, in one statement that PostgreSQL prepares.

    As `save(update_fields=…)`, for what is written many times for every money move. Not for binary columns.
    """
    assert not row._state.adding, "only a row that is there can be changed"
    given = [_exact(getattr(row, name)) for name in names]
    found = rows(_change(type(row), tuple(names)), [json.dumps(given, default=_text), row.pk])
    assert found, f"{row} has gone"


@cache
def _change(model: type[models.Model], names: tuple[str, ...]) -> str:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    changes = ", ".join(f'"{fields[name].column}" = {_typed(fields[name], at)}' for at, name in enumerate(names))
    key = model._meta.pk.column
    table = model._meta.db_table
    return f"""
        UPDATE "{table}" t SET {changes} FROM (SELECT %s::jsonb) e(row) WHERE t."{key}" = %s RETURNING t."{key}"
    """  # noqa: S608  # names of our own tables and columns


def _typed(field: Any, place: int) -> str:
    """
    Return what reads the value at this place of a JSON list as the field's column holds it.

    Texts stay texts until they are assigned: a cast to the column's length would cut off what is too long.
    """
    if isinstance(field, models.JSONField):
        return f"nullif(e.row->{place}, 'null')"
    kind = field.db_type(connections["default"])
    return f"(e.row->>{place})" if kind.startswith("varchar") else f"(e.row->>{place})::{kind}"


@cache
def _insertion(model: type[models.Model], is_set: bool) -> tuple[str, list[str]]:
    """Return the statement that writes a JSON list of rows, and which attributes a row consists of."""
    own = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    values = ", ".join(_typed(field, place) for place, field in enumerate(own))
    names = ", ".join(f'"{field.column}"' for field in own)
    setting = "(SELECT set_config(%s, %s, true) OFFSET 0) s CROSS JOIN" if is_set else ""
    statement = f"""
        INSERT INTO "{model._meta.db_table}" ({names})
        SELECT {values} FROM {setting} jsonb_array_elements(%s::jsonb) WITH ORDINALITY e(row, place) ORDER BY e.place
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
def _shape(model: type[models.Model]) -> tuple[list[str], list[tuple[int, Any]]]:
    """Return the attributes of a row in the order of its columns, and what turns those that need it into Python's."""
    fields: list[Any] = list(model._meta.concrete_fields)
    converters = [(at, field.from_db_value) for at, field in enumerate(fields) if hasattr(field, "from_db_value")]
    return [field.attname for field in fields], converters


def _exact(value: Any) -> Any:
    """Return the value, which is no fraction: PostgreSQL would round it where the column holds whole numbers."""
    assert not isinstance(value, float | Decimal), f"{value!r} is not exact"
    return value


def _text(value: object) -> str:
    assert isinstance(value, datetime | date), f"{value!r} cannot be written as JSON"
    return value.isoformat()
