"""Error pages say what happened, why, what to do and another way, and need nothing that may be broken."""

import pytest
from django.test import RequestFactory

from wallet_project import views

FOUR_PARTS = ("Why", "What you can do", "Another way")


def test_a_broken_page_needs_neither_session_nor_database(rf: RequestFactory) -> None:
    response = views.server_error(rf.get("/"))
    text = response.content.decode()
    assert response.status_code == 500
    assert "Something broke on our side" in text
    for part in FOUR_PARTS:
        assert f"<dt>{part}</dt>" in text


@pytest.mark.parametrize(("cookie", "shown"), [("dark", 'data-theme="dark"'), ('"><b>', "<html lang")])
def test_a_broken_page_keeps_the_theme(rf: RequestFactory, cookie: str, shown: str) -> None:
    request = rf.get("/")
    request.COOKIES["theme"] = cookie
    text = views.server_error(request).content.decode()
    assert shown in text
    assert "<b>" not in text
