"""Two presses of the same button at the same moment send once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from tests.factories.accounts import sign_in_browser
from tests.factories.pages import STRANGER, make_past
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

PRESSES = 6


def test_pressing_send_many_times_at_once_sends_once(settings: Any, tmp_path: Path) -> None:
    past = make_past(settings, tmp_path, now=timezone.now())
    browsers = [Client() for _ in range(PRESSES)]
    for browser in browsers:
        sign_in_browser(browser, past.owner)
    form = {"source": f"{past.bitcoin.pk}:BTC", "to": STRANGER, "amount": "0.01", "priority": "normal", "step": "check"}
    checked = browsers[0].post("/send/", form).context
    form |= {"step": "confirm", "key": checked["key"], "max_fee": str(checked["max_fee"])}
    count = Transaction.objects.count()

    def press(browser: Client) -> str:
        try:
            return browser.post("/send/", form)["Location"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PRESSES) as pool:
        places = set(pool.map(press, browsers))
    assert len(places) == 1
    assert Transaction.objects.count() == count + 1
