"""Keyset pages, shown on the list of sessions."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session
from tests.factories.accounts import make_api_client, make_session, make_user

pytestmark = pytest.mark.django_db


def _client_with(count):
    user = make_user()
    client = make_api_client(user)
    for number in range(count - 1):
        # Pairs share their time, so that the id must decide.
        make_session(user, now=timezone.now() - timedelta(minutes=number // 2))
    expected = list(Session.objects.filter(user=user).order_by("-created_at", "-id").values_list("id", flat=True))
    return client, user, expected


def _walk(client, url, way):
    pages = []
    while url:
        page = client.get(url).json()
        pages.append([row["id"] for row in page["results"]])
        url = page[way]
    return pages


def test_pages_forward_and_back_show_every_row_once():
    client, _, expected = _client_with(7)
    pages = _walk(client, "/api/v1/auth/sessions?limit=3", "next")
    assert pages == [expected[:3], expected[3:6], expected[6:]]
    first = client.get("/api/v1/auth/sessions?limit=3").json()
    assert first["previous"] is None
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    assert third["next"] is None
    assert _walk(client, third["previous"], "previous") == [expected[3:6], expected[:3]]
    back = client.get(third["previous"]).json()
    assert client.get(back["next"]).json()["results"] == third["results"]


def test_a_row_added_in_front_moves_nothing():
    client, user, expected = _client_with(4)
    first = client.get("/api/v1/auth/sessions?limit=2").json()
    make_session(user, now=timezone.now() + timedelta(minutes=1))
    second = client.get(first["next"]).json()
    assert [row["id"] for row in second["results"]] == expected[2:]


@pytest.mark.parametrize("query", ["cursor=nonsense", "limit=0", "limit=201", "limit=x", "cursor=%00"])
def test_a_bad_cursor_or_limit_is_refused(query):
    answer = make_api_client(make_user()).get(f"/api/v1/auth/sessions?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


def test_a_page_costs_the_same_however_many_rows(django_assert_num_queries):
    client, _, _ = _client_with(12)
    for limit in (2, 10):
        with django_assert_num_queries(1):  # beside the session, read by a statement of our own
            page = client.get(f"/api/v1/auth/sessions?limit={limit}")
        assert len(page.json()["results"]) == limit
