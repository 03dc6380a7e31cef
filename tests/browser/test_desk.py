"""The desk in a real browser: two sizes, two colour schemes, by keyboard."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect

from accounts.models import Role
from kit.ids import new_id
from tests.browser.looking import LOOKS, looking
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.pages import Past, make_past
from tests.factories.stuck import make_ramp, make_sweep, set_steps
from transactions.models import Intervention, RecoveryAttempt, Transaction
from transactions.services import interventions

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

THEMES_OWN = ("landmark-", "region:", "page-has-heading", "heading-order", "color-contrast: <a href")
"""What the admin's theme itself does: its frame has no landmarks, and its links are pale on a dark page."""


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    """Return a past with a send nobody can pay for, an unpaid on-ramp, and a forced sweep that waits."""
    now = timezone.now()
    past = make_past(settings, tmp_path, now=now)
    sweep, _ = make_sweep(past, has_gas_under_way=False, now=now)
    ramp = make_ramp(past, ordered="done", paid="asking", now=now)
    set_steps(ramp, paid={"deadline_at": now + timedelta(minutes=20), "question": "Pay 50.00 USD to go on."})
    set_steps(past.send, signed={"tries": 7, "wake_at": now + timedelta(seconds=28), "error_code": "node_unavailable"})
    for number in range(5, 8):
        RecoveryAttempt.objects.create(
            transaction=past.send,
            step="signed",
            number=number,
            treatment="temporary",
            code="node_unavailable",
            reason="No node of this network answers.",
            decided="retry in 28 s",
            at=now - timedelta(seconds=30 * (8 - number)),
        )
    stuck = Transaction.objects.filter(pk__in=[past.send.pk, ramp.pk, sweep.pk])
    stuck.update(updated_at=now - timedelta(hours=2), next_look_at=now)
    interventions.force(
        intervention_id=new_id("itv"),
        transaction_id=sweep.pk,
        step="gas_ready",
        has_happened=True,
        reason="The node's index of balances is broken; the explorer shows all of it on the address.",
        actor=make_user(role=Role.OPERATOR).pk,
        now=now,
    )
    return past


@pytest.fixture
def cookies() -> dict[str, str]:
    client = Client()
    sign_in_browser(client, make_user(role=Role.OPERATOR))
    return {"sessionid": client.cookies["sessionid"].value}


def pages(past: Past) -> dict[str, str]:
    return {
        "home": reverse("admin:index"),
        "desk": reverse("admin:transactions_desk"),
        "retry": reverse("admin:transactions_step_in", args=[past.send.pk, "retry"]),
        "compensate": reverse("admin:transactions_step_in", args=[past.send.pk, "compensate"]),
        "force": reverse("admin:transactions_step_in", args=[past.send.pk, "force"]),
        "decide": reverse("admin:transactions_decide", args=[Intervention.objects.get().pk]),
        "refused": reverse("admin:transactions_step_in", args=[past.arriving.pk, "compensate"]),
        "transaction": reverse("admin:transactions_transaction_change", args=[past.send.pk]),
    }


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_desk_and_its_pages(
    browser: Browser, live_server: Any, past: Past, cookies: dict[str, str], width: int, scheme: str
) -> None:
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
        for name, path in pages(past).items():
            eye.open(path)
            eye.photograph(f"desk-{name}-{width}-{scheme}")
            wide = eye.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} scrolls sideways by {wide} px"
            assert eye.complaints == [], name
            assert [found for found in eye.violations() if not found.startswith(THEMES_OWN)] == [], name


def test_a_retry_by_keyboard(browser: Browser, live_server: Any, past: Past, cookies: dict[str, str]) -> None:
    with looking(browser, live_server.url, cookies=cookies) as eye:
        eye.open(reverse("admin:transactions_desk"))
        eye.page.get_by_role("link", name=f"Retry: {past.send.pk}").focus()
        eye.page.keyboard.press("Enter")
        eye.page.get_by_label("Why do you step in?").focus()
        eye.page.keyboard.type("The node is back.")
        eye.page.keyboard.press("Tab")
        eye.page.keyboard.press("Enter")
        expect(eye.page.get_by_text(f"It is being tried: {past.send.pk}.")).to_be_visible()
        assert eye.complaints == []
    assert Intervention.objects.get(transaction=past.send).reason == "The node is back."
