"""Four databases: what belongs where, and no foreign key from one to another."""

import pytest
from django.apps import apps
from django.db import connections, models, router

MODELS = apps.get_models(include_auto_created=True)
KEYS = "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"


def home(model: type[models.Model]) -> str:
    """Return the database this model's rows are written to, which is the one they are read from."""
    assert router.db_for_read(model) == router.db_for_write(model)
    return router.db_for_write(model)


def test_no_foreign_key_crosses_from_one_database_to_another() -> None:
    crossing = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in MODELS
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and home(model) != home(field.related_model)
    ]
    assert crossing == []


@pytest.mark.django_db(databases="__all__")
def test_each_database_has_the_tables_that_belong_there_and_their_keys_stay_within() -> None:
    for alias in connections:
        own = {model._meta.db_table for model in MODELS if model._meta.managed and home(model) == alias}
        with connections[alias].cursor() as cursor:
            there = set(connections[alias].introspection.table_names(cursor))
            cursor.execute(KEYS)
            ends = {table for pair in cursor.fetchall() for table in pair}
        assert there - {"django_migrations"} == own, alias
        assert ends <= own, alias


def test_the_rates_live_in_their_own_database() -> None:
    assert {home(model) for model in apps.get_app_config("rates").get_models()} == {"rates"}
    assert {home(model) for model in apps.get_app_config("ledger").get_models()} == {"default"}
