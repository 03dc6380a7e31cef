"""The forms of the pages: their fields only. What is acceptable, the services say."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.errors import DomainError


class PhoneForm(forms.Form):
    number = forms.CharField(
        label=_("Number"),
        max_length=30,
        help_text=_("With its country: +49 151 12345678."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        help_text=_("The six digits of the text message."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "input-code"}),
    )


class EndpointForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("https:// and a server of yours that everybody can reach."),
        widget=forms.TextInput(attrs={"autocomplete": "url", "inputmode": "url", "autocapitalize": "none"}),
    )
    description = forms.CharField(label=_("What it is for"), max_length=80, required=False)


def show_refusal(form: forms.Form, error: DomainError) -> DomainError | None:
    """Put what a refusal says of fields beside them; return it where it says more."""
    for name, messages in error.fields.items():
        if name in form.fields:
            form.add_error(name, messages)
    return None if error.fields and set(error.fields) <= set(form.fields) else error
