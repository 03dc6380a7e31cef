"""The forms of the pages: their fields only. What is acceptable, the services say."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kit.errors import DomainError


def _email(label: Any = "", *, autocomplete: str = "username") -> forms.CharField:
    attributes = {"autocomplete": autocomplete, "inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}
    widget = forms.EmailInput(attrs=attributes)
    return forms.CharField(label=label or _("E-mail"), max_length=254, widget=widget)


def _password(label: Any, *, is_new: bool = False) -> forms.CharField:
    autocomplete = "new-password" if is_new else "current-password"
    return forms.CharField(
        label=label,
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        help_text=_("At least 12 characters that are hard to guess.") if is_new else "",
    )


class SignUpForm(forms.Form):
    email = _email()
    password = _password(_("Password"), is_new=True)


class SignInForm(forms.Form):
    email = _email()
    password = _password(_("Password"))


class CodeForm(forms.Form):
    otp = forms.CharField(
        label=_("Code"),
        max_length=32,
        help_text=_("Six digits from your authenticator app, or one of your recovery codes."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "class": "input-code"}
        ),
    )


class FirstCodeForm(CodeForm):
    """Recovery codes do not count here: the app itself must be shown to work."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["otp"].help_text = _("Six digits from your authenticator app.")


class ForgotForm(forms.Form):
    email = _email()


class NewPasswordForm(forms.Form):
    password = _password(_("New password"), is_new=True)


class PasswordChangeForm(forms.Form):
    current_password = _password(_("Current password"))
    password = _password(_("New password"), is_new=True)


class EmailChangeForm(forms.Form):
    email = _email(_("New e-mail"), autocomplete="email")
    current_password = _password(_("Current password"))


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language of messages"),
        choices=settings.MESSAGE_LANGUAGES,
        help_text=_("Mails, text messages and notifications. The pages themselves are in English."),
    )
    theme = forms.ChoiceField(label=_("Appearance"), choices=User.Theme.choices, widget=forms.RadioSelect)


def show_refusal(form: forms.Form, error: DomainError) -> DomainError | None:
    """Put a refusal's messages beside its fields; return it if it concerns the form as a whole."""
    named = {name: messages for name, messages in error.fields.items() if name in form.fields}
    for name, messages in named.items():
        form.add_error(name, messages)
    return None if named else error
