"""What a person is told to look at before they send: on the summary's page and in the API's preview alike."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from ledger.models import Posting
from tests.factories.accounts import make_api_client, sign_in_browser
from tests.factories.world import World
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

PAID = "0x52908400098527886E0F7030069857D2E4169EE7"
ALIKE = "0x5290FFfFFfFfFfFFFFFfFfFFfFfffFffFfff9EE7"
OTHER = "0x00000000000000000000000000000000DeaDBeef"


def previewed(world: World, owner: User, to: str) -> list[dict[str, Any]]:
    order = {"type": "send", "wallet_id": world.wallet(owner, "ethereum").pk, "asset": "ETH", "amount": "0.1", "to": to}
    answer = make_api_client(owner).post("/api/v1/transactions/preview", order, format="json")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["warnings"]
    return found


def test_an_address_made_to_look_like_one_that_was_paid(world: World) -> None:
    owner = world.rich("ethereum", "2")
    assert [each["code"] for each in previewed(world, owner, PAID)] == ["address_new"]
    world.finish(world.send(owner, "ethereum", "0.1", PAID))
    moved = Posting.objects.count(), Transaction.objects.count()

    assert previewed(world, owner, PAID) == []
    assert previewed(world, owner, PAID.lower()) == []
    assert [each["code"] for each in previewed(world, owner, OTHER)] == ["address_new"]
    [warning] = previewed(world, owner, ALIKE.lower())
    assert warning["code"] == "address_lookalike"
    assert PAID in warning["text"]

    browser = Client()
    sign_in_browser(browser, owner)
    source = f"{world.wallet(owner, 'ethereum').pk}:ETH"
    form = {"source": source, "to": ALIKE.lower(), "amount": "0.1", "priority": "normal", "memo": ""}
    page = browser.post("/send/", form).content.decode()
    assert "This is not the address it looks like" in page
    assert PAID in page
    assert "You have not sent to this address before" not in page
    assert (Posting.objects.count(), Transaction.objects.count()) == moved
    other = world.rich("ethereum", "2")
    assert [each["code"] for each in previewed(world, other, ALIKE.lower())] == ["address_new"]  # it is another's past
