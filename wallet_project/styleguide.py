"""Sample data for /styleguide/: every component and page, as people will meet them. Development only."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from kit.errors import DomainError
from kit.money import Money
from wallet_project.templatetags.statuses import BADGES

BITCOIN_ADDRESS = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
ETHEREUM_ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


class SampleForm(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="We write to it when something important happens.")
    amount = forms.CharField(label="Amount", widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    network = forms.ChoiceField(label="Network", choices=[("bitcoin", "Bitcoin"), ("ethereum", "Ethereum")])
    priority = forms.ChoiceField(
        label="Speed",
        choices=[("slow", "Slow"), ("normal", "Normal"), ("fast", "Fast")],
        widget=forms.RadioSelect,
        initial="normal",
    )
    remember = forms.BooleanField(label="Remember this device", required=False)


class FilterForm(forms.Form):
    type = forms.ChoiceField(label="Type", choices=[("", "All"), ("send", "Sent")], required=False)
    status = forms.ChoiceField(label="Status", choices=[("", "All"), ("open", "On its way")], required=False)


def samples() -> dict[str, Any]:
    """Return the context of the style guide's component page."""
    now = timezone.now()
    return {
        "amounts": [
            Money(1_500_000, "BTC"),
            Money(1_234_567_890_123, "BTC"),
            Money(-25_000, "BTC"),
            Money(1_234_567_890_123_456_789, "ETH"),
        ],
        "money": Money(1_500_000, "BTC"),
        "long_money": Money(1_234_567_890_123_456_789, "ETH"),
        "marks": ["BTC", "ETH", "SOL", "XLM", "SUI", "USDC.ETH", "POL", "BNB"],
        "bitcoin_address": BITCOIN_ADDRESS,
        "ethereum_address": ETHEREUM_ADDRESS,
        "statuses": sorted(BADGES),
        "steps": sample_steps(now),
        "summary": sample_summary(),
        "form": SampleForm(initial={"email": "ada@example.com", "network": "bitcoin", "priority": "normal"}),
        "bad_form": SampleForm({"email": "ada@", "amount": "", "network": "bitcoin", "priority": "normal"}),
        "filter_form": FilterForm(),
        "columns": [{"label": "What"}, {"label": "When"}, {"label": "Amount", "is_end": True}],
        "problem": sample_problem(),
        "now": now,
        "earlier": now - timedelta(hours=3),
        "points": [
            {"at": now - timedelta(days=30 - day), "value": Decimal(9000 + (day * 37) % 400 + day * 20), "label": "$"}
            for day in range(30)
        ],
        "pages": sorted(PAGES),
    }


def sample_steps(now: datetime) -> list[dict[str, Any]]:
    return [
        {"title": "Checked and funds held", "state": "done", "at": now - timedelta(minutes=9)},
        {"title": "Signed and sent to the network", "state": "done", "at": now - timedelta(minutes=8)},
        {
            "title": "1 of 3 confirmations",
            "state": "current",
            "text": "Waiting for 2 more confirmations, about 20 minutes.",
            "progress": 33,
        },
        {"title": "Settled with the real fee", "state": "waiting"},
    ]


def sample_summary() -> list[dict[str, Any]]:
    return [
        {"label": "To", "address": BITCOIN_ADDRESS, "is_new": True},
        {"label": "They receive", "money": Money(1_500_000, "BTC")},
        {"label": "Network fee", "money": Money(1_410, "BTC"), "note": "At most; what is not needed comes back."},
        {"label": "Arrives", "text": "In about 30 minutes"},
        {"label": "Leaves your wallet", "money": Money(1_501_410, "BTC"), "is_total": True},
    ]


def sample_problem() -> DomainError:
    return DomainError(
        "There is not enough BTC in this wallet",
        why="You have 0.012 BTC available, and this needs 0.0151 BTC with its fee.",
        what_to_do="Send a smaller amount, or add BTC to this wallet first.",
        alternatives=["Choose a slower speed, which costs less."],
    )


PAGES = {
    "bad-request": "400.html",
    "forbidden": "403.html",
    "form-expired": "403_csrf.html",
    "not-found": "404.html",
    "broken": "500.html",
    "refused": "errors/problem.html",
}
"""Pages that are hard to reach, by name in the style guide."""
