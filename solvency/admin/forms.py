"""What a person fills in about halted sends."""

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from transactions.services.halts import REASON_LENGTH


class Why(forms.Form):
    """Why somebody stops sends, or wants them to go on."""

    reason = forms.CharField(
        label="Why? It is kept for ever, and those who want to send are told.",
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
