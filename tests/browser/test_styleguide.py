"""The style guide shows every component, and the pages that are hard to reach, without a complaint."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.looking import LOOKS, looking
from wallet_project.styleguide import PAGES

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_components(browser: Browser, live_server: Any, width: int, scheme: str) -> None:
    with looking(browser, live_server.url, width=width, scheme=scheme) as eye:
        eye.open("/styleguide/")
        eye.photograph(f"styleguide-{width}-{scheme}")
        eye.check()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_error_pages(browser: Browser, live_server: Any, width: int, scheme: str) -> None:
    with looking(browser, live_server.url, width=width, scheme=scheme) as eye:
        for name in PAGES:
            eye.open(f"/styleguide/pages/{name}/")
            eye.photograph(f"error-{name}-{width}-{scheme}")
            eye.check()
