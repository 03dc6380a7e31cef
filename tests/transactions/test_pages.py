"""The pages' doors: who may see what, and that only a confirmation moves money, once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

import ledger.queries
from accounts.models import User
from events.models import Event
from rates.models import Price
from rates.services import NewFee, store_fees
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.pages import STRANGER, Past, make_past
from transactions.models import Transaction
from transactions.views import history
from wallets.models import Wallet
from wallets.queries import available_account, held_account

pytestmark = pytest.mark.django_db(databases="__all__")

PRIVATE = ["/wallets/", "/receive/", "/send/", "/transfer/", "/activity/"]


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=timezone.now())


def _browser(user: User) -> Client:
    client = Client()
    sign_in_browser(client, user)
    return client


def _books(past: Past) -> tuple[int, int]:
    """Return what the owner's Bitcoin wallet has available and on hold."""
    code = past.bitcoin.pk
    return (
        ledger.queries.balance(code=available_account(code), asset="BTC"),
        ledger.queries.balance(code=held_account(code), asset="BTC"),
    )


def _send_form(past: Past, **changes: str) -> dict[str, str]:
    form = {
        "source": f"{past.bitcoin.pk}:BTC",
        "to": STRANGER,
        "amount": "0.015",
        "priority": "normal",
        "memo": "",
        "step": "check",
    }
    return {**form, **changes}


@pytest.mark.parametrize("path", PRIVATE)
def test_a_stranger_is_sent_to_sign_in(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/sign-in/?next={path}"


def test_a_part_of_a_page_asked_for_by_a_stranger_reloads_the_page(client: Client) -> None:
    response = client.get("/wallets/", headers={"HX-Request": "true"})
    assert response["HX-Refresh"] == "true"
    assert response.content == b""


def test_what_is_not_yours_is_not_there(past: Past) -> None:
    stranger = _browser(make_user())
    for path in (f"/wallets/{past.bitcoin.pk}/", f"/activity/{past.send.pk}/"):
        assert stranger.get(path).status_code == 404
    before = _books(past)
    assert stranger.post(f"/activity/{past.send.pk}/cancel/").status_code == 404
    assert _books(past) == before


def test_both_sides_see_a_transfer(past: Past) -> None:
    path = f"/activity/{past.transfer.pk}/"
    assert "Sent to a person" in _browser(past.owner).get(path).content.decode()
    theirs = _browser(past.friend).get(path).content.decode()
    assert "Received from a person" in theirs
    assert "ada@example.com" in theirs


def test_checking_a_send_moves_nothing(past: Past) -> None:
    before, count = _books(past), Transaction.objects.count()
    response = _browser(past.owner).post("/send/", _send_form(past))
    assert response.status_code == 200
    assert response.context["money"].minor == 1_500_000
    assert (_books(past), Transaction.objects.count()) == (before, count)


def _shown(past: Past) -> list[str]:
    """Return the types of which the owner was shown a price."""
    notes = Event.objects.filter(type="preview.shown", user_id=past.owner.pk).order_by("id")
    return [note.data["type"] for note in notes]


def test_confirming_twice_sends_once(past: Past) -> None:
    browser = _browser(past.owner)
    checked = browser.post("/send/", _send_form(past)).context
    assert _shown(past) == ["send"]
    form = _send_form(past, step="confirm", key=checked["key"], max_fee=str(checked["max_fee"]))
    available, held = _books(past)
    # The fee has doubled before the second press: it must not say that nothing was sent.
    first = browser.post("/send/", form)
    store_fees(network="bitcoin", fees=[NewFee("normal", 20_000, 0, 600)], now=timezone.now())
    second = browser.post("/send/", form)
    assert first.status_code == 302
    assert first["Location"] == second["Location"]
    assert _shown(past) == ["send"]  # what is confirmed is not another price that was shown
    taken = 1_500_000 + checked["max_fee"]
    assert _books(past) == (available - taken, held + taken)


def test_a_dearer_fee_is_shown_again_before_anything_moves(past: Past) -> None:
    browser = _browser(past.owner)
    before = _books(past)
    checked = browser.post("/send/", _send_form(past)).context
    form = _send_form(past, step="confirm", key=checked["key"], max_fee=str(checked["max_fee"] - 1))
    response = browser.post("/send/", form)
    assert response.status_code == 200
    assert response.context["is_dearer"] is True
    assert _shown(past) == ["send", "send"]
    assert _books(past) == before


def test_a_confirmation_without_an_agreed_fee_is_none(past: Past) -> None:
    before = _books(past)
    assert _browser(past.owner).post("/send/", _send_form(past, step="confirm")).status_code == 200
    assert _books(past) == before


def test_never_more_is_held_than_was_agreed(past: Past) -> None:
    """A fee that has fallen since is not a reason to hold more than the summary said."""
    browser = _browser(past.owner)
    checked = browser.post("/send/", _send_form(past)).context
    response = browser.post("/send/", _send_form(past, step="confirm", max_fee="99999999"))
    assert response.status_code == 302
    assert Transaction.objects.latest("id").max_fee_minor == checked["max_fee"]


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"amount": "9"}, 422, "There is not enough BTC in this wallet."),
        ({"amount": "0"}, 200, "more than zero"),
        ({"amount": "0.000000001"}, 200, "At most 8 decimals"),
        ({"to": "nonsense"}, None, ""),
        ({"source": "wal_00000000000000000000000000:BTC"}, 200, "Select a valid choice"),
    ],
)
@pytest.mark.parametrize("step", ["check", "confirm"])
def test_a_refusal_moves_nothing(
    past: Past, changes: dict[str, str], status: int | None, words: str, step: str
) -> None:
    before, count = _books(past), Transaction.objects.count()
    response = _browser(past.owner).post("/send/", _send_form(past, step=step, **changes))
    assert response.status_code == (status or response.status_code)
    assert response.status_code != 302
    if step == "check":
        assert words in response.content.decode()
    assert (_books(past), Transaction.objects.count()) == (before, count)


