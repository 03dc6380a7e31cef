"""What a person fills in at the desk."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from assets.queries import list_networks
from kit.ids import new_id
from transactions.engine.base import StepOf
from transactions.models import Intervention, Transaction
from transactions.queries.desk import WORDS
from transactions.services.interventions import REASON_LENGTH


class Filters(forms.Form):
    """Which of the stuck transactions to show."""

    type = forms.ChoiceField(required=False, label="Type")
    network = forms.ChoiceField(required=False, label="Network")
    provider = forms.ChoiceField(required=False, label="Provider")
    reason = forms.ChoiceField(required=False, label="Why")

    def __init__(self, *arguments: Any, providers: list[str], **more: Any) -> None:
        super().__init__(*arguments, **more)
        choices = {
            "type": list(Transaction.Type.choices),
            "network": [(network.code, network.name) for network in list_networks()],
            "provider": [(code, code) for code in providers],
            "reason": [(reason.value, words) for reason, words in WORDS.items()],
        }
        for name, known in choices.items():
            field: Any = self.fields[name]
            field.widget = UnfoldAdminSelectWidget()
            field.choices = [("", "All"), *known]

    def chosen(self) -> dict[str, Any]:
        """Return what to filter by; a value nobody offered filters nothing."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class StepIn(forms.Form):
    """Why somebody steps in; the id makes a second press of the button harmless."""

    id = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why do you step in? It is kept for ever.",
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    @staticmethod
    def new() -> dict[str, str]:
        """Return what a form just opened holds."""
        return {"id": new_id("itv")}


class Force(StepIn):
    """What two people say of a step at hand."""

    step = forms.ChoiceField(label="Which step?", widget=UnfoldAdminRadioSelectWidget)
    outcome = forms.ChoiceField(
        label="What is true of it?",
        widget=UnfoldAdminRadioSelectWidget,
        choices=[("done", "It did happen"), ("failed", "It never will happen")],
    )

    field_order = ("id", "step", "outcome", "reason")

    def __init__(self, *arguments: Any, steps: list[StepOf], **more: Any) -> None:
        super().__init__(*arguments, **more)
        field: Any = self.fields["step"]
        field.choices = [(step.name, f"{step.name}: {step.says}") for step in steps]


class Decision(forms.Form):
    """Nothing to fill in: the button says it."""


def in_words(wanted: Intervention) -> str:
    """Say what an intervention would do."""
    if wanted.kind != Intervention.Kind.FORCE:
        return wanted.get_kind_display()
    happened = "did happen" if wanted.outcome == "done" else "never will happen"
    return f"Say that step {wanted.step} {happened}"
