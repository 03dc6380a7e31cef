"""A send that waits on its network, sped up by hand: the price is seen first, and one press changes it once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from ledger.models import Posting
from tests.browser.looking import LOOKS, PHONE, looking
from tests.factories.accounts import sign_in_browser
from tests.factories.world import World, living_world
from transactions.models import Replacement, Transaction

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    with living_world(settings, tmp_path, ["bitcoin"]) as made:
        yield made


def test_speeding_up_and_calling_off(browser: Browser, live_server: Any, world: World) -> None:
    owner = world.rich("bitcoin", "1")
    send = world.send(owner, "bitcoin", "0.1", world.stranger("bitcoin"))
    world.pump()
    client = Client()
    sign_in_browser(client, owner)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    here, before = f"/activity/{send.pk}/", Posting.objects.count()
    for width, scheme in LOOKS:
        with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
            for name in ("", "speed-up/", "call-off/"):
                eye.open(here + name)
                eye.photograph(f"replace-{name.strip('/') or 'send'}-{width}-{scheme}")
                eye.check()
    assert (Replacement.objects.count(), Posting.objects.count()) == (0, before)  # looking moves nothing

    with looking(browser, live_server.url, width=PHONE, cookies=cookies) as eye:
        eye.open(here)
        assert eye.page.get_by_text("you can speed it up or call it off").is_visible()
        eye.page.get_by_role("link", name="Speed it up").click()
        eye.page.get_by_role("heading", name="Speed this send up").wait_for()
        eye.page.locator("input[name=max_fee]").evaluate("field => field.value = '1'")  # what was agreed to is less now
        eye.page.get_by_role("button", name="Speed it up for at most").click()
        eye.page.get_by_text("The network's fee has risen").wait_for()
        assert not Replacement.objects.exists()
        eye.page.get_by_role("button", name="Speed it up for at most").click()
        eye.page.get_by_text("Being sped up.", exact=True).wait_for()
        assert eye.page.get_by_text("It is being changed as was asked").is_visible()
        assert not eye.page.get_by_role("link", name="Speed it up").count()  # one at a time
        eye.check()
        eye.open(here + "call-off/")
        eye.page.get_by_text("It is being changed already").wait_for()
    asked = Replacement.objects.get()
    world.now = max(world.now, timezone.now())  # the browser asked at the real time
    world.turn(5)  # no block is mined meanwhile
    assert Transaction.objects.get(pk=send.pk).attempts.get(number=2).max_fee_minor <= asked.max_fee_minor
    world.finish(send)
