"""What a new password must not be: easy to guess, or known from a data breach. Nothing here goes over a network."""

import threading
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from zxcvbn import zxcvbn

from accounts.errors import PasswordCheckUnavailable
from accounts.services.breach_list import BreachListBroken, is_breached

LEAST_SCORE = 3
"""On zxcvbn's scale of 0 to 4: more than a hundred million guesses."""
JUDGED_CHARACTERS = 32
"""Hostile texts of 72 characters take seconds to judge; whoever's first 32 are hard to guess needs no more."""

_PATTERNS = {
    "dictionary": gettext_lazy("common words, names or passwords"),
    "spatial": gettext_lazy("keys beside each other"),
    "repeat": gettext_lazy("repeats"),
    "sequence": gettext_lazy("sequences such as abc or 123"),
    "date": gettext_lazy("dates"),
    "regex": gettext_lazy("years"),
}
_one_at_a_time = threading.Lock()
"""The library keeps the words of whoever is being judged in one place for all threads."""
log = structlog.get_logger(__name__)


class GuessablePasswordValidator(CommonPasswordValidator):
    """Refuses common passwords, and those made of words, names, dates, walks over the keyboard and repeats."""

    def validate(self, password: str, user: Any = None) -> None:
        """:raises ValidationError: with what it is made of, never with the password itself"""
        if password.lower().strip() in self.passwords:
            raise ValidationError(
                _("This password is too common: guessers try it first. Use four unrelated words, for example."),
                code="password_too_common",
            )
        with _one_at_a_time:
            judged = zxcvbn(password[:JUDGED_CHARACTERS], user_inputs=_words_of(user))
        if judged["score"] >= LEAST_SCORE:
            return
        found = dict.fromkeys(
            str(_PATTERNS[part["pattern"]]) for part in judged["sequence"] if part["pattern"] in _PATTERNS
        )
        raise ValidationError(
            _("This password is easy to guess: it is made of %(parts)s. Use four unrelated words, for example."),
            code="password_guessable",
            params={"parts": ", ".join(found) or _("too little")},
        )

    def get_help_text(self) -> str:
        return _("Your password must be hard to guess: four unrelated words, for example.")


class BreachedPasswordValidator:
    """Refuses what is in the file of BREACHED_PASSWORDS_FILE; without one it passes everything."""

    def validate(self, password: str, user: Any = None) -> None:
        """
        :raises ValidationError: if the password is known from a data breach
        :raises PasswordCheckUnavailable: if the file is not there, or not what it should be
        """
        if not settings.BREACHED_PASSWORDS_FILE:
            return
        try:
            is_known = is_breached(Path(settings.BREACHED_PASSWORDS_FILE), password)
        except BreachListBroken as error:
            log.error("breach_list_broken", reason=str(error), file=settings.BREACHED_PASSWORDS_FILE)
            raise PasswordCheckUnavailable from None
        if is_known:
            raise ValidationError(
                _("This password has appeared in a data breach, so guessers know it. Choose one you use nowhere else."),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return _("Your password must not be known from a data breach.")


def _words_of(user: Any) -> list[str]:
    """Return what a guesser who knows the address tries first."""
    email = str(getattr(user, "email", "") or "")
    return [email, *email.replace("@", ".").split("."), "holdfast"] if email else ["holdfast"]
