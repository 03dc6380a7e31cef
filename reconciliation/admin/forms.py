"""What a person fills in about a case."""

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from kit.ids import new_id
from reconciliation.services.cases import NOTE_LENGTH
from reconciliation.services.corrections import REASON_LENGTH


class Say(forms.Form):
    """A note, or an explanation."""

    text = forms.CharField(
        label="In your words. They are kept for ever.",
        max_length=NOTE_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class Ask(forms.Form):
    """Why a posting should set it right; the id makes a second press of the button harmless."""

    id = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why is this right? It is kept for ever.",
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    @staticmethod
    def new() -> dict[str, str]:
        """Return what a form just opened holds."""
        return {"id": new_id("cor")}


class Limit(forms.Form):
    """Another threshold."""

    amount = forms.CharField(label="Amount, in the asset's unit; 0: nothing", widget=UnfoldAdminTextInputWidget())


class Decision(forms.Form):
    """Nothing to fill in: the button says it."""
