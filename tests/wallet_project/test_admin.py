"""The admin, walked model by model as it is registered: nothing is edited, nothing secret is shown, no list repeats."""

from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role, User
from ledger.models import Account
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.back_office import Office, first_row, registered, staff
from transactions.models import Rescan, Transaction
from wallet_project.back_office import UNFOLD
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

LARGEST_QUERY_COUNT = 9
"""Session, person, roles, the page's rows with their count, and what a page asks once."""


def url(model: type[models.Model], view: str, *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=arguments)


def page(model: type[models.Model], view: str = "change") -> str:
    return url(model, view, quote(first_row(model).pk))


def page_of(row: models.Model) -> str:
    return url(type(row), "change", quote(row.pk))


def everything() -> dict[str, list[Any]]:
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model, _ in registered()}


def test_every_list_is_found() -> None:
    groups = UNFOLD["SIDEBAR"]["navigation"]
    shown = {str(item["link"]) for group in groups for item in group["items"]}
    for model, _ in registered():
        assert url(model, "changelist") in shown, f"nobody finds {model._meta.label}"


def test_what_is_registered() -> None:
    assert sorted(model._meta.label for model, _ in registered()) == [
        "accounts.User",
        "assets.Asset",
        "assets.Network",
        "audit.Checkpoint",
        "audit.Entry",
        "audit.NetworkAnchor",
        "chains.Cursor",
        "chains.Endpoint",
        "chains.FailedBlock",
        "chains.FoundSend",
        "custody.Key",
        "custody.SignatureGuard",
        "custody.Vault",
        "events.Carried",
        "events.Event",
        "events.Listener",
        "events.Poisoned",
        "ledger.Account",
        "ledger.Hold",
        "ledger.Mark",
        "ledger.Posting",
        "notifications.Delivery",
        "notifications.Endpoint",
        "notifications.Notification",
        "notifications.Phone",
        "notifications.Poisoned",
        "notifications.PushSubscription",
        "providers.Call",
        "providers.Health",
        "providers.Provider",
        "providers.Webhook",
        "reconciliation.Case",
        "reconciliation.Run",
        "reconciliation.Threshold",
        "solvency.Reading",
        "solvency.Snapshot",
        "transactions.Coin",
        "transactions.Deposit",
        "transactions.NonceLane",
        "transactions.Refill",
        "transactions.Rescan",
        "transactions.SendHalt",
        "transactions.Transaction",
        "wallets.Payee",
        "wallets.Reservation",
        "wallets.Wallet",
    ]


def test_nobody_can_add_change_or_delete_anything(office: Office) -> None:
    client = staff(Role.ADMINISTRATOR)
    User.objects.filter(groups__name=Role.ADMINISTRATOR).update(is_superuser=True)
    before = everything()
    for model, shown in registered():
        added = 200 if model is Rescan else 403  # a wish: its form refuses what the flow does
        assert client.get(url(model, "add")).status_code == added, model
        assert client.post(url(model, "add"), {"code": "X", "minor": "1"}).status_code == added, model
        if not model._default_manager.exists():
            continue
        fields = {field.name: "1" for field in model._meta.fields} | {"_save": "Save"}
        assert client.post(page(model), fields).status_code == 403, model
        assert client.get(page(model, "delete")).status_code == 403, model
        assert client.post(page(model, "delete"), {"post": "yes"}).status_code == 403, model
        doomed = {"action": "delete_selected", "_selected_action": [first_row(model).pk], "post": "yes"}
        assert client.post(url(model, "changelist"), doomed).status_code in {200, 302}, model
        edited = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": first_row(model).pk, "_save": "1"}
        assert client.post(url(model, "changelist"), edited).status_code in {200, 302, 403}, model
        assert shown.list_editable == (), model
    assert everything() == before


def test_no_page_shows_a_secret(office: Office) -> None:
    client = staff(Role.ADMINISTRATOR)
    pages = [reverse("admin:index")]
    for model, _ in registered():
        pages.append(url(model, "changelist"))
        pages.extend(page_of(row) for row in model._default_manager.all()[:20])
        pages.extend(url(model, "history", quote(row.pk)) for row in model._default_manager.all()[:1])
    pages.append(page_of(office.past.owner))
    for path in pages:
        answer = client.get(path)
        assert answer.status_code == 200, path
        html = answer.content.decode()
        assert [secret for secret in office.secrets if secret in html] == [], path


@pytest.mark.parametrize("role", [Role.OFFICER, Role.OPERATOR, Role.ADMINISTRATOR])
def test_staff_see_every_list(office: Office, role: Role) -> None:
    client = staff(role)
    assert client.get(reverse("admin:index")).status_code == 200
    for model, _ in registered():
        assert client.get(url(model, "changelist")).status_code == 200, model


