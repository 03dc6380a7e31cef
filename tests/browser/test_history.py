"""A person's history in a browser: every filter, files to take away, statements, and where a transaction is."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from tests.browser.looking import LOOKS, looking
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.pages import make_past
from transactions.models import Export
from transactions.queries.listing import Narrowing
from transactions.services import exports

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

looks = pytest.mark.parametrize(("width", "scheme"), LOOKS)


@looks
def test_history(browser: Browser, live_server: Any, settings: Any, tmp_path: Path, width: int, scheme: str) -> None:
    settings.EXPORTS_FOLDER = str(tmp_path / "exports")
    now = timezone.now()
    past, client = make_past(settings, tmp_path, now=now), Client()
    sign_in_browser(client, past.owner)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
        eye.open(f"/activity/?direction=out&wallet={past.bitcoin.pk}&least=0.01")
        eye.page.get_by_label("Amount from").wait_for()
        assert eye.page.locator("#transactions-rows tr").count() == 2
        eye.photograph(f"activity-filters-{width}-{scheme}")
        eye.check()
        eye.page.get_by_role("link", name="Export").click()
        eye.page.get_by_text("Direction: Out; Wallet: Bitcoin; Amount from: 0.01").wait_for()
        eye.page.get_by_text("No files yet").wait_for()
        eye.check()
        eye.page.get_by_label("PDF").check()
        eye.page.get_by_role("button", name="Write the file").click()
        eye.page.get_by_text("Waiting for its turn").wait_for()
        exports.write_next(clock=timezone.now)
        for form, fields in (
            ("json", {"status": "writing", "rows_total": 9_000, "rows_done": 6_300}),
            ("csv", {"status": "failed", "failure_code": "not_written", "failure_reason": "Writing it never ended."}),
        ):
            made = exports.request(user_id=past.owner.pk, form=form, wanted=Narrowing(), now=now)
            Export.objects.filter(pk=made.pk).update(**fields)
        eye.open("/activity/exports/")
        eye.page.get_by_text("70 %").wait_for()
        eye.photograph(f"exports-{width}-{scheme}")
        eye.check()
        with eye.page.expect_download() as download:
            eye.page.get_by_role("link", name="Download PDF").click()
        assert download.value.suggested_filename.endswith(".pdf")
        eye.open(f"/activity/{past.send.pk}/")
        eye.page.get_by_text("What comes next:").wait_for()
        eye.photograph(f"transaction-outlook-{width}-{scheme}")
        eye.check()


@looks
def test_statements(browser: Browser, live_server: Any, settings: Any, tmp_path: Path, width: int, scheme: str) -> None:
    past, client = make_past(settings, tmp_path, now=timezone.now() - timedelta(days=100)), Client()
    sign_in_browser(client, past.owner)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
        eye.open("/activity/exports/")
        eye.page.get_by_role("link", name="Monthly statements").click()
        eye.page.get_by_role("heading", name="Monthly statements").wait_for()
        eye.photograph(f"statements-{width}-{scheme}")
        eye.check()
        with eye.page.expect_download() as download:
            eye.page.get_by_role("link", name="PDF").last.click()
        assert download.value.suggested_filename.startswith("statement-")


def test_no_statement_yet(browser: Browser, live_server: Any) -> None:
    client = Client()
    sign_in_browser(client, make_user())
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with looking(browser, live_server.url, cookies=cookies) as eye:
        eye.open("/activity/statements/")
        eye.page.get_by_role("heading", name="No statement yet").wait_for()
        assert eye.page.get_by_role("link", name="PDF").count() == 0
        eye.check()
