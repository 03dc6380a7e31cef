"""The back office of providers: switches with events, by those who may, and no secret on any page."""

import pytest
from django.urls import reverse

from accounts.models import Role
from events.models import Event
from providers.errors import ProviderRefused, ProviderUnavailable
from providers.models import Call, Health, Provider
from providers.services import call
from tests.factories.back_office import staff
from tests.factories.providers import KEY, MAIL

pytestmark = pytest.mark.django_db

PROVIDERS = "admin:providers_provider_changelist"


def press(client, action, *codes):
    return client.post(reverse(PROVIDERS), {"action": action, "_selected_action": codes})


@pytest.mark.parametrize(
    ("action", "kind", "field", "value"),
    [
        ("disable", "provider.disabled", "is_enabled", False),
        ("pin", "provider.pinned", "is_pinned", True),
    ],
)
def test_an_operator_works_the_switches_and_each_is_an_event(rig, action, kind, field, value):
    client = staff(Role.OPERATOR)
    assert press(client, action, "alpha").status_code == 302
    assert getattr(Provider.objects.get(pk="alpha"), field) is value
    event = Event.objects.get(type__startswith="provider.")
    assert (event.type, event.subject) == (kind, "providers.provider:alpha")
    assert event.actor.startswith("usr_")
    back = {"disable": "enable", "pin": "unpin"}[action]
    press(client, back, "alpha")
    assert getattr(Provider.objects.get(pk="alpha"), field) is not value


def test_an_officer_only_looks(rig):
    client = staff(Role.OFFICER)
    for action in ("enable", "disable", "pin", "unpin", "try_again"):
        press(client, action, "alpha", "beta")
    assert set(Provider.objects.filter(pk__in=["alpha", "beta"]).values_list("is_enabled", "is_pinned")) == {
        (True, False)
    }
    assert not Event.objects.filter(type__startswith="provider.").exists()
    assert 'value="disable"' not in client.get(reverse(PROVIDERS)).content.decode()


def test_a_cool_down_is_seen_and_can_be_ended(rig, now):
    from django.utils import timezone

    rig.answers(403)
    with pytest.raises(ProviderUnavailable):
        call(
            provider="alpha",
            operation="order",
            operation_id="x",
            ask=lambda adapter: adapter.order("x"),
            now=timezone.now(),
        )
    client = staff(Role.OPERATOR)
    html = client.get(reverse(PROVIDERS)).content.decode()
    assert "forbidden (order, " in html
    assert "81.7%" in html  # 4.9 of 6
    press(client, "try_again", "alpha")
    row = Health.objects.get()
    assert row.cooling_until is not None
    assert row.cooling_until <= timezone.now()
    assert Event.objects.get(type="provider.cool_down_ended").data == {"operations": ["order"]}


def test_the_call_log_is_searched_and_shows_what_was_said_without_secrets(rig, now):
    rig.answers(422, f'{{"message": "{KEY} of {MAIL}", "apiKey": "{KEY}", "why": "<b>daily limit</b>"}}'.encode())
    for number in (1, 2):
        with pytest.raises(ProviderRefused):
            call(
                provider="alpha",
                operation="order",
                operation_id=f"txn_{number}:order",
                ask=lambda adapter: adapter.order("x"),
                now=now,
                subject=f"transactions.transaction:txn_{number}",
            )
    client = staff(Role.OFFICER)
    calls = reverse("admin:providers_call_changelist")
    for term in ("txn_1:order", "transactions.transaction:txn_1"):
        html = client.get(calls, {"q": term}).content.decode()
        assert "txn_1:order" in html
        assert "txn_2:order" not in html
    page = client.get(reverse("admin:providers_call_change", args=[Call.objects.order_by("pk")[0].pk])).content.decode()
    assert "&lt;b&gt;daily limit&lt;/b&gt;" in page
    assert "[hidden] of [hidden]" in page
    pages = [calls, reverse(PROVIDERS), reverse("admin:providers_health_changelist")]
    pages.append(reverse("admin:providers_provider_change", args=["alpha"]))
    for html in [page, *(client.get(path).content.decode() for path in pages)]:
        assert KEY not in html
        assert MAIL not in html
