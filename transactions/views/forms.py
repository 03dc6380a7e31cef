"""What people fill in, turned into whole minor units, codes and dates."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assets.queries import get_asset
from chains.queries import get_adapter
from chains.values import Priority
from kit.money import AmountInvalid, Money, format_minor, parse_amount
from transactions.queries.describe import FIAT_SCALES
from transactions.queries.totals import Balance
from wallets.models import Wallet

PRIORITIES = [
    (Priority.SLOW.value, gettext_lazy("Slow, cheapest")),
    (Priority.NORMAL.value, gettext_lazy("Normal")),
    (Priority.FAST.value, gettext_lazy("Fast, dearest")),
]


class MoveForm(forms.Form):
    """What a send and a transfer have in common: from where, how much, and a note."""

    source = forms.ChoiceField(label=gettext_lazy("From"))
    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=100,
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "autocomplete": "off", "data-amount": True, "class": "input-amount"}
        ),
    )
    memo = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=140,
        required=False,
        help_text=gettext_lazy("Only you see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, wallets: Iterable[Wallet], balances: Iterable[Balance], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {wallet.pk: wallet.label or wallet.network.name for wallet in wallets}
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            (f"{balance.wallet_id}:{balance.asset}", _source_label(names[balance.wallet_id], balance))
            for balance in balances
        ]

    def clean_source(self) -> tuple[str, str]:
        wallet_id, _colon, asset = self.cleaned_data["source"].partition(":")
        return wallet_id, asset

    def clean(self) -> dict[str, Any]:
        """Turn the amount into minor units of the chosen asset."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "source" in cleaned and "amount" in cleaned:
            asset = get_asset(cleaned["source"][1])
            try:
                minor = parse_amount(cleaned["amount"].strip(), scale=asset.scale)
                cleaned["money"] = Money(minor, asset.code)
            except AmountInvalid as error:
                self.add_error("amount", str(error))
        return cleaned


class SendForm(MoveForm):
    """A send to an address on a network."""

    to = forms.CharField(
        label=gettext_lazy("To address"),
        max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    priority = forms.ChoiceField(
        label=gettext_lazy("Speed"), choices=PRIORITIES, initial=Priority.NORMAL.value, widget=forms.RadioSelect
    )
    field_order = ["source", "to", "amount", "priority", "memo"]

    def __init__(self, *args: Any, wallets: Iterable[Wallet], **kwargs: Any) -> None:
        found = list(wallets)
        super().__init__(*args, wallets=found, **kwargs)
        names = sorted({wallet.network.name for wallet in found if get_adapter(wallet.network_id).carries_memo})
        if names:
            self.fields["memo"].label = _("Note or memo")
            self.fields["memo"].help_text = _(
                "Only you see it. On %(networks)s it goes with the payment for all to see: write there what the "
                "recipient asks for, and nothing else."
            ) % {"networks": ", ".join(names)}

    def clean_to(self) -> str:
        return str(self.cleaned_data["to"]).strip()


class TransferForm(MoveForm):
    """A transfer to a person here."""

    to = forms.CharField(
        label=gettext_lazy("To person"),
        max_length=254,
        help_text=gettext_lazy("Their e-mail address, or the id of their wallet."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    field_order = ["source", "to", "amount", "memo"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["memo"].help_text = _("The recipient sees it too.")

    def clean_to(self) -> str:
        return str(self.cleaned_data["to"]).strip()


class BuyForm(forms.Form):
    """A purchase of coins with fiat."""

    target = forms.ChoiceField(label=gettext_lazy("Buy"))
    currency = forms.ChoiceField(label=gettext_lazy("Pay in"), choices=[(code, code) for code in FIAT_SCALES])
    amount = forms.CharField(
        label=gettext_lazy("You pay"),
        max_length=20,
        help_text=gettext_lazy("All fees are included in it."),
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "autocomplete": "off", "data-amount": True, "class": "input-amount"}
        ),
    )

    def __init__(self, *args: Any, targets: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].choices = targets  # type: ignore[attr-defined]

    def clean_target(self) -> tuple[str, str]:
        wallet_id, _colon, asset = self.cleaned_data["target"].partition(":")
        return wallet_id, asset


def _source_label(name: str, balance: Balance) -> str:
    available = format_minor(balance.available, scale=get_asset(balance.asset).scale)
    return _("%(name)s · %(available)s %(asset)s available") % {
        "name": name,
        "available": available,
        "asset": balance.asset,
    }
