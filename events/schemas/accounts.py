"""What people do with their accounts."""

from events.schemas.base import Schema

CLIENT = {"address": "text", "agent": "text"}
"""From where: the address and the program, as the request names them."""

SCHEMAS = (
    Schema("user.registered", "accounts.user", "An account was opened.", CLIENT),
    Schema(
        "user.signed_in",
        "accounts.user",
        "A session began; the second factor was given or not.",
        CLIENT | {"session": "text", "kind": "text", "second_factor": "boolean"},
    ),
    Schema("user.signed_out", "accounts.user", "The person ended a session.", {"session": "text"}),
    Schema(
        "user.sign_in_failed",
        "accounts.attempts",
        "A password or code was wrong.",
        CLIENT | {"reason": "text", "failures": "integer"},
    ),
    Schema(
        "user.locked_out",
        "accounts.attempts",
        "Too many were wrong: nobody gets in until then.",
        {"address": "text", "until": "time", "failures": "integer"},
    ),
    Schema("user.password_changed", "accounts.user", "The person set a new password.", CLIENT),
    Schema("user.password_reset_asked", "accounts.link", "Somebody asked for a link to set a password.", CLIENT),
    Schema("user.password_reset", "accounts.user", "A password was set through such a link.", CLIENT),
    Schema("user.email_change_asked", "accounts.user", "A new address was given; it is to be proved.", CLIENT),
    Schema("user.email_changed", "accounts.user", "The new address was proved, and is in use.", CLIENT),
    Schema("user.email_verified", "accounts.user", "The address was proved to be the person's.", CLIENT),
    Schema("user.factor_enabled", "accounts.user", "A second factor was set up.", CLIENT),
    Schema("user.factor_disabled", "accounts.user", "The second factor was taken away.", CLIENT),
    Schema("user.recovery_codes_replaced", "accounts.user", "New recovery codes were made.", CLIENT),
    Schema(
        "user.recovery_code_used",
        "accounts.user",
        "A recovery code stood in for the second factor.",
        CLIENT | {"left": "integer"},
    ),
    Schema("user.role_granted", "accounts.user", "Somebody got a role in the back office.", {"role": "text"}),
    Schema("user.roles_revoked", "accounts.user", "Somebody lost all such roles.", {"roles": "texts"}),
    Schema("user.closed", "accounts.user", "An account was closed."),
    Schema("user.reopened", "accounts.user", "A closed account was opened again."),
    Schema(
        "session.refresh_reused",
        "accounts.session",
        "An old refresh token came again: the session was ended.",
        CLIENT | {"session": "text"},
    ),
    Schema("session.revoked", "accounts.session", "A session was ended.", {"session": "text", "reason": "text"}),
)
