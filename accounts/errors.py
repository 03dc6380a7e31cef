"""Why somebody cannot sign in, or change how they do."""

from kit.errors import DomainError


class CredentialsInvalid(DomainError):
    """No such account, or another password: which of the two is never said."""

    code = "credentials_invalid"
    status = 401
    title = "E-mail or password is wrong"
    why = "No account has this e-mail address together with this password."
    what_to_do = "Check both and try again."
    alternatives = ("Choose a new password by e-mail.",)
    severity = "low"


class SecondFactorRequired(DomainError):
    """The password was right; the account also wants a code."""

    code = "second_factor_required"
    status = 401
    title = "A second factor is needed"
    why = "This account is protected by an authenticator app."
    what_to_do = "Send the current code as otp, or one of your recovery codes."
    severity = "low"


class SecondFactorInvalid(DomainError):
    """The code is wrong, too old, or has been used before."""

    code = "second_factor_invalid"
    status = 401
    title = "This code is not valid"
    why = "It is wrong, too old, or has been used before."
    what_to_do = "Wait for the next code in your authenticator app and enter that one."
    alternatives = ("Use one of your recovery codes.",)
    severity = "low"


class CodeInvalid(SecondFactorInvalid):
    """As SecondFactorInvalid, for somebody who is signed in already."""

    status = 422


class TooManyAttempts(DomainError):
    """Signing in is refused for a while, whatever the password."""

    code = "too_many_attempts"
    status = 429
    title = "Too many attempts"
    why = "Signing in failed several times, so it is paused to keep guessers out."
    what_to_do = "Wait, then try again."
    alternatives = ("Choose a new password by e-mail.",)


class EmailTaken(DomainError):
    """An account with this address exists."""

    code = "email_taken"
    status = 409
    title = "This e-mail address already has an account"
    why = "An address belongs to one account only."
    what_to_do = "Sign in, or choose a new password by e-mail."
    severity = "low"


class PasswordCheckUnavailable(DomainError):
    """The list of breached passwords cannot be read: no password is taken unchecked."""

    code = "password_check_unavailable"
    status = 503
    title = "New passwords cannot be checked right now"
    why = "The list of passwords known from data breaches cannot be read here."
    what_to_do = "Try again later. Nothing was changed; your password until now still works."
    alternatives = ("Tell whoever runs this site.",)
    severity = "high"
    retry_after_seconds = 300


class TokenInvalid(DomainError):
    """The bearer or refresh token is not one of ours, or its time is over."""

    code = "token_invalid"
    status = 401
    title = "This token is not valid"
    why = "It has expired, was changed, or is of the wrong kind."
    what_to_do = "Refresh it, or sign in again."
    severity = "low"


class SessionEnded(DomainError):
    """The session behind this token or cookie is over."""

    code = "session_ended"
    status = 401
    title = "You have been signed out"
    why = "This session was ended or has expired."
    what_to_do = "Sign in again."
    severity = "low"


class RefreshReused(DomainError):
    """An old refresh token came back: somebody has a copy, so the session is over for both."""

    code = "refresh_reused"
    status = 401
    title = "You have been signed out to protect your account"
    why = "A refresh token that had already been replaced was used again, so someone may have copied it."
    what_to_do = "Sign in again."
    alternatives = ("Choose a new password if you do not recognise the activity under Security.",)
    severity = "high"


class LinkInvalid(DomainError):
    """The mailed link was used, is too old, or was never sent by us."""

    code = "link_invalid"
    status = 400
    title = "This link no longer works"
    why = "It has been used, has expired, or was cut off on the way."
    what_to_do = "Ask for a new one."
    severity = "low"


class FactorAlreadyEnabled(DomainError):
    code = "factor_already_enabled"
    status = 409
    title = "A second factor is already on"
    why = "It was switched on before, and there is one for each account."
    what_to_do = "Turn it off first if you want to use another device."
    severity = "low"


class FactorNotEnabled(DomainError):
    code = "factor_not_enabled"
    status = 409
    title = "There is no second factor to use"
    why = "It was never switched on, or has been switched off."
    what_to_do = "Turn it on first."
    severity = "low"
