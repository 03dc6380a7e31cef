"""What officers look for in the record, and which part of it they take along."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from audit.queries import Sought, positions

OLDEST, NEWEST = "oldest", "newest"


def _moment(label: str) -> forms.DateTimeField:
    widget = UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
    return forms.DateTimeField(required=False, label=label, widget=widget)


class Search(forms.Form):
    """What to look for; what is left empty narrows nothing."""

    person = forms.CharField(required=False, label="Person's id", widget=UnfoldAdminTextInputWidget())
    transaction = forms.CharField(required=False, label="Transaction's id", widget=UnfoldAdminTextInputWidget())
    kind = forms.CharField(required=False, label="Kind: a type or a category", widget=UnfoldAdminTextInputWidget())
    name = forms.CharField(required=False, label="Name", widget=UnfoldAdminTextInputWidget())
    since = _moment("From (UTC)")
    until = _moment("Until (UTC)")
    order = forms.ChoiceField(
        required=False,
        label="Order",
        choices=[(NEWEST, "Newest first"), (OLDEST, "Oldest first")],
        widget=UnfoldAdminSelectWidget(),
    )
    beyond = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput())

    def sought(self) -> Sought:
        """Return what to look for, of a form that is valid."""
        given = self.cleaned_data
        return Sought(**{name: given[name] for name in ("person", "transaction", "kind", "name", "since", "until")})


class Export(forms.Form):
    """A range of positions, or of time."""

    first = forms.IntegerField(
        required=False, min_value=1, label="From position", widget=UnfoldAdminTextInputWidget(attrs={"type": "number"})
    )
    last = forms.IntegerField(
        required=False, min_value=1, label="To position", widget=UnfoldAdminTextInputWidget(attrs={"type": "number"})
    )
    since = _moment("Or from (UTC)")
    until = _moment("Until (UTC)")

    def clean(self) -> dict[str, Any]:
        """Make sure that there is one range, and turn a time into positions."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("since") or given.get("until"):
            if given.get("first") or given.get("last"):
                raise forms.ValidationError("Name positions or times, not both.")
            found = positions(since=given.get("since"), until=given.get("until"))
            if found is None:
                raise forms.ValidationError("Nothing happened in that time.")
            given["first"], given["last"] = found
        if given.get("first") and given.get("last") and given["first"] > given["last"]:
            raise forms.ValidationError("The range ends before it begins.")
        return given
