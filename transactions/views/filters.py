"""The filters of the activity page, read from its address."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import wallets.queries
from assets.queries import list_assets, list_available_networks
from transactions.models import Status, Transaction
from transactions.queries.listing import AMOUNT, OPEN, Narrowing

LAST_DATE = date(9999, 12, 31)
"""No day comes after it."""

MOST_WALLETS = 200
"""Offered to choose from, the oldest first."""

_DATE = {"type": "date"}
_NUMBER = {"inputmode": "decimal", "autocomplete": "off"}


class ActivityForm(forms.Form):
    """What a person can narrow their list by; a field that cannot be read narrows nothing, and says so."""

    type = forms.ChoiceField(
        label=gettext_lazy("Type"),
        required=False,
        choices=[
            ("", gettext_lazy("All types")),
            (Transaction.Type.DEPOSIT, gettext_lazy("Received")),
            (Transaction.Type.ON_RAMP, gettext_lazy("Bought")),
            (Transaction.Type.SEND, gettext_lazy("Sent")),
            (Transaction.Type.TRANSFER, gettext_lazy("Between people")),
            (Transaction.Type.REFUND, gettext_lazy("Given back")),
        ],
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[
            ("", gettext_lazy("Any status")),
            ("open", gettext_lazy("On its way")),
            (Status.COMPLETED, gettext_lazy("Completed")),
            (Status.FAILED, gettext_lazy("Failed")),
        ],
    )
    asset = forms.ChoiceField(label=gettext_lazy("Asset"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    )
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"),
        required=False,
        choices=[("", gettext_lazy("In and out")), ("in", gettext_lazy("In")), ("out", gettext_lazy("Out"))],
    )
    network = forms.ChoiceField(label=gettext_lazy("Network"), required=False)
    wallet = forms.ChoiceField(label=gettext_lazy("Wallet"), required=False)
    least = forms.RegexField(
        AMOUNT, label=gettext_lazy("Amount from"), required=False, max_length=80, widget=forms.TextInput(attrs=_NUMBER)
    )
    most = forms.RegexField(
        AMOUNT, label=gettext_lazy("Amount to"), required=False, max_length=80, widget=forms.TextInput(attrs=_NUMBER)
    )
    q = forms.CharField(required=False, max_length=128, widget=forms.HiddenInput)

    FIRST = ("type", "status", "asset", "since", "until")
    """What stands on the page; the others are folded away until one is used."""

    def __init__(self, *args: Any, user_id: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = wallets.queries.list_wallets(user_id=user_id)[:MOST_WALLETS]
        choices: dict[str, list[tuple[str, str]]] = {
            "asset": [("", _("All assets"))]
            + [(asset.code, asset.code) for asset in list_assets() if asset.kind != "fiat"],
            "network": [("", _("All networks"))]
            + [(network.code, network.name) for network in list_available_networks()],
            "wallet": [("", _("All wallets"))] + [(wallet.pk, wallet.label or wallet.network.name) for wallet in held],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    @property
    def first(self) -> list[forms.BoundField]:
        """The fields that are always shown."""
        return [self[name] for name in self.FIRST]

    @property
    def more(self) -> list[forms.BoundField]:
        """The fields that are folded away."""
        return [field for field in self.visible_fields() if field.name not in self.FIRST]

    @property
    def uses_more(self) -> bool:
        """Tell whether one of the folded fields says something, and so must be seen."""
        return any(field.data for field in self.more)

    def said(self) -> str:
        """Return in words what the list is narrowed to; "" where it is not."""
        self.is_valid()
        said = []
        for field in self.visible_fields():
            value = self.cleaned_data.get(field.name)
            if value:
                names = dict(getattr(field.field, "choices", []))
                said.append(f"{field.label}: {names.get(value, value)}")
        if self.cleaned_data.get("q"):
            said.append(_("Search: %(text)s") % {"text": self.cleaned_data["q"]})
        return "; ".join(said)

    def narrowing(self) -> Narrowing:
        """Return what to narrow the list to."""
        self.is_valid()
        read = self.cleaned_data
        kind, status = read.get("type", ""), read.get("status", "")
        return Narrowing(
            types=(kind,) if kind else (),
            statuses=OPEN if status == "open" else (status,) if status else (),
            asset=read.get("asset", ""),
            network=read.get("network", ""),
            wallet=read.get("wallet", ""),
            direction=read.get("direction", ""),
            since=_midnight(read.get("since")),
            until=_midnight(read.get("until"), days=1),
            least=Decimal(read["least"]) if read.get("least") else None,
            most=Decimal(read["most"]) if read.get("most") else None,
            text=read.get("q", "").strip(),
        )


def _midnight(day: Any, *, days: int = 0) -> datetime | None:
    if day is None:
        return None
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + timedelta(days=days) if day < LAST_DATE else None
