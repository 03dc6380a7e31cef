"""Runs and cases in a real browser: two sizes, two colour schemes, by keyboard."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect

from accounts.models import Role
from kit.ids import new_id
from reconciliation.models import Case
from reconciliation.services import cases, corrections
from tests.browser.looking import LOOKS, looking
from tests.browser.test_desk import THEMES_OWN
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.reconciliation import make_case
from transactions.services.accounts import open_network_accounts

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def case() -> Case:
    now = timezone.now()
    open_network_accounts(network="ethereum", now=now)
    made = make_case(now=now)
    cases.note(case_id=made.pk, text="The hot wallet's key has sent something.", actor=make_user().pk, now=now)
    corrections.request(
        correction_id=new_id("cor"),
        case_id=made.pk,
        reason="Covered by the company's own coins.",
        actor=make_user().pk,
        now=now,
    )
    return made


@pytest.fixture
def cookies() -> dict[str, str]:
    client = Client()
    sign_in_browser(client, make_user(role=Role.ADMINISTRATOR))
    return {"sessionid": client.cookies["sessionid"].value}


def pages(case: Case) -> dict[str, str]:
    return {
        "cases": reverse("admin:reconciliation_case_changelist"),
        "case": reverse("admin:reconciliation_case_change", args=[case.pk]),
        "runs": reverse("admin:reconciliation_run_changelist"),
        "run": reverse("admin:reconciliation_run_change", args=[case.first_run_id]),
        "explain": reverse("admin:reconciliation_act", args=[case.pk, "explain"]),
        "correct": reverse("admin:reconciliation_act", args=[case.pk, "correct"]),
        "decide": reverse("admin:reconciliation_decide", args=[case.corrections.get().pk]),
        "thresholds": reverse("admin:reconciliation_threshold_changelist"),
        "threshold": reverse("admin:reconciliation_threshold", args=["ETH"]),
    }


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_pages(
    browser: Browser, live_server: Any, case: Case, cookies: dict[str, str], width: int, scheme: str
) -> None:
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
        for name, path in pages(case).items():
            eye.open(path)
            eye.photograph(f"reconciliation-{name}-{width}-{scheme}")
            wide = eye.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} scrolls sideways by {wide} px"
            assert eye.complaints == [], name
            if not path.endswith(("/change/", "case/", "run/", "threshold/")):
                assert [found for found in eye.violations() if not found.startswith(THEMES_OWN)] == [], name


def test_an_explanation_by_keyboard(browser: Browser, live_server: Any, case: Case, cookies: dict[str, str]) -> None:
    with looking(browser, live_server.url, cookies=cookies) as eye:
        eye.open(reverse("admin:reconciliation_case_change", args=[case.pk]))
        eye.page.get_by_role("link", name="Explain").focus()
        eye.page.keyboard.press("Enter")
        eye.page.get_by_label("In your words").focus()
        eye.page.keyboard.type("The company moved them to cold storage.")
        eye.page.keyboard.press("Tab")
        eye.page.keyboard.press("Enter")
        expect(eye.page.get_by_text(f"It is explained: {case.pk}.")).to_be_visible()
        assert eye.complaints == []
    case.refresh_from_db()
    assert case.status == "explained"
