"""Components say exactly what is."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template

from assets.models import Asset
from kit.money import Money
from wallet_project.templatetags import components


@pytest.fixture(autouse=True)
def _assets(monkeypatch: pytest.MonkeyPatch) -> None:
    scales = {"BTC": 8, "ETH": 18, "USD": 2}

    def find(code: str) -> Asset:
        return Asset(code=code, kind="fiat" if code == "USD" else "native", scale=scales[code])

    monkeypatch.setattr(components, "get_asset", find)


@pytest.mark.parametrize(
    ("money", "full", "shown", "is_cut"),
    [
        (Money(1_500_000, "BTC"), "0.015 BTC", "015", False),
        (Money(1, "BTC"), "0.00000001 BTC", "00000001", False),
        (Money(123_456_789_012_345_678, "BTC"), "1,234,567,890.12345678 BTC", "12345678", False),
        (Money(-25_000, "BTC"), "−0.00025 BTC", "00025", False),
        (Money(10**18, "ETH"), "1 ETH", "", False),
        (Money(1_234_567_890_123_456_789, "ETH"), "1.234567890123456789 ETH", "23456789", True),
        (Money(1, "ETH"), "0.000000000000000001 ETH", "00000000", True),
        (Money(150, "USD"), "1.50 USD", "50", False),
    ],
)
def test_amounts_are_never_rounded(money: Money, full: str, shown: str, is_cut: bool) -> None:
    context = components.amount(money)
    assert (context["full"], context["decimals"], context["is_cut"]) == (full, shown, is_cut)


def test_an_exact_amount_leaves_nothing_out() -> None:
    context = components.amount(Money(1_234_567_890_123_456_789, "ETH"), exact=True)
    assert (context["decimals"], context["is_cut"]) == ("234567890123456789", False)


def test_what_came_in_has_a_sign() -> None:
    assert components.amount(Money(1, "BTC"), sign=True)["prefix"] == "+"
    assert components.amount(Money(-1, "BTC"), sign=True)["prefix"] == "−"
    assert components.amount(Money(0, "BTC"), sign=True)["prefix"] == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234.5", "$1,234.50"),
        ("0.005", "$0.00"),
        ("0.015", "$0.02"),
        ("-2", "−$2.00"),
        ("12345678.9", "$12,345,678.90"),
    ],
)
def test_fiat_values_are_rounded_to_even_cents(value: str, shown: str) -> None:
    assert components.fiat(Decimal(value)) == shown


def test_an_address_keeps_its_ends_strong() -> None:
    groups = components.groups_of_four("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080")
    assert "".join(group["text"] for group in groups) == "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
    assert [group["text"] for group in groups if group["is_end"]] == ["bcrt", "1qw5", "7kyg", "t080"]


def test_an_evm_address_keeps_its_prefix_with_the_first_group() -> None:
    groups = components.groups_of_four("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
    assert groups[0]["text"] == "0x5aAe"
    assert groups[-1]["text"] == "eAed"


def test_an_unknown_status_is_shown_by_its_name() -> None:
    shown = Template('{% load components %}{% status_badge "on_the_moon" %}').render(Context())
    assert "On the moon" in shown


def test_text_in_components_is_escaped() -> None:
    shown = Template("{% load components %}{% include 'components/address.html' %}").render(
        Context({"address": "<script>alert(1)</script>"})
    )
    assert "<script>" not in shown


def test_a_time_says_when_exactly_on_hover() -> None:
    at = datetime(2026, 11, 20, 18, 43, 5, tzinfo=UTC)
    shown = Template("{% load components %}{% moment at exact=True %}").render(Context({"at": at}))
    assert 'datetime="2026-11-20T18:43:05+00:00"' in shown
    assert "20 Nov 2026, 18:43 UTC" in shown