def test_a_transfer_is_confirmed_once(past: Past) -> None:
    browser = _browser(past.owner)
    form = {
        "source": f"{past.bitcoin.pk}:BTC",
        "to": "GRACE@example.com",
        "amount": "0.01",
        "memo": "",
        "step": "check",
    }
    available, held = _books(past)
    key = browser.post("/transfer/", form).context["key"]
    assert _books(past) == (available, held)
    first = browser.post("/transfer/", {**form, "step": "confirm", "key": key})
    second = browser.post("/transfer/", {**form, "step": "confirm", "key": key})
    assert first.status_code == 302
    assert first["Location"] == second["Location"]
    assert _books(past) == (available - 1_000_000, held)


def test_cancelling_gives_everything_back(past: Past) -> None:
    available, held = _books(past)
    response = _browser(past.owner).post(f"/activity/{past.send.pk}/cancel/")
    assert response.status_code == 302
    assert held == past.send.amount_minor + past.send.max_fee_minor
    assert _books(past) == (available + held, 0)


def test_a_total_that_leaves_something_out_is_not_shown(past: Past) -> None:
    browser = _browser(past.owner)
    assert browser.get("/").context["total"] is not None
    Price.objects.filter(base="ETH").delete()
    response = browser.get("/")
    assert response.context["total"] is None
    assert "There is no fresh price for ETH" in response.content.decode()


def test_filters_and_pages(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PER_PAGE", 2)
    browser = _browser(past.owner)
    seen: list[str] = []
    path = "/activity/"
    while path:
        context = browser.get(path).context
        seen += [row.id for row in context["rows"]]
        path = f"/activity/{context['next_url']}" if context["next_url"] else ""
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    assert [row.id for row in browser.get("/activity/?type=transfer").context["rows"]] == [past.transfer.pk]
    assert [row.id for row in browser.get(f"/activity/?q={past.send.pk}").context["rows"]] == [past.send.pk]
    assert browser.get("/activity/?status=failed&since=nonsense").context["rows"] == []


def test_queries_do_not_grow_with_the_list(past: Past, django_assert_max_num_queries: Any) -> None:
    browser = _browser(past.owner)
    for path in ("/", f"/wallets/{past.bitcoin.pk}/", "/activity/", "/wallets/"):
        with django_assert_max_num_queries(26):
            assert browser.get(path).status_code == 200


def test_the_theme_choice_is_kept_and_stays_on_this_site(client: Client) -> None:
    response = client.post("/appearance/", {"theme": "dark", "next": "https://evil.example/"})
    assert response["Location"] == "/"
    assert client.cookies["theme"].value == "dark"
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.post("/appearance/", {"theme": '"><script>', "next": "/send/"})
    assert client.cookies["theme"].value == ""


def test_pages_have_a_strict_policy_and_nothing_inline(past: Past) -> None:
    browser = _browser(past.owner)
    for path in ("/", "/send/", f"/wallets/{past.bitcoin.pk}/", f"/activity/{past.send.pk}/"):
        response = browser.get(path)
        policy = response["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe" not in policy
        text = response.content.decode()
        assert " style=" not in text
        assert "onclick" not in text


def test_an_expired_form_says_that_nothing_was_sent(past: Past) -> None:
    browser = Client(enforce_csrf_checks=True)
    sign_in_browser(browser, past.owner)
    before = _books(past)
    response = browser.post("/send/", _send_form(past, step="confirm", max_fee="99999"))
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
    assert _books(past) == before


def test_an_unknown_page_is_explained(client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


def test_wallets_are_offered_on_available_networks_only(past: Past, settings: Any) -> None:
    settings.NETWORKS = {**settings.NETWORKS, "bitcoin": replace(settings.NETWORKS["bitcoin"], rpc_urls=())}
    owner, newcomer = _browser(past.owner), _browser(make_user())
    html = owner.get("/wallets/").content.decode()
    assert '<option value="ethereum">' in html
    assert '<option value="bitcoin">' not in html
    assert f"/wallets/{past.bitcoin.pk}/" in html  # what one has stays in sight
    for path in ("/", "/wallets/", "/receive/"):
        html = newcomer.get(path).content.decode()
        assert "Open Ethereum wallet" in html
        assert "Open Bitcoin wallet" not in html
    before = Wallet.objects.count()
    assert newcomer.post("/wallets/", {"network": "bitcoin"}).status_code == 422
    assert Wallet.objects.count() == before
    settings.NETWORKS = {code: replace(config, rpc_urls=()) for code, config in settings.NETWORKS.items()}
    assert "Open another wallet" not in owner.get("/wallets/").content.decode()
    assert "No network is connected at the moment" in newcomer.get("/wallets/").content.decode()
