"""Listening to the bells that accounts ring."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

Bell = tuple[str, dict[str, str]]


@pytest.fixture
def bells(db: Any) -> Callable[[], list[Bell]]:
    """Return a function that lists the bells waiting for this test's transaction to commit."""
    waiting: list[Any] = connection.run_on_commit
    return lambda: [(entry[1].task, dict(entry[1].ids)) for entry in waiting]
