"""The table of moves that the database itself enforces."""

import pytest
from django.db import connection

from tests.unit.transactions.test_flow_laws import MOVES, moves_in

pytestmark = pytest.mark.django_db


def test_the_trigger_lets_the_table_of_moves_through_and_nothing_else() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'transactions_may_move'")
        (source,) = cursor.fetchone() or ("",)
    assert moves_in(source) == MOVES
