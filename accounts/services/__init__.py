"""What people do with their account; each story has a file of its own."""

from accounts.services.emails import ask_email_change, ask_verification, verify_email
from accounts.services.factors import (
    confirm_factor,
    disable_factor,
    enable_factor,
    replace_recovery_codes,
)
from accounts.services.links import deliver_link
from accounts.services.passwords import ask_password_reset, change_password, reset_password
from accounts.services.people import close_account, grant_role, reopen_account, revoke_roles, save_preferences
from accounts.services.registration import register
from accounts.services.sessions import (
    Access,
    Tokens,
    issue_ticket,
    issue_tokens,
    redeem_ticket,
    refresh_tokens,
    revoke_all_sessions,
    revoke_session,
    see_session,
    session_of_access_token,
    user_of_access_token,
    websocket_access,
)
from accounts.services.sign_in import begin_sign_in, complete_sign_in, finish_sign_in, sign_in, sign_out
from accounts.services.tidy import forget_expired

__all__ = [
    "Access",
    "Tokens",
    "ask_email_change",
    "ask_password_reset",
    "ask_verification",
    "begin_sign_in",
    "change_password",
    "close_account",
    "complete_sign_in",
    "confirm_factor",
    "deliver_link",
    "disable_factor",
    "enable_factor",
    "finish_sign_in",
    "forget_expired",
    "grant_role",
    "issue_ticket",
    "issue_tokens",
    "redeem_ticket",
    "refresh_tokens",
    "register",
    "reopen_account",
    "replace_recovery_codes",
    "reset_password",
    "revoke_all_sessions",
    "revoke_roles",
    "revoke_session",
    "save_preferences",
    "see_session",
    "session_of_access_token",
    "sign_in",
    "sign_out",
    "user_of_access_token",
    "verify_email",
    "websocket_access",
]
