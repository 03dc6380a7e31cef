"""The pages of accounts. They work without JavaScript."""

from accounts.views.recovery import confirm_email, forgot_password, resend_verification, reset_password
from accounts.views.security import (
    change_password,
    confirm_factor,
    disable_factor,
    enable_factor,
    replace_recovery_codes,
    revoke_all_sessions,
    revoke_session,
    security,
)
from accounts.views.settings import change_email, settings
from accounts.views.signing_in import second_factor, sign_in, sign_out, sign_up

__all__ = [
    "change_email",
    "change_password",
    "confirm_email",
    "confirm_factor",
    "disable_factor",
    "enable_factor",
    "forgot_password",
    "replace_recovery_codes",
    "resend_verification",
    "reset_password",
    "revoke_all_sessions",
    "revoke_session",
    "second_factor",
    "security",
    "settings",
    "sign_in",
    "sign_out",
    "sign_up",
]
