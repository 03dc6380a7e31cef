"""Adding a provider and changing its row: checked, with an event, from the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from events.models import Event
from kit.errors import InvalidInput
from providers.models import Provider
from providers.services import describe

pytestmark = pytest.mark.django_db


def test_a_provider_is_one_row(rig, now):
    written = StringIO()
    call_command(
        "describe_provider",
        "gamma",
        *("--kind", "card", "--adapter", "echo", "--name", "Gamma", "--countries", "DE,FR", "--fiats", "EUR"),
        *("--limit", "EUR:10:500", "--limit", "USD::900", "--cost", "*:0.50:25", "--usual-seconds", "60"),
        stdout=written,
    )
    row = Provider.objects.get(pk="gamma")
    assert (row.kind, row.adapter, row.name, row.usual_seconds) == ("card", "echo", "Gamma", 60)
    assert (row.countries, row.fiats, row.assets) == (["DE", "FR"], ["EUR"], [])
    assert row.limits == {"EUR": {"least": "10", "most": "500"}, "USD": {"most": "900"}}
    assert row.costs == {"*": {"fixed": "0.50", "bps": "25"}}
    assert (row.is_enabled, row.is_pinned) == (True, False)
    assert written.getvalue() == "Gamma (card) is as described.\n"
    assert Event.objects.get().type == "provider.added"


def test_what_is_not_named_stays_and_what_does_not_change_is_no_event(rig, now):
    for _ in range(2):
        call_command("describe_provider", "alpha", "--countries", "DE", stdout=StringIO())
    row = Provider.objects.get(pk="alpha")
    assert (row.name, row.countries) == ("Alpha", ["DE"])
    event = Event.objects.get()
    assert (event.type, event.subject, event.data) == (
        "provider.changed",
        "providers.provider:alpha",
        {"countries": ["DE"]},
    )


@pytest.mark.parametrize(
    ("provider", "fields", "wrong"),
    [
        ("alpha", {"kind": "price"}, "kind"),
        ("gamma", {}, "kind"),
        ("gamma", {"kind": "card", "adapter": "nobody", "name": "Gamma"}, "adapter"),
        ("gamma", {"kind": "card", "adapter": "echo"}, "name"),
        ("No Such", {"kind": "card", "adapter": "echo", "name": "Gamma"}, "provider"),
        ("alpha", {"countries": ["Germany"]}, "countries"),
        ("alpha", {"fiats": ["usd"]}, "fiats"),
        ("alpha", {"limits": {"USD": {"least": "ten"}}}, "limits"),
        ("alpha", {"limits": {"USD": {"most": "NaN"}}}, "limits"),
        ("alpha", {"limits": {"*": {"most": "1"}}}, "limits"),
        ("alpha", {"costs": {"USD": {"bps": "-1"}}}, "costs"),
        ("alpha", {"costs": {"USD": {"percent": "1"}}}, "costs"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_moves(rig, now, provider, fields, wrong):
    before = list(Provider.objects.values())
    with pytest.raises(InvalidInput) as refusal:
        describe(provider=provider, actor="usr_1", now=now, **fields)
    assert wrong in refusal.value.fields
    assert list(Provider.objects.values()) == before
    assert Event.objects.count() == 0


def test_the_command_says_what_is_wrong(rig):
    with pytest.raises(CommandError, match="limits: By fiat"):
        call_command("describe_provider", "alpha", "--limit", "USD:x:1")
    with pytest.raises(CommandError, match="FIAT:fixed:bps"):
        call_command("describe_provider", "alpha", "--cost", "USD")