def test_people_without_a_role_see_nothing(office: Office) -> None:
    strangers = {"nobody": Client(), "user": Client()}
    sign_in_browser(strangers["user"], make_user())
    for client in strangers.values():
        for path in [reverse("admin:index")] + [url(model, "changelist") for model, _ in registered()]:
            answer = client.get(path)
            assert answer.status_code in {302, 403}, path
            assert office.past.owner.email not in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "people", "networks"),
    [(Role.OFFICER, False, False), (Role.OPERATOR, False, True), (Role.ADMINISTRATOR, True, True)],
)
def test_what_each_role_may_do(office: Office, role: Role, people: bool, networks: bool) -> None:
    client = staff(role)
    html = client.get(url(User, "changelist")).content.decode()
    assert ("close" in _actions(html), "make_administrator" in _actions(html)) == (people, people)
    client.post(url(User, "changelist"), {"action": "close", "_selected_action": [office.past.friend.pk]})
    office.past.friend.refresh_from_db()
    assert office.past.friend.is_active is not people
    endpoints = reverse("admin:chains_endpoint_changelist")
    assert ("disable" in _actions(client.get(endpoints).content.decode())) is networks


def _actions(html: str) -> set[str]:
    start = html.find('name="action"')
    return set() if start < 0 else {part.split('"')[0] for part in html[start:].split('<option value="')[1:]}


def test_lists_ask_a_fixed_number_of_queries_and_count_nothing_whole(office: Office) -> None:
    client = staff(Role.OFFICER)
    for model, _ in registered():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(url(model, "changelist"))
        statements = [query["sql"] for query in asked.captured_queries]
        assert len(statements) <= LARGEST_QUERY_COUNT, (model, statements)
        assert not [sql for sql in statements if "COUNT(*)" in sql and "LIMIT" not in sql], (model, statements)


def test_more_rows_do_not_ask_more(office: Office) -> None:
    client = staff(Role.OFFICER)
    for model in (User, Wallet, Transaction, Account):
        counts = []
        for extra in (0, 5):
            for _ in range(extra):
                person = make_user()
                Wallet.objects.create(
                    id=f"wal_{User.objects.count():026d}",
                    user=person,
                    network_id="bitcoin",
                    created_at=office.past.send.created_at,
                )
            with CaptureQueriesContext(connection) as asked:
                client.get(url(model, "changelist"))
            counts.append(len(asked.captured_queries))
        assert counts[0] == counts[1], model


def test_a_transaction_tells_its_story(office: Office) -> None:
    client = staff(Role.OFFICER)
    with CaptureQueriesContext(connection) as asked:
        html = client.get(page_of(office.past.send)).content.decode()
    assert len(asked.captured_queries) <= 22
    assert '"raw"' not in " ".join(query["sql"] for query in asked.captured_queries)
    for expected in (
        "funds_held",
        "ab" * 32,
        "transaction.balance_reserved",
        "hold:reservation:rsv_",
    ):
        assert expected in html
    transfer = client.get(page_of(office.past.transfer)).content.decode()
    assert f"transfer:{office.past.transfer.pk}" in transfer
    arriving = client.get(page_of(office.past.arriving)).content.decode()
    assert "0.015 BTC" in arriving


@pytest.mark.parametrize("term", ["id", "user", "wallet", "email", "txid", "nothing"])
def test_transactions_are_looked_up(office: Office, term: str) -> None:
    past = office.past
    terms = {
        "id": (past.send.pk, {past.send.pk}),
        "user": (past.friend.pk, {past.transfer.pk}),
        "wallet": (past.bitcoin.pk, {past.send.pk, past.transfer.pk, past.arriving.pk}),
        "email": (past.owner.email.upper(), {past.send.pk, past.transfer.pk, past.arriving.pk}),
        "txid": (past.arriving.txid, {past.arriving.pk}),
        "nothing": ("no such thing", set()),
    }
    text, expected = terms[term]
    html = staff(Role.OFFICER).get(url(Transaction, "changelist"), {"q": text}).content.decode()
    shown = {each.pk for each in Transaction.objects.all() if page_of(each) in html}
    assert expected <= shown
    assert not shown & ({past.send.pk, past.transfer.pk, past.arriving.pk} - expected)


def test_the_first_page_says_what_is_stuck(office: Office) -> None:
    Transaction.objects.filter(pk=office.past.send.pk).update(
        sub_status="waiting_for_liquidity", next_look_at=office.past.send.created_at
    )
    html = staff(Role.OPERATOR).get(reverse("admin:index")).content.decode()
    assert office.past.send.pk in html
    assert "waits for coins in the paying wallet" in html
    assert "HALTED: a reorg deeper than 64 blocks" in html
    assert "oklch(39.6% .068 195)" in html
