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
    """What two people say of a step at hand: only what can be said of it is offered."""

    what = forms.ChoiceField(label="What is true?", widget=UnfoldAdminRadioSelectWidget)

    field_order = ("id", "what", "reason")

    def __init__(self, *arguments: Any, ways: list[tuple[StepOf, bool]], **more: Any) -> None:
        super().__init__(*arguments, **more)
        field: Any = self.fields["what"]
        field.choices = [(f"{step.name}:{_outcome(happened)}", _says(step.name, happened)) for step, happened in ways]

    def said(self) -> tuple[str, bool]:
        """Return the step, and whether it did happen."""
        step, _, outcome = self.cleaned_data["what"].partition(":")
        return step, outcome == _outcome(True)


class Decision(forms.Form):
    """Nothing to fill in: the button says it."""


def in_words(wanted: Intervention) -> str:
    """Say what an intervention would do."""
    if wanted.wallet_id:
        return f"The deposit belongs to {wanted.wallet_id}"
    if wanted.kind != Intervention.Kind.FORCE:
        return wanted.get_kind_display()
    return _says(wanted.step, wanted.outcome == _outcome(True))


def _outcome(has_happened: bool) -> str:
    return "done" if has_happened else "failed"


def _says(step: str, has_happened: bool) -> str:
    return f"Step {step} did happen" if has_happened else f"Step {step} never will happen"
