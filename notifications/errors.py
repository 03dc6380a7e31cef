"""What notifications refuses."""

from typing import ClassVar

from kit.errors import DomainError, Severity


class EndpointUrlRefused(DomainError):
    """An address to which nothing is sent from here."""

    code = "endpoint_url_refused"
    status = 400
    title = "Nothing can be sent to this address"
    why = "Webhooks go to https:// addresses on the public internet, so that nobody reaches our network through us."
    what_to_do = "Give the https:// address of a server that everybody can reach."
    severity: ClassVar[Severity] = "low"


class TooManyEndpoints(DomainError):
    """There is a limit to the endpoints of one person."""

    code = "too_many_endpoints"
    status = 409
    title = "You have as many webhook endpoints as one person can have"
    why = "Every notification is sent to each of them."
    what_to_do = "Remove one that you do not need any more."
    severity: ClassVar[Severity] = "low"


class CannotBeSwitchedOff(DomainError):
    """Security alerts are always told."""

    code = "cannot_be_switched_off"
    status = 400
    title = "Security alerts cannot be switched off"
    why = "They are how you learn that somebody else is using your account."
    what_to_do = "Leave them on; all other kinds are your choice."
    severity: ClassVar[Severity] = "low"


class NoTextMessages(DomainError):
    """Nobody here sends text messages."""

    code = "no_text_messages"
    status = 409
    title = "Text messages cannot be sent from here"
    why = "No company is set up that sends them."
    what_to_do = "Use mails or notifications in your browser."
    severity: ClassVar[Severity] = "low"


class TooManyTextMessages(DomainError):
    """There is a limit to what is sent to one person and one number."""

    code = "too_many_text_messages"
    status = 429
    title = "Too many text messages were sent"
    why = "Each costs money, and nobody should be flooded with them."
    what_to_do = "Try again later."
    severity: ClassVar[Severity] = "low"
    retry_after_seconds = 3600


class WrongCode(DomainError):
    """It is not the code, or it is not good any more. Which of both is not said."""

    code = "wrong_code"
    status = 400
    title = "This is not the code"
    why = "It is another one, it is older than ten minutes, or it was tried too often."
    what_to_do = "Look at the latest message, or have a new code sent."
    severity: ClassVar[Severity] = "low"


class NoPush(DomainError):
    """Push messages are not set up here."""

    code = "no_push"
    status = 409
    title = "Notifications cannot be shown in browsers from here"
    why = "This installation has no key that push services could know it by."
    what_to_do = "Use mails or text messages."
    severity: ClassVar[Severity] = "low"


class TooManyBrowsers(DomainError):
    """There is a limit to the browsers of one person."""

    code = "too_many_browsers"
    status = 409
    title = "You have as many browsers as one person can have"
    why = "Every notification is sent to each of them."
    what_to_do = "Remove one that you do not use any more."
    severity: ClassVar[Severity] = "low"


class PushKeyRefused(DomainError):
    """The key that push messages are signed with cannot be used."""

    code = "push_key_refused"
    status = 500
    title = "There is no key for push messages"
    why = "Only a process with VAPID_KEY_FILE, a private key of mode 0600, may sign them."
    what_to_do = "Set VAPID_KEY_FILE for the workers; `manage.py create_push_key` makes one."
    severity: ClassVar[Severity] = "high"
